package postgres

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/google/uuid"
)

// adopted is the namespace of the ids that adopted rows get: the same row gets
// the same, however often it is read.
var adopted = uuid.MustParse("5b0ad4f6-1f9d-4f0e-9d5c-7a3c2f1a6e44")

// adoptedID gives an id for what a row is used for.
func adoptedID(use, table, key string) string {
	return uuid.NewSHA1(adopted, []byte(use+"\x00"+table+"\x00"+key)).String()
}

// row reads a row: its key, and the columns as JSON.
func (t *AdoptedTable) row(texts []*string) *AdoptedRow {
	r := &AdoptedRow{Key: *texts[0], Record: daybook.NewRecord(t.Kind)}
	rest := map[string]json.RawMessage{}
	for i, c := range t.Columns {
		if text := texts[i+1]; text != nil {
			if fault := t.take(r, c, []byte(*text), rest); fault != "" {
				r.Fault = fault
				return r
			}
		}
	}
	if r.Fault = t.complete(r); r.Fault != "" {
		return r
	}
	if r.Fault = t.keepRest(r, rest); r.Fault != "" {
		return r
	}
	r.Record.SetLogID(adoptedID("log", t.Name, r.Key))
	t.amendment(r)
	return r
}

// take puts the value of a column into its field. What has none, or loses
// something on the way there, goes to the rest.
func (t *AdoptedTable) take(r *AdoptedRow, c AdoptedColumn, raw []byte, rest map[string]json.RawMessage) (fault string) {
	if bytes.Equal(raw, []byte("null")) {
		return ""
	}
	wrong := func(err error) string {
		var e *daybook.Error
		if errors.As(err, &e) {
			return "column " + c.Name + ": " + e.Message
		}
		return "column " + c.Name + ": " + err.Error()
	}
	var value daybook.Value
	var err error
	switch c.Field {
	case "", "metadata", "issues":
		rest[c.Name] = bytes.Clone(raw)
		return ""
	case "id":
		if text := plainText(raw); uuid.Validate(text) == nil && len(text) == 36 {
			value = daybook.TextValue(strings.ToLower(text))
		} else if !slices.Contains(t.Key, c.Name) { // which the row is known by in any case
			rest[c.Name] = bytes.Clone(raw)
		}
	case "status":
		word := statusWord(t.Kind.Name, plainText(raw))
		if word == "" {
			return fmt.Sprintf("column %s: the ledger has no status for %s", c.Name, strconv.Quote(daybook.Clip(plainText(raw))))
		}
		if value = daybook.TextValue(word); word != plainText(raw) {
			rest[c.Name] = bytes.Clone(raw)
		}
	case "ingest_run_id":
		value = daybook.TextValue(t.runID(raw))
		if value.Text() != plainText(raw) {
			rest[c.Name] = bytes.Clone(raw)
		}
	default:
		at, _ := t.Kind.Column(c.Field)
		if value, err = t.value(&t.Kind.Columns[at], raw); err != nil {
			return wrong(err)
		}
	}
	r.Record.Set(c.Field, value)
	return ""
}

// value reads what a field can be made of.
func (t *AdoptedTable) value(c *daybook.Column, raw []byte) (daybook.Value, error) {
	switch c.Type {
	case daybook.TypeTime:
		return momentIn(c, raw)
	case daybook.TypeInt:
		return c.ParseText(strings.TrimSpace(plainText(raw)))
	case daybook.TypeText:
		return daybook.TextValue(plainText(raw)), nil
	}
	return c.ParseValue(raw)
}

// momentIn reads a time: as SQL has given it, or as text, or as seconds or
// milliseconds since 1970.
func momentIn(c *daybook.Column, raw []byte) (daybook.Value, error) {
	text := strings.TrimSpace(plainText(raw))
	if raw[0] != '"' {
		if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n < 1e14 {
			if n >= 1e11 {
				n /= 1000
			}
			return daybook.TextValue(canon.FormatTime(time.UnixMicro(int64(math.Round(n * 1e6))))), nil
		}
	}
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return daybook.TextValue(canon.FormatTime(at)), nil
		}
	}
	return c.ParseText(text)
}

// plainText gives a JSON string's text, and any other JSON as it is written.
func plainText(raw []byte) string {
	var s string
	if raw[0] == '"' && json.Unmarshal(raw, &s) == nil {
		return s
	}
	var list []string
	if raw[0] == '[' && json.Unmarshal(raw, &list) == nil {
		return strings.Join(list, "\n")
	}
	return string(raw)
}

// runID is the subject of the ingest run that a row names: its UUID, or what its
// row in the table beside this one was given when it was adopted.
func (t *AdoptedTable) runID(raw []byte) string {
	text := plainText(raw)
	if uuid.Validate(text) == nil && len(text) == 36 {
		return strings.ToLower(text)
	}
	schema, _, _ := strings.Cut(t.Name, ".")
	return adoptedID("subject", schema+".ingest_run", "["+string(raw)+"]")
}

// complete fills in what the kind requires and the row does not say.
func (t *AdoptedTable) complete(r *AdoptedRow) (fault string) {
	fill := func(field, text string) {
		if text != "" && !r.Record.Get(field).IsSet() {
			r.Record.Set(field, daybook.TextValue(text))
		}
	}
	fill("id", adoptedID("subject", t.Name, r.Key))
	switch t.Kind.Name {
	case "ingest_run":
		fill("job_type", "UNKNOWN")
		fill("started_at", r.Record.Get("completed_at").Text())
		if !r.Record.Get("started_at").IsSet() {
			return "it has no time for the run"
		}
		switch {
		case r.Record.Get("error_message").IsSet():
			fill("status", "FAILED")
		case r.Record.Get("completed_at").IsSet():
			fill("status", "COMPLETED")
		}
		fill("status", "RUNNING")
	case "validation_status":
		fill("validation_type", "UNKNOWN")
		if !r.Record.Get("validated_at").IsSet() {
			return "it has no time for the validation"
		}
		switch n := r.Record.Get("issue_count"); {
		case n.IsSet() && n.Int() == 0:
			fill("status", "PASSED")
		case n.IsSet():
			fill("status", "FAILED")
		}
		fill("status", "PENDING")
	}
	return ""
}

// keepRest puts the columns that have no field, and where the row comes from,
// into the field of the kind that takes anything.
func (t *AdoptedTable) keepRest(r *AdoptedRow, rest map[string]json.RawMessage) (fault string) {
	field := "metadata"
	if t.Kind.Name == "validation_status" {
		field = "issues"
	}
	all := map[string]any{"adopted_from": t.Name, "key": json.RawMessage(r.Key)}
	if len(t.Key) == 0 {
		delete(all, "key") // it is all of the row
	}
	for _, c := range t.Columns {
		if c.Field == field && rest[c.Name] != nil {
			all[field] = rest[c.Name]
			delete(rest, c.Name)
		}
	}
	if len(rest) > 0 {
		all["columns"] = rest
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "its columns cannot be kept as JSON: " + err.Error()
	}
	at, _ := t.Kind.Column(field)
	value, err := t.Kind.Columns[at].ParseValue(text)
	if err != nil {
		return "its columns cannot be kept as JSON: " + err.Error()
	}
	r.Record.Set(field, value)
	return ""
}

// amendment says what may have changed of a row since it was adopted, under an
// id that follows from it.
func (t *AdoptedTable) amendment(r *AdoptedRow) {
	if !t.Kind.Amendable() {
		return
	}
	a := daybook.NewRecord(t.Kind)
	a.Amend = true
	a.Set(t.Kind.Subject().Name, r.Record.Get(t.Kind.Subject().Name))
	if business := r.Record.Business(); business != "" {
		a.SetBusiness(business)
	}
	says := r.Key
	for i := range t.Kind.Columns {
		if c := &t.Kind.Columns[i]; c.Amend != daybook.RuleNone && r.Record.Values[i].IsSet() {
			a.Values[i] = r.Record.Values[i]
			says += "\x00" + c.Name + "\x00" + string(daybook.AppendValue(nil, c.Type, a.Values[i]))
		}
	}
	a.SetLogID(adoptedID("amend", t.Name, says))
	r.Amendment = &a
}
