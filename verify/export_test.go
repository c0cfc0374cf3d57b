package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/verify"
)

// export writes the ledger as `daybook export` does.
func (b *book) export() []byte {
	var out []byte
	for _, r := range b.rows {
		if r.Entry != nil {
			out = append(r.Entry.AppendExport(out), '\n')
		}
	}
	return out
}

func verifyExport(t testing.TB, b *book, text []byte) *verify.Report {
	t.Helper()
	r, err := verify.Run(t.Context(), verify.NewExport(bytes.NewReader(text)), verify.Options{Public: b.public, Anchor: b.anchor})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestExport(t *testing.T) {
	t.Parallel()
	b := sample(t)
	text := b.export()
	r := verifyExport(t, b, text)
	whole := b.verify(t)
	if !r.Sound() || r.Counts != whole.Counts || r.Root != whole.Root || r.Origin != whole.Origin || r.LedgerID != whole.LedgerID || r.Checkpoint.Present {
		t.Fatalf("%s", describe(r))
	}
	if want := []string{"30 entries are newer than the last checkpoint"}; !slices.Equal(r.Notes, want) {
		t.Errorf("notes %q", r.Notes)
	}
	if r := verifyExport(t, b, bytes.TrimSuffix(text, []byte("\n"))); !r.Sound() {
		t.Errorf("without the last line feed: %s", describe(r))
	}
	var compact bytes.Buffer
	for line := range bytes.Lines(text) {
		if err := json.Compact(&compact, line); err != nil {
			t.Fatal(err)
		}
		compact.WriteString("\n\r\n")
	}
	if r := verifyExport(t, b, compact.Bytes()); !r.Sound() {
		t.Errorf("in another spelling: %s", describe(r))
	}
}

func TestExportTampered(t *testing.T) {
	t.Parallel()
	lines := func(text []byte) [][]byte { return slices.Collect(bytes.Lines(text)) }
	const at = 300
	cases := map[string]struct {
		tamper func(b *book, text []byte) []byte
		want   []problem
	}{
		"a line deleted": {
			func(_ *book, text []byte) []byte { return bytes.Join(slices.Delete(lines(text), at, at+1), nil) },
			[]problem{{"", missing, at}},
		},
		"a line given twice": {
			func(_ *book, text []byte) []byte {
				all := lines(text)
				return bytes.Join(slices.Insert(all, at, all[at]), nil)
			},
			[]problem{{kindAt(at), modified, at}},
		},
		"two lines swapped": {
			func(_ *book, text []byte) []byte {
				all := lines(text)
				all[at], all[at+1] = all[at+1], all[at]
				return bytes.Join(all, nil)
			},
			[]problem{{"", missing, at}, {kindAt(at), modified, at}},
		},
		"a line that is no entry": {
			func(_ *book, text []byte) []byte {
				all := lines(text)
				all[at] = []byte("hello\n")
				return bytes.Join(all, nil)
			},
			[]problem{{"", modified, at}},
		},
		"a line without a log_id": {
			func(_ *book, text []byte) []byte {
				all := lines(text)
				all[at] = []byte(`{"kind": "conversations", "seq": 300}` + "\n")
				return bytes.Join(all, nil)
			},
			[]problem{{"", modified, at}},
		},
		"a value changed": {
			func(b *book, _ []byte) []byte {
				b.set(at, "principal", daybook.TextValue("x"))
				return b.export()
			},
			[]problem{{kindAt(at), modified, at}},
		},
		"a value changed and hashed": {
			func(b *book, _ []byte) []byte {
				b.set(at, "principal", daybook.TextValue("x"))
				b.rewrite(at)
				return b.export()
			},
			[]problem{{"anchor", modified, -1}},
		},
		"cut": {
			func(_ *book, text []byte) []byte { return bytes.Join(lines(text)[:signedAt-2], nil) },
			tail(signedAt-2, signedAt, problem{"anchor", missing, -1}),
		},
		"nothing": {
			func(b *book, _ []byte) []byte { b.anchor = olderSample(t).anchor; return nil },
			tail(0, olderAt, problem{"anchor", missing, -1}),
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := sample(t)
			wantProblems(t, name, verifyExport(t, b, c.tamper(b, b.export())), c.want...)
		})
	}
}

func TestExportAlone(t *testing.T) {
	t.Parallel()
	b := sample(t)
	b.anchor = nil
	r := verifyExport(t, b, b.export())
	if !r.Sound() || !strings.Contains(describe(r), "no anchor was given: an export is held against nothing") {
		t.Errorf("%s", describe(r))
	}
}

func TestExportTwice(t *testing.T) {
	t.Parallel()
	x := verify.NewExport(strings.NewReader(""))
	for i, want := range []bool{true, false} {
		if _, err := verify.Run(context.Background(), x, verify.Options{}); (err == nil) != want {
			t.Errorf("reading %d: %v", i, err)
		}
	}
}

// guideCheck is the check that docs/guides/audit.md shows, for an export on
// standard input.
const guideCheck = `
import hashlib, json, sys
for line in sys.stdin:
    entry = json.loads(line)
    said = entry.pop("log_hash"); entry.pop("seq")
    assert said == hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest(), line
`

// TestExportByPython holds that an auditor needs nothing of ours.
func TestExportByPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	check := func(b *book) error {
		cmd := exec.Command(python, "-c", guideCheck)
		cmd.Stdin = bytes.NewReader(b.export())
		return cmd.Run()
	}
	b := sample(t)
	if err := check(b); err != nil {
		t.Errorf("a sound export: %v", err)
	}
	b.set(3, "principal", daybook.TextValue("x"))
	if check(b) == nil {
		t.Error("Python did not see a changed value")
	}
}

// FuzzExport holds that any export that is sound under the anchor has the
// anchored entries.
func FuzzExport(f *testing.F) {
	k := newKeeper(f)
	var want [][]byte
	for i, kind := range []string{"conversations", "decision_logs", "lineage_edge"} {
		e := k.write(fullRecord(daybook.MustKind(kind), i+1))[0]
		want = append(want, e.AppendCanonical(nil))
	}
	k.sign()
	b := k.book()
	text := b.export()
	f.Add(text)
	f.Add(bytes.ToUpper(text))
	f.Add(bytes.Replace(text, []byte(`"seq": 1`), []byte(`"seq": 9223372036854775807`), 1))
	f.Add(bytes.Replace(text, []byte(`"seq": 1`), []byte(`"seq": -1`), 1))
	f.Add([]byte("{}\n[]\nnull\n\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if !verifyExport(t, b, text).Sound() {
			return
		}
		err := verify.NewExport(bytes.NewReader(text)).Scan(context.Background(), 0, func(r daybook.Row) error {
			if s := r.Spine.Seq; s < int64(len(want)) && !bytes.Equal(r.Entry.AppendCanonical(nil), want[s]) {
				t.Fatalf("entry %d is another: %s", s, r.Entry.AppendCanonical(nil))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkExport verifies an export of conversations.
func BenchmarkExport(b *testing.B) {
	k := newKeeper(b)
	const n = 10_000
	for range n / 1000 {
		records := make([]daybook.Record, 1000)
		for i := range records {
			records[i] = conversation(daybook.MustKind("conversations"))
		}
		k.write(records...)
	}
	k.sign()
	laid := k.book()
	text := laid.export()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if r := verifyExport(b, laid, text); !r.Sound() {
			b.Fatal(describe(r))
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "entries/s")
}
