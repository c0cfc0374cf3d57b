package ledger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
)

// away is a store whose connection is lost where the tree is read.
type away struct {
	daybook.Store
	err error
}

func (s *away) FullTile(context.Context, int, int64) ([]byte, error)         { return nil, s.err }
func (s *away) Spine(context.Context, int64, int64) ([]daybook.Spine, error) { return nil, s.err }

// A database that goes away while the tree is read is not one that is damaged:
// nobody is to put a backup back for it.
func TestALostConnectionIsNoDamage(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a := c.serve(time.Hour)
	a.write(t, thoughts("x", 300)...)
	for err, want := range map[error]daybook.Code{
		&daybook.Error{Code: daybook.CodeUnavailable, Message: "the connection was lost"}: daybook.CodeUnavailable,
		&daybook.Error{Code: daybook.CodeNotFound, Message: "no such tile"}:               daybook.CodeDamaged,
	} {
		_, got := ledger.Stand(t.Context(), &away{c.store.Open(), err}, c.signer.Public(), nil)
		if daybook.CodeOf(got) != want || !strings.Contains(got.Error(), err.Error()) {
			t.Errorf("%v: %v, of %s, want %s", err, got, daybook.CodeOf(got), want)
		}
	}
	if _, err := ledger.Stand(t.Context(), &away{c.store.Open(), context.Canceled}, "", nil); daybook.CodeOf(err) == daybook.CodeDamaged {
		t.Errorf("given up: %v", err)
	}
}
