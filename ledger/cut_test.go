package ledger_test

import (
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
)

// TestRepeatsUnderAnotherGuard says the same under one mode of the guard, and
// again under another: it is a duplicate. What differs elsewhere is none.
func TestRepeatsUnderAnotherGuard(t *testing.T) {
	t.Parallel()
	const id = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"
	rows := "[" + strings.Repeat(`[1, "a"], `, 30) + `[2, "b"]]`
	call := func(parameters string) string {
		return `{"kind": "mcp_usage_logs", "log_id": "` + id + `", "usage_id": "u", "called_at": "2026-01-31T09:00:00Z", "agent_position": "a", ` +
			`"server_name": "s", "tool_name": "t", "parameters": ` + parameters + `}`
	}
	sql := func(values string) string {
		return `{"kind": "mcp_usage_logs", "log_id": "` + id + `", "usage_id": "u", "called_at": "2026-01-31T09:00:00Z", "agent_position": "a", ` +
			`"server_name": "s", "tool_name": "t", "result_summary": "` + values + `"}`
	}
	lines := strings.Repeat(`1;corn;2\n`, 30)
	for name, c := range map[string]struct {
		first, again string
		before, then intake.GuardMode
		conflict     bool
	}{
		"cut, then whole":         {call(`{"n": 5, "rows": ` + rows + `}`), call(`{"n": 5, "rows": ` + rows + `}`), intake.GuardCut, intake.GuardWarn, false},
		"whole, then cut":         {call(`{"n": 5, "rows": ` + rows + `}`), call(`{"n": 5, "rows": ` + rows + `}`), intake.GuardWarn, intake.GuardCut, false},
		"cut, and another number": {call(`{"n": 5, "rows": ` + rows + `}`), call(`{"n": 6, "rows": ` + rows + `}`), intake.GuardCut, intake.GuardWarn, true},
		"cut, and another field":  {call(`{"n": 5, "rows": ` + rows + `}`), call(`{"n": 5, "more": 1, "rows": ` + rows + `}`), intake.GuardCut, intake.GuardWarn, true},
		"refused by now":          {call(`{"n": 5, "rows": ` + rows + `}`), call(`{"n": 5, "rows": ` + rows + `}`), intake.GuardWarn, intake.GuardRefuse, false},
		"nothing cut":             {call(`{"n": 5}`), call(`{"n": 6}`), intake.GuardCut, intake.GuardWarn, true},
		"text":                    {sql(lines), sql(lines), intake.GuardCut, intake.GuardWarn, false},
		"another text":            {sql("before " + strings.Repeat("0f", 400)), sql("after " + strings.Repeat("0f", 400)), intake.GuardCut, intake.GuardWarn, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			write := func(mode intake.GuardMode, text string) error {
				g, err := intake.NewGuard(intake.GuardOptions{Mode: mode})
				must(t, err)
				in := intake.New(b.l, intake.Limits{}).With(intake.Stages{Guard: g.Stage()})
				_, err = in.Record(t.Context(), daybook.Local, decode(t, text))
				return err
			}
			if c.then == intake.GuardRefuse {
				if err := write(c.then, c.first); daybook.CodeOf(err) != daybook.CodeInvalid {
					t.Fatalf("refused: %v", err)
				}
			}
			must(t, write(c.before, c.first))
			if err := write(c.then, c.again); (daybook.CodeOf(err) == daybook.CodeConflict) != c.conflict || !c.conflict && err != nil {
				t.Errorf("%v", err)
			}
		})
	}
}
