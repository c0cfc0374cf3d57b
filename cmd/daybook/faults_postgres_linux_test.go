package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
)

// openDisk mounts a small disk that every account may write to, where that is
// allowed.
func openDisk(t *testing.T, size string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "daybook-disk-") // t.TempDir is closed to the account of PostgreSQL
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := syscall.Mount("daybook", dir, "tmpfs", 0, "mode=0777,size="+size); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// TestDatabaseOnAFullDisk: where the tables have no room, writes are 503 and say
// so, reads go on, and writes do when there is room.
func TestDatabaseOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := openDisk(t, "100m")
	db := pgtest.Start(t, "")
	at := db.New()
	s := serveDatabase(t, onTablespace(t, at, disk))
	for round := range 2 {
		if err := s.send(20); err != nil {
			t.Fatalf("round %d: there is room, but %v", round, err)
		}
		free := fill(t, disk)
		until(3, func() error {
			err := s.send(500)
			var said *daybook.Error
			if err != nil && errors.As(err, &said) && !strings.Contains(said.Hint, "is full") {
				t.Errorf("a full disk: %v (%s)", err, said.Hint)
			}
			return err
		})
		s.look(t, false, s.open)
		free()
		s.recovers()
	}
	s.end()
}

// onTablespace gives a database whose tables stand on a disk.
func onTablespace(t *testing.T, at, disk string) string {
	t.Helper()
	folder := filepath.Join(disk, "tables")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	pgtest.Own(t, folder)
	pgtest.Exec(t, at, "CREATE TABLESPACE small LOCATION '"+folder+"'")
	pgtest.Exec(t, at, "CREATE DATABASE small TABLESPACE small")
	return at[:strings.LastIndexByte(at, '/')] + "/small" + at[strings.IndexByte(at, '?'):]
}

// TestLogOfTheDatabaseOnAFullDisk: where PostgreSQL has no room for its own log it
// ends; nothing that was acknowledged is lost.
func TestLogOfTheDatabaseOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := openDisk(t, "160m")
	db := pgtest.Start(t, disk)
	s := serveDatabase(t, db.New())
	if err := s.send(20); err != nil {
		t.Fatal(err)
	}
	free := fill(t, disk)
	until(5, func() error { return s.send(500) })
	free()
	eventually(t, "it is ready", func() bool {
		if !db.Runs() { // it may end a moment later, as it cannot recover on a full disk
			db.Start()
		}
		status, _, _ := ask(t, http.MethodGet, s.server.url+"/readyz", "")
		return status == http.StatusOK
	})
	s.recovers()
	s.end()
}
