package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// mostMemory is what a server's resident set may come to, in bytes, however
// many entries it has.
const mostMemory = 250 << 20

// million fills a real server over HTTP, in a process of its own, and measures
// what memory it takes and how long it takes to be ready again: after it was
// killed at the end of all that, and after it was told to end. It fails where
// the server took more memory than it may.
func (b *bench) million(n int) error {
	b.heading("daybook serve with %d conversations", n)
	program, err := b.program()
	if err != nil {
		return err
	}
	s, err := b.start(program)
	if err != nil {
		return err
	}
	peak, err := b.fillServer(s, n)
	for _, end := range []struct {
		how  string
		with os.Signal
	}{{"killed", os.Kill}, {"told to end", os.Interrupt}} {
		if err == nil {
			s, err = b.restart(s, program, end.how, end.with)
		}
	}
	if err != nil {
		return errors.Join(err, s.end(os.Kill))
	}
	if err := s.end(os.Interrupt); err != nil {
		return err
	}
	if peak > mostMemory {
		return fmt.Errorf("the server took %d MiB of memory; it may take %d", peak>>20, mostMemory>>20)
	}
	return nil
}

// fillServer sends a server conversations, made meanwhile, and prints what
// that took. It gives the most memory that the server had.
func (b *bench) fillServer(s *child, n int) (peak int64, err error) {
	took, err := b.each(n/batchSize, func(ctx context.Context, i int) error {
		part, err := conversationsFrom(i*batchSize, batchSize, id)
		if err != nil {
			return err
		}
		return post(ctx, http.DefaultClient, s.url+"/v1/entries", http.Header{"Content-Type": {"application/json"}}, body(part))
	})
	if err != nil {
		return 0, err
	}
	b.line("over HTTP, from clients that make the records", n, took, 0)
	peak, now, err := s.memory()
	if err != nil {
		return 0, err
	}
	b.mebibytes(fmt.Sprintf("most memory resident (VmHWM; at most %d)", mostMemory>>20), peak)
	b.mebibytes("memory resident at the end (VmRSS)", now)
	info, err := os.Stat(b.path("million"))
	if err != nil {
		return 0, err
	}
	b.mebibytes("the store on disk", info.Size())
	return peak, nil
}

// restart ends a server, and times how long a new one takes to be ready.
func (b *bench) restart(s *child, program, how string, with os.Signal) (*child, error) {
	if err := s.end(with); err != nil && with != os.Kill {
		return s, err
	}
	begun := time.Now()
	next, err := b.start(program)
	if err != nil {
		return s, err
	}
	took := time.Since(begun)
	_, now, err := next.memory()
	if err != nil {
		return next, err
	}
	fmt.Fprintf(b.w, "  %-52s %10s, with %d MiB resident\n", "ready again after it was "+how, took.Round(time.Millisecond), now>>20)
	return next, nil
}

func (b *bench) mebibytes(what string, bytes int64) {
	fmt.Fprintf(b.w, "  %-52s %10d MiB\n", what, bytes>>20)
}

// program is the daybook command, built where none was named.
func (b *bench) program() (string, error) {
	if b.daybook != "" {
		return b.daybook, nil
	}
	path := filepath.Join(b.dir, "daybook")
	build := exec.CommandContext(b.ctx, "go", "build", "-o", path, "github.com/daybook-audit/daybook/cmd/daybook")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, said)
	}
	return path, nil
}

// child is a server in a process of its own.
type child struct {
	url  string
	cmd  *exec.Cmd
	said *strings.Builder // until it served
	done chan struct{}    // it has ended
	err  error            // how, once done
}

var servingOn = regexp.MustCompile(` on (http://[^ ]+)`)

// start starts a server on the store, and waits until it is ready.
func (b *bench) start(program string) (*child, error) {
	cmd := exec.CommandContext(b.ctx, program, "serve", "--store", b.path("million"), "--listen", "127.0.0.1:0", "--log-level", "error")
	said, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &child{cmd: cmd, said: &strings.Builder{}, done: make(chan struct{})}
	urls := make(chan string, 1)
	go s.listen(said, urls)
	select {
	case s.url = <-urls:
	case <-s.done:
		return nil, fmt.Errorf("the server ended: %w: %s", s.err, s.said)
	case <-b.ctx.Done():
		return nil, b.ctx.Err()
	}
	return s, errors.Join(b.untilReady(s))
}

// listen waits for the line that names the URL, and for the end.
func (s *child) listen(said io.Reader, urls chan<- string) {
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if m := servingOn.FindStringSubmatch(lines.Text()); m != nil {
			urls <- m[1]
			break
		}
		s.said.WriteString(lines.Text() + "\n")
	}
	_, _ = io.Copy(io.Discard, said) // what it says from then on is nothing to us
	s.err = s.cmd.Wait()
	close(s.done)
}

// untilReady asks the server whether it is ready until it is.
func (b *bench) untilReady(s *child) error {
	for {
		request, err := http.NewRequestWithContext(b.ctx, http.MethodGet, s.url+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			err = answer.Body.Close()
		}
		if err == nil && answer.StatusCode == http.StatusOK {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("the server ended: %w", s.err)
		case <-b.ctx.Done():
			return b.ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// end ends the server and waits for it.
func (s *child) end(with os.Signal) error {
	_ = s.cmd.Process.Signal(with) // it may have ended by itself
	<-s.done
	return s.err
}

// memory gives the most that the process had resident, and what it has now, in
// bytes, as Linux tells it (proc_pid_status(5)).
func (s *child) memory() (peak, now int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		switch fields[0] {
		case "VmHWM:":
			peak, err = kibibytes(fields[1], err)
		case "VmRSS:":
			now, err = kibibytes(fields[1], err)
		}
	}
	return peak, now, err
}

func kibibytes(text string, before error) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n << 10, errors.Join(before, err)
}
