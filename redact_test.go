package daybook_test

import (
	"slices"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/redact"
)

// TestFreeColumns: whatever a client may write anything into is looked at for
// secrets, and what names something is not.
func TestFreeColumns(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		for i := range k.Columns {
			c := &k.Columns[i]
			free := c.Free()
			switch {
			case c.Type.IsJSON() && !free:
				t.Errorf("%s.%s is of %s, and not free", k.Name, c.Name, c.Type)
			case (c.Subject || c.Closed != nil || c.Ref != "" || !c.Type.IsText()) && free:
				t.Errorf("%s.%s is free", k.Name, c.Name)
			case c.Long && c.Type == daybook.TypeText && !free:
				t.Errorf("%s.%s is long text, and not free", k.Name, c.Name)
			}
		}
	}
}

func TestRecordRedact(t *testing.T) {
	t.Parallel()
	r := daybook.NewRecord(daybook.MustKind("decision_logs"))
	options, err := daybook.OptionsValue([]daybook.Option{{Option: "ask", Pros: []string{"password='x" + "1y2'"}}})
	if err != nil {
		t.Fatal(err)
	}
	r.Set("options_evaluated", options)
	r.Set("decision_id", daybook.TextValue("password=x1y2"))
	want := []redact.Finding{{Rule: "password", Path: "/options_evaluated/0/pros/0"}}
	for range 2 {
		if found := r.Redact(redact.Default()); !slices.Equal(found, want) {
			t.Errorf("found %v, want %v", found, want)
		}
	}
	list, err := daybook.Options(r.Get("options_evaluated"))
	if err != nil || list[0].Pros[0] != "password='[REDACTED:password]'" {
		t.Errorf("the options are %v, %v", list, err)
	}
	if told, _ := daybook.Texts(r.Get("warnings")); !slices.Equal(told, []string{"redacted: password in /options_evaluated"}) {
		t.Errorf("the warnings are %q", told)
	}
	if r.SubjectID() != "password=x1y2" || r.Redact(nil) != nil {
		t.Error("the id was changed, or nobody found something")
	}
}
