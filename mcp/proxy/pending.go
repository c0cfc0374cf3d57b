package proxy

import "container/list"

// maxPending is how many calls of one side wait for their answers. A peer that
// answers nothing must not fill the memory.
const maxPending = 10_000

// pending are the calls that one side has made and that are not answered yet,
// by the ids of their requests.
type pending struct {
	byID  map[string]*list.Element
	order list.List // of awaited, the oldest first
}

type awaited struct {
	id   string
	call *call
}

func newPending() *pending { return &pending{byID: map[string]*list.Element{}} }

// get gives the call of an id; nil for none.
func (p *pending) get(id string) *call {
	if e := p.byID[id]; e != nil {
		return e.Value.(awaited).call //nolint:forcetypeassert // nothing else is in there
	}
	return nil
}

// take gives the call of an id, which waits no more; nil for none.
func (p *pending) take(id string) *call {
	c := p.get(id)
	if c != nil {
		p.order.Remove(p.byID[id])
		delete(p.byID, id)
	}
	return c
}

// put lets a call wait. There must be none of its id. It gives the call that
// has to make room, if any.
func (p *pending) put(id string, c *call) (ended *call) {
	if p.order.Len() >= maxPending {
		ended = p.take(p.order.Front().Value.(awaited).id) //nolint:forcetypeassert // nothing else is in there
	}
	p.byID[id] = p.order.PushBack(awaited{id, c})
	return ended
}

// all takes every call, the oldest first.
func (p *pending) all() []*call {
	calls := make([]*call, 0, p.order.Len())
	for e := p.order.Front(); e != nil; e = e.Next() {
		calls = append(calls, e.Value.(awaited).call) //nolint:forcetypeassert // nothing else is in there
	}
	p.order.Init()
	clear(p.byID)
	return calls
}
