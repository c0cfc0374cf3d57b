package intake_test

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/price"
)

// pages gives conversations one a page.
type pages struct {
	daybook.Reader
	entries []*daybook.Entry
	asked   []daybook.Query
}

func (p *pages) List(_ context.Context, _ daybook.Principal, q daybook.Query) (*daybook.Page, error) {
	p.asked = append(p.asked, q)
	n := len(p.asked) - 1
	page := &daybook.Page{Entries: p.entries[n : n+1]}
	if n+1 < len(p.entries) {
		next := q
		next.After, next.Snapshot = new(int64(n+1)), 100
		page.Next = next.Cursor()
	}
	return page, nil
}

func standing(t *testing.T, lines ...string) *pages {
	t.Helper()
	var p pages
	for i, line := range lines {
		r := decode(t, `{"kind":"conversations","conversation_id":"c-`+strconv.Itoa(i)+`","agent_position":"CFO","started_at":"2026-01-31T09:00:00Z"`+line+`}`)
		p.entries = append(p.entries, &daybook.Entry{Kind: r.Kind, Values: r.Values})
	}
	return &p
}

func TestRepricing(t *testing.T) {
	t.Parallel()
	const computed = `,"price_source":"genai-prices 0.0.1: x"`
	reader := standing(
		t,
		sonnet+`,"input_tokens":1000,"cost_usd":0.003`+computed,                     // as it should be
		sonnet+`,"input_tokens":1000,"cost_usd":0.002`+computed,                     // dearer now
		sonnet+`,"input_tokens":1000`,                                               // no cost stands
		sonnet+`,"input_tokens":1000,"cost_usd":7`,                                  // the client's
		`,"model_name":"oracle-9","input_tokens":1000`,                              // no price
		`,"model_name":"oracle-9"`,                                                  // no tokens
		`,"model_name":"gpt-4o-mini","output_tokens":1000000,"cost_usd":1`+computed, // cheaper now
	)
	var progress []int64
	found, err := intake.Repricing{
		Reader: reader, Table: price.Builtin(), Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Progress: func(n int64) { progress = append(progress, n) },
	}.Compare(t.Context(), daybook.Local)
	if err != nil {
		t.Fatal(err)
	}
	model := func(name string, sum intake.RepricedSum) intake.RepricedGroup {
		return intake.RepricedGroup{Model: name, RepricedSum: sum}
	}
	want := []intake.RepricedGroup{
		model("gpt-4o-mini", intake.RepricedSum{Conversations: 1, Different: 1, Stands: 1, Now: 0.6, Difference: -0.4}),
		model("claude-sonnet-4-5-20250929", intake.RepricedSum{Conversations: 3, Different: 2, Stands: 0.005, Now: 0.009, Difference: 0.004, Given: 1}),
		model("oracle-9", intake.RepricedSum{Unknown: 1}),
	}
	if !reflect.DeepEqual(found.Groups, want) {
		t.Errorf("got %+v\nwant %+v", found.Groups, want)
	}
	total := intake.RepricedSum{Conversations: 4, Different: 3, Stands: 1.005, Now: 0.609, Difference: -0.396, Given: 1, Unknown: 1}
	if found.Total != total || len(found.Conversations) != 3 || len(progress) != 7 {
		t.Errorf("in all %+v, %d named, progress %v", found.Total, len(found.Conversations), progress)
	}
	if one := found.Conversations[0]; one.ID != "c-1" || one.Stands == nil || *one.Stands != 0.002 || one.Now != 0.003 || one.Source != "genai-prices 0.0.1: x" || !price.IsSource(one.By) {
		t.Errorf("the first is %+v", one)
	}
	if one := found.Conversations[1]; one.ID != "c-2" || one.Stands != nil {
		t.Errorf("the second is %+v", one)
	}
	if f := reader.asked[0].Filters; len(f) != 1 || f[0].Column != "started_at" || f[0].Op != daybook.OpFrom {
		t.Errorf("asked for %+v", f)
	}
}

func TestRepricingRefuses(t *testing.T) {
	t.Parallel()
	for by, want := range map[string]string{"server": "computed anew", "colour": "use agent"} {
		_, err := intake.Repricing{Reader: standing(t, ""), Table: price.Builtin(), By: []string{by}}.Compare(t.Context(), daybook.Local)
		if err == nil || daybook.CodeOf(err) != daybook.CodeInvalid || !strings.Contains(hintOf(err), want) {
			t.Errorf("by %s: %v, hint %q", by, err, hintOf(err))
		}
	}
	for _, by := range intake.RepriceDimensions() {
		if _, err := (intake.Repricing{Reader: standing(t, sonnet), Table: price.Builtin(), By: []string{by}}).Compare(t.Context(), daybook.Local); err != nil {
			t.Errorf("by %s: %v", by, err)
		}
	}
}

func hintOf(err error) string {
	var e *daybook.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}
