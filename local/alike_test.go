package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/transfer"
)

// alike is one ledger twice, in a file and in a database: the same id and key,
// and one clock. What is written is written to both, and what is asked is asked
// of both; every difference fails the test.
type alike struct {
	file, db *local.Local
	now      *atomic.Int64 // Unix microseconds
}

// newAlike begins a ledger in a file, copies it, and has it go on in both.
func newAlike(t *testing.T) *alike {
	t.Helper()
	path, url, o := temp(t), database(t), machine(t)
	shut(t, open(t, path, local.Options{}))
	carry(t, path, url, true)
	a := &alike{now: new(atomic.Int64)}
	a.now.Store(time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC).UnixMicro())
	tune := func(o *ledger.Options) { o.Now = func() time.Time { return time.UnixMicro(a.now.Load()).UTC() } }
	write(t, o.Key, must[[]byte](t)(os.ReadFile(path+".key")))
	write(t, o.Public, must[[]byte](t)(os.ReadFile(path+".pub")))
	o.Tune = tune
	a.file, a.db = open(t, path, local.Options{Tune: tune}), open(t, url, o)
	return a
}

// carry copies the ledger of one store to another, which it goes on in as well
// if it is to be written.
func carry(t *testing.T, from, to string, written bool) {
	t.Helper()
	stores := make([]daybook.Movable, 2)
	for i, name := range []string{from, to} {
		place := must[local.Place](t)(local.ParseStore(name))
		stores[i] = must[daybook.Movable](t)(local.OpenMovable(t.Context(), place, local.Options{Logger: quiet}, false))
		defer stores[i].Close()
	}
	carryOver(t, stores[0], stores[1])
	if written {
		mark := must[daybook.Transfer](t)(stores[1].Transfer(t.Context()))
		must[daybook.Head](t)(stores[1].Mark(t.Context(), mark, daybook.Transfer{}))
	}
}

func carryOver(t *testing.T, from, to daybook.Movable) {
	t.Helper()
	must[*transfer.Report](t)(transfer.Copy(t.Context(), from, to, transfer.Options{From: "one", To: "other"}))
}

// later lets time pass on both.
func (a *alike) later(d time.Duration) { a.now.Add(d.Microseconds()) }

// record sends records to both, which must be taken or refused alike. Each is
// JSON, as a client writes it.
func (a *alike) record(t *testing.T, p daybook.Principal, body string) {
	t.Helper()
	var said [2]string
	for i, l := range []*local.Local{a.file, a.db} {
		receipts, err := l.Recorder.Record(t.Context(), p, decode(t, body))
		for i := range receipts {
			receipts[i].LogHash = "" // each has salts of its own
		}
		said[i] = chance.ReplaceAllString(shown(receipts, err), "")
	}
	same(t, body, said)
	a.later(time.Second)
}

func decode(t *testing.T, body string) []daybook.Record {
	t.Helper()
	var all []daybook.Record
	for d := daybook.NewDecoder(strings.NewReader(body), nil); ; {
		r, err := d.Next()
		if err != nil {
			if err.Error() != "EOF" {
				t.Fatalf("%s: %v", body, err)
			}
			return all
		}
		all = append(all, r)
	}
}

// shown is an answer, or the whole of an error.
func shown(answer any, err error) string {
	if err != nil {
		hint := ""
		if e, ok := err.(*daybook.Error); ok { //nolint:errorlint // what is handed out, not what it is because of
			hint = e.Path + " | " + e.Hint
		}
		return fmt.Sprintf("%s: %v | %s", daybook.CodeOf(err), err, hint)
	}
	var text []byte
	switch answer := answer.(type) {
	case []*daybook.Entry:
		for _, e := range answer {
			text = append(e.AppendExport(text), '\n')
		}
	case *daybook.Entry:
		text = answer.AppendExport(nil)
	case *daybook.Page:
		return shown(answer.Entries, nil) + answer.Next
	default:
		text, err = json.Marshal(answer)
	}
	if err != nil {
		return "no JSON: " + err.Error()
	}
	return string(text)
}

// same wants two answers to be one.
func same(t *testing.T, asked string, said [2]string) {
	t.Helper()
	if said[0] == said[1] {
		return
	}
	at := 0
	for at < min(len(said[0]), len(said[1])) && said[0][at] == said[1][at] {
		at++
	}
	cut := func(s string) string { return s[max(0, at-200):min(len(s), at+400)] }
	t.Errorf("%.600s\nthe file says     …%s…\nthe database says …%s…", asked, cut(said[0]), cut(said[1]))
}

// A question is asked of a reader.
type question struct {
	name string
	ask  func(ctx context.Context, r *lineage.Reader) (any, error)
}

// answers asks both stores everything.
func answers(t *testing.T, file, db daybook.Store, questions []question) {
	t.Helper()
	readers := [2]*lineage.Reader{}
	for i, s := range []daybook.Store{file, db} {
		readers[i] = lineage.NewReader(s, s.(daybook.Querier))
	}
	for _, q := range questions {
		var said [2]string
		for i, r := range readers {
			said[i] = shown(q.ask(t.Context(), r))
		}
		same(t, q.name, said)
	}
}

// chance matches what chance makes: salts, hashes, and ids that nobody gave.
var chance = regexp.MustCompile(`"(salt|log_hash)": ?"[0-9a-f]+"|01a[0-9a-f]{5}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// whole is everything in a ledger but what chance makes.
func whole(t *testing.T, s daybook.Store) []string {
	t.Helper()
	var all []string
	err := lineage.NewReader(s, nil).Export(t.Context(), daybook.Local, daybook.ExportQuery{}, func(e *daybook.Entry) error {
		all = append(all, chance.ReplaceAllString(string(e.AppendExport(nil)), ""))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
