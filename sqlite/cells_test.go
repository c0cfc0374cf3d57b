package sqlite

import (
	"fmt"
	"testing"

	"github.com/daybook-audit/daybook"
)

// A number that is reckoned stays one, though it is called as a truth is.
func TestCellsOfWhatIsReckoned(t *testing.T) {
	t.Parallel()
	s := mixedStore(t)
	of := func(text string) string {
		t.Helper()
		answer, err := s.SQL(t.Context(), daybook.SQLQuery{Text: text})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return fmt.Sprint(answer.Rows)
	}
	for text, want := range map[string]string{
		"SELECT count(*) AS success FROM (SELECT * FROM audit.action_logs LIMIT 1)": "[[1]]",
		"SELECT count(*) success FROM (SELECT * FROM audit.action_logs LIMIT 1)":    "[[1]]",
		"SELECT 3 - 2 AS \"success\"": "[[1]]",
		"SELECT sum(success) AS success FROM (SELECT success FROM audit.action_logs WHERE success LIMIT 1)":             "[[1]]",
		"SELECT success FROM audit.action_logs WHERE success IN (SELECT 1 AS success) LIMIT 1":                          "[[true]]",
		"SELECT success FROM audit.action_logs WHERE success UNION SELECT success FROM audit.action_logs WHERE success": "[[true]]",
		"SELECT DISTINCT a.success AS went FROM audit.action_logs a WHERE a.success":                                    "[[true]]",
	} {
		if got := of(text); got != want {
			t.Errorf("%s\ngives %s, want %s", text, got, want)
		}
	}
}
