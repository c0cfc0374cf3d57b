package intake_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/sqllineage"
)

// many reads any SQL as one statement with so many columns, from one table to
// another.
func many(n int) func(string, sqllineage.Options) *sqllineage.Result {
	return func(string, sqllineage.Options) *sqllineage.Result {
		a, b := sqllineage.Table{Schema: "bronze", Name: "a"}, sqllineage.Table{Schema: "silver", Name: "b"}
		s := sqllineage.Statement{Kind: "INSERT", Sources: []sqllineage.Table{a}, Targets: []sqllineage.Table{b}}
		for i := range n {
			c := fmt.Sprint("c", i)
			s.Columns = append(s.Columns, c)
			s.Edges = append(s.Edges, sqllineage.Edge{
				Source: sqllineage.Column{Table: a, Name: c}, Target: sqllineage.Column{Table: b, Name: c},
				Type: sqllineage.Direct, Subtype: sqllineage.Identity, Resolution: sqllineage.Exact,
			})
		}
		return &sqllineage.Result{Status: sqllineage.Parsed, Statements: []sqllineage.Statement{s}, Sources: s.Sources, Targets: s.Targets, Edges: s.Edges}
	}
}

func wantWarnings(t *testing.T, r *daybook.Record, want ...string) {
	t.Helper()
	got, err := daybook.Texts(r.Get("warnings"))
	ok := err == nil && len(got) == len(want)
	for i := 0; ok && i < len(want); i++ {
		ok = strings.Contains(got[i], want[i])
	}
	if !ok {
		t.Errorf("warnings %q, want %q", got, want)
	}
}

func TestMoreEdgesThanMayBe(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{99: 100, 100: 1} {
		r := derive(t, intake.Derivation{MaxEdges: 100}.Parsing(many(n)), "x", "")
		if len(r.Derived) != want {
			t.Errorf("of %d columns come %d edges, want %d", n, len(r.Derived), want)
		}
		if want == 1 {
			wantWarnings(t, &r, "lineage: of 101 edges only those between tables were added: one operation may have 100")
		} else {
			wantWarnings(t, &r)
		}
	}
	r := derive(t, intake.Derivation{}.Parsing(many(3_000)), "x", "")
	wantWarnings(t, &r, "of 3001 edges", "input_columns left out: there are 3000", "output_columns left out")
}

func TestMoreEdgesThanACallMayAdd(t *testing.T) {
	t.Parallel()
	in, behind := derivingInto(intake.Derivation{}.Parsing(many(1_999)))
	const operations = intake.CallEdges/2_000 + 2
	records := make([]daybook.Record, operations)
	for i := range records {
		records[i] = sqlOperation(t, "x", "")
	}
	presumed := sqlOperation(t, "SELECT a FROM b", "")
	presumed.Set("transformation_type", daybook.Value{})
	if _, err := in.Record(t.Context(), daybook.Local, append(records, presumed)); err != nil {
		t.Fatal(err)
	}
	total := 0
	for i := range behind.records {
		total += len(behind.records[i].Derived)
	}
	if total != intake.CallEdges {
		t.Errorf("the call adds %d edges, want %d", total, intake.CallEdges)
	}
	wantWarnings(t, &behind.records[0])
	wantWarnings(t, &behind.records[operations-1], "lineage: not derived: the operations of one call may have 50000 edges")
	wantWarnings(t, &behind.records[operations], "lineage: not derived: the operations of one call may have 50000 edges")
}

func TestMoreTimeThanACallMayTake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(sql string, o sqllineage.Options) *sqllineage.Result {
			time.Sleep(intake.CallTime / 2)
			return many(1)(sql, o)
		}
		in, behind := derivingInto(intake.Derivation{}.Parsing(slow))
		records := []daybook.Record{sqlOperation(t, "x", ""), sqlOperation(t, "x", ""), sqlOperation(t, "x", "")}
		if _, err := in.Record(t.Context(), daybook.Local, records); err != nil {
			t.Fatal(err)
		}
		wantWarnings(t, &behind.records[1])
		wantWarnings(t, &behind.records[2], "lineage: not derived: to read the SQL of one call may take 5s")
		if behind.records[2].Derived != nil || !behind.records[2].Get("transformation_logic").IsSet() {
			t.Error("the last operation is not as it should be")
		}
	})
}

// Who sends SQL that takes long to read holds up what others write for a
// moment at most.
func TestWaitsForOthersForAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(sql string, o sqllineage.Options) *sqllineage.Result {
			if sql == "slow" {
				time.Sleep(time.Minute)
			}
			return many(1)(sql, o)
		}
		d := intake.NewDeriver(intake.Derivation{}.Parsing(slow))
		others := intake.New(nowhere{}, intake.Limits{}).Deriving(d)
		behind := &sink{}
		in := intake.New(behind, intake.Limits{}).Deriving(d)
		var all sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			r := sqlOperation(t, "slow", "")
			all.Go(func() { _, _ = others.Record(t.Context(), daybook.Local, []daybook.Record{r}) })
		}
		synctest.Wait()
		begun := time.Now()
		if _, err := in.Record(t.Context(), daybook.Local, []daybook.Record{sqlOperation(t, "quick", "")}); err != nil {
			t.Fatal(err)
		}
		wantWarnings(t, &behind.records[0], "lineage: not derived: other SQL was being read")
		if took := time.Since(begun); took != 250*time.Millisecond {
			t.Errorf("it waited for %v", took)
		}
		all.Wait()
	})
}

func TestAFaultOfTheReader(t *testing.T) {
	t.Parallel()
	broken := func(string, sqllineage.Options) *sqllineage.Result { panic("a fault") }
	r := derive(t, intake.Derivation{Logger: slog.New(slog.DiscardHandler)}.Parsing(broken), "x", "")
	wantWarnings(t, &r, "lineage: not derived: the reader of SQL met a fault of its own")
}

// What nobody understood is said shortly, however much of it there is.
func TestManyTroubles(t *testing.T) {
	t.Parallel()
	troubled := func(string, sqllineage.Options) *sqllineage.Result {
		result := &sqllineage.Result{Status: sqllineage.Unparsed}
		for i := range 100 {
			result.Warnings = append(result.Warnings, sqllineage.Warning{Line: i + 1, Column: 7, Message: strings.Repeat("long ", 1000)})
		}
		return result
	}
	r := derive(t, intake.Derivation{}.Parsing(troubled), "x", `"warnings": ["mine"]`)
	wantWarnings(t, &r, "mine", "lineage: line 1, column 7: long", "line 2", "line 3", "line 4", "lineage: and 96 more")
	if n := len(r.Get("warnings").Text()); n > 1500 {
		t.Errorf("%d bytes of warnings", n)
	}
}

// Names that no entry can hold cost their edges, not the operation.
func TestNamesThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, name := range []string{strings.Repeat("n", 1025), "a\x00b", "a\xffb", ""} {
		odd := func(string, sqllineage.Options) *sqllineage.Result {
			result := many(2)("", sqllineage.Options{})
			result.Edges[0].Source.Name = name
			result.Statements[0].Columns[0] = name
			result.Edges[1].Target.Table.Name = name
			result.Targets = append(result.Targets, sqllineage.Table{Name: name})
			result.Sources = append(result.Sources, sqllineage.Table{Name: name})
			result.Statements[0].Sources = result.Sources
			return result
		}
		r := derive(t, intake.Derivation{}.Parsing(odd), "x", "")
		for i := range r.Derived {
			if err := intake.New(nil, intake.Limits{}).Check(daybook.Local, r.Derived[i]); err != nil {
				t.Errorf("%.10q: %v", name, err)
			}
		}
		if err := intake.New(nil, intake.Limits{}).Check(daybook.Local, r); err != nil {
			t.Errorf("%.10q: %v", name, err)
		}
	}
}

// What is said of SQL that was not understood quotes no literal of it.
func TestWarningsQuoteNoLiterals(t *testing.T) {
	t.Parallel()
	const marker = "4111-1111-1111-1111"
	warned := 0
	for _, sql := range []string{
		"INSERT INTO b SELECT x FROM '" + marker, "INSERT INTO '" + marker + "' SELECT", "SELECT x FROM a WHERE '" + marker + "' '" + marker + "' )",
		"MERGE '" + marker + "' INTO", "'" + marker + "' SELECT", "CREATE TABLE b AS '" + marker + "'", "UPDATE b SET '" + marker + "'", "INSERT INTO b (x) VALUES '" + marker + "' x 'y",
	} {
		for d := range sqllineage.Dialects() {
			r := derive(t, intake.Derivation{Dialect: sqllineage.Dialect(d)}, sql, "")
			if text := r.Get("warnings").Text(); text != "" {
				warned++
				if strings.Contains(text, "4111") {
					t.Errorf("%s (%s): %s", sql, sqllineage.Dialect(d), text)
				}
			}
		}
	}
	if warned < 50 {
		t.Errorf("only %d warnings", warned)
	}
}
