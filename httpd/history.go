package httpd

import (
	"bytes"
	"net/http"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// mostEvents is how many events history and activity tell at the most.
const mostEvents = 10_000

// history tells what happened to a table, the newest first.
func (s *Server) history(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	values, err := parameters(r, "table", "since", "limit")
	if err != nil {
		return err
	}
	var q daybook.HistoryQuery
	if q.Table, err = needed(values, "table", "silver.observation"); err != nil {
		return err
	}
	if q.Since, err = timeIn(values, "since"); err != nil {
		return err
	}
	limit, err := countIn(values, "limit", mostEvents)
	if err != nil {
		return err
	}
	q.Limit = int(limit)
	events, err := s.Reader.History(r.Context(), p, q)
	if err != nil {
		return err
	}
	return sendEvents(w, "table", q.Table, events)
}

// activity tells what an agent did, the newest first.
func (s *Server) activity(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	values, err := parameters(r, "since", "limit")
	if err != nil {
		return err
	}
	q := daybook.ActivityQuery{Agent: r.PathValue("id")}
	if q.Since, err = timeIn(values, "since"); err != nil {
		return err
	}
	limit, err := countIn(values, "limit", mostEvents)
	if err != nil {
		return err
	}
	q.Limit = int(limit)
	events, err := s.Reader.Activity(r.Context(), p, q)
	if err != nil {
		return err
	}
	return sendEvents(w, "agent", q.Agent, events)
}

func sendEvents(w http.ResponseWriter, about, name string, events []daybook.Event) error {
	b := buffers.Get().(*bytes.Buffer)
	defer putBuffer(b)
	b.WriteByte('{')
	b.Write(canon.AppendKey(b.AvailableBuffer(), about))
	b.Write(canon.AppendString(b.AvailableBuffer(), name))
	b.WriteString(`, "events": [`)
	for i := range events {
		if i > 0 {
			b.WriteString(",\n ")
		}
		b.Write(events[i].Fields)
	}
	b.WriteString("]}\n")
	return sendBytes(w, http.StatusOK, "application/json", b.Bytes())
}
