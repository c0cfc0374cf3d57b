package pgtest_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/daybook-audit/daybook/pgtest"
)

// asVictim makes the test binary start a cluster, say where it is, and wait to
// be killed.
const asVictim = "DAYBOOK_TEST_AS_VICTIM"

func TestMain(m *testing.M) {
	if os.Getenv(asVictim) != "" {
		at, _, err := pgtest.Create(context.Background())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(at)
		select {}
	}
	os.Exit(m.Run())
}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	for range 3 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			at := pgtest.New(t)
			pgtest.Exec(t, at, `CREATE TABLE corn (year int); INSERT INTO corn VALUES (2026), (2027)`)
			if n := ask(t, at, `SELECT count(*) FROM corn`); n != 2 {
				t.Errorf("corn has %d rows", n)
			}
		})
	}
}

func TestADatabaseGoesWithItsTest(t *testing.T) {
	t.Parallel()
	var at string
	t.Run("one", func(t *testing.T) {
		at = pgtest.New(t)
		conn, err := pgx.Connect(t.Context(), at) // who forgot to close it is sent away
		if err != nil || conn.Ping(t.Context()) != nil {
			t.Fatal(err)
		}
	})
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	if n := ask(t, pgtest.New(t), `SELECT count(*) FROM pg_database WHERE datname = '`+strings.TrimPrefix(u.Path, "/")+`'`); n != 0 {
		t.Error("the database is there after its test")
	}
}

// A process that is killed leaves neither a server nor files.
func TestTheClusterEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "pgtest") // t.TempDir is closed to the server's user where that is another
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), asVictim+"=1", "TMPDIR="+dir)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 && !answers(u.Host) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after its process was killed: %q is there, answers: %t", left, answers(u.Host))
		}
	}
}

func TestMissingBinariesAreSaid(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), asVictim+"=1", pgtest.Binaries+"="+t.TempDir())
	said, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(said), pgtest.Binaries+" is /") {
		t.Errorf("%v: %s", err, said)
	}
}

func answers(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

func ask(t *testing.T, at, sql string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
