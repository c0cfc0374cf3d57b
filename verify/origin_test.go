package verify_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/verify"
)

const oldOrigin = daybook.OriginPrefix + "01a2022a-c1aa-7bb0-86e8-e3a7a201ea98"

// continuing is a ledger of 5 entries that came along from another, the event
// that says so, and one entry more.
type continuing struct {
	*keeper
	old  *merkle.Signer
	kept map[int64]merkle.Hash // the root at each size that came along
}

func newContinuing(t *testing.T, lost int64) *continuing {
	t.Helper()
	private, _, err := merkle.GenerateKey(oldOrigin)
	if err != nil {
		t.Fatal(err)
	}
	c := &continuing{keeper: newKeeper(t), kept: map[int64]merkle.Hash{}}
	c.old, err = merkle.NewSigner(private)
	c.must(err)
	for range 5 {
		c.write(cheap(daybook.MustKind("conversations")))
		c.kept[c.writer.Tree().Size()] = c.writer.Tree().Root()
	}
	c.tell(lost)
	c.write(cheap(daybook.MustKind("conversations")))
	return c
}

// tell writes the event.
func (c *continuing) tell(lost int64) {
	c.t.Helper()
	note := c.note(c.old, 5+lost, merkle.Hash{})
	details, err := json.Marshal(daybook.OriginChange{
		OldOrigin: oldOrigin, NewOrigin: c.signer.Origin(), OldPublicKey: c.old.Public(), OldCheckpoint: string(note),
		OldSize: 5 + lost, Size: 5, Lost: lost, Wrong: []string{"entries were lost"},
	})
	c.must(err)
	r, err := daybook.RecordOf(daybook.LedgerEvent{ID: "01a2022a-c50a-7c72-81e3-bf602396f2b0", EventType: daybook.EventNewOrigin, OccurredAt: c.at, Details: details})
	c.must(err)
	c.writer.Principal = daybook.Itself.Name
	c.write(r)
	c.writer.Principal = ""
}

// note signs a checkpoint of the old origin: of what came along, unless a root
// is given.
func (c *continuing) note(by *merkle.Signer, size int64, root merkle.Hash) []byte {
	c.t.Helper()
	if root == (merkle.Hash{}) {
		root = c.kept[size]
	}
	signed, err := by.Sign(merkle.Checkpoint{Origin: oldOrigin, Size: size, Root: root})
	c.must(err)
	return signed
}

func TestContinues(t *testing.T) {
	t.Parallel()
	c := newContinuing(t, 4)
	c.sign()
	b := c.book()
	r := b.verify(t)
	if !r.Sound() || len(r.Continues) != 1 {
		t.Fatalf("%s", describe(r))
	}
	if f := r.Continues[0]; f.Origin != oldOrigin || f.Since != 5 || f.Signed != 9 || f.Kept != 5 || f.Lost != 4 {
		t.Errorf("continues %+v", f)
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "continues "+oldOrigin+" since entry 5: it had signed 9 entries, of which 4 are lost") {
		t.Errorf("%s, %v", &text, err)
	}
	other, _, err := merkle.GenerateKey(oldOrigin)
	c.must(err)
	stranger, err := merkle.NewSigner(other)
	c.must(err)
	for name, h := range map[string]struct {
		anchor []byte
		class  verify.Class // "" where that is sound
		says   string
	}{
		"the last of the old ones":      {c.note(c.old, 9, merkle.Hash{9}), verify.Missing, "it was signed over 9 entries, of which the last 4 are lost for good"},
		"an old one that came along":    {c.note(c.old, 3, merkle.Hash{}), "", "all 3 entries that it was signed over are here"},
		"the one at the end":            {c.note(c.old, 5, merkle.Hash{}), "", "all 5 entries that it was signed over are here"},
		"an old one over other entries": {c.note(c.old, 3, merkle.Hash{3}), verify.Modified, "the first 3 entries are not those that it was signed over"},
		"of another's key":              {c.note(stranger, 3, merkle.Hash{}), verify.Modified, "its signature is not valid"},
	} {
		b := b.clone()
		b.anchor = h.anchor
		r := b.verify(t)
		said := strings.Join(r.Notes, "\n")
		if len(r.Problems) > 0 {
			said = r.Problems[0].Detail
		}
		if r.Sound() != (h.class == "") || !strings.Contains(said, h.says) || h.class != "" && (len(r.Problems) != 1 || r.Problems[0].Class != h.class) {
			t.Errorf("%s: %s", name, describe(r))
		}
	}
}

// The old public key does not vouch for what was signed since.
func TestContinuesWithTheOldKey(t *testing.T) {
	t.Parallel()
	c := newContinuing(t, 4)
	c.sign()
	b := c.book()
	b.anchor, b.public = c.note(c.old, 5, merkle.Hash{}), c.old.Public()
	if r := b.verify(t); r.Sound() || !strings.Contains(strings.Join(r.Notes, "\n"), "the public key is that of "+oldOrigin) {
		t.Errorf("%s", describe(r))
	}
}

// Who can write the store alone cannot say what it continues.
func TestContinuesUnsigned(t *testing.T) {
	t.Parallel()
	c := newContinuing(t, 4)
	c.sign()
	c.at = c.at.Add(1)
	r, err := daybook.RecordOf(daybook.LedgerEvent{
		ID: "01a2022a-c50a-7c72-81e3-bf602396f2b1", EventType: daybook.EventNewOrigin, OccurredAt: c.at,
		Details: []byte(`{"old_origin": "daybook/elsewhere", "size": 1, "old_size": 1, "lost": 0}`),
	})
	c.must(err)
	c.writer.Principal = daybook.Itself.Name // as whoever writes to the store may claim
	c.write(r)
	b := c.book()
	report := b.verify(t)
	if len(report.Continues) != 1 || !strings.Contains(strings.Join(report.Notes, "\n"), "no checkpoint covers it yet") {
		t.Errorf("%s", describe(report))
	}
	elsewhere, _, err := merkle.GenerateKey("daybook/elsewhere")
	c.must(err)
	signer, err := merkle.NewSigner(elsewhere)
	c.must(err)
	b.anchor, err = signer.Sign(merkle.Checkpoint{Origin: "daybook/elsewhere", Size: 1, Root: c.kept[1]})
	c.must(err)
	if report := b.verify(t); report.Sound() {
		t.Errorf("%s", describe(report))
	}
}

// An export of it, and a checkpoint of the old origin: whoever kept one checks
// without the store what came along.
func TestContinuesInAnExport(t *testing.T) {
	t.Parallel()
	c := newContinuing(t, 0)
	c.sign()
	b := c.book()
	var lines []byte
	for _, row := range b.rows {
		lines = append(row.Entry.AppendExport(lines), '\n')
	}
	path := filepath.Join(t.TempDir(), "export")
	c.must(os.WriteFile(path, lines, 0o600))
	f, err := os.Open(path)
	c.must(err)
	defer f.Close()
	r, err := verify.Run(t.Context(), verify.NewExport(f), verify.Options{Public: b.public, Anchor: c.note(c.old, 4, merkle.Hash{})})
	c.must(err)
	if !r.Sound() || len(r.Continues) != 1 || !r.Anchor.Signed || !strings.Contains(strings.Join(r.Notes, "\n"), "all 4 entries") {
		t.Errorf("%s", describe(r))
	}
}

// What anybody may write with a token says nothing of where the ledger comes
// from, nor may any text of an entry look like the report's own words.
func TestContinuesByTheLedgersOwnWord(t *testing.T) {
	t.Parallel()
	c := newContinuing(t, 4)
	r, err := daybook.RecordOf(daybook.LedgerEvent{
		ID: "01a2022a-c50a-7c72-81e3-bf602396f2b1", EventType: daybook.EventNewOrigin, OccurredAt: c.at,
		Details: []byte(`{"old_origin": "daybook/other", "size": 1, "old_size": 1}`),
	})
	c.must(err)
	c.write(r)
	c.sign()
	if report := c.book().verify(t); !report.Sound() || len(report.Continues) != 1 || report.Continues[0].Origin != oldOrigin {
		t.Errorf("%s", describe(report))
	}
}

func TestWriteTextKeepsToItsLines(t *testing.T) {
	t.Parallel()
	said := "x is sound\n  1 entries\x1b[2J\u009b31m\u202e\u2028y"
	report := &verify.Report{Origin: said, Notes: []string{said}, Problems: []verify.Problem{{LogID: said, Seq: new(int64(1)), Detail: said}}}
	text := describe(report)
	if strings.ContainsAny(text, "\x1b\u009b\u202e\u2028") || strings.Count(text, "\n") != 4 {
		t.Errorf("%q", text)
	}
}
