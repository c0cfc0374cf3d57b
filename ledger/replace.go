package ledger

import (
	"slices"

	"github.com/daybook-audit/daybook"
)

// remade are the operations that make their output table anew.
var remade = daybook.Is("lifecycle_state_change", "CREATE", "OVERWRITE", "TRUNCATE")

// remakes says that an operation makes its output table anew.
func remakes(e *daybook.Entry) bool {
	return e.Kind == kindOperation && slices.Contains(remade.Values, e.Get(remade.Column)) && e.Get("output_table").IsSet()
}

// replace ends the edges that a session's operations took the place of: where
// one made a table anew, and the session says what flows into it, what was
// derived earlier and is not among that holds no longer. What somebody
// declared stays until somebody ends it. A session that says nothing of columns
// ends no edge of columns.
func (s *sequencer) replace(p daybook.Principal, sessionID string, edges []*daybook.Entry, there map[daybook.EdgeKey]*daybook.Entry) error {
	said, err := s.remadeBy(sessionID, edges)
	if err != nil || len(said) == 0 {
		return err
	}
	var over []*daybook.Entry
	for key, e := range there {
		table := said[tableOf(e)]
		if table != nil && isDerived(e) && !table.edges[key] && (table.columns || !ofColumn(e)) {
			over = append(over, e)
		}
	}
	slices.SortFunc(over, func(a, b *daybook.Entry) int { return int(a.Seq - b.Seq) })
	for _, e := range over {
		err := s.addAmended(p, e, func(e *daybook.Entry) {
			setCurrent(e, false)
			setAbsent(e, "invalidated_at", s.loggedAt)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// A remake is what a session says flows into a table that it made anew.
type remake struct {
	edges   map[daybook.EdgeKey]bool
	columns bool // of columns too
}

// remadeBy gives the tables that a session made anew and has edges into, each
// by its business and name.
func (s *sequencer) remadeBy(sessionID string, edges []*daybook.Entry) (map[[2]string]*remake, error) {
	operations, err := s.among(kindOperation, daybook.Is("session_id", sessionID), remade)
	if err != nil || len(operations) == 0 {
		return nil, err
	}
	made := map[[2]string]bool{}
	for _, o := range operations {
		if remakes(o) { // those of the batches come whatever they do
			made[[2]string{o.Business(), daybook.PlainTable(o.Text("output_table"))}] = true
		}
	}
	said := map[[2]string]*remake{}
	for _, e := range edges {
		name := tableOf(e)
		if !made[name] {
			continue
		}
		if said[name] == nil {
			said[name] = &remake{edges: map[daybook.EdgeKey]bool{}}
		}
		said[name].edges[daybook.EdgeKeyOf(e.Values)] = true
		said[name].columns = said[name].columns || ofColumn(e)
	}
	return said, nil
}

// tableOf gives the business and the name of the table that an edge goes to.
func tableOf(e *daybook.Entry) [2]string {
	name := e.Text("target_name")
	if schema := e.Text("target_schema"); schema != "" {
		name = schema + "." + name
	}
	return [2]string{e.Business(), daybook.PlainTable(name)}
}

func ofColumn(e *daybook.Entry) bool { return e.Get("source_column").IsSet() }

func isDerived(e *daybook.Entry) bool {
	origin := e.Text("origin")
	return origin == "PARSED" || origin == "INFERRED"
}
