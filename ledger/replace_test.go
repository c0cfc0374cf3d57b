package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

// An edge of a session into silver.t, or another table with its name before a
// colon; "x.y>z" has columns.
func edgeLine(id, flow, origin string) string {
	table, flow, ok := strings.Cut(flow, ":")
	if !ok {
		table, flow = "t", table
	}
	source, target, _ := strings.Cut(flow, ">")
	name, column, ok := strings.Cut(source, ".")
	columns := ""
	if ok {
		columns = fmt.Sprintf(`"source_column":%q,`, column)
	}
	if target != "" {
		columns += fmt.Sprintf(`"target_column":%q,`, target)
	}
	return within("lineage_edge", id, fmt.Sprintf(`"source_type":"TABLE","source_schema":"bronze","source_name":%q,%s"target_type":"TABLE",`+
		`"target_schema":"silver","target_name":%q,"relationship_type":"COPIES","origin":%q`, name, columns, table, origin))
}

func TestWhatIsMadeAnewReplacesWhatWasDerived(t *testing.T) {
	t.Parallel()
	type run struct {
		change string   // of silver.t; "" for an operation that adds rows
		edges  []string // PARSED, but those with a + before are EXPLICIT
		status string   // "" for COMPLETED
	}
	for name, c := range map[string]struct {
		runs []run
		want string // the edges that are current at the end
	}{
		"a column is gone":           {[]run{{"OVERWRITE", []string{"a", "a.x>x", "a.y>y"}, ""}, {"OVERWRITE", []string{"a", "a.x>x"}, ""}}, "a a.x>x"},
		"a source is another":        {[]run{{"CREATE", []string{"a", "a.x>x"}, ""}, {"TRUNCATE", []string{"b", "b.x>x"}, ""}}, "b b.x>x"},
		"rows are added":             {[]run{{"CREATE", []string{"a", "a.x>x"}, ""}, {"", []string{"b", "b.x>x"}, ""}}, "a a.x>x b b.x>x"},
		"a drop ends nothing":        {[]run{{"CREATE", []string{"a"}, ""}, {"DROP", []string{"b"}, ""}}, "a b"},
		"the same again":             {[]run{{"CREATE", []string{"a", "a.x>x"}, ""}, {"CREATE", []string{"a", "a.x>x"}, ""}}, "a a.x>x"},
		"nothing is said":            {[]run{{"CREATE", []string{"a", "a.x>x"}, ""}, {"CREATE", nil, ""}}, "a a.x>x"},
		"another table is spoken of": {[]run{{"CREATE", []string{"a", "a.x>x"}, ""}, {"CREATE", []string{"u:b"}, ""}}, "a a.x>x u:b"},
		"nothing of columns":         {[]run{{"CREATE", []string{"a", "a.x>x"}, ""}, {"CREATE", []string{"b"}, ""}}, "a.x>x b"},
		"what was declared stays":    {[]run{{"CREATE", []string{"+a", "+a.x>x", "a.y>y"}, ""}, {"CREATE", []string{"b.x>x"}, ""}}, "a a.x>x b.x>x"},
		"a failure replaces nothing": {[]run{{"CREATE", []string{"a", "a.x>x"}, ""}, {"CREATE", []string{"b.x>x"}, "FAILED"}}, "a a.x>x"},
		"and back again":             {[]run{{"CREATE", []string{"a.x>x"}, ""}, {"CREATE", []string{"b.x>x"}, ""}, {"CREATE", []string{"a.x>x"}, ""}}, "a.x>x"},
	} {
		for _, oneBatch := range []bool{true, false} {
			b := open(t)
			var lines []string
			for i, r := range c.runs {
				id := sid[:35] + fmt.Sprint(i+1)
				lines = append(lines, session(id), operationOn(id, r.change))
				for _, e := range r.edges {
					declared, explicit := strings.CutPrefix(e, "+")
					lines = append(lines, edgeLine(id, declared, map[bool]string{true: "EXPLICIT", false: "PARSED"}[explicit]))
				}
				lines = append(lines, checkin(id, map[bool]string{true: "COMPLETED", false: r.status}[r.status == ""]))
			}
			if oneBatch {
				b.write("[" + strings.Join(lines, ",") + "]")
			} else {
				for _, line := range lines {
					b.write(line)
				}
			}
			if got := strings.Join(b.flows(), " "); got != c.want {
				t.Errorf("%s, one batch %v: current are %s, want %s", name, oneBatch, got, c.want)
			}
			b.sound()
		}
	}
}

// A table is made anew by whatever spelling its operation gives of it.
func TestWhatIsMadeAnewIsNamedInManyWays(t *testing.T) {
	t.Parallel()
	for output, replaces := range map[string]bool{
		`"silver"."t"`: true, "`silver.t`": true, "[silver].[t]": true, " silver . t ": true, "silver.t": true,
		`"silver"."u"`: false, `t`: false,
	} {
		b := open(t)
		later := sid[:35] + "2"
		b.write("[" + strings.Join([]string{
			session(sid), operationOn(sid, "CREATE"), edgeLine(sid, "a.x>x", "PARSED"), checkin(sid, "COMPLETED"),
			session(later), within("transformation_operation", later, fmt.Sprintf(`"operation_type":"SELECT","lifecycle_state_change":"CREATE","output_table":%q`, output)),
			edgeLine(later, "b.x>x", "PARSED"), checkin(later, "COMPLETED"),
		}, ",") + "]")
		if got, want := strings.Join(b.flows(), " "), map[bool]string{true: "b.x>x", false: "a.x>x b.x>x"}[replaces]; got != want {
			t.Errorf("output_table %s: current are %s, want %s", output, got, want)
		}
	}
}

// What another business calls by the same name is another table.
func TestWhatIsMadeAnewIsOfOneBusiness(t *testing.T) {
	t.Parallel()
	b := open(t)
	ids := map[string]string{"acme": sid, "globex": sid[:35] + "2"}
	for _, name := range []string{"acme", "globex"} {
		of := func(line string) string { return `{"business_id":"` + name + `",` + line[1:] }
		id := ids[name]
		b.write("[" + strings.Join([]string{
			of(session(id)), of(operationOn(id, "CREATE")), of(edgeLine(id, name+".x>x", "PARSED")), checkin(id, "COMPLETED"),
		}, ",") + "]")
	}
	if got := strings.Join(b.flows(), " "); got != "acme.x>x globex.x>x" {
		t.Errorf("current are %s", got)
	}
}

func operationOn(id, change string) string {
	fields := `"operation_type":"SELECT","output_table":"silver.t"`
	if change != "" {
		fields += `,"lifecycle_state_change":"` + change + `"`
	}
	return within("transformation_operation", id, fields)
}

// flows gives the current edges in the words of edgeLine, in their order.
func (b *book) flows() []string {
	b.t.Helper()
	edges, err := b.store.Select(b.t.Context(), daybook.Query{Kind: daybook.MustKind("lineage_edge")})
	must(b.t, err)
	var all []string
	for _, e := range edges {
		current := e.Get("is_current")
		if current.IsSet() && !current.Bool() && !e.Get("invalidated_at").IsSet() {
			b.t.Errorf("an edge that is over does not say since when: %s", e.AppendExport(nil))
		}
		if !current.IsSet() || !current.Bool() {
			continue
		}
		flow := e.Text("source_name")
		if column := e.Text("source_column"); column != "" {
			flow += "." + column + ">" + e.Text("target_column")
		}
		if table := e.Text("target_name"); table != "t" {
			flow = table + ":" + flow
		}
		all = append(all, flow)
	}
	slices.Sort(all)
	return all
}

// What an operator derives from what ran in a session that has completed is the
// session's, and holds at once. Nobody else adds to a session that has ended.
func TestEdgesDerivedAfterwards(t *testing.T) {
	t.Parallel()
	b := open(t)
	completed, failed := sid, sid[:35]+"2"
	b.write("[" + strings.Join([]string{
		session(completed), edgeLine(completed, "a", "PARSED"), checkin(completed, "COMPLETED"),
		session(failed), checkin(failed, "FAILED"),
	}, ",") + "]")
	late := edgeLine(completed, "a.x>x", "PARSED")
	b.refuse(edgeLine(failed, "a.x>x", "PARSED"), daybook.CodeConflict, "/0/session_id")
	b.refuse(edgeLine(completed, "a.x>x", "EXPLICIT"), daybook.CodeConflict, "/0/session_id")
	writer := daybook.Principal{Name: "etl", Role: daybook.RoleWriter}
	if _, err := b.in.Record(t.Context(), writer, decode(t, late)); daybook.CodeOf(err) != daybook.CodeConflict {
		t.Errorf("a writer added an edge to a session that has ended: %v", err)
	}
	first := b.write(late)[0]
	if got := strings.Join(b.flows(), " "); got != "a a.x>x" {
		t.Errorf("current are %s", got)
	}
	for _, again := range []string{late, edgeLine(completed, "a", "PARSED")} {
		if r := b.write(again)[0]; !r.Duplicate {
			t.Errorf("an edge that is current was written again: %+v", r)
		}
	}
	b.write(`{"kind":"lineage_edge","amend":true,"id":` + first.ID + `,"is_current":false}`)
	if got := strings.Join(b.flows(), " "); got != "a" {
		t.Errorf("current are %s", got)
	}
	b.sound()
}
