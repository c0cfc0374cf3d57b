package access

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/google/uuid"
)

var auditKind = daybook.MustKind("log_access_audit")

// The actions of reading.
const (
	ActionRead   = "read"
	ActionQuery  = "query"
	ActionExport = "export"
	ActionVerify = "verify"
	ActionSearch = "search"
	ActionLogin  = "login"
)

// The outcomes of reading.
const (
	OutcomeOK        = "ok"
	OutcomeError     = "error"
	OutcomeCancelled = "cancelled"
)

// Access is one reading of the log: what was asked, and how it ended.
type Access struct {
	Action     string          // one of the actions
	Target     string          // what was read, such as conversations/ID
	Query      string          // the SQL, if any
	Parameters json.RawMessage // an object of the rest that was asked; nil for nothing
	Started    time.Time       // zero for now
	Rows       int64           // how many came out
	Outcome    string          // one of the outcomes; "" for ok
}

// outcomeOf tells how a read ended from its error.
func outcomeOf(err error) string {
	switch {
	case err == nil:
		return OutcomeOK
	case errors.Is(err, context.Canceled):
		return OutcomeCancelled
	}
	return OutcomeError
}

// record makes the entry of an access. An access that runs has no rows,
// duration and outcome yet.
func (a *Access) record(p daybook.Principal, id string, ended time.Time) (daybook.Record, error) {
	r := daybook.NewRecord(auditKind)
	r.Set("access_id", daybook.TextValue(id))
	r.SetBusiness(businessOf(p))
	r.Set("accessed_at", daybook.TextValue(canon.FormatTime(a.Started)))
	for _, c := range []struct {
		name, text string
		most       int
	}{
		{"role", string(p.Role), daybook.MaxName},
		{"action", a.Action, daybook.MaxName},
		{"target", a.Target, daybook.MaxLong},
		{"query_text", a.Query, daybook.MaxLong},
		{"ip_address", p.Address, daybook.MaxName},
		{"user_agent", p.UserAgent, daybook.MaxName},
	} {
		if c.text != "" {
			r.Set(c.name, daybook.TextValue(storable(c.text, c.most)))
		}
	}
	if a.Parameters != nil {
		parameters, err := canon.AppendJSON(nil, a.Parameters)
		if err != nil {
			return r, err
		}
		r.Set("parameters", daybook.TextValue(string(parameters)))
	}
	r.Set("read_count", daybook.IntValue(1))
	a.end(&r, ended)
	return r, nil
}

// end sets how the access ended, if it has. A stream that runs has no outcome.
func (a *Access) end(r *daybook.Record, ended time.Time) {
	if a.Outcome == "" {
		return
	}
	r.Set("rows_returned", daybook.IntValue(a.Rows))
	r.Set("duration_ms", daybook.IntValue(max(0, ended.Sub(a.Started).Milliseconds())))
	r.Set("outcome", daybook.TextValue(a.Outcome))
}

// businessOf is whose the entry of a read is. One by somebody who is bound to
// no business may be of any, and is not for those to see who are bound to one.
func businessOf(p daybook.Principal) string {
	if p.Business == "" {
		return daybook.AllBusinesses
	}
	return p.Business
}

// storable makes any text one that a column takes, so that nobody can keep a
// read out of the log by the way they ask: what is not UTF-8 or NUL is
// replaced, what is too long is cut.
func storable(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// A key tells identical reads: it is the hash of all that must be equal, so
// that a long query costs no memory.
type key [sha256.Size]byte

func (a *Access) key(p daybook.Principal) key {
	h := sha256.New()
	for _, part := range []string{
		p.Name, string(p.Role), p.Business, p.Address, a.Action, a.Target, a.Query, string(a.Parameters), a.Outcome,
	} {
		length := canon.AppendInt(nil, int64(len(part)))
		h.Write(append(length, ':'))
		h.Write([]byte(part))
	}
	return key(h.Sum(nil))
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
