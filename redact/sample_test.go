package redact_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"regexp/syntax"
	"strings"
	"testing"
)

// aRule is as much of a rule as tests want to know.
type aRule struct {
	ID    string `json:"id"`
	Regex string `json:"regex"`
	Needs string `json:"needs"`
	PII   string `json:"pii"`
}

func theRules(t testing.TB) []aRule {
	t.Helper()
	raw, err := os.ReadFile("rules.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Rules []aRule }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Rules
}

// sample makes a text that a rule's regex matches: secrets are made when they
// are needed, so that none stands in the sources.
func (r aRule) sample(t testing.TB, random *rand.Rand) string {
	t.Helper()
	re, err := syntax.Parse(r.Regex, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	writeSample(&b, re, random)
	return strings.TrimSpace(b.String())
}

func writeSample(b *strings.Builder, re *syntax.Regexp, random *rand.Rand) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		var all []rune
		for i := 0; i < len(re.Rune); i += 2 {
			for r := max(re.Rune[i], '!'); r <= min(re.Rune[i+1], '~'); r++ {
				all = append(all, r)
			}
		}
		if len(all) == 0 {
			all = []rune{' '}
		}
		b.WriteRune(all[random.IntN(len(all))])
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			writeSample(b, sub, random)
		}
	case syntax.OpAlternate:
		writeSample(b, re.Sub[random.IntN(len(re.Sub))], random)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := re.Min, re.Max
		switch re.Op {
		case syntax.OpStar:
			least, most = 0, 6
		case syntax.OpPlus:
			least, most = 1, 6
		case syntax.OpQuest:
			least, most = 0, 1
		}
		if most < 0 || most > least+10 {
			most = least + 10
		}
		for range least + random.IntN(most-least+1) {
			writeSample(b, re.Sub[0], random)
		}
	}
}
