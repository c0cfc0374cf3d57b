package httpd_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

// TestQuestionsArriveAsAsked holds the queries that the Reader gets against
// the URLs.
func TestQuestionsArriveAsAsked(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for target, want := range map[string]any{
		"/v1/entries?kind=conversations&since=2026-01-31&from=5":                                        daybook.ExportQuery{Kind: daybook.MustKind("conversations"), Since: day, From: 5},
		"/v1/history?table=a.b&since=2026-01-31T00:00:00Z&limit=3":                                      daybook.HistoryQuery{Table: "a.b", Since: day, Limit: 3},
		"/v1/history?table=a.b&limit=0&cursor=eyJ9":                                                     daybook.HistoryQuery{Table: "a.b", Limit: 200, After: "eyJ9"},
		"/v1/agents/a%2Fb/activity?since=2026-01-31":                                                    daybook.ActivityQuery{Agent: "a/b", Since: day, Limit: 200},
		"/v1/agents/a%2Fb/activity?limit=5&cursor=eyJ9":                                                 daybook.ActivityQuery{Agent: "a/b", Limit: 5, After: "eyJ9"},
		"/v1/lineage?node=a.b":                                                                          daybook.LineageQuery{Node: "a.b", Direction: daybook.Upstream},
		"/v1/lineage?node=a.b&direction=downstream&depth=100&columns=true&as_of=2026-01-31T02:00+02:00": nil,
		"/v1/lineage?node=a.b&direction=downstream&depth=100&columns=true&as_of=2026-01-31T00:00:00Z":   daybook.LineageQuery{Node: "a.b", Direction: daybook.Downstream, Depth: 100, Columns: true, AsOf: day},
		"/v1/lineage?node=a.b&direction=both&columns=true&indirect=true&origin=PARSED,EXPLICIT&relationship=JOINS": daybook.LineageQuery{
			Node: "a.b", Direction: daybook.Both, Columns: true, Indirect: true, Origins: []string{"PARSED", "EXPLICIT"}, Relationships: []string{"JOINS"},
		},
		"/v1/lineage?node=a.b&format=png":                                   nil,
		"/v1/lineage?node=a.b&depth=101":                                    nil,
		"/v1/lineage?node=a.b&columns=yes":                                  nil,
		"/v1/why?node=a.b":                                                  daybook.WhyQuery{Node: "a.b"},
		"/v1/why?node=a.b.c&depth=100&limit=200&as_of=2026-01-31T00:00:00Z": daybook.WhyQuery{Node: "a.b.c", Depth: 100, Limit: 200, AsOf: day},
		"/v1/why?node=a.b&limit=201":                                        nil,
		"/v1/why?node=a.b&direction=upstream":                               nil,
		"/v1/cost":                                                          daybook.CostQuery{},
		"/v1/cost?by=day,model&since=2026-01-31&until=2026-02-01T00:00:00Z&business_id=acme&limit=10000": daybook.CostQuery{
			By: []string{"day", "model"}, Since: day, Until: day.AddDate(0, 0, 1), Business: "acme", Limit: 10_000,
		},
		"/v1/cost?by=colour":              nil,
		"/v1/cost?by=day,day":             nil,
		"/v1/cost?limit=10001":            nil,
		"/v1/cost?agent=CFO":              nil,
		"/v1/history?table=a.b&table=c.d": nil,
		"/v1/history?table=a.b&sinse=7d":  nil,
		"/v1/history?table=%zz":           nil,
		"/v1/entries?from=7&limit=1":      daybook.ExportQuery{From: 7, Limit: 1},
		"/v1/entries?limit=-1":            nil,
		"/v1/entries?from=-1":             nil,
	} {
		d := newDesk(t, nil)
		w := d.do(request("GET", target, ""))
		if !reflect.DeepEqual(d.reader.asked, want) {
			t.Errorf("%s asked %+v, want %+v", target, d.reader.asked, want)
		}
		if want == nil {
			problemIn(t, w)
		}
	}
}

func TestQueriesArriveAsAsked(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.do(request("POST", "/v1/query", `{"sql": "SELECT 1", "max_rows": 5, "timeout_ms": 1500}`))
	want := daybook.SQLQuery{Text: "SELECT 1", MaxRows: 5, Timeout: 1500 * time.Millisecond}
	if d.reader.asked != want {
		t.Errorf("asked %+v", d.reader.asked)
	}
	d.reader.asked = nil
	for _, body := range []string{``, `{}`, `{"sql": ""}`, `{"sql": "SELECT 1"} 2`, `[]`, `{"sql": "SELECT 1", "max_rows": -1}`, `{"sql": "SELECT 1", "timeout_ms": 1e9}`} {
		if p := problemIn(t, d.do(request("POST", "/v1/query", body))); p.Status >= 500 || d.reader.asked != nil {
			t.Errorf("%s: %+v, asked %v", body, p, d.reader.asked)
		}
	}
}
