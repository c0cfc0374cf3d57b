package verify

import (
	"slices"
	"sort"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// The kinds whose entries account for bodies that are gone.
var (
	kindRun     = daybook.MustKind("retention_run")
	kindErasure = daybook.MustKind("erasure")
)

// tells says that an entry tells of other entries, or of the ledger itself.
func tells(e *daybook.Entry) bool {
	return e.Kind == kindRun || e.Kind == kindErasure || daybook.OriginChangeOf(e) != nil
}

// coverings are what accounts for bodies that are gone. They come later in the
// ledger than what they cover.
type coverings struct {
	runs   map[string][]run // by kind, "" for every kind, in ledger order
	erased map[erased]int64 // the seq of the last erasure that names it
}

// run is one entry of a retention run.
type run struct {
	seq int64
	// until is the greatest retain_until it covers: its cutoff, or the time it
	// was logged at if that is earlier. No run may let bodies go ahead of time.
	until string
}

type erased struct{ kind, logID string }

// hear takes in an entry that tells of others.
func (p *pass) hear(e *daybook.Entry) {
	if c := daybook.OriginChangeOf(e); c != nil {
		p.continues(e, c)
		return
	}
	p.cover(e)
}

// cover takes in an entry that may account for bodies that are gone.
func (p *pass) cover(e *daybook.Entry) {
	c := &p.signed
	if e.Seq >= p.head.vouched && len(p.inForce) > 0 {
		c = &p.unsigned
	}
	if e.Kind == kindRun {
		c.addRun(e)
	} else {
		c.addErasure(e)
	}
}

func (c *coverings) addRun(e *daybook.Entry) {
	if status := e.Text("status"); status != "RUNNING" && status != "COMPLETED" {
		return
	}
	kinds, err := daybook.Texts(e.Get("target_kinds"))
	if err != nil {
		return
	}
	if len(kinds) == 0 {
		kinds = []string{""}
	}
	if c.runs == nil {
		c.runs = map[string][]run{}
	}
	for _, kind := range kinds {
		c.runs[kind] = append(c.runs[kind], run{e.Seq, min(e.Text("cutoff"), e.LoggedAt())})
	}
}

func (c *coverings) addErasure(e *daybook.Entry) {
	ids, err := daybook.Texts(e.Get("log_ids"))
	if err != nil {
		return
	}
	if c.erased == nil {
		c.erased = map[erased]int64{}
	}
	for _, id := range ids {
		of := erased{e.Text("target_kind"), id}
		c.erased[of] = max(c.erased[of], e.Seq)
	}
}

// close makes each run's until the greatest of its own and those behind it, so
// that one look-up answers for all.
func (c *coverings) close() {
	for _, runs := range c.runs {
		slices.SortStableFunc(runs, func(a, b run) int { return int(min(max(a.seq-b.seq, -1), 1)) })
		for i := len(runs) - 2; i >= 0; i-- {
			runs[i].until = max(runs[i].until, runs[i+1].until)
		}
	}
}

// class gives what a body that is gone comes to, MISSING where nothing here
// accounts for it.
func (c *coverings) class(j *judged, now string) Class {
	if j.kind.Retention.Forever {
		return Missing
	}
	if seq, ok := c.erased[erased{j.kind.Name, j.logID}]; ok && seq > j.seq {
		return Erased
	}
	if j.retainUntil > now {
		return Missing
	}
	// Whether a revision ended an edge or artifact cannot be told once the
	// bodies are gone: the spine does not say what an entry is about. So a run
	// must at least name such a kind.
	if c.ran(j.kind.Name, j) || !j.kind.Retention.WhileCurrent && c.ran("", j) {
		return Expired
	}
	return Missing
}

func (c *coverings) ran(kind string, j *judged) bool {
	runs := c.runs[kind]
	i := sort.Search(len(runs), func(i int) bool { return runs[i].seq > j.seq })
	return i < len(runs) && runs[i].until >= j.retainUntil
}

// account classes the bodies that are gone.
func (p *pass) account() {
	p.signed.close()
	p.unsigned.close()
	now := canon.FormatTime(p.o.Now())
	for i := range p.gone {
		j := &p.gone[i]
		if j.class = p.signed.class(j, now); j.class != Missing {
			p.report.count(j.class, 1)
			continue
		}
		j.detail = whyMissing(j, now)
		// Whoever has the file could write such an entry, but not sign it.
		if p.unsigned.class(j, now) != Missing {
			j.detail = "the body is gone, and what accounts for it no checkpoint covers yet"
		}
		p.report.entry(j)
	}
}

func whyMissing(j *judged, now string) string {
	switch {
	case j.kind.Retention.Forever:
		return "the body is gone, and bodies of " + j.kind.Name + " stay for ever"
	case j.retainUntil > now:
		return "the body is gone before its time, " + j.retainUntil + ", and no erasure accounts for it"
	case j.kind.Retention.WhileCurrent:
		return "the body is gone, and no later retention_run that names its kind, or erasure, accounts for it"
	}
	return "the body is gone, and no later retention_run or erasure accounts for it"
}
