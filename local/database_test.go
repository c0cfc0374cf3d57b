package local_test

import (
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
)

// TestMovedUnderAServer: a server that has the ledger open while it is moved
// says that it takes no writes, and a balancer names another.
func TestMovedUnderAServer(t *testing.T) {
	t.Parallel()
	url := database(t)
	l := open(t, url, machine(t))
	log(t, l.Client)
	if err := l.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	place := must[local.Place](t)(local.ParseStore(url))
	if same, other := local.SamePlace(place, place), local.SamePlace(place, must[local.Place](t)(local.ParseStore("x.db"))); !same || other {
		t.Errorf("a place is itself: %t, and another one: %t", same, other)
	}
	s := must[daybook.Movable](t)(local.OpenMovable(t.Context(), place, local.Options{Logger: quiet}, false))
	defer s.Close()
	was := must[daybook.Transfer](t)(s.Transfer(t.Context()))
	moved := daybook.Transfer{State: daybook.TransferMoved, ID: "01980000-0000-7000-8000-000000000001", Peer: "sqlite:/x.db", At: time.Now()}
	if _, err := s.Mark(t.Context(), was, moved); err != nil {
		t.Fatal(err)
	}
	wantCode(t, l.Ready(t.Context()), daybook.CodeUnavailable, "sqlite:/x.db", "stop this server")
}

// TestNamesThatDoNotFit holds that a name that no index of PostgreSQL has room
// for is refused by itself, with its place, and nobody else is any the worse.
func TestNamesThatDoNotFit(t *testing.T) {
	t.Parallel()
	address, dir, quiet := pgtest.New(t), t.TempDir(), slog.New(slog.NewTextHandler(io.Discard, nil))
	if _, err := postgres.Migrate(t.Context(), address, postgres.MigrateOptions{Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	l := open(t, address, local.Options{
		Logger: quiet, Key: filepath.Join(dir, "key"), Public: filepath.Join(dir, "pub"), Anchor: filepath.Join(dir, "anchor"),
	})
	say := func(agent string) error {
		r := must[daybook.Record](t)(daybook.RecordOf(daybook.Conversation{AgentPosition: agent}))
		_, err := l.Recorder.Record(t.Context(), daybook.Local, []daybook.Record{r})
		return err
	}
	err := say(strings.Repeat("財", daybook.MaxName))
	if daybook.CodeOf(err) != daybook.CodeTooLarge || !strings.HasPrefix(err.Error(), "/0/agent_position") {
		t.Errorf("a name of 3,072 bytes: %v", err)
	}
	for _, agent := range []string{strings.Repeat("x", daybook.MaxName), strings.Repeat("財", 800)} {
		if err := say(agent); err != nil {
			t.Errorf("a name of %d bytes: %v", len(agent), err)
		}
	}
}
