package intake

import (
	"context"
	"slices"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/price"
)

// What one call may look up of conversations that it adds tokens to: for so
// long, so many at a time. What is not found has no cost computed.
const (
	priceLookUpTime = 2 * time.Second
	priceLookUps    = 500
)

// pricing is what is known while the records of one call are looked at.
type pricing struct {
	*Pricer
	ctx     context.Context
	records []daybook.Record // of the call
	talks   map[string]*openTalk
	failed  bool // the store did not answer
}

// openTalk is a conversation that the call amends, as its records so far leave
// it.
type openTalk struct {
	state conversationState // no values where it is not known
	at    []int             // which records are about it
	next  int               // of these, the first that is not counted in
	asked bool              // it is looked up

	revision int64 // that was found; 0 for none
}

// amendment computes the cost of a conversation that the i-th record adds
// tokens to: of all its tokens, at the prices of when it began.
func (run *pricing) amendment(i int) {
	r := &run.records[i]
	if run.talks == nil {
		run.begin()
	}
	t := run.talks[r.SubjectID()]
	t.advance(run.records, i)
	if t.state.values == nil {
		run.metrics.count(priceNotFound)
		if run.failed {
			warn(r, "price: the conversation could not be looked up, so the cost is not computed")
		}
		return
	}
	before := t.state.clone()
	t.advance(run.records, i+1)
	switch computed := price.IsSource(before.values[talk.source].Text()); {
	case r.Values[talk.cost].IsSet() || before.values[talk.cost].IsSet() && !computed:
		run.metrics.count(priceGiven)
		return
	case computed && before.sameTokens(&t.state):
		return // it says nothing new
	}
	for _, at := range []int{talk.cost, talk.source} {
		t.state.values[at] = r.Values[at]
	}
	if run.shared {
		t.rest(run.records)
	}
	run.price(r, &t.state)
	if !r.Values[talk.cost].IsSet() && before.values[talk.cost].IsSet() {
		warn(r, "price: the cost is of fewer tokens, because it could not be computed anew")
		t.state.values[talk.cost], t.state.values[talk.source] = before.values[talk.cost], before.values[talk.source]
	}
}

// begin finds the conversations that the call amends. One that it begins itself
// may be in the store too, if the call is repeated.
func (run *pricing) begin() {
	run.talks = map[string]*openTalk{}
	var ids []string
	for i := range run.records {
		r := &run.records[i]
		if r.Kind != talk.kind {
			continue
		}
		id := r.SubjectID()
		t := run.talks[id]
		if t == nil {
			t = &openTalk{}
			run.talks[id] = t
		}
		if t.at = append(t.at, i); r.Amend && !t.asked {
			ids, t.asked = append(ids, id), true
		}
	}
	if run.o.Entries == nil {
		return
	}
	ctx, cancel := context.WithTimeout(run.ctx, priceLookUpTime)
	defer cancel()
	for part := range slices.Chunk(ids, priceLookUps) {
		found, err := run.o.Entries.Select(ctx, daybook.Query{Kind: talk.kind, IDs: part})
		if err != nil {
			run.failed = true
			run.o.Logger.Warn("intake: conversations could not be looked up, so that their costs are not computed", "conversations", len(ids), "error", err)
			return
		}
		for _, e := range found {
			t := run.talks[e.SubjectID()]
			t.state, t.revision = stateOf(slices.Clone(e.Values)), e.Revision()
		}
	}
}

// advance counts the records before end in.
func (t *openTalk) advance(records []daybook.Record, end int) {
	for ; t.next < len(t.at) && t.at[t.next] < end; t.next++ {
		r := &records[t.at[t.next]]
		switch {
		case !r.Amend && t.state.values == nil:
			t.state = stateOf(slices.Clone(r.Values))
		case t.state.values != nil:
			t.state.amend(r)
		}
	}
}

func (s *conversationState) clone() conversationState { return stateOf(slices.Clone(s.values)) }

// amend counts an amendment in. Whether it may be made is the ledger's to
// judge. Tokens grow; one that is repeated takes none away.
func (s *conversationState) amend(r *daybook.Record) {
	for _, i := range talk.tokens {
		if v := r.Values[i]; v.IsSet() && v.Int() >= s.values[i].Int() {
			s.values[i] = v
		}
	}
	if r.Values[talk.cost].IsSet() {
		s.values[talk.cost], s.values[talk.source] = r.Values[talk.cost], r.Values[talk.source]
	}
}

func (s *conversationState) sameTokens(other *conversationState) bool {
	return !slices.ContainsFunc(talk.tokens, func(i int) bool { return s.values[i] != other.values[i] })
}
