package sqllineage

import "strings"

// A parser reads the tokens of one text. It never goes back, and works within
// pos and end: what stands in parentheses is read with end at their closing
// one, so that whatever goes wrong in them stays in them.
type parser struct {
	sql      string
	toks     []token
	match    []int32 // for an opening token, the place of its closing one
	pos, end int
	outer    int // where the list of statements ends, which bodies of routines may reach to
	blocks   int // BEGIN … END and the like around
	dialect  Dialect
	budget   *budget
	lambdas  []string // names of the parameters of the lambdas around
	idents   []ident  // the store that names are cut from
	faults   []fault  // of the statement that is being read
	looks    int      // at tokens since the last step
}

// endToken is what there is behind the last token.
var endToken = token{kind: tokenEnd}

func newParser(sql string, toks []token, d Dialect, b *budget) *parser {
	if n := len(toks); n > 0 && toks[n-1].kind == tokenEnd {
		toks = toks[:n-1]
	}
	return &parser{sql: sql, toks: toks, match: matchTokens(toks), end: len(toks), dialect: d, budget: b, outer: len(toks)}
}

// tok is the token at hand.
func (p *parser) tok() *token {
	p.look()
	if p.pos >= p.end {
		return &endToken
	}
	return &p.toks[p.pos]
}

// ahead is the token n places further.
func (p *parser) ahead(n int) *token {
	if i := p.pos + n; i >= 0 && i < p.end {
		return &p.toks[i]
	}
	return &endToken
}

// next steps over a token. It is the one way forward, so it counts the steps.
func (p *parser) next() {
	if p.pos < p.end {
		p.pos++
		p.looks = 0
	}
	p.burn()
}

// burn uses up a step; where there is none left, reading ends.
func (p *parser) burn() {
	if !p.budget.spend(1) {
		p.pos, p.end = len(p.toks), len(p.toks)
	}
}

// done says that nothing is left. As every loop asks it, it costs a step: a
// loop that would never end runs out of them.
func (p *parser) done() bool {
	p.burn()
	return p.pos >= p.end
}

// is says that the token at hand is this keyword or operator.
func (p *parser) is(key string) bool {
	p.look()
	return p.pos < p.end && p.toks[p.pos].key == key
}

// look counts looks at tokens.
func (p *parser) look() {
	if p.looks++; p.looks > mostLooks {
		p.stop("reading it does not get on")
	}
}

// mostLooks is far more than any place of the text needs: a loop that takes no
// step ends here.
const mostLooks = 100_000

// stop ends reading altogether.
func (p *parser) stop(reason string) {
	p.budget.stop(reason)
	p.pos, p.end = len(p.toks), len(p.toks)
}

// isAt is the same for the token n places further.
func (p *parser) isAt(n int, key string) bool { return p.ahead(n).key == key }

// are says that these stand here, one behind the other.
func (p *parser) are(keys ...string) bool {
	for i, k := range keys {
		if p.ahead(i).key != k {
			return false
		}
	}
	return true
}

// isAny says that one of these stands here.
func (p *parser) isAny(keys ...string) bool {
	have := p.tok().key
	if have == "" {
		return false
	}
	for _, k := range keys {
		if have == k {
			return true
		}
	}
	return false
}

// accept steps over this keyword or operator if it stands here.
func (p *parser) accept(key string) bool {
	if !p.is(key) {
		return false
	}
	p.next()
	return true
}

// acceptAll steps over these if they stand here, one behind the other.
func (p *parser) acceptAll(keys ...string) bool {
	if !p.are(keys...) {
		return false
	}
	for range keys {
		p.next()
	}
	return true
}

// acceptAny steps over one of these if it stands here.
func (p *parser) acceptAny(keys ...string) bool {
	if !p.isAny(keys...) {
		return false
	}
	p.next()
	return true
}

// skipAny steps over all of these that follow.
func (p *parser) skipAny(keys ...string) {
	for p.acceptAny(keys...) {
		continue
	}
}

// expect steps over what must stand here, or says that it does not.
func (p *parser) expect(key string) bool {
	if p.accept(key) {
		return true
	}
	p.fault("expected " + key)
	return false
}

// fault notes that something is not understood here. One at a place is enough.
func (p *parser) fault(message string) {
	offset := len(p.sql)
	if p.pos < len(p.toks) {
		offset = p.toks[p.pos].start
	} else if n := len(p.toks); n > 0 {
		offset = p.toks[n-1].end
	}
	if n := len(p.faults); p.budget.spent || n > 0 && p.faults[n-1].offset == offset || n >= 100 {
		return
	}
	switch t := p.tok(); t.kind {
	case tokenEnd:
	case tokenString: // whose text may be anybody's
		message += ", found a string"
	case tokenNumber:
		message += ", found a number"
	default:
		message += ", found " + clip(p.sql[t.start:t.end])
	}
	p.faults = append(p.faults, fault{offset: offset, message: message})
}

// clip shortens what a message quotes.
func clip(s string) string {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}

// closing is the place of the token that closes the one at hand, within end.
func (p *parser) closing() int { return p.closingOf(p.pos) }

// closingOf is closing for another token. One that opens nothing closes itself,
// so that nobody is sent back.
func (p *parser) closingOf(i int) int {
	if i >= p.end {
		return p.end
	}
	return min(max(int(p.match[i]), i), p.end)
}

// skipGroup steps over what the token at hand opens, in one go.
func (p *parser) skipGroup() {
	at := p.closing()
	p.pos = min(at+1, p.end)
	p.burn()
}

// skip steps over the token at hand, with all that it opens.
func (p *parser) skip() {
	if p.isAny("(", "[", "{") {
		p.skipGroup()
		return
	}
	p.next()
}

// within reads what the opening token at hand encloses. What is left there is
// a fault of the enclosed, and reading goes on behind the closing token.
func (p *parser) within(read func()) {
	at, outer := p.closing(), p.end
	if !p.enter() {
		p.pos = min(at+1, p.end)
		return
	}
	if at >= p.end {
		p.fault("this is never closed")
	}
	p.next()
	p.end = min(at, p.end)
	read()
	p.budget.leave()
	if p.budget.spent {
		return
	}
	if p.pos < p.end {
		p.fault("cannot read this")
	}
	p.end = outer
	p.pos = min(at+1, outer)
}

// enter goes one level deeper. Where it says that this is too deep, there is
// nothing to leave.
func (p *parser) enter() bool {
	if p.budget.enter() {
		return true
	}
	p.budget.leave()
	p.fault("nested too deeply")
	return false
}

// spanFrom is the span from a token to the last one read.
func (p *parser) spanFrom(first int) Span {
	if first >= len(p.toks) || p.pos <= first {
		return Span{}
	}
	return Span{Start: p.toks[first].start, End: p.toks[min(p.pos, len(p.toks))-1].end}
}

// adjacent says that no space parts a token from the one before it.
func (p *parser) adjacent(n int) bool {
	i := p.pos + n
	return i > 0 && i < p.end && p.toks[i-1].end == p.toks[i].start
}
