package scan

import (
	"context"
	"encoding/json"

	"github.com/daybook-audit/daybook"
)

// Agent is who a scan writes as.
const Agent = "daybook-scan"

var (
	sessionKind  = mustKind("transformation_session")
	artifactKind = mustKind("output_artifact")
	edgeKind     = mustKind("lineage_edge")
)

func mustKind(name string) *daybook.Kind {
	k, err := daybook.KindNamed(name)
	if err != nil {
		panic(err) // the names are constants
	}
	return k
}

// standing is what is current in the ledger, as far as it has to do with a
// plan.
type standing struct {
	artifacts map[string]*artifact
	edges     map[daybook.LineageEdge]*standingEdge // by their identity
}

// artifact is a current artifact; own says that a scan of this database made it.
type artifact struct {
	entry *daybook.Entry
	own   bool
}

type standingEdge struct {
	edge daybook.LineageEdge
	own  bool
}

// identity keeps of an edge what makes it the same edge to the ledger.
func identity(e *daybook.LineageEdge) daybook.LineageEdge {
	return daybook.LineageEdge{
		SourceType: e.SourceType, SourceSchema: e.SourceSchema, SourceName: e.SourceName, SourceColumn: e.SourceColumn,
		TargetType: e.TargetType, TargetSchema: e.TargetSchema, TargetName: e.TargetName, TargetColumn: e.TargetColumn,
		RelationshipType: e.RelationshipType,
	}
}

// asker reads a ledger for a scan of one database.
type asker struct {
	reader    daybook.Reader
	principal daybook.Principal
	business  string
}

// stands gives what is current: all that scans of the plan's database made,
// and of what others made that which says the same as the plan does.
func (a *asker) stands(ctx context.Context, p *Plan) (*standing, error) {
	s := &standing{artifacts: map[string]*artifact{}, edges: map[daybook.LineageEdge]*standingEdge{}}
	sessions, err := a.sessions(ctx, p.Database.Location)
	if err != nil {
		return nil, err
	}
	if err := a.collect(ctx, s, true, of{"session_id", sessions}, of{"session_id", sessions}); err != nil {
		return nil, err
	}
	names, targets := s.missing(p)
	return s, a.collect(ctx, s, false, of{"artifact_name", inGroups(names)}, of{"target_name", inGroups(targets)})
}

// of are values that a column is to have one of, in groups that fit into one
// question each.
type of struct {
	column string
	groups [][]string
}

// missing gives what of a plan is not among what its own scans made: the names
// of artifacts, and of the tables that edges go to.
func (s *standing) missing(p *Plan) (names, targets []string) {
	seen := map[string]bool{}
	for i := range p.Parts {
		part := &p.Parts[i]
		if s.artifacts[part.Artifact.ArtifactName] == nil {
			names = append(names, part.Artifact.ArtifactName)
		}
		for j := range part.Edges {
			e := &part.Edges[j]
			if s.edges[identity(e)] == nil && !seen[e.TargetName] {
				seen[e.TargetName] = true
				targets = append(targets, e.TargetName)
			}
		}
	}
	return names, targets
}

// sessions gives the sessions of scans of a database, in groups that made so
// little together that asking for it page by page takes no long time.
func (a *asker) sessions(ctx context.Context, location string) ([][]string, error) {
	g := grouping{}
	err := a.list(ctx, daybook.Query{Kind: sessionKind, Filters: []daybook.Filter{daybook.Is("agent_id", Agent)}}, func(e *daybook.Entry) error {
		var was subject
		// What others wrote under the agent's name is not ours to judge.
		if json.Unmarshal([]byte(e.Text("source_filters")), &was) == nil && was.Database == location {
			g.add(e.SubjectID(), was.Records)
		}
		return nil
	})
	return g.groups, err
}

// collect adds the current artifacts and edges that have one of some values in
// a column.
func (a *asker) collect(ctx context.Context, s *standing, own bool, artifacts, edges of) error {
	err := a.current(ctx, artifactKind, artifacts, func(e *daybook.Entry) error {
		if name := e.Text("artifact_name"); s.artifacts[name] == nil {
			s.artifacts[name] = &artifact{e, own}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return a.current(ctx, edgeKind, edges, func(entry *daybook.Entry) error {
		e, err := daybook.As[daybook.LineageEdge](entry)
		if err != nil {
			return err
		}
		if key := identity(&e); s.edges[key] == nil {
			s.edges[key] = &standingEdge{e, own}
		}
		return nil
	})
}

// The most that one question asks for: so many values that it fits into the
// header of a request wherever that passes, and of what so many records made.
const (
	mostValues     = 100
	mostValueBytes = 4 << 10
	mostAsked      = 10_000
)

// grouping puts values into groups.
type grouping struct {
	groups         [][]string
	bytes, records int // of the last group
}

func (g *grouping) add(value string, records int) {
	last := len(g.groups) - 1
	if last < 0 || len(g.groups[last]) == mostValues || g.bytes+len(value) > mostValueBytes || g.records+records > mostAsked {
		g.groups = append(g.groups, nil)
		g.bytes, g.records = 0, 0
		last++
	}
	g.groups[last] = append(g.groups[last], value)
	g.bytes += len(value)
	g.records += records
}

func inGroups(values []string) [][]string {
	g := grouping{}
	for _, v := range values {
		g.add(v, 0)
	}
	return g.groups
}

// current calls fn with the current entries of a kind that have one of some
// values in a column.
func (a *asker) current(ctx context.Context, kind *daybook.Kind, values of, fn func(*daybook.Entry) error) error {
	isCurrent := daybook.Filter{Column: "is_current", Op: daybook.OpIn, Values: []daybook.Value{daybook.BoolValue(true)}}
	for _, group := range values.groups {
		q := daybook.Query{Kind: kind, Filters: []daybook.Filter{daybook.Is(values.column, group...), isCurrent}}
		if err := a.list(ctx, q, fn); err != nil {
			return err
		}
	}
	return nil
}

// pageSize is how many entries one question gives.
const pageSize = 1000

// list calls fn with every entry that a query finds in the business.
func (a *asker) list(ctx context.Context, q daybook.Query, fn func(*daybook.Entry) error) error {
	if a.reader == nil {
		return nil
	}
	q.Business, q.Limit = a.business, pageSize
	for {
		page, err := a.reader.List(ctx, a.principal, q)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if err := fn(e); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		if err := q.GoOn(page.Next); err != nil {
			return err
		}
	}
}

// subject is what a scan was of: the source_filters of its session.
type subject struct {
	Database string   `json:"database"`
	Server   string   `json:"server_version"`
	Schemas  []string `json:"schemas,omitempty"`
	Exclude  []string `json:"exclude,omitempty"`
	Records  int      `json:"records"`        // that the session wrote
	Part     int      `json:"part,omitempty"` // of a scan that makes several sessions, from 1
	Parts    int      `json:"parts,omitempty"`
}
