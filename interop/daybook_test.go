package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// program is the daybook command, built once.
var program string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "daybook-interop")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "daybook")
	build := exec.Command("go", "build", "-o", program, "./cmd/daybook")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building daybook: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// ledger is a server on a ledger of its own.
type ledger struct {
	t      *testing.T
	store  string
	url    string
	public string
	token  string // shown with every call; "" for none
	size   int
	last   string // the log_id of the newest entry
}

var serving = regexp.MustCompile(`on (http://[^ ]+)`)

func serve(t *testing.T) *ledger {
	t.Helper()
	l := &ledger{t: t, store: filepath.Join(t.TempDir(), "ledger.db")}
	cmd := exec.Command(program, "serve", "--store", l.store, "--listen", "127.0.0.1:0")
	cmd.Env = environment()
	said, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	urls := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			if m := serving.FindStringSubmatch(lines.Text()); m != nil {
				urls <- m[1]
			}
		}
	}()
	select {
	case l.url = <-urls:
	case <-time.After(2 * time.Minute):
		t.Fatal("the server did not begin to serve")
	}
	public, err := os.ReadFile(l.store + ".pub")
	must(t, err)
	l.public = strings.TrimSpace(string(public))
	return l
}

// environment is ours without what would point daybook elsewhere.
func environment() []string {
	var kept []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DAYBOOK_") {
			kept = append(kept, v)
		}
	}
	return kept
}

// grow writes entries until there are size of them, and has them signed. The
// server writes some of its own: the first record shows where that has led.
func (l *ledger) grow(size int) {
	l.t.Helper()
	const most = 10_000
	for l.size < size {
		var body bytes.Buffer
		n := min(most, size-l.size)
		if l.last == "" {
			n = 1
		}
		for i := range n {
			fmt.Fprintf(&body, `{"kind": "thinking_logs", "conversation_id": "c", "agent_position": "CFO", "thinking_content": "thought %d"}`+"\n", l.size+i)
		}
		var answer struct {
			Receipts []struct {
				LogID string `json:"log_id"`
				Seq   int
			}
		}
		l.call("POST", "/v1/entries", &body, &answer)
		l.size, l.last = answer.Receipts[n-1].Seq+1, answer.Receipts[n-1].LogID
	}
	if l.size != size {
		l.t.Fatalf("the ledger has %d entries, not %d", l.size, size)
	}
	l.call("GET", "/v1/proof/inclusion?log_id="+l.last, nil, nil)
}

func (l *ledger) call(method, path string, body io.Reader, answer any) {
	l.t.Helper()
	r, err := http.NewRequest(method, l.url+path, body)
	must(l.t, err)
	r.Header.Set("Content-Type", "application/x-ndjson")
	if l.token != "" {
		r.Header.Set("Authorization", "Bearer "+l.token)
	}
	in, err := http.DefaultClient.Do(r)
	must(l.t, err)
	defer in.Body.Close()
	text, err := io.ReadAll(in.Body)
	must(l.t, err)
	if in.StatusCode/100 != 2 {
		l.t.Fatalf("%s %s: %s: %.500s", method, path, in.Status, text)
	}
	if answer != nil {
		must(l.t, json.Unmarshal(text, answer))
	}
}

// run runs daybook on the server, and gives what it printed.
func (l *ledger) run(args ...string) (string, error) {
	l.t.Helper()
	cmd := exec.Command(program, append(args, "--server", l.url)...)
	cmd.Env = environment()
	if l.token != "" {
		cmd.Env = append(cmd.Env, "DAYBOOK_TOKEN="+l.token)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("daybook %s: %w: %s", strings.Join(args, " "), err, &errs)
	}
	return strings.TrimSpace(string(out)), err
}

// export brings a directory of tiles up to date.
func (l *ledger) export(dir string) {
	l.t.Helper()
	_, err := l.run("export", "--tiles", dir)
	must(l.t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
