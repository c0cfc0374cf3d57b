package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A Server is a cluster of a test's own, which the test may stop, kill and
// start again. What was committed outlives all of it, as in earnest: it syncs.
type Server struct {
	fail     func(args ...any) // ends the test
	tidied   func()            // ends the server for good
	cluster  *cluster
	binaries string
	dir      string
	who      account
	settings []string
	process  *os.Process
	ended    chan struct{} // of the process
	made     atomic.Int64
}

// lasting are the settings of a server that is to keep what it was given.
var lasting = []string{
	"fsync=on", "synchronous_commit=on", "max_connections=100", "shared_buffers=32MB", "jit=off",
	"unix_socket_directories=", "logging_collector=off", "dynamic_shared_memory_type=mmap",
}

// Start makes a cluster in a folder, "" for a temporary one, and starts it with
// further settings such as "statement_timeout=1s". It goes with the test, or
// with the process.
func Start(t testing.TB, dir string, settings ...string) *Server {
	t.Helper()
	s, err := Launch(dir, settings...)
	if err != nil {
		t.Fatal(err)
	}
	s.fail = t.Fatal
	t.Cleanup(s.Close)
	return s
}

// Launch is Start for those who have no testing.TB, and close it themselves.
// What would fail a test panics.
func Launch(dir string, settings ...string) (*Server, error) {
	s := &Server{
		fail: func(args ...any) { panic(fmt.Sprint(args...)) }, tidied: func() {},
		cluster: &cluster{password: newPassword()}, settings: append(append([]string{}, lasting...), settings...),
	}
	err := s.make(dir)
	if err == nil {
		err = s.start()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the server, and removes its files.
func (s *Server) Close() { s.tidied() }

func (s *Server) must(err error) {
	if err != nil {
		s.fail(err)
	}
}

// make makes the cluster's files, and sees to it that they go.
func (s *Server) make(dir string) (err error) {
	if s.binaries, err = find(); err != nil {
		return err
	}
	if s.who, err = unprivileged(); err != nil {
		return err
	}
	if dir == "" {
		dir = os.TempDir()
	}
	if s.dir, err = os.MkdirTemp(dir, "daybook-pgtest-"); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	if err := s.tidy(); err != nil {
		return err
	}
	if err := s.cluster.initialise(s.binaries, s.dir, s.who, "--wal-segsize=1"); err != nil {
		return err
	}
	s.cluster.address, err = FreeAddress()
	return err
}

// janitor ends the server and removes its folder when nobody holds the other
// end of its input any longer.
const janitor = `read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
n=0
while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [ $n -lt 1200 ]; do sleep 0.05; n=$((n+1)); done
cd /
rm -rf "$1"`

func (s *Server) tidy() error {
	ours, theirs, err := pipe()
	if err != nil {
		return err
	}
	defer theirs.Close()
	cmd := exec.Command("/bin/sh", "-c", janitor, "pgtest", s.dir)
	cmd.Dir, cmd.Stdin = s.dir, theirs
	detach(cmd)
	if err := cmd.Start(); err != nil {
		_ = ours.Close()
		return fmt.Errorf("pgtest: %w", err)
	}
	s.tidied = sync.OnceFunc(func() {
		_ = ours.Close()
		_ = cmd.Wait() // what it could not remove is in a temporary folder
	})
	return nil
}

// start starts the server and waits until it answers.
func (s *Server) start() error {
	var err error
	for range attempts {
		if err = s.startOnce(); err == nil {
			return nil
		}
		// A server that was killed may still have the port, or its memory, for a moment.
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

func (s *Server) startOnce() error {
	host, port, _ := strings.Cut(s.cluster.address, ":")
	args := []string{"-D", filepath.Join(s.dir, "data"), "-h", host, "-p", port}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	said := &tail{}
	cmd := exec.Command(filepath.Join(s.binaries, "postgres"), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, said, said
	s.who.run(cmd)
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	s.process, s.ended = cmd.Process, make(chan struct{})
	failed, over := make(chan error, 1), s.ended
	go func() {
		_ = cmd.Wait() // how it ended is in its state
		failed <- fmt.Errorf("pgtest: the server ended: %s: %s", cmd.ProcessState, said)
		close(over)
	}()
	return s.cluster.wait(failed)
}

// Start starts the server again, at the same address.
func (s *Server) Start() {
	s.must(s.start())
}

// Stop ends the server as an operator does, who sends its clients away.
func (s *Server) Stop() { s.signal(syscall.SIGINT) }

// Kill ends the server at once, as a crash does: it recovers at its next start.
func (s *Server) Kill() { s.signal(syscall.SIGQUIT) }

func (s *Server) signal(how os.Signal) {
	s.must(s.process.Signal(how))
	select {
	case <-s.ended:
	case <-time.After(startTime):
		s.fail("pgtest: the server did not end")
	}
}

// Runs says that the server has not ended: not by itself either.
func (s *Server) Runs() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// New gives the URL of an empty database of the server. Its user is a
// superuser.
func (s *Server) New() string {
	name := "test_" + strconv.FormatInt(s.made.Add(1), 10)
	s.must(s.cluster.exec(context.Background(), "CREATE DATABASE "+name))
	return s.cluster.url(name)
}

// Own gives a folder to the account that servers run as, for a tablespace.
func Own(t testing.TB, folder string) {
	t.Helper()
	who, err := unprivileged()
	if err == nil {
		err = who.own(folder)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// As gives the URL of the same database for another login.
func As(t testing.TB, at, user, password string) string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(user, password)
	return u.String()
}
