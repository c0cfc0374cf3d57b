package httpd

import (
	"bytes"
	"net/http"
	"net/url"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// How many events history and activity tell at the most, and where nobody says.
const (
	mostEvents  = 10_000
	usualEvents = 200
)

// history tells what happened to a table, the newest first.
func (s *Server) history(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	values, err := parameters(r, "table", "since", "limit", "cursor")
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
	if q.Limit, q.After, err = pageOfEvents(values); err != nil {
		return err
	}
	events, err := s.Reader.History(r.Context(), p, q)
	if err != nil {
		return err
	}
	return sendEvents(w, r, "table", q.Table, partOf(events, q.Limit))
}

// activity tells what an agent did, the newest first.
func (s *Server) activity(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	values, err := parameters(r, "since", "limit", "cursor")
	if err != nil {
		return err
	}
	q := daybook.ActivityQuery{Agent: r.PathValue("id")}
	if q.Since, err = timeIn(values, "since"); err != nil {
		return err
	}
	if q.Limit, q.After, err = pageOfEvents(values); err != nil {
		return err
	}
	events, err := s.Reader.Activity(r.Context(), p, q)
	if err != nil {
		return err
	}
	return sendEvents(w, r, "agent", q.Agent, partOf(events, q.Limit))
}

// pageOfEvents gives how many events a call wants, and behind which.
func pageOfEvents(values url.Values) (limit int, after string, err error) {
	n, err := countIn(values, "limit", mostEvents)
	if err != nil {
		return 0, "", err
	}
	if n == 0 {
		n = usualEvents
	}
	return int(n), values.Get("cursor"), nil
}

// An eventPage is a part of what happened.
type eventPage struct {
	events []daybook.Event
	next   string // the cursor of the part behind it, "" for none
}

// partOf makes a page of events. One that is full may have more behind it.
func partOf(events []daybook.Event, limit int) eventPage {
	page := eventPage{events: events}
	if len(events) == limit {
		page.next = events[limit-1].Cursor()
	}
	return page
}

func sendEvents(w http.ResponseWriter, r *http.Request, about, name string, page eventPage) error {
	b := buffers.Get().(*bytes.Buffer)
	defer putBuffer(b)
	b.WriteByte('{')
	b.Write(canon.AppendKey(b.AvailableBuffer(), about))
	b.Write(canon.AppendString(b.AvailableBuffer(), name))
	b.WriteString(`, "events": [`)
	for i := range page.events {
		if i > 0 {
			b.WriteString(",\n ")
		}
		b.Write(page.events[i].Fields)
	}
	b.WriteString(`], "next": `)
	b.Write(canon.AppendString(b.AvailableBuffer(), page.next))
	b.WriteString("}\n")
	linkNext(w, r, page.next)
	return sendBytes(w, http.StatusOK, "application/json", b.Bytes())
}
