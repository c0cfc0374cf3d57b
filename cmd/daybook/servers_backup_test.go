package main

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/pgtest"
)

// TestServersRefuseABackup: a database that is put back to an older state while
// servers run, and before one starts. Nothing is written, nothing signed, and
// they say what to do.
func TestServersRefuseABackup(t *testing.T) {
	t.Parallel()
	s := newDatabase(t)
	s.check(t, 0, (&plot{t: t, name: "before"}).thoughts(3))
	older := copyDatabase(t, s.path)
	a, b := newMember(t, s, s.files), newMember(t, s, copyKey(t, s.files))
	a.serve(t)
	b.serve(t)
	remote, err := client.NewRemote(a.url(), client.Options{MaxElapsed: -1})
	if err != nil {
		t.Fatal(err)
	}
	w := (&plot{t: t, name: "after"}).thoughts(4)
	receipts, err := remote.Record(t.Context(), daybook.Principal{}, w.records)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := remote.Inclusion(t.Context(), receipts[0].LogID); err != nil {
		t.Fatal(err)
	}
	anchored := func(m *member) string { return string(readFile(t, m.ledger.files.Anchor)) }
	eventually(t, "both anchors have it", func() bool { return anchored(a) == anchored(b) && strings.Contains(anchored(a), "\n7\n") })
	before := anchored(a)

	putBack(t, s.path, older)
	for _, m := range []*member{a, b} {
		eventually(t, "it is not ready", func() bool {
			status, _, _ := ask(t, "GET", m.url()+"/readyz", "")
			return status == http.StatusServiceUnavailable
		})
		told, err := client.NewRemote(m.url(), client.Options{MaxElapsed: -1})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "it has met the database that was put back", func() bool { // its connections were cut first
			_, err = told.Record(t.Context(), daybook.Principal{}, (&plot{t: t, name: "more"}).thoughts(1).records)
			return err == nil || strings.Contains(err.Error(), "older state")
		})
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != daybook.CodeUnavailable || !strings.Contains(e.Message, "older state") || !strings.Contains(e.Hint, "new-origin") {
			t.Errorf("to a write it says %v", err)
		}
	}
	for _, m := range []*member{a, b} { // each looks every second, whether anybody writes or not
		eventually(t, "it logs what is wrong", func() bool {
			said := m.process.told()
			return strings.Contains(said, "no checkpoint could be signed") && strings.Contains(said, "older state") && strings.Contains(said, "new-origin")
		})
		m.kill()
		if anchored(m) != before {
			t.Errorf("its anchor has changed: %s", anchored(m))
		}
	}
	if _, err := s.try(t); err == nil || !strings.Contains(err.Error(), "rolled back") || !strings.Contains(err.Error(), "new-origin") {
		t.Errorf("a server that starts on it says %v", err)
	}
}

// putBack puts the entries of a database back to those of a copy, as restoring a
// backup does, while others are connected to it.
func putBack(t *testing.T, to, older string) {
	t.Helper()
	from, name := older[strings.LastIndex(older, "/")+1:], to[strings.LastIndex(to, "/")+1:]
	from, _, _ = strings.Cut(from, "?")
	name, _, _ = strings.Cut(name, "?")
	server := strings.Replace(to, "/"+name, "/postgres", 1)
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name + " TEMPLATE " + from} {
		eventually(t, sql, func() bool { return pgtest.Run(t.Context(), server, sql) == nil }) // once all who were connected have gone
	}
}
