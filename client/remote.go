package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
)

// What holds where Options say nothing.
const (
	DefaultTimeout    = 30 * time.Second
	DefaultMaxElapsed = 10 * time.Second
)

// Options set a client of a server up. The zero value works.
type Options struct {
	Token      string        // of a principal; "" where the server asks for none
	Agent      string        // named on every record that names no agent
	HTTPClient *http.Client  // nil for one of our own, which follows no redirects
	Timeout    time.Duration // of one attempt of a call, and of the silence of a stream; 0 for DefaultTimeout
	MaxElapsed time.Duration // a write is tried again until then; 0 for DefaultMaxElapsed, negative to try once
	UserAgent  string        // "" for daybook-go
}

// Remote is a server seen from afar: a [daybook.Recorder], a [daybook.Reader]
// and a [daybook.Prover] over HTTP. The principal that its methods are given
// does not travel: the server knows who calls by the token.
type Remote struct {
	base string
	o    Options
	http *http.Client
	now  func() time.Time
}

var (
	_ daybook.Recorder = (*Remote)(nil)
	_ daybook.Reader   = (*Remote)(nil)
	_ daybook.Prover   = (*Remote)(nil)
)

// NewRemote makes the far side of a server at a URL. It makes no call.
func NewRemote(address string, o Options) (*Remote, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "client: this is not the address of a server",
			Hint: "give one such as http://127.0.0.1:7777",
		}
	}
	if u.User != nil {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "client: the address holds a user or password",
			Hint: "give the token in Options.Token; addresses stand in errors and logs",
		}
	}
	o.Token = strings.TrimSpace(o.Token)
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxElapsed == 0 {
		o.MaxElapsed = DefaultMaxElapsed
	}
	if o.UserAgent == "" {
		o.UserAgent = "daybook-go"
	}
	r := &Remote{base: strings.TrimRight(u.String(), "/"), o: o, http: o.HTTPClient, now: time.Now}
	if r.http == nil {
		r.http = ownHTTP()
	}
	return r, nil
}

// idleConnections is how many connections are kept for the next call.
const idleConnections = 16

func ownHTTP() *http.Client {
	own := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: 90 * time.Second}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		own = standard.Clone()
	}
	own.MaxIdleConnsPerHost = idleConnections
	return &http.Client{
		Transport: own,
		// A redirected POST becomes a GET, and a redirected token goes elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// A request is one call of the server.
type request struct {
	method, path string
	query        url.Values
	body         []byte
	zipped       bool
	timeout      time.Duration // 0 for Options.Timeout
}

func (r *Remote) send(ctx context.Context, q request) (*http.Response, error) {
	address := r.base + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	out, err := http.NewRequestWithContext(ctx, q.method, address, bytes.NewReader(q.body))
	if err != nil {
		return nil, &daybook.Error{Code: daybook.CodeInvalid, Message: "client: the call cannot be made", Err: err}
	}
	out.Header.Set("User-Agent", r.o.UserAgent)
	if q.body != nil {
		out.Header.Set("Content-Type", "application/json")
	}
	if q.zipped {
		out.Header.Set("Content-Encoding", "gzip")
	}
	if r.o.Token != "" {
		out.Header.Set("Authorization", "Bearer "+r.o.Token)
	}
	// net/http takes this, which it does not send, as leave to send the call
	// again over a new connection where the server has closed an idle one. Reads
	// change nothing, and writes have their log_ids.
	out.Header["X-Idempotency-Key"] = nil
	in, err := r.http.Do(out)
	if err != nil {
		return nil, r.unreachable(ctx, err)
	}
	if in.StatusCode/100 != 2 {
		defer in.Body.Close()
		return nil, r.refusal(in)
	}
	return in, nil
}

// call makes one attempt of a call and gives the body of the answer.
func (r *Remote) call(ctx context.Context, q request) ([]byte, error) {
	body, err := r.attempt(ctx, q)
	return body, settled(err)
}

// attempt is call, whose error may be a transient.
func (r *Remote) attempt(ctx context.Context, q request) ([]byte, error) {
	if q.timeout == 0 {
		q.timeout = r.o.Timeout
	}
	limited, cancel := context.WithTimeoutCause(ctx, q.timeout, fmt.Errorf("no answer within %s", q.timeout))
	defer cancel()
	in, err := r.send(limited, q)
	if err != nil {
		return nil, err
	}
	defer in.Body.Close()
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, r.unreachable(limited, err)
	}
	return body, nil
}

// ask makes a GET and decodes the answer.
func (r *Remote) ask(ctx context.Context, path string, query url.Values, answer any) error {
	body, err := r.call(ctx, request{method: http.MethodGet, path: path, query: query})
	if err != nil {
		return err
	}
	return r.decode(body, answer)
}

func (r *Remote) decode(body []byte, answer any) error {
	if err := json.Unmarshal(body, answer); err != nil {
		return r.strange(err)
	}
	return nil
}

// strange says that what answers is no Daybook.
func (r *Remote) strange(err error) error {
	return &daybook.Error{
		Code: daybook.CodeInternal, Message: "client: " + r.base + " does not answer as Daybook does", Err: err,
		Hint: "see that the address is that of a Daybook server, and of one not older than this client",
	}
}

// unreachable says that there was no whole answer. It is worth another attempt
// unless the caller has given up or the next one must fail the same way.
func (r *Remote) unreachable(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w (%w)", cause, err)
	}
	e := &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "client: no answer from " + r.base, Err: err,
		Hint: "see that the server runs (`daybook serve`) and that the address is right; what may have been written is not written twice when it is sent again with the same log_id",
	}
	if lasting(err) {
		return e
	}
	return &transient{err: e}
}
