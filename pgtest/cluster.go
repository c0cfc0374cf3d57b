package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// superuser is who owns the cluster and every database in it.
const superuser = "daybook"

// startTime is how long a start may take on a machine that is busy.
const startTime = 3 * time.Minute

// tryTime is how long one connection may take to be made.
const tryTime = 10 * time.Second

// attempts is how often a start is tried: between the moment in which a free
// port is found and that in which the server takes it, another may have.
const attempts = 20

// A cluster is a running server.
type cluster struct {
	address  string // host and port
	password string
	alive    *os.File // ends the server when it is closed, by us or by the end of the process
}

// start makes a cluster and waits until it answers.
func start() (*cluster, error) {
	binaries, err := find()
	if err != nil {
		return nil, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	var c *cluster
	for range attempts {
		if c, err = startOnce(binaries, who); err == nil {
			return c, nil
		}
		if !strings.Contains(err.Error(), "Address already in use") {
			break
		}
	}
	return nil, err
}

func startOnce(binaries string, who account) (*cluster, error) {
	dir, err := os.MkdirTemp("", "daybook-pgtest-")
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	c := &cluster{password: newPassword()}
	if err := c.initialise(binaries, dir, who); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	if c.address, err = FreeAddress(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	ended, err := c.serve(binaries, dir, who)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	if err := c.wait(ended); err != nil {
		_ = c.alive.Close()
		return nil, err
	}
	return c, nil
}

// initialise makes the cluster's files, which belong to the account that the
// server runs as.
func (c *cluster) initialise(binaries, dir string, who account, more ...string) error {
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte(c.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	if err := who.own(dir, secret); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	args := append([]string{
		"--pgdata", filepath.Join(dir, "data"),
		"--username", superuser, "--pwfile", secret, "--auth", "scram-sha-256",
		"--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions",
	}, more...)
	cmd := exec.Command(filepath.Join(binaries, "initdb"), args...)
	cmd.Dir = dir
	who.run(cmd)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: initdb in %s: %w: %s", dir, err, said)
	}
	return nil
}

// settings are those of a server whose data nobody will miss.
var settings = []string{
	"fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
	"autovacuum=off", "max_connections=200", "shared_buffers=64MB", "jit=off",
	"unix_socket_directories=", "logging_collector=off", "dynamic_shared_memory_type=mmap",
}

// watch runs the server that its arguments say until that ends, or until its
// own input does, which is when nobody holds the other end of it any longer.
// Either way the folder goes.
const watch = `dir=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(read -r _ <&3; kill -QUIT $server) 2>/dev/null &
watcher=$!
exec 3<&-
wait $server
status=$?
kill $watcher 2>/dev/null
cd /
rm -rf "$dir"
exit $status`

// serve starts the server, and gives what tells when it has ended.
func (c *cluster) serve(binaries, dir string, who account) (<-chan error, error) {
	ours, theirs, err := pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	host, port, _ := net.SplitHostPort(c.address) // it was joined a moment ago
	args := []string{"-c", watch, "pgtest", dir, filepath.Join(binaries, "postgres"), "-D", filepath.Join(dir, "data"), "-h", host, "-p", port}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	log := &tail{}
	cmd := exec.Command("/bin/sh", args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, theirs, log, log
	who.run(cmd)
	detach(cmd)
	if err := cmd.Start(); err != nil {
		_ = ours.Close()
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	c.alive = ours
	ended := make(chan error, 1)
	go func() {
		_ = cmd.Wait() // how it ended is in its state
		ended <- fmt.Errorf("pgtest: the server ended: %s: %s", cmd.ProcessState, log)
	}()
	return ended, nil
}

func pipe() (ours, theirs *os.File, err error) {
	theirs, ours, err = os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("pgtest: %w", err)
	}
	return ours, theirs, nil
}

// wait waits until the server answers.
func (c *cluster) wait(ended <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	for {
		// What has the port may be somebody else, who never answers.
		trying, stop := context.WithTimeout(ctx, tryTime)
		conn, err := pgconn.Connect(trying, c.url("postgres"))
		stop()
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case err := <-ended:
			return err
		default:
		}
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return fmt.Errorf("pgtest: the server did not answer within %s: %w", startTime, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// url names a database of the cluster.
func (c *cluster) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, c.password), Host: c.address, Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

func newPassword() string { return rand.Text() }
