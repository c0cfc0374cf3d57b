package intake

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/price"
)

// Repricing computes the costs of conversations anew, with the prices of today,
// and tells where they come to something else than stands. It changes nothing.
type Repricing struct {
	Reader daybook.Reader
	Table  *price.Table
	By     []string  // agent, model, provider, business or day; nil for model
	Since  time.Time // begun at or after; zero for all
	Until  time.Time // begun before; zero for all
	// Progress is called now and then with how many were read; nil for nobody.
	Progress func(conversations int64)
}

// RepriceDimensions are what a repricing can be told apart by.
func RepriceDimensions() []string {
	return []string{daybook.CostByAgent, daybook.CostByModel, daybook.CostByProvider, daybook.CostByBusiness, daybook.CostByDay}
}

// Repriced is what a repricing comes to.
type Repriced struct {
	Prices        string          `json:"prices"` // the table
	By            []string        `json:"by"`
	Groups        []RepricedGroup `json:"groups"` // the greatest difference first
	Total         RepricedSum     `json:"total"`
	Conversations []RepricedOne   `json:"conversations,omitempty"` // those with a difference, the newest first
	Left          int64           `json:"left_out,omitempty"`      // of them, beyond MaxRepriced
}

// MaxRepriced bounds how many conversations are named.
const MaxRepriced = 10_000

// maxRepricedGroups bounds how many groups are told apart.
const maxRepricedGroups = 100_000

// RepricedGroup is what becomes of some conversations.
type RepricedGroup struct {
	Agent    string `json:"agent,omitempty"`
	Model    string `json:"model,omitempty"`
	Provider string `json:"provider,omitempty"`
	Business string `json:"business,omitempty"`
	Day      string `json:"day,omitempty"`
	RepricedSum
}

// RepricedSum adds conversations up whose tokens have a price today.
type RepricedSum struct {
	Conversations int64   `json:"conversations"`
	Different     int64   `json:"different"`      // of them
	Stands        float64 `json:"stands_usd"`     // 0 where no cost stands
	Now           float64 `json:"now_usd"`        // by the prices of today
	Difference    float64 `json:"difference_usd"` // what it would be more
	Given         int64   `json:"given"`          // conversations whose cost the client gave: they are not counted in
	Unknown       int64   `json:"unknown"`        // conversations with tokens that have no price today: they are not counted in
}

// RepricedOne is a conversation whose cost would be another.
type RepricedOne struct {
	ID       string   `json:"conversation_id"`
	Began    string   `json:"started_at"`
	Agent    string   `json:"agent"`
	Provider string   `json:"provider,omitempty"`
	Model    string   `json:"model,omitempty"`
	Stands   *float64 `json:"stands_usd,omitempty"` // absent where no cost stands
	Source   string   `json:"stands_by,omitempty"`
	Now      float64  `json:"now_usd"`
	By       string   `json:"now_by"`
}

// Compare reads the conversations as they stand.
func (r Repricing) Compare(ctx context.Context, p daybook.Principal) (*Repriced, error) {
	if r.By == nil {
		r.By = []string{daybook.CostByModel}
	}
	if err := checkRepriceBy(r.By); err != nil {
		return nil, err
	}
	run := &repricing{Repricing: r, groups: map[string]*repricedGroup{}, found: &Repriced{
		Prices: r.Table.Name(), By: r.By, Groups: []RepricedGroup{}, Conversations: []RepricedOne{},
	}}
	q := r.query()
	var read int64
	for {
		page, err := r.Reader.List(ctx, p, q)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Entries {
			if err := run.entry(e); err != nil {
				return nil, err
			}
		}
		if read += int64(len(page.Entries)); r.Progress != nil {
			r.Progress(read)
		}
		if page.Next == "" {
			return run.done(), nil
		}
		if err := q.GoOn(page.Next); err != nil {
			return nil, err
		}
	}
}

func checkRepriceBy(by []string) error {
	if err := daybook.CheckCostBy(by); err != nil {
		return err
	}
	for _, name := range by {
		if !slices.Contains(RepriceDimensions(), name) {
			e := daybook.Invalidf("/by", "costs computed from tokens cannot be told apart by %s", name)
			e.Hint = "use " + strings.Join(RepriceDimensions(), ", ") + ": only conversations are computed anew"
			return e
		}
	}
	return nil
}

func (r *Repricing) query() daybook.Query {
	const page = 1000
	q := daybook.Query{Kind: talk.kind, Limit: page}
	for _, bound := range []struct {
		op daybook.Op
		at time.Time
	}{{daybook.OpFrom, r.Since}, {daybook.OpBefore, r.Until}} {
		if !bound.at.IsZero() {
			q.Filters = append(q.Filters, daybook.Filter{Column: "started_at", Op: bound.op, Values: []daybook.Value{daybook.TextValue(canon.FormatTime(bound.at))}})
		}
	}
	return q
}

// repricing is a comparison at work.
type repricing struct {
	Repricing
	groups map[string]*repricedGroup
	found  *Repriced
}

// repricedGroup is a group that is being added up.
type repricedGroup struct {
	RepricedGroup
	stands, now daybook.Adder
}

// entry compares one conversation.
func (run *repricing) entry(e *daybook.Entry) error {
	s := stateOf(e.Values)
	if !s.hasTokens() {
		return nil
	}
	g, err := run.group(e)
	if err != nil {
		return err
	}
	stands, source := e.Values[talk.cost], e.Values[talk.source].Text()
	if stands.IsSet() && !price.IsSource(source) {
		g.Given++
		return nil
	}
	found, ok := run.Table.At(s.name(), s.began())
	usage, _ := s.usage(s.name())
	if !ok || !found.Sold() || usage.IsZero() {
		g.Unknown++
		return nil
	}
	now := found.Cost(usage)
	g.Conversations++
	g.stands.Add(stands.Float())
	g.now.Add(now)
	if stands.IsSet() && math.Abs(now-stands.Float()) <= least(stands.Float()) {
		return nil
	}
	g.Different++
	run.name(e, stands, RepricedOne{Source: source, Now: now, By: found.Source})
	return nil
}

// least is a difference that comes of the arithmetic of floats alone.
func least(dollars float64) float64 { return 1e-12 + 1e-12*dollars }

// name keeps a conversation with a difference, as long as there are not too
// many.
func (run *repricing) name(e *daybook.Entry, stands daybook.Value, one RepricedOne) {
	if len(run.found.Conversations) == MaxRepriced {
		run.found.Left++
		return
	}
	one.ID, one.Began, one.Agent = e.SubjectID(), e.Time(), e.Agent()
	one.Provider, one.Model = e.Values[talk.provider].Text(), modelOf(e)
	if stands.IsSet() {
		one.Stands = new(stands.Float())
	}
	run.found.Conversations = append(run.found.Conversations, one)
}

func modelOf(e *daybook.Entry) string {
	return cmp.Or(e.Values[talk.model].Text(), e.Values[talk.version].Text())
}

// group gives the group that an entry belongs to.
func (run *repricing) group(e *daybook.Entry) (*repricedGroup, error) {
	var g repricedGroup
	for _, dimension := range run.By {
		switch dimension {
		case daybook.CostByAgent:
			g.Agent = e.Agent()
		case daybook.CostByModel:
			g.Model = modelOf(e)
		case daybook.CostByProvider:
			g.Provider = e.Values[talk.provider].Text()
		case daybook.CostByBusiness:
			g.Business = e.Business()
		case daybook.CostByDay:
			g.Day = daybook.DayOf(e.Kind, "started_at", e.Time())
		}
	}
	key := strings.Join([]string{g.Agent, g.Model, g.Provider, g.Business, g.Day}, "\x00")
	if there := run.groups[key]; there != nil {
		return there, nil
	}
	if len(run.groups) == maxRepricedGroups {
		return nil, &daybook.Error{
			Code: daybook.CodeTooLarge, Message: "there are too many groups to compare",
			Hint: "ask for a shorter time with --since and --until, or tell fewer things apart",
		}
	}
	run.groups[key] = &g
	return &g, nil
}

func (run *repricing) done() *Repriced {
	found, t := run.found, &run.found.Total
	var stands, now daybook.Adder
	for _, g := range run.groups {
		t.Conversations += g.Conversations
		t.Different += g.Different
		t.Given += g.Given
		t.Unknown += g.Unknown
		stands.Join(g.stands)
		now.Join(g.now)
		g.tell(g.stands.Sum(), g.now.Sum())
		found.Groups = append(found.Groups, g.RepricedGroup)
	}
	t.tell(stands.Sum(), now.Sum())
	slices.SortFunc(found.Groups, func(a, b RepricedGroup) int {
		return cmp.Or(
			cmp.Compare(math.Abs(b.Difference), math.Abs(a.Difference)), cmp.Compare(b.Now, a.Now),
			cmp.Compare(a.Day, b.Day), cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Model, b.Model),
			cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Business, b.Business),
		)
	})
	return found
}

// tell puts the sums of dollars in.
func (s *RepricedSum) tell(stands, now float64) {
	s.Stands, s.Now, s.Difference = daybook.Dollars(stands), daybook.Dollars(now), daybook.Dollars(now-stands)
}
