package main

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
)

// smallDisk mounts a disk of its own, where that is allowed.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("daybook", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill fills a disk to the last page, and gives what empties it again.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for chunk := make([]byte, 4096); err == nil; {
		_, err = f.Write(chunk)
	}
	_ = f.Close() // it could not be written to the end, which is the point
	return func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
}

// TestServerOnAFullDisk: a full disk is a 503 that says when to come again.
// Nothing is half-written, reads go on, and writes do when there is room.
func TestServerOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, "8m")
	s := newState(filepath.Join(dir, "ledger.db"))
	p := startServer(t, s.path)
	remote, err := client.NewRemote(p.url, client.Options{MaxElapsed: -1})
	if err != nil {
		t.Fatal(err)
	}
	told := &plot{t: t, name: "full"}
	var open []*write
	send := func() error {
		w := told.thoughts(20)
		receipts, err := remote.Record(t.Context(), daybook.Principal{}, w.records)
		if err != nil {
			open = append(open, w)
			return err
		}
		s.acknowledge(t, w, receipts)
		return nil
	}
	for round := range 3 {
		if err := send(); err != nil {
			t.Fatalf("round %d: there is room, but %v", round, err)
		}
		free := fill(t, dir)
		for full := 0; full < 5; {
			if err := send(); err != nil {
				var e *daybook.Error
				if !errors.As(err, &e) || e.Code != daybook.CodeUnavailable || !strings.Contains(e.Hint, "disk is full") {
					t.Fatalf("a full disk: %v", err)
				}
				full++
			}
		}
		refusedAsFull(t, p.url)
		s.look(t, false, open)
		free()
	}
	for _, w := range open { // with the same log_ids, to the same server
		receipts, err := remote.Record(t.Context(), daybook.Principal{}, w.records)
		if err != nil {
			t.Fatalf("there is room again: %v", err)
		}
		s.acknowledge(t, w, receipts)
	}
	if status, _, said := ask(t, http.MethodGet, p.url+"/readyz", ""); status != http.StatusOK {
		t.Errorf("not ready again: %d %s", status, said)
	}
	if err := p.interrupt(); err != nil {
		t.Error(err)
	}
	s.check(t, 0)
}

func refusedAsFull(t *testing.T, url string) {
	t.Helper()
	status, header, said := ask(t, http.MethodPost, url+"/v1/entries", `{"kind":"conversations","agent_position":"CFO"}`)
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(said, "disk is full") {
		t.Errorf("a write: %d %v %s", status, header, said)
	}
	if status, _, said := ask(t, http.MethodGet, url+"/readyz", ""); status != http.StatusServiceUnavailable {
		t.Errorf("it takes no writes: %d %s", status, said)
	}
	if status, _, said := ask(t, http.MethodGet, url+"/healthz", ""); status != http.StatusOK {
		t.Errorf("it lives: %d %s", status, said)
	}
}

// TestAnchorOnAFullDisk: where the anchor cannot be written, writes go on, and
// the anchor catches up when it can.
func TestAnchorOnAFullDisk(t *testing.T) {
	t.Parallel()
	vault := smallDisk(t, "64k")
	s := newState(filepath.Join(t.TempDir(), "ledger.db"))
	anchor := filepath.Join(vault, "anchor")
	if err := os.Symlink(anchor, s.path+".anchor"); err != nil {
		t.Fatal(err)
	}
	p := startServer(t, s.path)
	before := readFile(t, anchor)
	free := fill(t, vault)
	sendTwice(t, s, p.url, "anchorless")
	if !bytes.Equal(readFile(t, anchor), before) {
		t.Error("the anchor was written on a full disk")
	}
	s.look(t, false, nil)
	free()
	if err := p.interrupt(); err != nil {
		t.Error(err)
	}
	s.look(t, true, nil)
}

// TestReadOnly: a folder or a file that cannot be written is said to be so,
// and can be verified.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	for name, protect := range map[string]func(t *testing.T, dir, path string){
		"folder": func(t *testing.T, dir, _ string) {
			t.Helper()
			if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
				t.Fatal(err)
			}
		},
		"file": func(t *testing.T, _, path string) {
			t.Helper()
			if err := syscall.Mount(path, path, "", syscall.MS_BIND, ""); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = syscall.Unmount(path, syscall.MNT_DETACH) })
			if err := syscall.Mount("", path, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := smallDisk(t, "16m")
			s := newState(filepath.Join(dir, "ledger.db"))
			s.check(t, 0, (&plot{t: t, name: name}).thoughts(3))
			protect(t, dir, s.path)
			code, said := runCommand(t, "serve", "--listen", "127.0.0.1:0", "--store", s.path)
			if code != exitBad || !strings.Contains(said, "can be") || !strings.Contains(said, s.path) {
				t.Errorf("exit %d, %s", code, said)
			}
			if code, said := runCommand(t, "verify", "--store", s.path); code != exitDone {
				t.Errorf("verify: exit %d, %s", code, said)
			}
			if code, said := runCommand(t, "ledger", "status", "--store", s.path); code != exitDone {
				t.Errorf("status: exit %d, %s", code, said)
			}
		})
	}
}
