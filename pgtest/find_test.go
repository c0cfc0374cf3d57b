package pgtest

import (
	"strings"
	"testing"
)

// TestInstalled is what `make test` asks first, to install what is missing.
func TestInstalled(t *testing.T) {
	t.Parallel()
	dir, err := find()
	if err != nil {
		t.Fatal(err)
	}
	if v := version(dir); v < oldest {
		t.Errorf("%s is of version %d", dir, v)
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	t.Parallel()
	if _, err := newest([]string{t.TempDir(), "/nowhere"}); err == nil || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Errorf("%v", err)
	}
}
