package lineage

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// The bounds of a plan.
const (
	DefaultRollbackDepth = 20 // edges downstream
	MaxRollbackTables    = 500
)

// RollbackQuery asks for a plan that undoes a session.
type RollbackQuery struct {
	Session  string
	Depth    int  // edges downstream; 0 for DefaultRollbackDepth
	Affected bool // only the SQL of what the session touched, not of the tables upstream that stand
}

// Rollback is a plan that undoes what a completed session did to data, by
// what others recorded. Nothing of it is executed.
type Rollback struct {
	Session SessionSide     `json:"session"`
	Changed bool            `json:"changed"` // the session completed, so it changed what was current
	Logged  RollbackLogged  `json:"logged"`
	Tables  []RollbackTable `json:"tables"`  // what it wrote, then what lies downstream, the nearest first
	Steps   []RollbackStep  `json:"steps"`   // the recorded operations in the order in which they rebuild
	Missing []string        `json:"missing"` // why the steps are not all there is to do
}

// RollbackLogged counts what a session logged.
type RollbackLogged struct {
	Operations int `json:"operations"`
	Artifacts  int `json:"artifacts"`
	Edges      int `json:"edges"`
}

// RollbackTable is a table or another artifact that the session touched.
type RollbackTable struct {
	Table    string            `json:"table"`
	Depth    int               `json:"depth"`              // edges downstream; 0 for what the session wrote
	Artifact *ArtifactVersion  `json:"artifact,omitempty"` // what the session made, or, downstream, what is current
	Before   *ArtifactVersion  `json:"before,omitempty"`   // what the session's artifact took the place of
	Later    []ArtifactVersion `json:"later"`              // what took its place since, the newest first
	Build    *BuildSession     `json:"build,omitempty"`    // whose operations rebuild it
}

// ArtifactVersion is an artifact as one of those of its name.
type ArtifactVersion struct {
	ID        string `json:"id"`
	Type      string `json:"artifact_type"`
	SessionID string `json:"session_id"`
	CreatedAt string `json:"created_at"`
	Rows      *int64 `json:"rows,omitempty"`
}

// BuildSession is a session that wrote a table.
type BuildSession struct {
	ID          string `json:"id"`
	AgentID     string `json:"agent_id"`
	CompletedAt string `json:"completed_at"`
}

// RollbackStep is one recorded operation.
type RollbackStep struct {
	Operation  OperationSide   `json:"operation"`
	Session    BuildSession    `json:"session"`
	Affected   bool            `json:"affected"` // it rebuilds what the session touched; else it makes what that is rebuilt from, which stands
	Runs       bool            `json:"runs"`     // the text is SQL, and ends where it should
	Reads      []string        `json:"reads"`
	Writes     []string        `json:"writes"`
	Language   string          `json:"transformation_type,omitempty"`
	Dialect    string          `json:"dialect,omitempty"`
	Parameters json.RawMessage `json:"parameters,omitempty"`
	Text       string          `json:"text"` // "" where the operation does not say what it did
	Notes      []string        `json:"notes"`
}

// RollbackPlan plans how to undo a session: which artifacts it made and what
// these took the place of, what lies downstream of them over the edges that
// are current, and the recorded operations that rebuild all of that from
// bronze, each behind those that make what it reads. Of a table that the
// session wrote these are the operations of the newest completed session before it;
// of all others, of the newest.
//
// It asks r alone, so it works on a store and over the wire.
func RollbackPlan(ctx context.Context, r daybook.Reader, p daybook.Principal, q RollbackQuery) (*Rollback, error) {
	if q.Depth == 0 {
		q.Depth = DefaultRollbackDepth
	}
	if q.Depth < 0 || q.Depth > daybook.MaxDepth {
		e := daybook.Invalidf("/depth", "a depth of %d is out of range", q.Depth)
		e.Hint = fmt.Sprintf("ask for 1 to %d; the default is %d", daybook.MaxDepth, DefaultRollbackDepth)
		return nil, e
	}
	ask := asker{reader: r, who: p}
	mine, err := ask.work(ctx, q.Session)
	if err != nil {
		return nil, err
	}
	ask.business = mine.session.Business()
	pl := &planner{
		ask: ask, q: q, mine: mine, tables: map[string]*target{}, works: map[string]*work{}, now: map[string]*SourceVersion{},
		plan: &Rollback{
			Session: sideOf(mine.session), Changed: mine.session.Text("status") == "COMPLETED",
			Logged: RollbackLogged{len(mine.operations), len(mine.artifacts), len(mine.edges)},
			Tables: []RollbackTable{}, Steps: []RollbackStep{}, Missing: slices.Concat([]string{}, mine.notes),
		},
	}
	steps := []func(context.Context) error{pl.written, pl.artifacts, pl.unchanged}
	if pl.plan.Changed {
		steps = []func(context.Context) error{pl.written, pl.downstream, pl.artifacts, pl.builds, pl.drift, pl.order}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return pl.done(), nil
}

// A planner is a plan under way.
type planner struct {
	ask    asker
	q      RollbackQuery
	plan   *Rollback
	mine   *work                     // the session that is to be undone
	tables map[string]*target        // by the name in lower case
	list   []*target                 // in the order in which they were found
	works  map[string]*work          // the sessions whose operations were read
	now    map[string]*SourceVersion // what tables hold, as far as it was looked for
	steps  []*step
}

// A target is a table that the plan speaks of.
type target struct {
	RollbackTable
	affected bool            // the session wrote it, or what it comes from
	session  *daybook.Entry  // whose operations make it
	reads    map[string]bool // what these read
}

// missing says what is not in the plan, once.
func (pl *planner) missing(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	if !slices.Contains(pl.plan.Missing, s) {
		pl.plan.Missing = append(pl.plan.Missing, s)
	}
}

// add puts a table into the plan unless it is there.
func (pl *planner) add(name string, depth int, affected bool) {
	key := strings.ToLower(name)
	t := pl.tables[key]
	if t == nil {
		if len(pl.list) >= MaxRollbackTables {
			pl.missing("the plan holds %s tables and no more: others may be affected, or needed, too", group(MaxRollbackTables))
			return
		}
		t = &target{RollbackTable: RollbackTable{Table: name, Depth: depth, Later: []ArtifactVersion{}}, reads: map[string]bool{}}
		pl.tables[key] = t
		pl.list = append(pl.list, t)
	}
	t.affected = t.affected || affected
}

// written finds the tables that the session wrote: by its artifacts, its edges
// and its operations.
func (pl *planner) written(context.Context) error {
	var names []string
	for _, e := range pl.mine.artifacts {
		names = append(names, e.Text("artifact_name"))
	}
	for _, e := range pl.mine.edges {
		names = append(names, targetSide.place(e).table)
	}
	for _, o := range pl.mine.operations {
		names = append(names, pl.mine.writes(o)...)
	}
	for _, name := range inFull(names) {
		pl.add(name, 0, true)
	}
	return nil
}

// inFull leaves out what is there in another case, or with its schema too.
func inFull(names []string) []string {
	var kept []string
	for _, name := range names {
		same := func(other string) bool { return strings.EqualFold(other, name) }
		longer := func(other string) bool {
			return len(other) > len(name) && !strings.Contains(name, ".") && sameTable(other, name)
		}
		if name != "" && !slices.ContainsFunc(kept, same) && !slices.ContainsFunc(names, longer) {
			kept = append(kept, name)
		}
	}
	return kept
}

// downstream finds what lies downstream of the written tables.
func (pl *planner) downstream(ctx context.Context) error {
	least := map[string]int{}
	who := pl.ask.who
	who.Business = pl.ask.business
	for _, t := range slices.Clone(pl.list) {
		q := daybook.LineageQuery{Node: t.Table, Direction: daybook.Downstream, Depth: min(pl.q.Depth+1, daybook.MaxDepth)}
		g, err := pl.ask.reader.Lineage(ctx, who, q)
		if daybook.CodeOf(err) == daybook.CodeTooLarge {
			pl.missing("what lies downstream of %s is too much to walk: %v", t.Table, err)
			continue
		}
		if err != nil {
			return err
		}
		for _, n := range g.Nodes {
			if d, ok := least[n.Node]; n.Depth > 0 && (!ok || n.Depth < d) {
				least[n.Node] = n.Depth
			}
		}
	}
	var nodes []string
	for n := range least {
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(x, y string) int { return cmp.Or(cmp.Compare(least[x], least[y]), strings.Compare(x, y)) })
	var beyond []string
	for _, n := range nodes {
		if least[n] > pl.q.Depth {
			beyond = append(beyond, n)
			continue
		}
		pl.add(n, least[n], true)
	}
	if beyond != nil {
		pl.missing("more than %s downstream, and so not in the plan: %s, and what lies behind", plural(int64(pl.q.Depth), "edge"), some(beyond))
	}
	return nil
}

// unchanged says what a session that did not complete has changed: nothing
// that counts.
func (pl *planner) unchanged(context.Context) error {
	status := pl.mine.session.Text("status")
	pl.missing("the session is %s, so nothing that it logged ever was current: there is nothing to roll back in the ledger", status)
	if len(pl.mine.operations) > 0 {
		pl.missing("its operations may have changed the tables themselves all the same; the ledger does not see that")
	}
	return nil
}

// done gives the plan with the tables that the session touched.
func (pl *planner) done() *Rollback {
	for _, t := range pl.list {
		if t.affected {
			pl.plan.Tables = append(pl.plan.Tables, t.RollbackTable)
		}
	}
	for _, s := range pl.steps {
		pl.plan.Steps = append(pl.plan.Steps, s.RollbackStep)
	}
	return pl.plan
}
