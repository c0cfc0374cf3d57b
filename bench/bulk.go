package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/verify"
)

const (
	clients   = 2
	batchSize = 1000
)

// conversations measures bulk appends of conversations, and verifying them.
func (b *bench) conversations() error {
	b.heading("Durable appends of %d-byte conversations, batches of %d, %d clients", conversationBytes(), batchSize, clients)
	process, bodies, err := b.records()
	if err != nil {
		return err
	}
	raw, err := b.stores.raw(b.ctx, "process", "raw", b.n)
	if err != nil {
		return err
	}
	http, err := b.overHTTP(bodies)
	if err != nil {
		return err
	}
	limit := b.line(b.stores.limit(), b.n, raw, 0)
	b.line("in process, through intake and ledger", b.n, process, limit)
	rate := b.line("over HTTP, with a token", b.n, http, limit)
	if err := b.beside(rate); err != nil {
		return err
	}
	return b.verify()
}

// records writes conversations in process, and gives the bodies of as many for
// writing over HTTP. The records themselves are gone then: they are millions of
// values, which the collector would go through while others are timed.
func (b *bench) records() (process time.Duration, bodies [][]byte, err error) {
	all, err := records(b.n, func(i int) any { return conversation(i) })
	if err != nil {
		return 0, nil, err
	}
	bodies = bodiesOf(all, body)
	process, err = b.inProcess(all)
	return process, bodies, err
}

// bodiesOf cuts records into batches as they are sent.
func bodiesOf(all []daybook.Record, form func([]daybook.Record) []byte) (bodies [][]byte) {
	for _, part := range batches(all) {
		bodies = append(bodies, form(part))
	}
	return bodies
}

func conversationBytes() int {
	r, err := daybook.RecordOf(conversation(1))
	if err != nil {
		panic(err)
	}
	return len(body([]daybook.Record{r})) - 2
}

// each spreads work over the clients.
func (b *bench) each(n int, work func(ctx context.Context, i int) error) (time.Duration, error) {
	group, ctx := errgroup.WithContext(b.ctx)
	runtime.GC() // of what was before
	begun := time.Now()
	for c := range clients {
		group.Go(func() error {
			for i := c; i < n; i += clients {
				if err := work(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := group.Wait()
	return time.Since(begun), err
}

func (b *bench) inProcess(all []daybook.Record) (time.Duration, error) {
	l, err := b.open("process")
	if err != nil {
		return 0, err
	}
	parts := batches(all)
	took, err := b.each(len(parts), func(ctx context.Context, i int) error {
		_, err := l.Recorder.Record(ctx, daybook.Local, parts[i])
		return err
	})
	if closeErr := l.Close(b.ctx); err == nil {
		err = closeErr
	}
	return took, err
}

// server is a ledger behind HTTP on a loopback port, with a writer's token.
type server struct {
	url, token string
	stop       func() error
}

func (b *bench) serve(l *local.Local) (*server, error) {
	token, err := l.Tokens.Create(b.ctx, daybook.Local, daybook.TokenRequest{Name: "root", Role: daybook.RoleAdmin})
	if err == nil {
		token, err = l.Tokens.Create(b.ctx, daybook.Local, daybook.TokenRequest{Name: "bench", Role: daybook.RoleWriter, Business: "default"})
	}
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(b.ctx)
	done := make(chan error, 1)
	door := httpd.New(httpd.Config{
		Recorder: l.Recorder, Reader: l.Reader, Prover: l.Prover, Tokens: l.Tokens, MayProve: l.MayProve, Logger: quiet,
	})
	go func() { done <- door.Serve(ctx, listener) }()
	return &server{url: "http://" + listener.Addr().String() + "/v1/entries", token: token.Text, stop: func() error {
		cancel()
		if err := <-done; err != nil {
			return err
		}
		return l.Close(b.ctx)
	}}, nil
}

func (s *server) post(ctx context.Context, client *http.Client, body []byte) error {
	return post(ctx, client, s.url, http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + s.token}}, body)
}

// post sends a body, and wants it taken.
func post(ctx context.Context, client *http.Client, url string, header http.Header, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header = header
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("%s: %s", answer.Status, said)
	}
	return err
}

func (b *bench) overHTTP(bodies [][]byte) (time.Duration, error) {
	l, err := b.open("http")
	if err != nil {
		return 0, err
	}
	s, err := b.serve(l)
	if err != nil {
		return 0, err
	}
	took, err := b.each(len(bodies), func(ctx context.Context, i int) error {
		return s.post(ctx, http.DefaultClient, bodies[i])
	})
	if stopErr := s.stop(); err == nil {
		err = stopErr
	}
	return took, err
}

func (b *bench) verify() error {
	at, err := b.stores.place(b.ctx, "http")
	if err != nil {
		return err
	}
	place, err := local.ParseStore(at)
	if err != nil {
		return err
	}
	store, _, err := local.Read(b.ctx, place, local.Options{Logger: quiet, Public: b.path("http") + ".pub", Anchor: b.path("http") + ".anchor", Key: b.path("http") + ".key"})
	if err != nil {
		return err
	}
	defer store.Close()
	for _, m := range []struct {
		what string
		only bool
	}{{"verify entries, tree and signatures", true}, {"verify indexes and schema too", false}} {
		begun := time.Now()
		report, err := verify.Run(b.ctx, store, verify.Options{EntriesOnly: m.only})
		if err != nil {
			return err
		}
		if !report.Sound() {
			return fmt.Errorf("what was written does not verify: %+v", report.Problems)
		}
		b.line(m.what, b.n, time.Since(begun), 0)
	}
	return nil
}
