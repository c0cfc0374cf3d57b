package storetest

import (
	"context"
	"slices"
	"sync"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/google/uuid"
)

// Model is a store in memory that keeps rows in a slice and looks at all of
// them for every question. It is safe for concurrent use.
type Model struct {
	writing sync.Mutex // held for the length of an append

	mu       sync.RWMutex // over all below
	rows     []daybook.Row
	taken    map[any]bool // the log_ids and the stands of the rows
	tiles    map[place][]byte
	head     daybook.Head
	failNext error
	loseAck  error
	patterns map[daybook.PatternKey]int64
	closed   bool
}

// place is where a tile stands in the tree.
type place struct {
	level int
	index int64
}

// stand is what a revision of a subject is told by.
type stand struct {
	kind     *daybook.Kind
	subject  string
	revision int64
}

func standOf(e *daybook.Entry) stand { return stand{e.Kind, e.SubjectID(), e.Revision()} }

// NewModel gives an empty store with a ledger_id of its own.
func NewModel() *Model {
	return &Model{
		taken: map[any]bool{}, tiles: map[place][]byte{},
		head: daybook.Head{LedgerID: uuid.Must(uuid.NewV7()).String(), Root: merkle.New().Root()},
	}
}

// FailNext lets the next append that has a batch fail with err after
// sequencing, as a full disk does: nothing of the batch is kept.
func (m *Model) FailNext(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failNext = err
}

// LoseAck lets the next append that has a batch return err although all of
// the batch is kept, as a connection does that breaks after the commit.
func (m *Model) LoseAck(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loseAck = err
}

// Damage lets fn change the rows behind the store's back, as an intruder does:
// take bodies or spine rows away, put others in, change values. The rows stand
// in ledger order, and fn returns them so. Entries are shared with nobody.
func (m *Model) Damage(fn func(rows []daybook.Row) []daybook.Row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = fn(m.rows)
	m.taken = map[any]bool{}
	for _, r := range m.rows {
		m.take(r)
	}
}

// Reopen makes a closed model answer again, with all that it holds.
func (m *Model) Reopen() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = false
}

// Append implements [daybook.Store].
func (m *Model) Append(ctx context.Context, sequence func(daybook.View) (*daybook.Batch, error)) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	if err := m.ready(ctx); err != nil {
		return err
	}
	batch, err := sequence(modelView{m})
	if err != nil || batch == nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if batch.Finish != nil {
		batch.Finish()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(batch); err != nil {
		return err
	}
	if err := m.failNext; err != nil {
		m.failNext = nil
		return err
	}
	m.commit(batch)
	err, m.loseAck = m.loseAck, nil
	return err
}

// View implements [daybook.Viewer].
func (m *Model) View() daybook.View { return modelView{m} }

func (m *Model) commit(batch *daybook.Batch) {
	for _, e := range batch.Entries {
		s := daybook.SpineOf(e)
		r := daybook.Row{Spine: &s, Entry: clone(e)}
		m.rows = append(m.rows, r)
		m.take(r)
	}
	for _, t := range batch.Tiles {
		m.tiles[place{t.Level, t.Index}] = slices.Clone(t.Hashes)
	}
	m.head.Size, m.head.Root, m.head.LoggedAt = batch.Head.Size, batch.Head.Root, batch.Head.LoggedAt
}

func (m *Model) take(r daybook.Row) {
	if r.Spine != nil {
		m.taken[r.Spine.LogID] = true
	}
	if r.Entry != nil {
		m.taken[standOf(r.Entry)] = true
	}
}

// check refuses what no sound sequencer gives.
func (m *Model) check(batch *daybook.Batch) error {
	batchTaken := map[any]bool{}
	for i, e := range batch.Entries {
		if want := m.head.Size + int64(i); e.Seq != want {
			return broken("entry %d of the batch has seq %d, not %d", i, e.Seq, want)
		}
		for _, key := range []any{e.LogID(), standOf(e)} {
			if m.taken[key] || batchTaken[key] {
				return broken("entry %d of the batch repeats %v", i, key)
			}
			batchTaken[key] = true
		}
	}
	if want := m.head.Size + int64(len(batch.Entries)); batch.Head.Size != want {
		return broken("the batch makes a ledger of %d entries, but says %d", want, batch.Head.Size)
	}
	for _, t := range batch.Tiles {
		if _, ok := m.tiles[place{t.Level, t.Index}]; ok {
			return broken("the batch repeats tile %d at level %d", t.Index, t.Level)
		}
	}
	return nil
}

// Head implements [daybook.Store].
func (m *Model) Head(ctx context.Context) (daybook.Head, error) {
	if err := m.ready(ctx); err != nil {
		return daybook.Head{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.head, nil
}

// Select implements [daybook.Store].
func (m *Model) Select(ctx context.Context, q daybook.Query) ([]*daybook.Entry, error) {
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return pick(m.rows, q)
}

// Scan implements [daybook.Store].
func (m *Model) Scan(ctx context.Context, from int64, fn func(daybook.Row) error) error {
	if err := m.ready(ctx); err != nil {
		return err
	}
	m.mu.RLock()
	rows := slices.Clone(m.rows)
	m.mu.RUnlock()
	for _, r := range rows {
		if seqOf(r) < from {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.Entry != nil {
			r.Entry = clone(r.Entry)
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

// Spine implements [daybook.Store].
func (m *Model) Spine(ctx context.Context, from, to int64) ([]daybook.Spine, error) {
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []daybook.Spine
	for _, r := range m.rows {
		if r.Spine != nil && r.Spine.Seq >= from && r.Spine.Seq < to {
			found = append(found, *r.Spine)
		}
	}
	return found, nil
}

// FullTile implements [daybook.Store].
func (m *Model) FullTile(ctx context.Context, level int, index int64) ([]byte, error) {
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	hashes, ok := m.tiles[place{level, index}]
	if !ok {
		return nil, &daybook.Error{Code: daybook.CodeNotFound, Message: "no such tile"}
	}
	return slices.Clone(hashes), nil
}

// SaveCheckpoint implements [daybook.Store].
func (m *Model) SaveCheckpoint(ctx context.Context, signed []byte) error {
	if err := m.ready(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.head.Checkpoint = slices.Clone(signed)
	return nil
}

// Close implements [daybook.Store]. What the model holds stays; see [Model.Reopen].
func (m *Model) Close() error {
	m.writing.Lock()
	defer m.writing.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

func (m *Model) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return &daybook.Error{Code: daybook.CodeUnavailable, Message: "the store is closed"}
	}
	return nil
}

// modelView reads the model while the writing lock keeps it as it is.
type modelView struct{ m *Model }

func (v modelView) Head() daybook.Head {
	v.m.mu.RLock()
	defer v.m.mu.RUnlock()
	return v.m.head
}

func (v modelView) Spines(ctx context.Context, logIDs []string) ([]daybook.Spine, error) {
	if err := v.m.ready(ctx); err != nil {
		return nil, err
	}
	v.m.mu.RLock()
	defer v.m.mu.RUnlock()
	wanted := map[string]bool{}
	for _, id := range logIDs {
		wanted[id] = true
	}
	var found []daybook.Spine
	for _, r := range v.m.rows {
		if r.Spine != nil && wanted[r.Spine.LogID] {
			found = append(found, *r.Spine)
		}
	}
	return found, nil
}

func (v modelView) Select(ctx context.Context, q daybook.Query) ([]*daybook.Entry, error) {
	return v.m.Select(ctx, q)
}

func (v modelView) Tally(ctx context.Context, kind *daybook.Kind, sessionID string) (count, greatest int64, err error) {
	if err := v.m.ready(ctx); err != nil {
		return 0, 0, err
	}
	v.m.mu.RLock()
	defer v.m.mu.RUnlock()
	for _, r := range v.m.rows {
		e := r.Entry
		if e == nil || e.Kind != kind || e.Revision() != 1 || e.Text("session_id") != sessionID {
			continue
		}
		count++
		greatest = max(greatest, e.Get("operation_order").Int())
	}
	return count, greatest, nil
}

func clone(e *daybook.Entry) *daybook.Entry {
	c := *e
	c.Values = slices.Clone(e.Values)
	return &c
}

func seqOf(r daybook.Row) int64 {
	if r.Spine != nil {
		return r.Spine.Seq
	}
	return r.Entry.Seq
}
