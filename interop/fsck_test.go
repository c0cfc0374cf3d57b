package interop

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

// check runs Tessera's fsck: it fetches every entry and every tile, makes the
// tree over the entries, and compares tiles, root and signature.
func check(t *testing.T, public string, from fsck.Fetcher) error {
	t.Helper()
	verifier, err := note.NewVerifier(public)
	must(t, err)
	hashes := func(bundle []byte) ([][]byte, error) {
		var entries api.EntryBundle
		if err := entries.UnmarshalText(bundle); err != nil {
			return nil, err
		}
		var leaves [][]byte
		for _, e := range entries.Entries {
			if !strings.HasPrefix(string(e), "daybook-entry/1\n") || strings.Contains(string(e), "thought") {
				return nil, fmt.Errorf("a leaf is %q", e)
			}
			leaves = append(leaves, rfc6962.DefaultHasher.HashLeaf(e))
		}
		return leaves, nil
	}
	return fsck.New(verifier.Name(), verifier, from, hashes, fsck.Opts{N: 4}).Check(t.Context())
}

func over(t *testing.T, address string) fsck.Fetcher {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	fetcher, err := client.NewHTTPFetcher(u, nil)
	must(t, err)
	return fetcher
}

// TestFsck has Tessera check a ledger as it grows, as the server gives it and
// as a directory that is brought up to it each time, past the sizes at which
// tiles of the first and of the second level are full.
func TestFsck(t *testing.T) {
	t.Parallel()
	l := serve(t)
	dir := t.TempDir()
	sizes := []int{2, 255, 256, 257, 512, 65_535, 65_536, 65_537}
	if testing.Short() {
		sizes = sizes[:5]
	}
	for _, size := range sizes {
		l.grow(size)
		if err := check(t, l.public, over(t, l.url)); err != nil {
			t.Errorf("%d entries over HTTP: %v", size, err)
		}
		l.export(dir)
		if err := check(t, l.public, client.FileFetcher{Root: dir}); err != nil {
			t.Errorf("%d entries in a directory: %v", size, err)
		}
	}
	// Any web server gives the directory out.
	static := httptest.NewServer(http.FileServerFS(os.DirFS(dir)))
	defer static.Close()
	if err := check(t, l.public, over(t, static.URL)); err != nil {
		t.Errorf("a directory over HTTP: %v", err)
	}
}

// TestFsckOfOneEntry has Tessera check the smallest ledger there is, which no
// server has written to.
func TestFsckOfOneEntry(t *testing.T) {
	t.Parallel()
	store, dir := filepath.Join(t.TempDir(), "ledger.db"), t.TempDir()
	for _, args := range [][]string{
		{"log", "thinking_logs", "--data", `{"conversation_id": "c", "agent_position": "CFO", "thinking_content": "thought"}`},
		{"export", "--tiles", dir},
	} {
		cmd := exec.Command(program, append(args, "--store", store)...)
		cmd.Env = environment()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	public, err := os.ReadFile(store + ".pub")
	must(t, err)
	if err := check(t, strings.TrimSpace(string(public)), client.FileFetcher{Root: dir}); err != nil {
		t.Error(err)
	}
}

// files are those of a directory of tiles, by their paths.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && entry.Name() != ".lock" {
			all = append(all, path)
		}
		return err
	}))
	return all
}

// TestFsckRefuses changes and removes each file of a directory.
func TestFsckRefuses(t *testing.T) {
	t.Parallel()
	l := serve(t)
	l.grow(700)
	dir := t.TempDir()
	l.export(dir)
	all := files(t, dir)
	if len(all) != 8 {
		t.Errorf("700 entries are in %d files: %v", len(all), all)
	}
	for _, path := range all {
		kept, err := os.ReadFile(path)
		must(t, err)
		// Leaves begin behind the length that says how long they are.
		for _, at := range []int{2, len(kept) / 2, len(kept) - 1} {
			changed := bytes.Clone(kept)
			changed[at] ^= 1
			must(t, os.WriteFile(path, changed, 0o600))
			if err := check(t, l.public, client.FileFetcher{Root: dir}); err == nil {
				t.Errorf("byte %d of %s was changed, and fsck says nothing", at, path)
			}
		}
		must(t, os.Remove(path))
		if err := check(t, l.public, client.FileFetcher{Root: dir}); err == nil {
			t.Errorf("%s was removed, and fsck says nothing", path)
		}
		must(t, os.WriteFile(path, kept, 0o600))
	}
	if err := check(t, l.public, client.FileFetcher{Root: dir}); err != nil {
		t.Errorf("put back: %v", err)
	}
	other := serve(t)
	if err := check(t, other.public, client.FileFetcher{Root: dir}); err == nil {
		t.Error("fsck takes another ledger's key")
	}
}

// TestFsckRefusesOverHTTP changes one byte of each answer on its way.
func TestFsckRefusesOverHTTP(t *testing.T) {
	t.Parallel()
	l := serve(t)
	l.grow(257)
	for _, path := range []string{"", "/checkpoint", "/tile/0/000", "/tile/0/001.p/1", "/tile/1/000.p/1", "/tile/entries/000", "/tile/entries/001.p/1"} {
		met := false
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			in, err := http.Get(l.url + r.URL.EscapedPath())
			if err != nil {
				t.Error(err)
				return
			}
			defer in.Body.Close()
			body, err := io.ReadAll(in.Body)
			if err != nil {
				t.Error(err)
			}
			if r.URL.Path == path {
				met = true
				body[len(body)/2] ^= 1
			}
			w.WriteHeader(in.StatusCode)
			_, _ = w.Write(body)
		}))
		err := check(t, l.public, over(t, proxy.URL))
		if (err == nil) != (path == "") || met != (path != "") {
			t.Errorf("%q changed, asked for %v: %v", path, met, err)
		}
		proxy.Close()
	}
}

// TestFsckWithTokens has Tessera show a token: from the first one on, leaves
// are for those who may read every business, and hashes for anybody.
func TestFsckWithTokens(t *testing.T) {
	t.Parallel()
	l := serve(t)
	l.grow(257)
	l.token = l.make("root", "--role", "admin")
	auditor := l.make("auditor", "--role", "auditor")
	bound := l.make("bound", "--role", "auditor", "--business", "acme")
	l.last = "" // each token is an entry, too
	l.size = 0
	l.grow(300)
	for token, sees := range map[string]bool{auditor: true, bound: false, "": false} {
		u, err := url.Parse(l.url)
		must(t, err)
		fetcher, err := client.NewHTTPFetcher(u, nil)
		must(t, err)
		if token != "" {
			fetcher.SetAuthorizationHeader("Bearer " + token)
		}
		if err := check(t, l.public, fetcher); (err == nil) != sees {
			t.Errorf("with %q: %v", token, err)
		}
		if _, err := fetcher.ReadTile(t.Context(), 0, 0, 0); err != nil {
			t.Errorf("with %q, hashes: %v", token, err)
		}
	}
	dir := t.TempDir()
	l.token = auditor
	l.export(dir)
	if err := check(t, l.public, client.FileFetcher{Root: dir}); err != nil {
		t.Error(err)
	}
	l.token = bound
	if _, err := l.run("export", "--tiles", t.TempDir()); err == nil || !strings.Contains(err.Error(), "bound to one") {
		t.Errorf("bound to a business: %v", err)
	}
}

// make makes a token.
func (l *ledger) make(name string, flags ...string) string {
	l.t.Helper()
	token, err := l.run(append([]string{"token", "create", name}, flags...)...)
	must(l.t, err)
	return token
}
