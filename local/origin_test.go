package local_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	zombie "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
)

// rolledBack makes a ledger whose store is an older copy: 2 entries under an
// anchor of 5.
func rolledBack(t *testing.T, path string, o local.Options) {
	t.Helper()
	l := open(t, path, o)
	log(t, l.Client)
	log(t, l.Client)
	shut(t, l)
	older := must[[]byte](t)(os.ReadFile(path))
	l = open(t, path, o)
	for range 3 {
		log(t, l.Client)
	}
	shut(t, l)
	write(t, path, older)
}

func plan(t *testing.T, path string, o local.Options) *local.OriginPlan {
	t.Helper()
	p := must[*local.OriginPlan](t)(local.PlanOrigin(t.Context(), path, o))
	t.Cleanup(func() { _ = p.Close() }) // Run may have closed it
	return p
}

// A plan says what would be done, and does nothing.
func TestPlanOrigin(t *testing.T) {
	t.Parallel()
	path := temp(t)
	rolledBack(t, path, local.Options{})
	before := must[[]byte](t)(os.ReadFile(path))
	p := plan(t, path, local.Options{})
	c := p.Change
	if c.Size != 2 || c.OldSize != 5 || c.Lost != 3 || c.Vouched != 2 || len(c.Wrong) != 1 || p.Begun || len(p.Moves) != 3 {
		t.Errorf("%+v, %+v", c, p.Moves)
	}
	if anchor := must[[]byte](t)(os.ReadFile(path + ".anchor")); c.OldCheckpoint != string(anchor) {
		t.Errorf("the old checkpoint is %q", c.OldCheckpoint)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	files := must[local.Files](t)(local.FilesOf(t.Context(), must[local.Place](t)(local.ParseStore(path)), local.Options{}))
	if after := must[[]byte](t)(os.ReadFile(path)); !bytes.Equal(before, after) || files.HalfMade() {
		t.Error("it was not left as it was")
	}
	_, err := local.PlanOrigin(t.Context(), temp(t), local.Options{})
	wantCode(t, err, daybook.CodeNotFound, "there is no ledger at")
}

// Files that are linked to another disk are put aside there, and their
// successors are there too.
func TestNewOriginBehindLinks(t *testing.T) {
	t.Parallel()
	path, vault := temp(t), t.TempDir()
	for _, ending := range []string{".key", ".anchor"} {
		if err := os.Symlink(filepath.Join(vault, "l"+ending), path+ending); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
	key := filepath.Join(vault, "l.key")
	rolledBack(t, path, local.Options{Key: key})
	must[daybook.Receipt](t)(plan(t, path, local.Options{}).Run(t.Context(), ""))
	log(t, open(t, path, local.Options{}).Client)
	for _, ending := range []string{".key", ".anchor"} {
		if info := must[os.FileInfo](t)(os.Lstat(path + ending)); info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link any more", ending)
		}
		if names := must[[]string](t)(filepath.Glob(filepath.Join(vault, "l"+ending+"*"))); len(names) != 2 {
			t.Errorf("in the vault: %v", names)
		}
	}
}

// Tokens are good under the new key.
func TestNewOriginKeepsTokens(t *testing.T) {
	t.Parallel()
	path := temp(t)
	l := open(t, path, local.Options{})
	made, err := l.Tokens.Create(t.Context(), daybook.Local, daybook.TokenRequest{Name: "ann", Role: daybook.RoleWriter})
	if err != nil {
		t.Fatal(err)
	}
	shut(t, l)
	must[daybook.Receipt](t)(plan(t, path, local.Options{}).Run(t.Context(), "the key was copied"))
	l = open(t, path, local.Options{})
	if p, err := l.Tokens.Authenticate(t.Context(), made.Text, ""); err != nil || p.Name != "ann" {
		t.Errorf("%+v, %v", p, err)
	}
}

// A new key vouches for nothing that is not whole.
func TestNoNewOriginForWhatIsNotWhole(t *testing.T) {
	t.Parallel()
	path := temp(t)
	rolledBack(t, path, local.Options{})
	c := must[*zombie.Conn](t)(zombie.OpenConn(path, zombie.OpenReadWrite))
	err := sqlitex.ExecuteScript(c, "DROP TRIGGER ledger_conversations_no_update; UPDATE ledger_conversations SET agent_position = 'CEO' WHERE seq = 1;", nil)
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = local.PlanOrigin(t.Context(), path, local.Options{})
	wantCode(t, err, daybook.CodeDamaged, "not whole", "daybook verify")
}

// What was begun for one store is not gone on with for another.
func TestNewOriginIsOfItsStore(t *testing.T) {
	t.Parallel()
	path, other := temp(t), temp(t)
	rolledBack(t, path, local.Options{})
	p := plan(t, path, local.Options{Step: func(step string) {
		if step == "newkey" {
			panic("ended")
		}
	}})
	func() {
		defer func() { _ = recover() }()
		_, _ = p.Run(t.Context(), "")
	}()
	_ = p.Close() // as the end of its process would
	_, err := local.Open(t.Context(), path, local.Options{})
	wantCode(t, err, daybook.CodeConflict, "being given a new origin", "daybook ledger new-origin")
	l := open(t, other, local.Options{})
	log(t, l.Client)
	shut(t, l)
	mine := must[[]byte](t)(os.ReadFile(path))
	write(t, path, must[[]byte](t)(os.ReadFile(other)))
	_, err = local.PlanOrigin(t.Context(), path, local.Options{})
	wantCode(t, err, daybook.CodeConflict, "which this one is not")
	write(t, path, mine)
	again := plan(t, path, local.Options{})
	if !again.Begun {
		t.Error("it does not know that it was begun")
	}
	must[daybook.Receipt](t)(again.Run(t.Context(), "another reason"))
	l = open(t, path, local.Options{})
	log(t, l.Client)
	shut(t, l)
	write(t, path+".new-origin", []byte("half"))
	_, err = local.PlanOrigin(t.Context(), path, local.Options{})
	wantCode(t, err, daybook.CodeDamaged, "cannot be read", "move it away")
}

// Who goes on with a new origin may stand in another folder than who began it,
// and name the store otherwise; but the files must be where they were.
func TestNewOriginGoesOnFromAnywhere(t *testing.T) {
	t.Parallel()
	path := temp(t)
	rolledBack(t, path, local.Options{})
	here := must[string](t)(os.Getwd())
	near, err := filepath.Rel(here, path)
	if err != nil {
		t.Skip(err)
	}
	p := plan(t, near, local.Options{Step: func(step string) {
		if step == "plan" {
			panic("ended")
		}
	}})
	for _, m := range p.Moves {
		if !filepath.IsAbs(m.From) || !filepath.IsAbs(m.To) {
			t.Errorf("%+v stands for another file in another folder", m)
		}
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = p.Run(t.Context(), "")
	}()
	_ = p.Close() // as the end of its process would
	if err := os.Rename(path+".key", path+".elsewhere"); err != nil {
		t.Fatal(err)
	}
	_, err = local.PlanOrigin(t.Context(), path, local.Options{})
	wantCode(t, err, daybook.CodeConflict, "neither there nor at", "the places again")
	if err := os.Rename(path+".elsewhere", path+".key"); err != nil {
		t.Fatal(err)
	}
	must[daybook.Receipt](t)(plan(t, path, local.Options{}).Run(t.Context(), ""))
	log(t, open(t, path, local.Options{}).Client)
}

// A copy from before an earlier change of origin is put back: the key and the
// anchor are of the later one, and so is what was lost.
func TestNewOriginAfterAnEarlierOne(t *testing.T) {
	t.Parallel()
	path := temp(t)
	rolledBack(t, path, local.Options{})
	older := must[[]byte](t)(os.ReadFile(path))
	must[daybook.Receipt](t)(plan(t, path, local.Options{}).Run(t.Context(), ""))
	l := open(t, path, local.Options{})
	log(t, l.Client)
	shut(t, l)
	write(t, path, older)
	_, err := local.Open(t.Context(), path, local.Options{})
	wantCode(t, err, daybook.CodeConflict, "daybook ledger new-origin")
	p := plan(t, path, local.Options{})
	if c := p.Change; c.StoreOrigin == "" || c.StoreOrigin == c.OldOrigin || c.OldSize != 4 || c.Lost != 2 || c.Size != 2 {
		t.Errorf("%+v", c)
	}
	must[daybook.Receipt](t)(p.Run(t.Context(), ""))
	log(t, open(t, path, local.Options{}).Client)
	if aside := must[[]string](t)(filepath.Glob(path + ".key.*")); len(aside) != 2 {
		t.Errorf("put aside: %v", aside)
	}
}
