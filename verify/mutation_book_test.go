package verify_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/storetest"
)

// files are what a ledger leaves on disk for an auditor, byte for byte.
type files struct {
	store, anchor, public []byte
}

// names are where files lie in a folder, as Daybook names them by itself.
const storeName = "ledger.db"

func readFiles(dir string) (f files, err error) {
	for suffix, content := range map[string]*[]byte{"": &f.store, ".anchor": &f.anchor, ".pub": &f.public} {
		if *content, err = os.ReadFile(filepath.Join(dir, storeName+suffix)); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f files) write(dir string) error {
	for suffix, content := range map[string][]byte{"": f.store, ".anchor": f.anchor, ".pub": f.public} {
		if err := os.WriteFile(filepath.Join(dir, storeName+suffix), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// scribe writes a ledger in a folder through the rooms that every record goes
// through, with a key, an anchor and checkpoints as a running one has.
type scribe struct {
	t        testing.TB
	dir      string
	store    scribeStore
	ledger   *ledger.Ledger
	recorder daybook.Recorder
	session  string // one that stays open
}

type scribeStore interface {
	daybook.Store
	daybook.Tokens
}

func openScribe(t testing.TB, dir string) *scribe {
	t.Helper()
	store, err := sqlite.Open(context.Background(), filepath.Join(dir, storeName), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return newScribe(t, dir, store)
}

// newScribe writes to a store, and keeps key and anchor in a folder.
func newScribe(t testing.TB, dir string, store scribeStore) *scribe {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(dir, storeName)
	s := &scribe{t: t, dir: dir, store: store}
	private, err := merkle.ReadKey(path + ".key")
	if err != nil {
		head, err := s.store.Head(ctx)
		s.must(err)
		private, _, err = merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
		s.must(err)
		s.must(merkle.WriteKey(path+".key", private))
	}
	signer, err := merkle.NewSigner(private)
	s.must(err)
	s.must(merkle.WritePublic(path+".pub", signer.Public()))
	s.ledger, err = ledger.Open(ctx, s.store, ledger.Options{Signer: signer, Anchor: path + ".anchor", Logger: slog.New(slog.DiscardHandler)})
	s.must(err)
	s.recorder = intake.New(s.ledger, intake.Limits{})
	s.session = s.record(lifelike(daybook.MustKind("transformation_session"), 0, s.session))[0].ID
	return s
}

func (s *scribe) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *scribe) close() {
	s.t.Helper()
	s.must(s.ledger.Close(context.Background()))
	s.must(s.store.Close())
}

func (s *scribe) record(records ...daybook.Record) []daybook.Receipt {
	s.t.Helper()
	receipts, err := s.recorder.Record(context.Background(), daybook.Local, records)
	s.must(err)
	return receipts
}

// live writes a session's life: what it did and made, and how it ended.
func (s *scribe) live(round int) {
	s.t.Helper()
	session := s.record(lifelike(daybook.MustKind("transformation_session"), round, s.session))[0].ID
	for _, name := range []string{"transformation_operation", "output_artifact", "lineage_edge"} {
		kind := daybook.MustKind(name)
		s.record(lifelike(kind, round, session), lifelike(kind, round+1, session))
	}
	s.amend("transformation_session", session, "status", daybook.TextValue([]string{"COMPLETED", "FAILED"}[round%2]))
	decision := s.record(lifelike(daybook.MustKind("decision_logs"), round, s.session))[0].ID
	s.amend("decision_logs", decision, "human_reviewed", daybook.BoolValue(true))
}

func (s *scribe) amend(kind, id, column string, v daybook.Value) {
	s.t.Helper()
	r := daybook.NewRecord(daybook.MustKind(kind))
	r.Set(r.Kind.Subject().Name, daybook.TextValue(id))
	r.Set(column, v)
	r.Amend = true
	s.record(r)
}

// lifelike is a record with every column set that a client may set, so that
// all of them are there to be changed. What must follow from another entry, or
// not come before another time, does.
func lifelike(k *daybook.Kind, seed int, session string) daybook.Record {
	r := daybook.NewRecord(k)
	for i := range k.Columns {
		c := &k.Columns[i]
		switch {
		case c.Envelope || c.Serial:
		case c.Subject && c.Type == daybook.TypeUUID || c.Name == "conversation_id":
			r.Values[i] = daybook.TextValue(fmt.Sprintf("00000000-0000-7000-8000-%012d", serial.Add(1)))
		case c.Name == "business_id":
			r.Values[i] = daybook.TextValue("Ärger & Söhne")
		case c.Type == daybook.TypeTime:
			r.Values[i] = daybook.TextValue(fmt.Sprintf("2026-01-31T09:00:00.%06dZ", seed))
		case c.Type == daybook.TypeDate:
			r.Values[i] = daybook.TextValue("2026-01-31")
		case c.Type == daybook.TypeTexts:
			r.Values[i] = daybook.TextsValue([]string{textOf(c, seed), "", "'"})
		case c.Type == daybook.TypeOptions:
			r.Values[i] = daybook.TextValue(fmt.Sprintf(`[{"option": "a%d", "score": 0.5}, {"option": "b"}]`, seed))
		case c.Type == daybook.TypeText && c.Closed == nil:
			r.Values[i] = daybook.TextValue(textOf(c, seed))
		default:
			r.Values[i] = storetest.Values(c).Example(seed + i)
		}
	}
	within := daybook.TextValue(session)
	if session == "" {
		within = daybook.Value{}
	}
	for column, v := range map[string]daybook.Value{
		"status": firstWord(k), "human_reviewed": {}, "session_id": within, "parent_session_id": within, "superseded_by_id": {},
	} {
		r.Set(column, v)
	}
	return harmless(r)
}

// firstWord is the status in which a kind's subjects begin.
func firstWord(k *daybook.Kind) daybook.Value {
	if i, ok := k.Column("status"); ok && k.Columns[i].Closed != nil {
		return daybook.TextValue(k.Columns[i].Closed[0])
	}
	return daybook.TextValue("completed")
}

// textOf is a text; now and then one that fills pages of its own where the
// column takes long ones.
func textOf(c *daybook.Column, seed int) string {
	text := fmt.Sprintf("%s «%d» 日本語 🙂", c.Name, seed)
	if c.Long && seed%5 == 0 {
		return strings.Repeat(text+" ", 200)
	}
	return text
}

// A past is a ledger at two moments: as it is, and as it was before.
type past struct {
	now, before files
}

// inPast is how many entries a past has: two tiles of level 0 that are full,
// and the beginning of a third.
const inPast = 600

// newPast writes a ledger of some hundred entries of every kind.
func newPast(t testing.TB) past {
	t.Helper()
	dir := t.TempDir()
	s := openScribe(t, dir)
	s.begin()
	s.close()
	var p past
	var err error
	p.before, err = readFiles(dir)
	s.must(err)

	s = openScribe(t, dir)
	s.goOn()
	s.close()
	p.now, err = readFiles(dir)
	s.must(err)
	return p
}

// begin writes what a past was before.
func (s *scribe) begin() {
	s.t.Helper()
	for i, k := range daybook.Kinds() {
		s.record(lifelike(k, i*5, s.session))
	}
	for round := range 6 {
		s.live(round)
	}
	s.must(s.store.AddToken(context.Background(), daybook.Token{
		ID: "abcdefgh", Name: "etl", Role: daybook.RoleWriter, Hash: [32]byte{1}, CreatedAt: time.Now(), MAC: [32]byte{2},
	}))
	s.fill(inPast - 100)
}

// goOn writes what has come to it since.
func (s *scribe) goOn() {
	s.t.Helper()
	for round := range 2 {
		s.live(6 + round)
	}
	s.fill(inPast)
}

// fill writes entries of all kinds until there are so many.
func (s *scribe) fill(size int) {
	s.t.Helper()
	kinds := daybook.Kinds()
	head, err := s.store.Head(context.Background())
	s.must(err)
	var records []daybook.Record
	for i := int(head.Size); i < size; i++ {
		if k := kinds[i%len(kinds)]; i%3 == 0 {
			records = append(records, lifelike(k, i, s.session))
		} else {
			r := harmless(cheap(k))
			r.Set("business_id", daybook.TextValue("Ärger & Söhne"))
			if r.Get("session_id").IsSet() {
				r.Set("session_id", daybook.TextValue(s.session))
			}
			records = append(records, r)
		}
	}
	for part := range slices.Chunk(records, 25) {
		s.record(part...)
	}
}
