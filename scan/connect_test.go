package scan_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/scan"
)

// secret is a password that no message may have.
const secret = "s3cr3t"

func TestWhatCannotBeScannedIsSaid(t *testing.T) {
	t.Parallel()
	at := pgtest.New(t)
	outsider := "outsider_of_" + databaseOf(t, at) // roles are the cluster's, which outlives a test
	pgtest.Exec(t, at, `CREATE ROLE `+outsider+` LOGIN PASSWORD 's3cr3t'; REVOKE CONNECT ON DATABASE `+databaseOf(t, at)+` FROM PUBLIC`)
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	for name, c := range map[string]struct{ url, message, hint string }{
		"no URL":              {"warehouse", "is not the URL of a PostgreSQL database", "postgres://user@host:5432/database"},
		"another database":    {"mysql://root:" + secret + "@h/d", "its scheme is mysql", "postgres://user@host:5432/database"},
		"a URL that is wrong": {"postgres://u:" + secret + "@h:port/d", "cannot be read", "percent-encode"},
		"a strange password":  {"postgres://u:" + secret + "/%zz@h/d", "cannot be read", "PGPASSWORD"},
		"an unknown option":   {"postgres://u:" + secret + "@h/d?sslmode=perhaps", "cannot be read", "postgres://"},
		"nobody there":        {"postgres://u:" + secret + "@127.0.0.1:1/d", "connection refused", "check the host and port"},
		"no such host":        {"postgres://u:" + secret + "@nowhere.invalid/d", "nowhere.invalid", "check the host and port"},
		"something else":      {"postgres://u:" + secret + "@" + strings.TrimPrefix(web.URL, "http://") + "/d?sslmode=disable&connect_timeout=1", "cannot connect", "check the host and port"},
		"a wrong password":    {with(t, at, "", "", secret), "password authentication failed", "PGPASSWORD"},
		"no such database":    {with(t, at, "nothing", "", ""), `database "nothing" does not exist`, "the last part of the URL"},
		"no right":            {with(t, at, "", outsider, secret), "permission denied for database", "CONNECT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := scan.Read(t.Context(), c.url, 0, nil)
			var ours *daybook.Error
			if !errors.As(err, &ours) || !strings.Contains(err.Error(), c.message) || !strings.Contains(ours.Hint, c.hint) {
				t.Fatalf("%v\n%+v", err, ours)
			}
			if said := err.Error() + ours.Hint; strings.Contains(said, secret) {
				t.Errorf("the password is in %q", said)
			}
		})
	}
}

func TestAServerThatDoesNotAnswerIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // which is how waiting would end
	defer cancel()
	_, err = scan.Read(ctx, "postgres://u@"+l.Addr().String()+"/d?connect_timeout=1&sslmode=disable", 0, nil)
	if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("%v; %v", err, ctx.Err())
	}
}

func TestAStatementThatTakesTooLongIsEnded(t *testing.T) {
	t.Parallel()
	at := pgtest.New(t)
	pgtest.Exec(t, at, `DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE TABLE t%s (a int, b int, c int)', i); END LOOP; END $$`)
	_, err := scan.Read(t.Context(), at, time.Millisecond, nil)
	var ours *daybook.Error
	if !errors.As(err, &ours) || !strings.Contains(err.Error(), "statement timeout") || !strings.Contains(ours.Hint, "--timeout") {
		t.Errorf("%v\n%+v", err, ours)
	}
}

// A role that may connect, and nothing else, sees what the owner sees.
func TestARoleThatMayOnlyConnectIsEnough(t *testing.T) {
	t.Parallel()
	at := warehouse(t)
	role := "guest_of_" + databaseOf(t, at) // roles are the cluster's, which outlives a test
	pgtest.Exec(t, at, `CREATE ROLE `+role+` LOGIN PASSWORD 's3cr3t'; REVOKE ALL ON SCHEMA public FROM PUBLIC`)
	guest := with(t, at, "", role, secret)
	if err := pgtest.Run(t.Context(), guest, `SELECT * FROM bronze.node`); err == nil {
		t.Fatal("the guest may read tables")
	}
	ours, theirs := planOf(t, at, scan.Filter{}), planOf(t, guest, scan.Filter{})
	a, aErr := json.Marshal(ours.Parts)
	b, bErr := json.Marshal(theirs.Parts)
	if aErr != nil || bErr != nil || string(a) != string(b) {
		t.Errorf("%v, %v: the guest sees something else", aErr, bErr)
	}
}

func databaseOf(t *testing.T, at string) string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// with gives a URL another database, user or password; "" leaves them.
func with(t *testing.T, at, database, user, password string) string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	if database != "" {
		u.Path = "/" + database
	}
	if user == "" {
		user = u.User.Username()
	}
	if password == "" {
		password, _ = u.User.Password()
	}
	u.User = url.UserPassword(user, password)
	return u.String()
}

// The definitions of many views come a group at a time, and all of them.
func TestManyViews(t *testing.T) {
	t.Parallel()
	at := pgtest.New(t)
	pgtest.Exec(t, at, `CREATE TABLE t (a int); DO $$ BEGIN FOR i IN 1..450 LOOP EXECUTE format('CREATE VIEW v%s AS SELECT a + %s AS a FROM t', i, i); END LOOP; END $$`)
	views := 0
	for _, part := range planOf(t, at, scan.Filter{}).Parts {
		if part.Operation == nil {
			continue
		}
		views++
		number := strings.TrimPrefix(part.Artifact.ArtifactName, "public.v")
		if !strings.Contains(part.Operation.TransformationLogic, "(t.a + "+number+")") || len(part.Edges) != 2 {
			t.Errorf("%s: %s, %d edges", part.Artifact.ArtifactName, part.Operation.TransformationLogic, len(part.Edges))
		}
	}
	if views != 450 {
		t.Errorf("%d views", views)
	}
}

func TestAnInterruptIsSaid(t *testing.T) {
	t.Parallel()
	at := pgtest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := scan.Read(ctx, at, 0, nil); !errors.Is(err, context.Canceled) || daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("before connecting: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	if _, err := scan.Read(ctx, at, 0, func(string) { cancel() }); !errors.Is(err, context.Canceled) || daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("while reading: %v", err)
	}
}
