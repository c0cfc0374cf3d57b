package intake

import (
	"maps"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// A past is what the operations of a session have left for those that follow:
// the texts that made, filled or dropped temporary tables. It does not change;
// what comes after makes another.
type past struct {
	texts []pastText
	bytes int
	held  []sqllineage.Table // the temporary tables that there are
	lost  bool               // there were more texts than are kept
}

// pastTexts and pastBytes are how much is kept of one session.
const (
	pastTexts = 100
	pastBytes = 128 << 10
)

// A pastText is the SQL of an operation, and what it called the tables that it
// read.
type pastText struct {
	sqllineage.Earlier
	named  map[sqllineage.Table]*named
	writes []sqllineage.Table // of the temporary ones
}

// pastKey names a session of a business.
type pastKey struct{ business, session string }

func pastKeyOf(r *daybook.Record) pastKey {
	return pastKey{r.Business(), r.Values[operation.session].Text()}
}

// A pastStep is what one operation adds to its session's past.
type pastStep struct {
	key        pastKey
	at         int // which record of the call
	text       pastText
	made, gone []sqllineage.Table
	renewed    []sqllineage.Table // of what it writes: what they were does not count
}

// after gives what a past is after one more operation. Where no temporary table
// is left, it begins anew.
func (p *past) after(s *pastStep) *past {
	next := &past{lost: p.lost}
	for _, t := range p.held {
		if !slices.Contains(s.gone, t) {
			next.held = append(next.held, t)
		}
	}
	for _, t := range s.made {
		if !slices.Contains(next.held, t) {
			next.held = append(next.held, t)
		}
	}
	if len(next.held) == 0 {
		return &past{}
	}
	next.texts = append(slices.Clip(slices.DeleteFunc(slices.Clone(p.texts), func(t pastText) bool { return p.isOver(&t, s) })), s.text)
	for i := range next.texts {
		next.bytes += next.texts[i].size()
	}
	for len(next.texts) > pastTexts || next.bytes > pastBytes {
		next.bytes -= next.texts[0].size()
		next.texts, next.lost = next.texts[1:], true
	}
	return next
}

// isOver says that a text counts no more: it wrote nothing but a table that is
// made anew now, and that no other table was made from. So a loop that makes
// its table anew each time does not fill the past.
func (p *past) isOver(text *pastText, s *pastStep) bool {
	if len(text.writes) != 1 || !slices.Contains(s.renewed, text.writes[0]) {
		return false
	}
	return !slices.ContainsFunc(p.texts, func(other pastText) bool { return other.named[text.writes[0]] != nil })
}

// size is about how many bytes a text takes.
func (t *pastText) size() int {
	const name = 128
	return len(t.SQL) + name*len(t.named)
}

// mentions says that a text may name a temporary table that there is.
func (p *past) mentions(sql string) bool {
	if len(p.held) == 0 {
		return false
	}
	folded := strings.ToLower(sql)
	return slices.ContainsFunc(p.held, func(t sqllineage.Table) bool { return strings.Contains(folded, strings.ToLower(t.Name)) })
}

// after reads the SQL as what follows on what the session did before. That is
// looked up where nobody knows it, and the SQL may mean one of its tables.
func (x *reading) after(o sqllineage.Options) *sqllineage.Result {
	p := x.pastOf(x.key)
	if p != nil {
		o.Before = x.follow(p)
	}
	result := x.parse(o)
	if p != nil || result == nil || !x.mayFollow(result) {
		return result
	}
	if o.Before = x.follow(x.findPast()); len(o.Before) > 0 {
		result = x.parse(o)
	}
	return result
}

// follow gives the texts of a past that the SQL must be read with; none where
// it does not name their tables.
func (x *reading) follow(p *past) []sqllineage.Earlier {
	x.before = p
	if !p.mentions(x.sql) {
		return nil
	}
	if p.lost {
		x.troubles.add("the session has more SQL of temporary tables than is kept; the first of it does not count")
	}
	before, named := make([]sqllineage.Earlier, len(p.texts)), map[sqllineage.Table]*named{}
	for i := range p.texts {
		before[i] = p.texts[i].Earlier
		maps.Copy(named, p.texts[i].named)
	}
	x.names.earlier = named
	clear(x.names.resolved)
	return before
}

// mayFollow says that the SQL makes temporary tables, or has a name that could
// be one: a bare one that nobody gave more parts.
func (x *reading) mayFollow(result *sqllineage.Result) bool {
	if len(result.After) > 0 {
		return true
	}
	bare := func(as role) func(sqllineage.Table) bool {
		return func(t sqllineage.Table) bool {
			if t.Path || t.Schema != "" {
				return false
			}
			n := x.names.resolve(t, as)
			known := x.tables[keyOf(x.r.Business(), n.text)]
			return n.node.Schema == "" && (known == nil || len(known.columns) == 0)
		}
	}
	for i := range result.Statements {
		s := &result.Statements[i]
		if slices.ContainsFunc(s.Sources, bare(reads)) || slices.ContainsFunc(s.Targets, bare(writes)) {
			return true
		}
	}
	return false
}

// remember takes note of what the operation leaves to those that follow.
func (x *reading) remember() {
	if step := x.leaves(); step != nil {
		x.steps = append(x.steps, step)
		x.pasts[x.key] = x.before.after(step)
	}
}

// leaves is what the operation adds to the past of its session; nil for
// nothing.
func (x *reading) leaves() *pastStep {
	if x.before == nil || len(x.before.held)+len(x.result.After) == 0 {
		return nil
	}
	step := &pastStep{key: x.key, at: x.at}
	for _, h := range x.result.After {
		step.made = append(step.made, h.Table)
	}
	step.gone = x.gone(step.made)
	writes := slices.Clone(step.gone)
	for _, t := range step.made {
		if touched, anew := x.does(t); touched {
			writes = append(writes, t)
			if anew {
				step.renewed = append(step.renewed, t)
			}
		}
	}
	if len(writes) == 0 {
		return nil
	}
	step.text = pastText{sqllineage.Earlier{SQL: x.sql, Dialect: x.as}, map[sqllineage.Table]*named{}, writes}
	for i := range x.result.Statements {
		for _, t := range x.result.Statements[i].Sources {
			step.text.named[t] = x.names.resolve(t, reads)
		}
	}
	return step
}

// gone are the temporary tables of before that are there no more.
func (x *reading) gone(left []sqllineage.Table) (gone []sqllineage.Table) {
	for _, h := range x.result.Before {
		if !slices.Contains(left, h.Table) {
			gone = append(gone, h.Table)
		}
	}
	for i := range x.result.Statements { // one whose making is not kept
		if s := &x.result.Statements[i]; s.Change == sqllineage.Drop {
			for _, t := range s.Targets {
				if slices.Contains(x.before.held, t) && !slices.Contains(left, t) {
					gone = append(gone, t)
				}
			}
		}
	}
	return gone
}

// does says whether the SQL writes a table, and whether it makes it anew before
// it reads or writes it otherwise.
func (x *reading) does(t sqllineage.Table) (writes, anew bool) {
	read := false
	for i := range x.result.Statements {
		s := &x.result.Statements[i]
		read = read || slices.Contains(s.Sources, t)
		if slices.Contains(s.Targets, t) {
			return true, !read && remakes(s.Change) && len(s.Targets) == 1
		}
	}
	return false, false
}
