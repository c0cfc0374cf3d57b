package local_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/price"
)

// pricesAt writes a file of own prices, in which a million tokens of the model
// m cost so many dollars.
func pricesAt(t *testing.T, dollars string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "prices.toml")
	check(t, os.WriteFile(path, []byte("[[price]]\nmodel = 'm'\ninput = "+dollars+"\noutput = "+dollars+"\n"), 0o600))
	return path
}

// said reads records of JSON, one a line.
func said(t *testing.T, lines string) (records []daybook.Record) {
	t.Helper()
	d := daybook.NewDecoder(strings.NewReader(lines), nil)
	for range strings.Count(lines, "\n") + 1 {
		records = append(records, must[daybook.Record](t)(d.Next()))
	}
	return records
}

func recorded(t *testing.T, l *local.Local, lines string) []daybook.Receipt {
	t.Helper()
	return must[[]daybook.Receipt](t)(l.Recorder.Record(t.Context(), daybook.Local, said(t, lines)))
}

const (
	talkBegins = `{"kind":"conversations","log_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e1001","conversation_id":"c-1","agent_position":"CFO","started_at":"2026-01-31T09:00:00Z","model_name":"m","input_tokens":1000000}`
	talkGoesOn = `{"kind":"conversations","log_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e1002","conversation_id":"c-1","amend":true,"output_tokens":1000000}`
	talkEnds   = `{"kind":"conversations","log_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e1003","conversation_id":"c-1","amend":true,"output_tokens":2000000,"status":"completed"}`
)

// A write that is repeated is a duplicate, whatever prices hold by then: in the
// same process, after a restart, in the same call, and where no prices hold at
// all.
func TestRepeatsAreDuplicatesWhateverThePrices(t *testing.T) {
	t.Parallel()
	path := temp(t)
	steps := []string{talkBegins, talkGoesOn, talkEnds}
	for i, prices := range []string{pricesAt(t, "2"), pricesAt(t, "3"), pricesAt(t, "1"), local.NoPrices, ""} {
		l := open(t, path, local.Options{Intake: local.Intake{Prices: prices}})
		for n, step := range steps {
			for range 2 {
				r := recorded(t, l, step)[0]
				if first := i == 0 && r.Revision == int64(n+1) && !r.Duplicate; !first && !r.Duplicate {
					t.Errorf("%s: %+v", prices, r)
				}
			}
		}
		for _, r := range recorded(t, l, strings.Join(steps, "\n")) {
			if !r.Duplicate {
				t.Errorf("%s, at once: %+v", prices, r)
			}
		}
		e := must[*daybook.Entry](t)(l.Get(t.Context(), "conversations", "c-1"))
		if cost := e.Get("cost_usd").Float(); cost != 6 || e.Revision() != 3 {
			t.Errorf("%s: it costs %v in revision %d", prices, cost, e.Revision())
		}
		check(t, l.Close(t.Context()))
	}
}

// A cost that was computed gives way: to one that is computed anew, be it less,
// and to what the client says at last. What a client said only grows.
func TestComputedCostsGiveWay(t *testing.T) {
	t.Parallel()
	path := temp(t)
	standing := func(l *local.Local, cost float64, source string) {
		t.Helper()
		e := must[*daybook.Entry](t)(l.Get(t.Context(), "conversations", "c-1"))
		if got := e.Get("cost_usd").Float(); got != cost || e.Text("price_source") != source {
			t.Errorf("it costs %v by %q, want %v by %q", got, e.Text("price_source"), cost, source)
		}
	}
	dear := open(t, path, local.Options{Intake: local.Intake{Prices: pricesAt(t, "10")}})
	recorded(t, dear, talkBegins)
	standing(dear, 10, "own prices prices.toml: m")
	check(t, dear.Close(t.Context()))

	cheap := open(t, path, local.Options{Intake: local.Intake{Prices: pricesAt(t, "2")}})
	recorded(t, cheap, talkGoesOn)
	standing(cheap, 4, "own prices prices.toml: m")
	recorded(t, cheap, `{"kind":"conversations","conversation_id":"c-1","amend":true,"output_tokens":2000000,"cost_usd":0.5}`)
	standing(cheap, 0.5, "")
	recorded(t, cheap, `{"kind":"conversations","conversation_id":"c-1","amend":true,"output_tokens":3000000}`)
	standing(cheap, 0.5, "")
	_, err := cheap.Recorder.Record(t.Context(), daybook.Local, said(t, `{"kind":"conversations","conversation_id":"c-1","amend":true,"cost_usd":0.25}`))
	if daybook.CodeOf(err) != daybook.CodeConflict {
		t.Errorf("what a client said became less: %v", err)
	}
}

// What is asked over HTTP is answered as in process, by every dimension and in
// every bound. A remote comparison of prices reads over HTTP as well.
func TestCostsAtBothEnds(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{Intake: local.Intake{Prices: pricesAt(t, "2")}})
	remote := dial(t, serve(t, l))
	recorded(t, l, talkBegins+"\n"+talkGoesOn)
	recorded(t, l, `{"kind":"mcp_usage_logs","agent_position":"CFO","server_name":"files","tool_name":"read","called_at":"2026-01-31T09:00:01Z","cost_usd":0.5}`)
	begins := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	for _, q := range []daybook.CostQuery{
		{},
		{By: daybook.CostDimensions()},
		{By: []string{daybook.CostByDay}, Since: begins, Until: begins.Add(time.Second)},
		{Business: "acme"},
		{By: []string{daybook.CostByKind}, Limit: 1},
	} {
		near, far := must[*daybook.Cost](t)(l.Cost(t.Context(), q)), must[*daybook.Cost](t)(remote.Cost(t.Context(), q))
		if !reflect.DeepEqual(near, far) {
			t.Errorf("%+v: in process %+v, over HTTP %+v", q, near, far)
		}
	}
	if total := must[*daybook.Cost](t)(remote.Cost(t.Context(), daybook.CostQuery{})).Total; total.CostUSD != 4.5 || total.ComputedCalls != 1 || total.GivenUSD != 0.5 {
		t.Errorf("in all %+v", total)
	}
	_, err := remote.Cost(t.Context(), daybook.CostQuery{By: []string{"colour"}})
	wantCode(t, err, daybook.CodeInvalid, "colour")

	prices := must[*price.Table](t)(local.ReadPrices(pricesAt(t, "3")))
	found := must[*intake.Repriced](t)(intake.Repricing{Reader: remote.Reader, Table: prices, Since: begins, Until: begins.Add(time.Hour)}.Compare(t.Context(), daybook.Local))
	if found.Total.Stands != 4 || found.Total.Now != 6 || found.Total.Different != 1 {
		t.Errorf("with other prices: %+v", found.Total)
	}
}

func TestBadPricesAreRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	bad := filepath.Join(folder, "prices.toml")
	check(t, os.WriteFile(bad, []byte("[[price]]\nmodel = 'm'\ninptu = 3\n"), 0o600))
	for path, want := range map[string]string{bad: `"price.inptu" is not known`, filepath.Join(folder, "none.toml"): "no such file"} {
		_, err := local.Open(t.Context(), temp(t), local.Options{Intake: local.Intake{Prices: path}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want it to say %s and %s", err, path, want)
		}
	}
}
