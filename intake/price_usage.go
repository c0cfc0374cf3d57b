package intake

import (
	"math"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/price"
)

// talk is where a conversation has what its cost follows from.
var talk = func() (at struct {
	kind                                               *daybook.Kind
	subject, started, provider, model, version         int
	input, output, total, read, write, reasoning, cost int
	source                                             int
	tokens                                             []int // all that count any
},
) {
	k := daybook.MustKind("conversations")
	at.kind = k
	at.subject, at.started = place(k, "conversation_id"), place(k, "started_at")
	at.provider, at.model, at.version = place(k, "model_provider"), place(k, "model_name"), place(k, "model_version")
	at.input, at.output, at.total = place(k, "input_tokens"), place(k, "output_tokens"), place(k, "total_tokens")
	at.read, at.write, at.reasoning = place(k, "cache_read_tokens"), place(k, "cache_write_tokens"), place(k, "reasoning_tokens")
	at.cost, at.source = place(k, "cost_usd"), place(k, "price_source")
	at.tokens = []int{at.input, at.output, at.total, at.read, at.write, at.reasoning}
	return at
}()

// conversationState is a conversation as far as its cost goes.
type conversationState struct{ values []daybook.Value }

func stateOf(values []daybook.Value) conversationState {
	return conversationState{values}
}

func (s *conversationState) name() price.Name {
	return price.Name{
		Provider: s.values[talk.provider].Text(), Model: s.values[talk.model].Text(), Version: s.values[talk.version].Text(),
	}
}

func (s *conversationState) hasTokens() bool {
	return slices.ContainsFunc(talk.tokens, func(i int) bool { return s.values[i].Int() > 0 })
}

// addsTokens says that an amendment counts tokens.
func addsTokens(r *daybook.Record) bool {
	return slices.ContainsFunc(talk.tokens, func(i int) bool { return r.Values[i].IsSet() })
}

// usage gives the tokens as prices want them: cached ones are part of the
// input, reasoning is part of the output. Clients may copy a provider's counts
// which leave them out. That shows where the total counts them once more, or
// where the part is more than the whole; trouble says so.
func (s *conversationState) usage(name price.Name) (u price.Usage, trouble string) {
	count := func(i int) int64 { return s.values[i].Int() }
	u = price.Usage{Input: count(talk.input), Output: count(talk.output), CacheRead: count(talk.read), CacheWrite: count(talk.write), Reasoning: count(talk.reasoning)}
	cached, reasoning := u.Cached(), u.Reasoning
	if s.values[talk.total].IsSet() && s.values[talk.input].IsSet() && s.values[talk.output].IsSet() {
		switch over := count(talk.total) - u.Input - u.Output; {
		case over <= 0:
		case over == cached:
			return apart(u, cached, 0), ""
		case over == reasoning:
			return apart(u, 0, reasoning), ""
		case over == added(cached, reasoning):
			return apart(u, cached, reasoning), ""
		}
	}
	var troubles []string
	switch {
	case cached <= u.Input:
		cached = 0
	case isClaude(name):
		troubles = append(troubles, "input_tokens leaves cached tokens out, as Anthropic counts them; the cost has both")
	default:
		troubles = append(troubles, "there are more cached tokens than input_tokens, which should count them too; the cost is of the cached ones")
		cached = 0
	}
	if reasoning <= u.Output {
		reasoning = 0
	} else {
		troubles = append(troubles, "output_tokens leaves reasoning out; the cost has both")
	}
	return apart(u, cached, reasoning), strings.Join(troubles, "; ")
}

// apart adds to the whole what it leaves out.
func apart(u price.Usage, cached, reasoning int64) price.Usage {
	u.Input, u.Output = added(u.Input, cached), added(u.Output, reasoning)
	return u
}

// added adds counts; what no integer holds stays at the greatest.
func added(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// isClaude says that a model is one of Anthropic's, whoever serves it.
func isClaude(name price.Name) bool {
	for _, text := range []string{name.Provider, name.Model, name.Version} {
		text = strings.ToLower(text)
		if strings.Contains(text, "claude") || strings.Contains(text, "anthropic") {
			return true
		}
	}
	return false
}
