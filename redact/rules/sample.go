package main

import (
	"log"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// beginsWithKeyword holds a rule against texts that its regex matches: each must
// have a keyword where the rule is tried, or nobody would ever find it.
func beginsWithKeyword(m made) {
	if m.Find {
		return
	}
	re, err := syntax.Parse(m.Regex, syntax.Perl)
	must(err)
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var b strings.Builder
		sample(&b, re, random)
		s := strings.ToLower(b.String())
		if len(s) < m.Back || !slices.ContainsFunc(m.Keywords, func(k string) bool { return strings.HasPrefix(s[m.Back:], k) }) {
			log.Fatalf("%s matches %.60q, which begins with none of %q", m.ID, b.String(), m.Keywords)
		}
	}
}

// run is what nearly all tokens look like. Python, which has no automaton to find
// all keywords at once, looks for those of most rules in such runs alone.
var (
	run    = regexp.MustCompile(`[A-Za-z0-9_.~+/=-]{13,}`)
	hexRun = regexp.MustCompile(`^[0-9a-f-]*$`)
)

// telling says of a run that it is not one word: it has a digit, letters of both
// cases, or is very long. And it is not of hexadecimal digits alone.
func telling(run string) bool {
	mixed := strings.ToLower(run) != run && strings.ToUpper(run) != run
	return (strings.ContainsAny(run, "0123456789") || mixed || len(run) >= 30) && !hexRun.MatchString(run)
}

// inRun says whether all that a rule finds stands in such a run.
func inRun(m made) bool {
	if m.Find || m.Assigned {
		return false
	}
	re, err := syntax.Parse(m.Regex, syntax.Perl)
	must(err)
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var b strings.Builder
		sample(&b, re, random)
		found := run.FindString(b.String())
		if !strings.HasPrefix(b.String(), found) || len(found) < m.Back || !telling(found) ||
			!slices.ContainsFunc(m.Keywords, func(k string) bool { return strings.HasPrefix(strings.ToLower(found[m.Back:]), k) }) {
			return false
		}
	}
	return true
}

// sample writes a text that a regex matches, but for what it wants around it.
func sample(b *strings.Builder, re *syntax.Regexp, random *rand.Rand) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			b.WriteRune(r)
		}
	case syntax.OpCharClass:
		b.WriteRune(member(re.Rune, random))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			sample(b, sub, random)
		}
	case syntax.OpAlternate:
		sample(b, re.Sub[random.IntN(len(re.Sub))], random)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := re.Min, re.Max
		switch re.Op {
		case syntax.OpStar:
			least, most = 0, 3
		case syntax.OpPlus:
			least, most = 1, 3
		case syntax.OpQuest:
			least, most = 0, 1
		}
		if most < 0 || most > least+10 {
			most = least + 10
		}
		for range least + random.IntN(most-least+1) {
			sample(b, re.Sub[0], random)
		}
	}
}

// member picks a character of a class that can be printed, if there is one.
func member(pairs []rune, random *rand.Rand) rune {
	var all []rune
	for i := 0; i < len(pairs); i += 2 {
		for r := pairs[i]; r <= pairs[i+1] && ascii(r); r++ {
			if r > ' ' {
				all = append(all, r)
			}
		}
	}
	if len(all) == 0 {
		return ' '
	}
	return all[random.IntN(len(all))]
}
