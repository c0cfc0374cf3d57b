package proxy

import "time"

// An orphan is a call whose stream broke. The client may take the stream up
// again, and get its answer then.
type orphan struct {
	id  string
	why string // "" where nothing broke yet
}

// because says why it was not answered, where something else ends it.
func (o orphan) because(otherwise string) string {
	if o.why == "" {
		return otherwise
	}
	return o.why
}

// maxOrphaned is how long it has for that.
const maxOrphaned = 30 * time.Second

func (l *link) last() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.touched
}

func (l *link) named() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.name
}

// stream counts the requests that are under way.
func (l *link) stream(more int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.streams += more
	l.touched = time.Now()
}

// abandon ends calls that nobody is going to answer.
func (l *link) abandon(intents []intent, o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range intents {
		if l.calls.get(i.id) == i.call {
			l.calls.take(i.id)
			o := o
			o.failed = o.failed && i.call.method != "subscriptions/listen"
			l.end(i.call, o)
		}
	}
}

// orphan gives calls time to be answered otherwise. Those that were sent by a
// client which hears answers by another stream have all the time there is.
func (l *link) orphan(intents []intent, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waits := false
	for _, i := range intents {
		if l.calls.get(i.id) == i.call {
			l.orphans[i.call] = orphan{i.id, why}
			waits = true
		}
	}
	if waits {
		time.AfterFunc(l.proxy.orphaned, l.giveUp)
	}
}

// giveUp ends the orphans, unless a stream is open by which they may still be
// answered.
func (l *link) giveUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.orphans) == 0 {
		return
	}
	if l.streams > 0 {
		time.AfterFunc(l.proxy.orphaned, l.giveUp)
		return
	}
	l.endOrphans("")
}

// down ends the orphans: the server is not there to answer them.
func (l *link) down(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endOrphans(", and " + why)
}

func (l *link) endOrphans(also string) {
	for c, o := range l.orphans {
		delete(l.orphans, c)
		if l.calls.get(o.id) == c {
			l.calls.take(o.id)
			l.end(c, outcome{failed: true, problem: o.because("nobody answered it") + also})
		}
	}
}
