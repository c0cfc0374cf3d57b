package lineage

import (
	"context"
	"fmt"

	"github.com/daybook-audit/daybook"
)

// The kinds that questions go to by name.
var (
	sessionKind    = daybook.MustKind("transformation_session")
	operationKind  = daybook.MustKind("transformation_operation")
	artifactKind   = daybook.MustKind("output_artifact")
	edgeKind       = daybook.MustKind("lineage_edge")
	ingestKind     = daybook.MustKind("ingest_run")
	validationKind = daybook.MustKind("validation_status")
)

// Reader answers questions from a store. It implements [daybook.Reader] and is
// safe for concurrent use as far as the store is.
type Reader struct {
	store daybook.Store
	sql   daybook.Querier
	tree  Tree // or nil
}

var _ daybook.Reader = (*Reader)(nil)

// NewReader reads from a store; sql may be nil where the store runs no SQL.
func NewReader(store daybook.Store, sql daybook.Querier) *Reader {
	return &Reader{store: store, sql: sql}
}

// Get gives the current state of a subject, or CodeNotFound.
func (r *Reader) Get(ctx context.Context, p daybook.Principal, kind *daybook.Kind, id string) (*daybook.Entry, error) {
	subject, err := parseSubject(kind, id)
	if err != nil {
		return nil, notFound(kind, id)
	}
	entries, err := r.store.Select(ctx, daybook.Query{Kind: kind, IDs: []string{subject}, Limit: 1, Business: p.Business})
	if err != nil {
		return nil, wrap(err)
	}
	if len(entries) == 0 {
		return nil, notFound(kind, id)
	}
	return entries[0], nil
}

func notFound(kind *daybook.Kind, id string) error {
	return &daybook.Error{
		Code:    daybook.CodeNotFound,
		Message: fmt.Sprintf("there is no %s %q", kind.Name, daybook.Clip(id)),
		Hint: fmt.Sprintf("look up its %s in a list of %s; it may belong to another business, or be past its retention",
			kind.Subject().Name, kind.Name),
	}
}

// The lengths of a page of a list.
const (
	DefaultPage = 100
	MaxPage     = 1000
)

// List gives current states, or revisions, a page at a time: DefaultPage
// entries where the query sets no limit, MaxPage at the most. A query without a
// snapshot gets the ledger as it stands; the next pages keep it, so that each
// shows what the list was when it was asked for first. An amendment gives a
// subject a new seq, and would otherwise carry it from one page to another.
func (r *Reader) List(ctx context.Context, p daybook.Principal, q daybook.Query) (*daybook.Page, error) {
	if err := confine(p, &q); err != nil {
		return nil, err
	}
	if q.Limit == 0 {
		q.Limit = DefaultPage
	}
	if q.Limit < 0 || q.Limit > MaxPage {
		return nil, limitError(q.Limit, MaxPage)
	}
	if err := fix(ctx, r.store, &q); err != nil {
		return nil, wrap(err)
	}
	limit := q.Limit
	q.Limit++ // one more says whether there is a next page
	entries, err := r.store.Select(ctx, q)
	if err != nil {
		return nil, wrap(err)
	}
	page := &daybook.Page{Entries: entries}
	if len(entries) > limit {
		page.Entries = entries[:limit]
		q.After = &entries[limit-1].Seq
		page.Next = q.Cursor()
	}
	return page, nil
}

// fix gives a query the ledger as it stands for its snapshot, unless it has
// one. A ledger without entries is taken for one of a single entry, because no
// snapshot is of none; as one entry makes one page, nothing depends on it.
func fix(ctx context.Context, store daybook.Store, q *daybook.Query) error {
	if q.Snapshot < 0 {
		return daybook.Invalidf("/snapshot", "there is no ledger of %d entries", q.Snapshot)
	}
	if q.Snapshot > 0 {
		return nil
	}
	head, err := store.Head(ctx)
	q.Snapshot = max(head.Size, 1)
	return err
}

func limitError(limit, most int) error {
	e := daybook.Invalidf("/limit", "a limit of %d is out of range", limit)
	e.Hint = fmt.Sprintf("ask for 1 to %d", most)
	return e
}

// SQL passes one SELECT to the store, and gives columns of one name different
// ones, as [daybook.Table] has it. It is refused to a principal bound to
// one business, because nothing confines what SQL reads.
func (r *Reader) SQL(ctx context.Context, p daybook.Principal, q daybook.SQLQuery) (*daybook.Table, error) {
	if p.Business != "" {
		return nil, &daybook.Error{
			Code: daybook.CodeForbidden, Message: "SQL reads every business, and you are bound to " + p.Business,
			Hint: "ask by the lists, history, activity and lineage, or with a token for all businesses",
		}
	}
	if r.sql == nil {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "this store runs no SQL",
			Hint: "ask by the lists, history, activity and lineage, or export the entries",
		}
	}
	table, err := r.sql.SQL(ctx, q)
	if err != nil {
		return nil, err
	}
	table.Columns = table.Names()
	return table, nil
}

// confine keeps a query within the business a principal is bound to.
func confine(p daybook.Principal, q *daybook.Query) error {
	if p.Business == "" {
		return nil
	}
	if q.Business != "" && q.Business != p.Business {
		return &daybook.Error{
			Code: daybook.CodeForbidden, Message: "you are bound to the business " + p.Business,
			Hint: "leave the business out, or use a token for all businesses",
		}
	}
	q.Business = p.Business
	return nil
}

// wrap names the room in a store's error and leaves our own errors as they are.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("lineage: %w", err)
}
