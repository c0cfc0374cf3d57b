package main

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
)

// answered is what a server answers: its status, Retry-After and body.
type answered struct {
	status int
	again  string
	body   string
}

func call(t *testing.T, method, url, body string) answered {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{response.StatusCode, response.Header.Get("Retry-After"), string(text)}
}

// TestServerOutlivesItsDatabase: while the database is away a server is not
// ready and answers writes and reads with 503 and Retry-After; when it is back
// the server goes on by itself. One that is started meanwhile waits.
func TestServerOutlivesItsDatabase(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t, "")
	l := &databaseLedger{url: cluster.New(), state: t.TempDir()}
	if _, err := postgres.Migrate(t.Context(), l.url, postgres.MigrateOptions{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	p := startServer(t, l.url, "XDG_STATE_HOME="+l.state)
	write := func() answered {
		return call(t, http.MethodPost, p.url+"/v1/conversations", `{"agent_position": "CFO"}`)
	}
	if got := write(); got.status != http.StatusCreated {
		t.Fatalf("at first: %+v", got)
	}
	if got := call(t, http.MethodGet, p.url+"/readyz", ""); got.status != http.StatusOK {
		t.Errorf("ready at first: %+v", got)
	}
	cluster.Kill()
	for what, got := range map[string]answered{
		"ready": call(t, http.MethodGet, p.url+"/readyz", ""), "a write": write(), "a read": call(t, http.MethodGet, p.url+"/v1/conversations", ""),
	} {
		if got.status != http.StatusServiceUnavailable || got.again == "" || strings.Contains(got.body, "password") {
			t.Errorf("%s while the database is away: %+v", what, got)
		}
	}
	if got := call(t, http.MethodGet, p.url+"/healthz", ""); got.status != http.StatusOK {
		t.Errorf("the process lives, but: %+v", got)
	}
	late := make(chan *process, 1)
	go func() {
		second, err := serveOn(t, l.url, "XDG_STATE_HOME="+l.state)
		if err != nil {
			t.Errorf("the second server: %v", err)
		}
		late <- second
	}()
	time.Sleep(500 * time.Millisecond) // so that it begins to wait
	cluster.Start()
	eventually(t, "it is ready again", func() bool { return call(t, http.MethodGet, p.url+"/readyz", "").status == http.StatusOK })
	eventually(t, "it takes writes again", func() bool { return write().status == http.StatusCreated })
	if second := <-late; second == nil || call(t, http.MethodGet, second.url+"/readyz", "").status != http.StatusOK {
		t.Error("the second server is not ready")
	}
}
