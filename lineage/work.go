package lineage

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// maxWork bounds how many entries of one kind are read of a session.
const maxWork = 20_000

// An asker asks a [daybook.Reader] whole questions, of a store or over the
// wire, as one principal.
type asker struct {
	reader   daybook.Reader
	who      daybook.Principal
	business string // lists are of this one alone; "" for all
}

// all gives what a list holds, page by page. more says that it holds more than
// most, which are given.
func (a asker) all(ctx context.Context, q daybook.Query, most int) (entries []*daybook.Entry, more bool, err error) {
	if q.Business == "" {
		q.Business = a.business
	}
	for {
		q.Limit = min(MaxPage, most-len(entries))
		page, err := a.reader.List(ctx, a.who, q)
		if err != nil {
			return nil, false, err
		}
		entries = append(entries, page.Entries...)
		if page.Next == "" {
			return entries, false, nil
		}
		if len(entries) >= most {
			return entries, true, nil
		}
		if err := q.GoOn(page.Next); err != nil {
			return nil, false, err
		}
	}
}

// byID gives the current states of subjects, by their ids; those that are not
// there are left out.
func (a asker) byID(ctx context.Context, kind *daybook.Kind, ids []string) (map[string]*daybook.Entry, error) {
	found := map[string]*daybook.Entry{}
	var known []string
	for _, id := range ids {
		if id, err := parseSubject(kind, id); err == nil {
			known = append(known, id)
		}
	}
	for part := range slices.Chunk(distinct(known), 100) { // as many as a URL holds
		entries, _, err := a.all(ctx, daybook.Query{Kind: kind, IDs: part}, len(part))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			found[e.SubjectID()] = e
		}
	}
	return found, nil
}

// Work is a session with what was done in it.
type work struct {
	session      *daybook.Entry
	operations   []*daybook.Entry // in their order
	artifacts    []*daybook.Entry
	edges        []*daybook.Entry
	actions      []*daybook.Entry
	calls        []*daybook.Entry
	conversation *daybook.Entry            // nil where none is known
	patterns     map[string]*daybook.Entry // the operations that others repeat, by id
	said         []*daybook.Entry          // the edges that it said by repeating these, and did not write
	notes        []string                  // what is not known
	read         map[*daybook.Entry]*sqllineage.Result
	shapes       map[*daybook.Entry]string
}

// work reads a session whole.
func (a asker) work(ctx context.Context, id string) (*work, error) {
	session, err := a.reader.Get(ctx, a.who, sessionKind, id)
	if err != nil {
		return nil, err
	}
	a.business = session.Business()
	w := &work{session: session}
	for _, part := range []struct {
		kind *daybook.Kind
		into *[]*daybook.Entry
	}{{operationKind, &w.operations}, {artifactKind, &w.artifacts}, {edgeKind, &w.edges}, {actionKind, &w.actions}, {mcpKind, &w.calls}} {
		q := daybook.Query{Kind: part.kind, Filters: []daybook.Filter{daybook.Is("session_id", session.SubjectID())}}
		var more bool
		if *part.into, more, err = a.all(ctx, q, maxWork); err != nil {
			return nil, err
		}
		if more {
			w.notes = append(w.notes, "session "+session.SubjectID()+" has more than "+group(maxWork)+" "+part.kind.Name+"; the older ones were not read")
		}
	}
	slices.SortFunc(w.operations, byOrder)
	slices.SortFunc(w.artifacts, func(x, y *daybook.Entry) int { return strings.Compare(x.Time(), y.Time()) })
	if w.patterns, err = a.repeated(ctx, w.operations); err != nil {
		return nil, err
	}
	if w.said, err = a.saidBy(ctx, w.patterns); err != nil {
		return nil, err
	}
	return w, a.talk(ctx, w)
}

// byOrder compares operations by their place in their session.
func byOrder(x, y *daybook.Entry) int {
	return cmp.Or(
		cmp.Compare(x.Get("operation_order").Int(), y.Get("operation_order").Int()),
		cmp.Compare(x.Get("id").Int(), y.Get("id").Int()))
}

// talk reads the conversation that led to a session.
func (a asker) talk(ctx context.Context, w *work) error {
	id := w.session.Text("conversation_id")
	if id == "" {
		return nil
	}
	found, err := a.byID(ctx, conversationKind, []string{id})
	if w.conversation = found[id]; err == nil && w.conversation == nil {
		w.notes = append(w.notes, "conversation "+daybook.Clip(id)+" of session "+w.session.SubjectID()+" is not in the ledger")
	}
	return err
}

// viewDefinition is the transformation_type of the definition of a view that a
// scan found: SQL that nobody ran.
const viewDefinition = "VIEW_DEFINITION"

// isSQL says that an operation's logic is SQL, or may be.
func (w *work) isSQL(operation *daybook.Entry) bool {
	kind := w.get(operation, "transformation_type").Text()
	return strings.EqualFold(kind, "SQL") || kind == viewDefinition || kind == ""
}

// dialectName is the dialect of an operation's SQL as its parameters say, or "".
func (w *work) dialectName(operation *daybook.Entry) string {
	var parameters struct {
		Dialect any `json:"dialect"`
	}
	if json.Unmarshal([]byte(w.get(operation, "parameters").Text()), &parameters) != nil {
		return ""
	}
	name, _ := parameters.Dialect.(string)
	return name
}

// dialect is the dialect that an operation's SQL is read in.
func (w *work) dialect(operation *daybook.Entry) sqllineage.Dialect {
	d, _ := sqllineage.ParseDialect(w.dialectName(operation))
	return d
}
