package access_test

import (
	"fmt"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/access"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/storetest"
)

// The whole chain of a read: a reader, bound to a business, asks three times;
// the ledger takes the entry, its count, and an export's end, and the reader
// finds them there. The export hands out the entry of itself, too.
func TestReadsReachTheLedger(t *testing.T) {
	t.Parallel()
	store := storetest.NewModel()
	book, err := ledger.Open(t.Context(), store, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	reader := lineage.NewReader(store, nil)
	log := access.Around(reader, intake.New(book, intake.Limits{}), access.Options{})
	p := daybook.Principal{Name: "ann", Role: daybook.RoleAuditor, Business: "acme", Address: "10.0.0.7", UserAgent: "curl/8"}
	for range 3 {
		if _, err := log.History(t.Context(), p, daybook.HistoryQuery{Table: "silver.x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Export(t.Context(), p, daybook.ExportQuery{}, func(*daybook.Entry) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := reader.List(t.Context(), p, daybook.Query{Kind: daybook.MustKind("log_access_audit"), Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range page.Entries {
		a, err := daybook.As[daybook.LogAccessAudit](e)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %s %s ×%d %s %d rows, revision %d by %s", a.Action, a.Target, a.Outcome, *a.ReadCount, a.IPAddress, *a.RowsReturned, e.Revision(), e.Principal()))
	}
	want := "[export entries ok ×1 10.0.0.7 2 rows, revision 2 by ann read history/silver.x ok ×3 10.0.0.7 0 rows, revision 2 by ann]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	if err := book.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
