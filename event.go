package daybook

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/daybook-audit/daybook/canon"
)

// Event is one thing that happened, as history and activity tell it.
type Event struct {
	At        string // when it happened, canonical: the kind's own time, or an amendment's
	Kind      string
	ID        string // the subject's
	Agent     string
	SessionID string
	Type      string // session_type, operation_type, artifact_type, …
	Status    string
	Summary   string // one line for a human

	// Fields is the JSON object that an event is: the entry as exports have
	// it, with at, agent, type and summary, with the members that it was told
	// with, and with the session's agent_id, purpose and started_at where the
	// entry has none of its own.
	Fields json.RawMessage
}

// Telling is how an entry is told as an event.
type Telling struct {
	At      string   // when it happened, canonical; "" for the kind's own time
	Type    string   // what sort of thing it is, as its kind has it
	Summary string   // one line for a human
	Session *Entry   // the session that the entry belongs to, or nil
	Members []Member // what the event says beside what the entry holds
}

// Member is a member of a JSON object.
type Member struct {
	Name  string
	Value json.RawMessage
}

// NewEvent tells an entry as an event of its own time; session is the one it
// belongs to, or nil.
func NewEvent(e, session *Entry, kindOfThing, summary string) Event {
	return Tell(e, Telling{Type: kindOfThing, Summary: summary, Session: session})
}

// Tell tells an entry as an event.
func Tell(e *Entry, t Telling) Event {
	event := Event{
		At: t.At, Kind: e.Kind.Name, ID: e.SubjectID(), Agent: e.Agent(), SessionID: e.Text("session_id"),
		Type: t.Type, Status: e.Text("status"), Summary: t.Summary,
	}
	if event.At == "" {
		event.At = e.Time()
	}
	if e.Kind.Name == "transformation_session" {
		event.SessionID = event.ID
	}
	var joined []byte
	if t.Session != nil {
		if event.Agent == "" {
			event.Agent = t.Session.Agent()
		}
		for _, name := range []string{"agent_id", "purpose", "started_at"} {
			joined = appendAbsent(joined, e, name, t.Session.Text(name))
		}
	}
	joined = appendAbsent(joined, e, "session_id", event.SessionID)
	if _, ok := e.Kind.Column("id"); !ok {
		joined = appendText(joined, "id", event.ID)
	}
	dst := appendText([]byte{'{'}, "at", event.At)
	dst = appendText(dst, "agent", event.Agent)
	dst = appendText(dst, "type", event.Type)
	dst = appendText(dst, "summary", event.Summary)
	for _, m := range t.Members {
		dst = append(append(canon.AppendKey(dst, m.Name), m.Value...), ", "...)
	}
	dst = append(dst, joined...)
	event.Fields = append(dst, e.AppendExport(nil)[1:]...)
	return event
}

func appendAbsent(dst []byte, e *Entry, name, text string) []byte {
	if text == "" || e.Get(name).set {
		return dst
	}
	return appendText(dst, name, text)
}

func appendText(dst []byte, name, text string) []byte {
	dst = canon.AppendKey(dst, name)
	dst = canon.AppendString(dst, text)
	return append(dst, ", "...)
}

// MarshalJSON gives the fields.
func (e Event) MarshalJSON() ([]byte, error) { return e.Fields, nil }

// UnmarshalJSON reads an event back from its fields.
func (e *Event) UnmarshalJSON(raw []byte) error {
	var f struct {
		At        string          `json:"at"`
		Kind      string          `json:"kind"`
		ID        json.RawMessage `json:"id"`
		Agent     string          `json:"agent"`
		SessionID string          `json:"session_id"`
		Type      string          `json:"type"`
		Status    string          `json:"status"`
		Summary   string          `json:"summary"`
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return err
	}
	*e = Event{
		At: f.At, Kind: f.Kind, ID: strings.Trim(string(f.ID), `"`), Agent: f.Agent, SessionID: f.SessionID,
		Type: f.Type, Status: f.Status, Summary: f.Summary, Fields: bytes.Clone(raw),
	}
	return nil
}
