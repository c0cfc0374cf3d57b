package httpd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
)

// mostSQLTime is the longest that a query may ask to run.
const mostSQLTime = 2 * time.Minute

// sqlRequest is the body of a query.
type sqlRequest struct {
	SQL       string `json:"sql"`
	MaxRows   int64  `json:"max_rows"`
	TimeoutMS int64  `json:"timeout_ms"`
}

// query runs one SELECT and answers with its rows as JSON, or as CSV where the
// client would rather have that.
func (s *Server) query(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	if _, err := parameters(r); err != nil {
		return err
	}
	q, err := s.readQuery(w, r)
	if err != nil {
		return err
	}
	table, err := s.Reader.SQL(r.Context(), p, q)
	if err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept")
	if wantsCSV(r) {
		return sendCSV(w, table)
	}
	return sendTable(w, table)
}

func (s *Server) readQuery(w http.ResponseWriter, r *http.Request) (daybook.SQLQuery, error) {
	var q daybook.SQLQuery
	media, err := wantType(r, "application/json", "text/plain", "application/sql")
	if err != nil {
		return q, err
	}
	body, err := s.readBody(w, r)
	if err != nil {
		return q, err
	}
	defer putBuffer(body)
	request := sqlRequest{SQL: body.String()}
	if media == "application/json" {
		if request, err = parseQuery(body); err != nil {
			return q, err
		}
	}
	if strings.TrimSpace(request.SQL) == "" {
		e := daybook.Invalidf("/sql", "is missing")
		e.Hint = `send {"sql": "SELECT …"}, or the SQL itself as text/plain`
		return q, e
	}
	if request.MaxRows < 0 || request.MaxRows > daybook.MaxSQLRows {
		return q, daybook.Invalidf("/max_rows", "is not from 0 to %d", daybook.MaxSQLRows)
	}
	if request.TimeoutMS < 0 || request.TimeoutMS > mostSQLTime.Milliseconds() {
		return q, daybook.Invalidf("/timeout_ms", "is not from 0 to %d", mostSQLTime.Milliseconds())
	}
	return daybook.SQLQuery{
		Text: request.SQL, MaxRows: int(request.MaxRows), Timeout: time.Duration(request.TimeoutMS) * time.Millisecond,
	}, nil
}

func parseQuery(body *bytes.Buffer) (sqlRequest, error) {
	var request sqlRequest
	err := parseObject(body, &request, "the query", `send {"sql": "SELECT …", "max_rows": 1000, "timeout_ms": 5000}`)
	return request, err
}

// wantsCSV says whether the client names CSV among what it accepts.
func wantsCSV(r *http.Request) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		media, _, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(media), "text/csv") {
			return true
		}
	}
	return false
}

func sendTable(w http.ResponseWriter, t *daybook.Table) error {
	rows, err := t.MarshalRows()
	if err != nil {
		return fmt.Errorf("httpd: %w", err)
	}
	columns, err := json.Marshal(notNil(t.Names()))
	if err != nil {
		return fmt.Errorf("httpd: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	for _, part := range [][]byte{
		[]byte(`{"columns": `), columns, []byte(`, "rows": `), rows,
		[]byte(`, "truncated": `), strconv.AppendBool(nil, t.Truncated), []byte("}\n"),
	} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// sendCSV answers with a line of names and a line a row. CSV has no place to
// say that there were more rows, so a header does.
func sendCSV(w http.ResponseWriter, t *daybook.Table) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Daybook-Truncated", strconv.FormatBool(t.Truncated))
	return t.WriteCSV(w)
}
