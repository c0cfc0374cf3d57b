package intake

import (
	"context"
	"maps"
	"slices"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// A rederivation goes through a ledger and keeps what counts for the edges
// that hold at its end.
type rederivation struct {
	ctx     context.Context
	deriver *Deriver

	open    map[string]*openSession                          // by id: sessions that have not ended
	effect  map[tableKey]map[daybook.EdgeKey]*daybook.Record // by the table that they go to: the edges in effect
	current map[daybook.EdgeKey]RederivedEdge                // what the ledger holds to be current, whoever said so
	keys    map[int64]daybook.EdgeKey                        // of those, by the edge's id
	whole   map[string]bool                                  // COMPLETED sessions whose operations all were there and were read
	firsts  repeated                                         // the operations that others repeat

	sessions, operations, unread int
}

// An openSession is a session while it is read: what it did, in order.
type openSession struct {
	records []daybook.Record
	seen    int64 // operations
}

func newRederivation(ctx context.Context, d *Deriver) *rederivation {
	return &rederivation{
		ctx: ctx, deriver: d, open: map[string]*openSession{}, effect: map[tableKey]map[daybook.EdgeKey]*daybook.Record{},
		current: map[daybook.EdgeKey]RederivedEdge{}, keys: map[int64]daybook.EdgeKey{}, whole: map[string]bool{},
	}
}

// entry takes the next entry of the ledger.
func (run *rederivation) entry(e *daybook.Entry) error {
	switch e.Kind {
	case sessionKind:
		return run.session(e)
	case operation.kind, artifact.kind:
		run.work(e)
	case edge.kind:
		run.edge(e)
	}
	return nil
}

func (run *rederivation) session(e *daybook.Entry) error {
	id := e.SubjectID()
	switch e.Text("status") {
	case "ACTIVE":
		s := run.of(id)
		if e.Revision() == 1 {
			s.records = append(s.records, recordOf(e))
		}
	case "COMPLETED":
		s := run.open[id]
		delete(run.open, id)
		if s != nil {
			return run.complete(id, s, e.Get("operations_count").Int())
		}
	default:
		delete(run.open, id)
	}
	return nil
}

func (run *rederivation) of(id string) *openSession {
	s := run.open[id]
	if s == nil {
		s = &openSession{}
		run.open[id] = s
	}
	return s
}

func recordOf(e *daybook.Entry) daybook.Record {
	return daybook.Record{Kind: e.Kind, Values: slices.Clone(e.Values)}
}

// work takes what a session did. An artifact tells the columns of a table, and
// comes again when it takes effect.
func (run *rederivation) work(e *daybook.Entry) {
	if e.Revision() != 1 {
		return
	}
	s := run.of(e.Text("session_id"))
	if e.Kind == operation.kind {
		s.seen++
	}
	r := recordOf(e)
	if _, repeats := e.Repeats(); repeats || isSQL(&r) || tellsColumns(&r) {
		s.records = append(s.records, r)
	}
}

// edge takes note of which edges are current.
func (run *rederivation) edge(e *daybook.Entry) {
	id := e.Get("id").Int()
	if v := e.Get("is_current"); v.IsSet() && v.Bool() {
		key := daybook.EdgeKeyOf(e.Values)
		run.current[key], run.keys[id] = ending(e), key
		return
	}
	if key, ok := run.keys[id]; ok {
		delete(run.current, key)
		delete(run.keys, id)
	}
}

// complete derives what a session did, and puts it into effect as its checkin
// did.
func (run *rederivation) complete(id string, s *openSession, count int64) error {
	run.sessions++
	known, err := run.firsts.fill(run.ctx, s.records)
	if err != nil {
		return err
	}
	derived := run.deriver.deriveAll(run.ctx, s.records)
	if derived == nil {
		return nil
	}
	derived.keep(run.ctx, make([]daybook.Receipt, len(s.records)))
	made, said, understood := map[tableKey]bool{}, map[tableKey][]*daybook.Record{}, true
	for i := range s.records {
		r := &s.records[i]
		if !isSQL(r) {
			continue
		}
		run.operations++
		if derived.unread[i] {
			run.unread++
			understood = false
		}
		if remakes(sqllineage.Change(r.Values[operation.change].Text())) {
			made[tableKey{r.Business(), daybook.PlainTable(r.Values[operation.outputTable].Text())}] = true
		}
		for j := range r.Derived {
			e := &r.Derived[j]
			table := tableKey{e.Business(), daybook.PlainTable(daybook.Node{Schema: e.Values[edge.targetSchema].Text(), Name: e.Values[edge.targetName].Text()}.String())}
			said[table] = append(said[table], e)
		}
	}
	run.whole[id] = understood && known && s.seen == count
	for table, edges := range said {
		run.put(table, edges, made[table])
	}
	return nil
}

// put puts what a session says of a table into effect. Where it made the table
// anew, that takes the place of what was, as far as it goes: who says nothing
// of columns replaces no edge of columns.
func (run *rederivation) put(table tableKey, edges []*daybook.Record, anew bool) {
	there := run.effect[table]
	if there == nil {
		there = map[daybook.EdgeKey]*daybook.Record{}
		run.effect[table] = there
	}
	if anew {
		columns := slices.ContainsFunc(edges, ofColumn)
		maps.DeleteFunc(there, func(_ daybook.EdgeKey, e *daybook.Record) bool { return columns || !ofColumn(e) })
	}
	for _, e := range edges {
		if key := daybook.EdgeKeyOf(e.Values); there[key] == nil {
			there[key] = e
		}
	}
}

func ofColumn(e *daybook.Record) bool { return e.Values[edge.sourceColumn].IsSet() }

// ending is how an edge would end. Those that were declared do not.
func ending(e *daybook.Entry) RederivedEdge {
	c := change(EdgeEnded, e.Values)
	c.id, c.derived = e.Get("id").Int(), e.Text("origin") == daybook.EdgeParsed
	return c
}

func (run *rederivation) holds(key daybook.EdgeKey) bool {
	_, ok := run.current[key]
	return ok
}
