package intake

import (
	"container/list"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// pasts remembers what sessions have left, of those that were asked for last.
type pasts struct {
	mu    sync.Mutex
	order *list.List // of *keptPast, the last one used first
	at    map[pastKey]*list.Element
	bytes int
}

type keptPast struct {
	key  pastKey
	past *past
	upTo int64 // the seq up to which the session's operations are counted in; where servers share the ledger
}

// What is remembered of all sessions together. What is beyond is looked up.
const (
	mostPasts     = 10_000
	mostPastBytes = 32 << 20
)

func newPasts() *pasts { return &pasts{order: list.New(), at: map[pastKey]*list.Element{}} }

// of gives the past of a session; nil where it is not known.
func (k *pasts) of(key pastKey) *past {
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.at[key]
	if !ok {
		return nil
	}
	k.order.MoveToFront(found)
	return found.Value.(*keptPast).past
}

// counted gives the past of a session as it is after its operations up to a seq.
func (k *pasts) counted(key pastKey) (p *past, upTo int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.at[key]
	if !ok {
		return &past{}, -1
	}
	k.order.MoveToFront(found)
	kept := found.Value.(*keptPast)
	return kept.past, kept.upTo
}

// count says what a session's past is after its operations up to a seq.
func (k *pasts) count(key pastKey, p *past, upTo int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.at[key]
	if !ok {
		k.at[key] = k.order.PushFront(&keptPast{key, p, upTo})
		k.weigh(p.bytes)
		return
	}
	if kept := found.Value.(*keptPast); kept.upTo < upTo {
		before := kept.past.bytes
		kept.past, kept.upTo = p, upTo
		k.weigh(p.bytes - before)
	}
}

// begin makes a session known, unless it is.
func (k *pasts) begin(key pastKey, p *past) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.at[key]; !ok {
		k.at[key] = k.order.PushFront(&keptPast{key: key, past: p})
		k.weigh(p.bytes)
	}
}

// add adds to the past of a session that is known.
func (k *pasts) add(s *pastStep) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if found, ok := k.at[s.key]; ok {
		kept := found.Value.(*keptPast)
		before := kept.past.bytes
		kept.past = kept.past.after(s)
		k.order.MoveToFront(found)
		k.weigh(kept.past.bytes - before)
	}
}

// weigh takes so many bytes more into account, and lets go of what is too much.
func (k *pasts) weigh(bytes int) {
	k.bytes += bytes
	for k.order.Len() > mostPasts || k.bytes > mostPastBytes {
		last := k.order.Remove(k.order.Back()).(*keptPast)
		delete(k.at, last.key)
		k.bytes -= last.past.bytes
	}
}

// pastOf gives the past of a session as the records before have left it; nil
// where it is not known.
func (d *derivation) pastOf(key pastKey) *past {
	if p, ok := d.pasts[key]; ok {
		return p
	}
	if d.shared { // others may have written to the session: findPast asks what
		return nil
	}
	p := d.past.of(key)
	if p == nil && d.o.Entries == nil {
		p = &past{}
		d.past.begin(key, p)
	}
	if p != nil {
		d.pasts[key] = p
	}
	return p
}

// opens takes note of a session that begins, of which nothing is to be looked
// up.
func (d *derivation) opens(r *daybook.Record) {
	key := pastKey{r.Business(), r.SubjectID()}
	d.pasts[key] = &past{}
	d.opened = append(d.opened, openedSession{key, d.at})
}

// An openedSession is a session that a record of the call begins.
type openedSession struct {
	key pastKey
	at  int
}

// keepPasts remembers what the records of the call have left, now that they are
// written.
func (d *derivation) keepPasts(receipts []daybook.Receipt) {
	written := func(at int) bool { return at < len(receipts) && !receipts[at].Duplicate }
	if d.shared { // what was written is read like what others write
		for _, s := range d.opened {
			if written(s.at) {
				d.past.count(s.key, &past{}, receipts[s.at].Seq)
			}
		}
		return
	}
	for _, s := range d.opened {
		if written(s.at) {
			d.past.begin(s.key, &past{})
		}
	}
	for _, s := range d.steps {
		if written(s.at) {
			d.past.add(s)
		}
	}
}

// What finding the past of a session may cost.
const (
	pastPage  = 100
	pastPages = 5
	pastRead  = 4 << 20 // bytes of SQL
	pastTime  = time.Second
)

// findPast reads the past of the operation's session out of the ledger.
func (x *reading) findPast() *past {
	p, from, before := &past{}, time.Now(), x.operationsBefore
	var upTo int64
	if x.shared {
		p, upTo = x.past.counted(x.key)
		before = func() []*daybook.Record { return x.operationsSince(&upTo) }
	}
	for _, r := range slices.Backward(before()) {
		sql := r.Values[operation.logic].Text()
		if !isSQL(r) || !passingHint.MatchString(sql) && !p.mentions(sql) {
			continue
		}
		if time.Since(from) > x.o.pastTime {
			p.lost = true
			break
		}
		p = x.again(r, p)
	}
	if x.shared {
		x.past.count(x.key, p, upTo)
	} else {
		x.past.begin(x.key, p)
	}
	x.pasts[x.key] = p
	return p
}

// passingHint is what SQL has that makes temporary tables.
var passingHint = regexp.MustCompile(`(?i)temp|volatile|cache|#`)

// operationsBefore are the operations of the session that are in the ledger,
// the last first.
func (x *reading) operationsBefore() []*daybook.Record {
	return x.operations(daybook.Query{})
}

// operationsSince are those behind a seq, which it moves on to the last of them.
func (x *reading) operationsSince(seq *int64) []*daybook.Record {
	found := x.operations(daybook.Query{Oldest: true, After: seq})
	slices.Reverse(found)
	return found
}

// operations reads operations of the session, page by page, in the order asked.
func (x *reading) operations(q daybook.Query) []*daybook.Record {
	q.Kind, q.Business, q.Limit = operation.kind, x.key.business, pastPage
	q.Filters = []daybook.Filter{daybook.Is("session_id", x.key.session)}
	var found []*daybook.Record
	bytes := 0
	for range pastPages {
		if x.lookUps--; x.lookUps < 0 {
			break
		}
		entries, err := x.o.Entries.Select(x.ctx, q)
		if err != nil {
			x.o.Logger.Warn("the operations of a session could not be looked up", "error", err)
			break
		}
		for _, e := range x.inFull(entries) {
			bytes += len(e.Text("transformation_logic"))
			found = append(found, &daybook.Record{Kind: e.Kind, Values: e.Values})
		}
		if q.Oldest && len(entries) > 0 {
			*q.After = entries[len(entries)-1].Seq
		}
		if len(entries) < pastPage || bytes > pastRead {
			break
		}
		if !q.Oldest {
			q.After = &entries[len(entries)-1].Seq
		}
	}
	return found
}

// again reads an operation of the ledger for what it left.
func (x *reading) again(r *daybook.Record, p *past) *past {
	y := x.reading(r)
	y.before = p
	o := sqllineage.Options{Dialect: y.as, Catalog: y, Limits: x.o.Limits, Before: y.follow(p)}
	if y.result = y.parse(o); y.result == nil {
		return p
	}
	y.names.read(y.result)
	if step := y.leaves(); step != nil {
		return p.after(step)
	}
	return p
}
