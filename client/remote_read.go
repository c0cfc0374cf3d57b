package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
)

// subjectPath is the path of a subject. An id of dots alone would be taken for
// a step up, so its dots are escaped too.
func subjectPath(kind *daybook.Kind, id string) (string, error) {
	escaped := url.PathEscape(id)
	if id == "" {
		return "", &daybook.Error{Code: daybook.CodeInvalid, Path: "/" + kind.Subject().Name, Message: "is missing", Hint: "say which of " + kind.Name}
	}
	if id == "." || id == ".." {
		escaped = strings.ReplaceAll(id, ".", "%2E")
	}
	return "/v1/" + kind.Name + "/" + escaped, nil
}

// Get gives the current state of a subject.
func (r *Remote) Get(ctx context.Context, _ daybook.Principal, kind *daybook.Kind, id string) (*daybook.Entry, error) {
	path, err := subjectPath(kind, id)
	if err != nil {
		return nil, err
	}
	body, err := r.call(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return nil, err
	}
	return r.entry(body)
}

func (r *Remote) entry(raw []byte) (*daybook.Entry, error) {
	e, err := daybook.DecodeEntry(raw)
	if err != nil {
		return nil, r.strange(err)
	}
	return e, nil
}

// List gives a page of current states, or of the revisions of one subject, the
// oldest first. Other questions of a [daybook.Query] are for stores, and are
// refused.
func (r *Remote) List(ctx context.Context, _ daybook.Principal, q daybook.Query) (*daybook.Page, error) {
	path, values, err := listCall(&q)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Entries []json.RawMessage `json:"entries"`
		Next    string            `json:"next"`
	}
	if err := r.ask(ctx, path, values, &answer); err != nil {
		return nil, err
	}
	page := &daybook.Page{Next: answer.Next}
	for _, raw := range answer.Entries {
		e, err := r.entry(raw)
		if err != nil {
			return nil, err
		}
		page.Entries = append(page.Entries, e)
	}
	return page, nil
}

// Export streams entries. A stream that breaks off is an error of
// CodeUnavailable: what fn was given is sound, and the rest is missing.
func (r *Remote) Export(ctx context.Context, _ daybook.Principal, q daybook.ExportQuery, fn func(*daybook.Entry) error) error {
	values := url.Values{}
	if q.Kind != nil {
		values.Set("kind", q.Kind.Name)
	}
	setTime(values, "since", q.Since)
	if q.From > 0 {
		values.Set("from", strconv.FormatInt(q.From, 10))
	}
	setCount(values, "limit", q.Limit)
	alive, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(r.o.Timeout, func() { cancel(fmt.Errorf("no answer within %s", r.o.Timeout)) })
	defer silence.Stop()
	in, err := r.send(alive, request{method: http.MethodGet, path: "/v1/entries", query: values})
	if err != nil {
		return settled(err)
	}
	defer in.Body.Close()
	lines := bufio.NewReaderSize(in.Body, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		silence.Stop() // fn may take its time
		switch {
		case errors.Is(err, io.EOF) && len(bytes.TrimSpace(line)) == 0:
			return nil
		case err != nil:
			return settled(r.unreachable(alive, err))
		}
		e, err := r.entry(line)
		if err != nil {
			return err
		}
		if err := fn(e); err != nil {
			return err
		}
		silence.Reset(r.o.Timeout)
	}
}

// History tells what happened to a table.
func (r *Remote) History(ctx context.Context, _ daybook.Principal, q daybook.HistoryQuery) ([]daybook.Event, error) {
	return r.events(ctx, "/v1/history", url.Values{"table": {q.Table}, "cursor": {q.After}}, q.Since, q.Limit)
}

// Activity tells what an agent did.
func (r *Remote) Activity(ctx context.Context, _ daybook.Principal, q daybook.ActivityQuery) ([]daybook.Event, error) {
	return r.events(ctx, "/v1/agents/"+url.PathEscape(q.Agent)+"/activity", url.Values{"cursor": {q.After}}, q.Since, q.Limit)
}

func (r *Remote) events(ctx context.Context, path string, values url.Values, since time.Time, limit int) ([]daybook.Event, error) {
	if values.Get("cursor") == "" {
		values.Del("cursor")
	}
	setTime(values, "since", since)
	setCount(values, "limit", limit)
	var answer struct {
		Events []daybook.Event `json:"events"`
	}
	err := r.ask(ctx, path, values, &answer)
	return answer.Events, err
}

// Lineage walks the flow of data from a node.
func (r *Remote) Lineage(ctx context.Context, _ daybook.Principal, q daybook.LineageQuery) (*daybook.Graph, error) {
	values := url.Values{"node": {q.Node}}
	if q.Direction != "" {
		values.Set("direction", string(q.Direction))
	}
	setCount(values, "depth", q.Depth)
	if q.Columns {
		values.Set("columns", "true")
	}
	if q.Indirect {
		values.Set("indirect", "true")
	}
	for name, words := range map[string][]string{"origin": q.Origins, "relationship": q.Relationships} {
		if words != nil {
			values.Set(name, strings.Join(words, ","))
		}
	}
	setTime(values, "as_of", q.AsOf)
	var graph daybook.Graph
	if err := r.ask(ctx, "/v1/lineage", values, &graph); err != nil {
		return nil, err
	}
	return &graph, nil
}

// Why tells how a node came to hold what it holds. Each entry of the answer is
// hashed anew: one that does not give its log_hash is damaged, whatever the
// server says.
func (r *Remote) Why(ctx context.Context, _ daybook.Principal, q daybook.WhyQuery) (*daybook.Why, error) {
	values := url.Values{"node": {q.Node}}
	setCount(values, "depth", q.Depth)
	setTime(values, "as_of", q.AsOf)
	setCount(values, "limit", q.Limit)
	var why daybook.Why
	if err := r.ask(ctx, "/v1/why", values, &why); err != nil {
		return nil, err
	}
	var buf []byte
	for v := range why.All() {
		var fault string
		if fault, buf = v.Entry.Unlike(v.Entry.LogHash, buf); fault != "" && v.Standing != daybook.StandingDamaged {
			v.Standing, v.Fault = daybook.StandingDamaged, fault
		}
	}
	return &why, nil
}

func setTime(values url.Values, name string, t time.Time) {
	if !t.IsZero() {
		values.Set(name, formatTime(t))
	}
}

func setCount(values url.Values, name string, n int) {
	if n != 0 {
		values.Set(name, strconv.Itoa(n))
	}
}
