package daybook

import (
	"context"
	"strconv"
	"strings"
)

// SumQuery asks a store to add up columns of the current states of a kind.
type SumQuery struct {
	Kind     *Kind
	By       []string // columns of text or time whose values part the entries; a time parts them by its day
	Has      []string // columns that part the entries by whether they have a value
	Positive []string // columns of numbers that part the entries by whether they are greater than 0
	Sum      []string // columns of numbers to add up
	Filters  []Filter // all must hold
	Unless   *Unless  // leaves some out; nil for none
	Snapshot int64    // as the ledger was with so many entries
	Business string   // "" for all
	Most     int      // groups; a sum of more is refused with CodeTooLarge
}

// Unless leaves out the entries that a filter holds for, where another kind
// tells of the same: where any of some columns has the same value in both, of
// one business, and another entry's number is greater than 0.
type Unless struct {
	Column, Value string   // of the entries that may be left out: this column has this text
	Kind          *Kind    // of the others
	Shares        []string // columns of text that both kinds have
	Number        string   // a column of the others that does not shrink
}

// Sum is one group of a sum.
type Sum struct {
	By       []string // the values in the order of the query's, "" for none; a day as 2026-01-31
	Has      []bool
	Positive []bool
	Count    int64
	Sums     []float64 // of numbers that are there
}

// SumGroup is a group that is being gathered.
type SumGroup struct {
	Sum    // all but the sums
	Adders []Adder
}

// Summer is a store that adds up columns without reading whole entries. The
// question of costs uses it where a store has it, and [Store.Select] where not.
type Summer interface {
	Sums(ctx context.Context, q SumQuery) ([]Sum, error)
}

// SumsOf adds up columns of a store by what it has: its own way, or Select.
func SumsOf(store Store) Summer {
	if own, ok := store.(Summer); ok {
		return own
	}
	return SelectSums(store)
}

// SelectSums adds up columns by Select, which any store has.
func SelectSums(store Store) Summer { return selectSums{store} }

type selectSums struct{ store Store }

// Sums implements [Summer].
func (s selectSums) Sums(ctx context.Context, q SumQuery) ([]Sum, error) {
	if q.Snapshot <= 0 {
		return nil, nil
	}
	groups := NewSums(q)
	page := Query{Kind: q.Kind, Filters: q.Filters, Snapshot: q.Snapshot, Business: q.Business, Limit: chunk}
	for more := true; more; {
		entries, err := s.store.Select(ctx, page)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			out, err := s.isOut(ctx, &q, e)
			if err != nil {
				return nil, err
			}
			if out {
				continue
			}
			if err := groups.add(e); err != nil {
				return nil, err
			}
		}
		if more = len(entries) == page.Limit; more {
			page.After = &entries[len(entries)-1].Seq
		}
	}
	return groups.All(), nil
}

// isOut says that an entry is left out, because another kind tells of the same.
func (s selectSums) isOut(ctx context.Context, q *SumQuery, e *Entry) (bool, error) {
	u := q.Unless
	if u == nil || e.Text(u.Column) != u.Value {
		return false, nil
	}
	for _, column := range u.Shares {
		shared := e.Text(column)
		if shared == "" {
			continue
		}
		others, err := s.store.Select(ctx, Query{Kind: u.Kind, Filters: []Filter{Is(column, shared)}, Snapshot: q.Snapshot, Business: e.Business()})
		if err != nil {
			return false, err
		}
		i, _ := u.Kind.Column(u.Number)
		for _, other := range others {
			if other.Values[i].Number(u.Kind.Columns[i].Type) > 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

// Sums gathers groups, for those who make them.
type Sums struct {
	q      SumQuery
	groups map[string]*SumGroup
	key    []byte
}

// NewSums begins to gather the groups of a query.
func NewSums(q SumQuery) *Sums { return &Sums{q: q, groups: map[string]*SumGroup{}} }

// Of gives the group of a key, which is made where it is not there yet: from
// what values gives then.
func (s *Sums) Of(key []byte, values func() (Sum, error)) (*SumGroup, error) {
	if g := s.groups[string(key)]; g != nil {
		return g, nil
	}
	if s.q.Most > 0 && len(s.groups) >= s.q.Most {
		return nil, &Error{
			Code: CodeTooLarge, Message: "there are too many groups to add up",
			Hint: "ask for a shorter time, or tell fewer things apart",
		}
	}
	of, err := values()
	if err != nil {
		return nil, err
	}
	g := &SumGroup{Sum: of, Adders: make([]Adder, len(s.q.Sum))}
	s.groups[string(key)] = g
	return g, nil
}

// Join adds the groups of others who gathered the same.
func (s *Sums) Join(o *Sums) error {
	for key, g := range o.groups {
		mine, err := s.Of([]byte(key), func() (Sum, error) { return Sum{By: g.By, Has: g.Has, Positive: g.Positive}, nil })
		if err != nil {
			return err
		}
		mine.Count += g.Count
		for i, a := range g.Adders {
			mine.Adders[i].Join(a)
		}
	}
	return nil
}

// All gives the groups, in no order.
func (s *Sums) All() []Sum {
	all := make([]Sum, 0, len(s.groups))
	for _, g := range s.groups {
		sum := g.Sum
		sum.Sums = make([]float64, len(g.Adders))
		for i := range g.Adders {
			sum.Sums[i] = g.Adders[i].Sum()
		}
		all = append(all, sum)
	}
	return all
}

func (s *Sums) add(e *Entry) error {
	by := make([]string, len(s.q.By))
	for i, name := range s.q.By {
		by[i] = DayOf(e.Kind, name, e.Text(name))
	}
	has, positive := make([]bool, len(s.q.Has)), make([]bool, len(s.q.Positive))
	s.key = append(s.key[:0], strings.Join(by, "\x00")...)
	for i, name := range s.q.Has {
		has[i] = e.Get(name).IsSet()
		s.key = strconv.AppendBool(append(s.key, 0), has[i])
	}
	for i, name := range s.q.Positive {
		positive[i] = numberOf(e, name) > 0
		s.key = strconv.AppendBool(append(s.key, 0), positive[i])
	}
	g, err := s.Of(s.key, func() (Sum, error) { return Sum{By: by, Has: has, Positive: positive}, nil })
	if err != nil {
		return err
	}
	g.Count++
	for i, name := range s.q.Sum {
		g.Adders[i].Add(numberOf(e, name))
	}
	return nil
}

// numberOf gives the number of a column; 0 where there is none.
func numberOf(e *Entry, column string) float64 {
	at, ok := e.Kind.Column(column)
	if !ok {
		return 0
	}
	return e.Values[at].Number(e.Kind.Columns[at].Type)
}

// DayOf gives a text as a group has it: of a time, its day.
func DayOf(k *Kind, column, text string) string {
	i, ok := k.Column(column)
	if ok && k.Columns[i].Type == TypeTime && text != "" {
		return text[:len("2026-01-31")]
	}
	return text
}
