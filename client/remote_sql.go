package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
)

// SQL runs one SELECT on the server. JSON has one sort of number, so a float
// that is whole comes back as an integer.
func (r *Remote) SQL(ctx context.Context, _ daybook.Principal, q daybook.SQLQuery) (*daybook.Table, error) {
	question := struct {
		SQL       string `json:"sql"`
		MaxRows   int    `json:"max_rows,omitempty"`
		TimeoutMS int64  `json:"timeout_ms,omitempty"`
	}{q.Text, q.MaxRows, q.Timeout.Milliseconds()}
	text, err := json.Marshal(question)
	if err != nil {
		return nil, &daybook.Error{Code: daybook.CodeInvalid, Path: "/sql", Message: "client: cannot be sent", Err: err}
	}
	limit := q.Timeout
	if limit == 0 {
		limit = daybook.DefaultSQLTime
	}
	body, err := r.call(ctx, request{method: http.MethodPost, path: "/v1/query", body: text, timeout: limit + r.o.Timeout})
	if err != nil {
		return nil, err
	}
	return r.table(body)
}

func (r *Remote) table(body []byte) (*daybook.Table, error) {
	var answer struct {
		Columns   []string                     `json:"columns"`
		Rows      []map[string]json.RawMessage `json:"rows"`
		Truncated bool                         `json:"truncated"`
	}
	if err := r.decode(body, &answer); err != nil {
		return nil, err
	}
	t := &daybook.Table{Columns: answer.Columns, Truncated: answer.Truncated, Rows: make([][]any, len(answer.Rows))}
	for i, row := range answer.Rows {
		t.Rows[i] = make([]any, len(t.Columns))
		for j, name := range t.Columns {
			cell, err := cellOf(row[name])
			if err != nil {
				return nil, r.strange(err)
			}
			t.Rows[i][j] = cell
		}
	}
	return t, nil
}

// cellOf gives a cell as a [daybook.Table] has it.
func cellOf(raw json.RawMessage) (any, error) {
	if len(raw) == 0 || raw[0] == 'n' {
		return nil, nil
	}
	switch raw[0] {
	case '{', '[':
		return raw, nil
	case '"', 't', 'f':
		var v any
		err := json.Unmarshal(raw, &v)
		return v, err
	}
	if !bytes.ContainsAny(raw, ".eE") {
		if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return n, nil
		}
	}
	return strconv.ParseFloat(strings.TrimSpace(string(raw)), 64)
}
