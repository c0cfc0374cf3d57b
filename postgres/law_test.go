package postgres

import (
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
)

var _ daybook.Store = (*Store)(nil)

func TestLaw(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		address := testURL(t)
		return func() (daybook.Store, error) { return Open(t.Context(), address, Options{}) }
	})
}
