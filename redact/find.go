package redact

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// find gives what the rules find in a text, in order and apart from each
// other. Nothing that meets a mark is found.
func (rs *ruleSet) find(s string) []span {
	h := hunt{rules: rs, s: s}
	rs.keywords.each(s, func(words []keyed, end int) bool {
		for _, w := range words {
			if w.rule == noRule {
				continue
			}
			h.keyword(rs.rules[w.rule], end-len(w.text), end)
		}
		return true
	})
	for _, r := range rs.anywhere {
		h.anywhere(r)
	}
	for _, r := range h.whole {
		h.anywhere(r)
	}
	if len(h.found) == 0 {
		return nil
	}
	if marks := marksIn(s); len(marks) > 0 {
		h.found = slices.DeleteFunc(h.found, func(f span) bool { return overlaps(marks, f.start, f.end) })
	}
	return apart(h.found)
}

// hunt is what is known while one text is looked at.
type hunt struct {
	rules *ruleSet
	s     string
	found []span
	whole []*rule       // to be looked for in the whole text
	ends  map[*rule]int // of what each found last
	needs map[*rule]bool
}

// needed says whether the text holds what a rule needs besides its keyword. It
// looks once: a text may have the keyword in it again and again.
func (h *hunt) needed(r *rule) bool {
	if r.given.Needs == "" {
		return true
	}
	there, known := h.needs[r]
	if !known {
		if h.needs == nil {
			h.needs = map[*rule]bool{}
		}
		there = containsFold(h.s, r.given.Needs)
		h.needs[r] = there
	}
	return there
}

// keyword tries a rule where its keyword stands.
func (h *hunt) keyword(r *rule, start, end int) {
	if r.given.Find {
		if !slices.Contains(h.whole, r) {
			h.whole = append(h.whole, r)
		}
		return
	}
	if start -= r.given.Back; start < 0 {
		return
	}
	if r.given.Word && start > 0 && wordByte(h.s[start-1]) {
		return
	}
	if r.given.Assigned && !assignedBehind(h.s, end, r.least) {
		return
	}
	if start < h.ends[r] { // in what it found already
		return
	}
	if !h.needed(r) {
		return
	}
	text := h.s[start:]
	if len(text) > r.given.Limit {
		text = text[:runeStart(text, r.given.Limit)]
	}
	if m := r.regex().FindStringSubmatchIndex(text); m != nil {
		h.consider(r, m, start)
	}
}

// anywhere looks for a rule in the whole text.
func (h *hunt) anywhere(r *rule) {
	if !h.needed(r) {
		return
	}
	for _, m := range r.regex().FindAllStringSubmatchIndex(h.s, -1) {
		h.consider(r, m, 0)
	}
}

// consider keeps a match unless something speaks against it. The places in m
// count from offset.
func (h *hunt) consider(r *rule, m []int, offset int) {
	start, end := m[2*r.given.Group], m[2*r.given.Group+1]
	if start < 0 {
		start, end = m[0], m[1]
	}
	c := candidate{s: h.s, match: m[0] + offset, start: start + offset, end: end + offset}
	if r.check != nil && !r.check(&c) || c.start >= c.end {
		return
	}
	secret := c.secret()
	if r.allows(secret, h.s[c.named():m[1]+offset]) || h.rules.allows(secret) {
		return
	}
	if inBlob(h.s, c.start) {
		return
	}
	h.found = append(h.found, span{start: c.start, end: c.end, rule: r})
	if h.ends == nil {
		h.ends = map[*rule]int{}
	}
	h.ends[r] = c.end
}

// allows says whether a secret is none after all, as gitleaks judges.
func (r *rule) allows(secret, match string) bool {
	if r.given.Entropy > 0 && entropy(secret) <= r.given.Entropy {
		return true
	}
	if r.given.PII != "" || r.own {
		return r.allow.match(secret)
	}
	return r.shared.allow.match(secret) || r.allow.match(secret) || r.match.match(match) ||
		r.given.Stopwords && r.shared.stopwords().has(secret)
}

func (rs *ruleSet) allows(secret string) bool {
	for _, re := range rs.allow {
		if re.MatchString(secret) {
			return true
		}
	}
	return false
}

// apart puts spans in order and makes one of those that meet. The rule that is
// most certain names it.
func apart(found []span) []span {
	slices.SortFunc(found, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), cmp.Compare(a.rule.order, b.rule.order))
	})
	kept := found[:min(1, len(found))]
	for _, sp := range found[len(kept):] {
		last := &kept[len(kept)-1]
		if sp.start >= last.end {
			kept = append(kept, sp)
			continue
		}
		last.end = max(last.end, sp.end)
		if sp.rule.order < last.rule.order {
			last.rule = sp.rule
		}
	}
	return kept
}

// entropy is Shannon's, in bits a character.
func entropy(s string) float64 {
	if s == "" {
		return 0
	}
	var counts [utf8.RuneSelf]int
	others := map[rune]int{}
	n := 0
	for _, r := range s {
		if r < utf8.RuneSelf {
			counts[r]++
		} else {
			others[r]++
		}
		n++
	}
	sum := 0.0
	add := func(count int) {
		if count > 0 {
			p := float64(count) / float64(n)
			sum -= p * math.Log2(p)
		}
	}
	for _, c := range counts {
		add(c)
	}
	for _, c := range others {
		add(c)
	}
	return sum
}

// blobLength is how much of base64 without a break stands before what is no
// secret of its own, but part of an image or the like.
const blobLength = 200

func inBlob(s string, start int) bool {
	if start < blobLength {
		return false
	}
	for i := start - blobLength; i < start; i++ {
		if !wordByte(s[i]) && s[i] != '+' && s[i] != '/' {
			return false
		}
	}
	return true
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func runeStart(s string, at int) int {
	for at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return at
}

func containsFold(s, lower string) bool {
	for i := 0; i+len(lower) <= len(s); i++ {
		if s[i]|0x20 == lower[0]|0x20 && strings.EqualFold(s[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

// What may stand between a name and what it is assigned, and how much of it.
const (
	mostBehindName = 40
	mostQuotes     = 6
	leastAssigned  = 5
	leastGeneric   = 10
	mostAssigned   = 256
)

// assignedBehind says whether something long enough to be a secret, with a
// digit or letters of both cases in it, is assigned to the name that ends
// there. That spares most names a regex, and words are no secrets.
func assignedBehind(s string, end, least int) bool {
	i := end
	for i < len(s) && i < end+mostBehindName && (wordByte(s[i]) || strings.IndexByte(" \t.-\r\n\f\"'\\", s[i]) >= 0) {
		i++
	}
	operator := i
	for i < len(s) && i < operator+4 && strings.IndexByte("=>:|,?", s[i]) >= 0 {
		i++
	}
	if i == operator {
		return false
	}
	for quotes := i; i < len(s) && i < quotes+mostQuotes && strings.IndexByte("`'\"=\\ \t\r\n\f", s[i]) >= 0; {
		i++
	}
	digit, lower, upper := false, false, false
	for value := i; i < len(s) && i < value+mostAssigned && (wordByte(s[i]) || strings.IndexByte(".=+/-", s[i]) >= 0); {
		c := s[i]
		digit = digit || c >= '0' && c <= '9'
		lower = lower || c >= 'a' && c <= 'z'
		upper = upper || c >= 'A' && c <= 'Z'
		if i++; (digit || lower && upper) && i-value >= least {
			return true
		}
	}
	return false
}
