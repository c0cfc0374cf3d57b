package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestAHeldStoreNamesItsServer: a second process on a store that a server
// holds is told to ask the server, may verify beside it, and gets the store
// once the server is gone.
func TestAHeldStoreNamesItsServer(t *testing.T) {
	t.Parallel()
	store := filepath.Join(t.TempDir(), "ledger.db")
	p := startServer(t, store)
	daybook := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := run(t.Context(), append(args, "--store", store), strings.NewReader(""), &out, &out)
		return code, out.String()
	}
	if code, said := daybook("query", "SELECT 1"); code != exitBad || !strings.Contains(said, "--server "+p.url) {
		t.Errorf("beside the server: exit %d, %s", code, said)
	}
	if code, said := daybook("log", "conversations", "--server", p.url, "--data", `{"agent_position": "CFO"}`); code != exitDone {
		t.Errorf("through the server: exit %d, %s", code, said)
	}
	if code, said := daybook("query", "SELECT count(*) AS n FROM audit.conversations", "--server", p.url, "--format", "csv"); code != exitDone || said != "n\n1\n" {
		t.Errorf("through the server: exit %d, %s", code, said)
	}
	if code, said := daybook("verify"); code != exitDone {
		t.Errorf("verify beside the server: exit %d, %s", code, said)
	}
	if err := p.interrupt(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if code, said := daybook("query", "SELECT 1"); code != exitDone {
		t.Errorf("after the server: exit %d, %s", code, said)
	}
}
