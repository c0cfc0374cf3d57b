package main

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/sqlite"
)

// TestTwoServers: the second server on a store is refused and told who has it,
// and the first goes on.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	s := newState(filepath.Join(t.TempDir(), "ledger.db"))
	p := startServer(t, s.path)
	other, err := serveOn(t, s.path)
	if err == nil {
		t.Fatal("two serve one store")
	}
	for _, want := range []string{"exit status 1", "is held by another process", "pid " + strconv.Itoa(p.cmd.Process.Pid), strings.TrimPrefix(p.url, "http://"), "--server " + p.url} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the second does not say %q: %v", want, err)
		}
	}
	if other.killed() {
		t.Error("the second did not end by itself")
	}
	sendTwice(t, s, p.url, "first")
	if err := p.interrupt(); err != nil {
		t.Error(err)
	}
	s.check(t, 0)
}

// TestClockJumps has the clock go back and forth between commits and while the
// ledger is down. logged_at never decreases, and follows the clock again once
// that has caught up.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	s := newState(filepath.Join(t.TempDir(), "ledger.db"))
	s.check(t, 0) // makes the key
	key, err := merkle.ReadKey(s.path + ".key")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := merkle.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	base := time.Now().UTC()
	told := &plot{t: t, name: "clock"}
	last := ""
	for run := range 6 {
		now := base
		store, err := sqlite.Open(t.Context(), s.path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		l, err := ledger.Open(t.Context(), store, ledger.Options{
			Signer: signer, Anchor: s.path + ".anchor", Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		})
		if err != nil {
			t.Fatal(err)
		}
		in := intake.New(l, intake.Limits{})
		for range 20 {
			now = base.Add(time.Duration(run-3)*24*time.Hour + time.Duration(rand.IntN(7200)-3600)*time.Second)
			w := told.thoughts(1)
			receipts, err := in.Record(t.Context(), daybook.Local, w.records)
			if err != nil {
				t.Fatal(err)
			}
			want := max(last, now.Format("2006-01-02T15:04:05.000000Z"))
			if last = receipts[0].LoggedAt; last != want {
				t.Errorf("at %v after %s: logged_at is %s", now, want, last)
			}
			s.acknowledge(t, w, receipts)
		}
		if err := l.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
	s.check(t, 0)
}

// ask makes a request, and gives the status, the header and the body of its answer.
func ask(t *testing.T, method, url, body string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(said)
}
