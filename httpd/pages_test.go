package httpd_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/storetest"
)

// A shelf is a ledger of conversations that are amended while they are read.
type shelf struct {
	t      *testing.T
	writer *storetest.Writer
	reader *lineage.Reader
	desk   *desk
	added  int
}

func newShelf(t *testing.T) *shelf {
	store := storetest.NewModel()
	s := &shelf{t: t, writer: storetest.NewWriter(store), reader: lineage.NewReader(store, nil)}
	s.desk = newDesk(t, func(d *desk) { d.config.Reader = s.reader })
	for i := range 9 {
		s.put(fmt.Sprint("c", i))
	}
	s.put("c4")
	return s
}

// put writes a conversation, or a further revision of it.
func (s *shelf) put(id string) {
	s.t.Helper()
	r, err := daybook.RecordOf(daybook.Conversation{ConversationID: id, AgentPosition: "CFO", BusinessID: "default"})
	if err == nil {
		r.Set("started_at", daybook.TextValue(instant))
		_, err = s.writer.Write(s.t.Context(), r)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// stir amends conversations before and behind whoever reads, and adds one. It
// stops in the end, or pages that do not stand still would have none.
func (s *shelf) stir() {
	s.t.Helper()
	if s.added == 30 {
		return
	}
	for _, id := range []string{"c8", "c1", "c2", "c4", "c5", "c1"} {
		s.put(id)
	}
	s.added++
	s.put(fmt.Sprint("new", s.added))
}

func nameOf(e *daybook.Entry) string { return fmt.Sprint(e.SubjectID(), ".", e.Revision()) }

// asShelved is what a list of a new shelf holds.
func asShelved(oldest bool) []string {
	names := []string{"c0.1", "c1.1", "c2.1", "c3.1", "c5.1", "c6.1", "c7.1", "c8.1", "c4.2"}
	if !oldest {
		slices.Reverse(names)
	}
	return names
}

// TestPagesStandStill follows the links from page to page: each conversation
// comes once, as it was, however often it is amended on the way.
func TestPagesStandStill(t *testing.T) {
	t.Parallel()
	for order, oldest := range map[string]bool{"asc": true, "desc": false} {
		s := newShelf(t)
		var got []string
		for path := "/v1/conversations?limit=2&agent_position=CFO&order=" + order; path != ""; s.stir() {
			w := s.desk.do(request("GET", path, ""))
			var page struct {
				Entries []json.RawMessage
				Next    string
			}
			if err := json.Unmarshal(w.Body.Bytes(), &page); w.Code != http.StatusOK || err != nil {
				t.Fatalf("%s: %d %s, %v", path, w.Code, w.Body, err)
			}
			for _, raw := range page.Entries {
				e, err := daybook.DecodeEntry(raw)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, nameOf(e))
			}
			link, _, _ := strings.Cut(w.Header().Get("Link"), ">")
			path = strings.TrimPrefix(link, "<")
			if (path == "") != (page.Next == "") {
				t.Fatalf("next is %q, the link %q", page.Next, path)
			}
		}
		if want := asShelved(oldest); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", order, got, want)
		}
	}
}

// client gives the SDK in process, or over HTTP.
func (s *shelf) client(overHTTP bool) *client.Client {
	s.t.Helper()
	if !overHTTP {
		return client.Over(nil, s.reader, nil, daybook.Local)
	}
	url, stop := serve(s.t, s.desk.server)
	s.t.Cleanup(func() {
		if err := stop(); err != nil {
			s.t.Error(err)
		}
	})
	c, err := client.New(url, client.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// turn reads a list page by page.
func (s *shelf) turn(c *client.Client, q daybook.Query) (names []string) {
	s.t.Helper()
	for {
		page, err := c.List(s.t.Context(), q)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, e := range page.Entries {
			names = append(names, nameOf(e))
		}
		s.stir()
		if page.Next == "" {
			return names
		}
		if err := q.GoOn(page.Next); err != nil {
			s.t.Fatal(err)
		}
	}
}

// TestPagesAtBothEnds reads the same list through the SDK over HTTP and in
// process, page by page and whole, and once more as it was before all that.
func TestPagesAtBothEnds(t *testing.T) {
	t.Parallel()
	for _, overHTTP := range []bool{false, true} {
		for _, oldest := range []bool{false, true} {
			s := newShelf(t)
			c := s.client(overHTTP)
			q := daybook.Query{Kind: daybook.MustKind("conversations"), Limit: 2, Oldest: oldest}
			turned := s.turn(c, q)
			q.Snapshot = int64(len(asShelved(oldest))) + 1 // what newShelf puts
			var all []string
			for e, err := range c.All(t.Context(), q) {
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, nameOf(e))
				s.stir()
			}
			for _, got := range [][]string{turned, all} {
				if want := asShelved(oldest); !slices.Equal(got, want) {
					t.Errorf("over HTTP %t, oldest %t:\n got %v\nwant %v", overHTTP, oldest, got, want)
				}
			}
		}
	}
}
