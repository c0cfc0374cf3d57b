package redact

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed rules.json
var rulesFile []byte

// given is a rule as rules.json has it; see rules/own.toml for what is meant.
type given struct {
	ID        string   `json:"id"`
	Keywords  []string `json:"keywords"`
	Regex     string   `json:"regex"`
	Group     int      `json:"group"`
	Entropy   float64  `json:"entropy"`
	Back      int      `json:"back"`
	Word      bool     `json:"word"`
	Find      bool     `json:"find"`
	Limit     int      `json:"limit"`
	Needs     string   `json:"needs"`
	Check     string   `json:"check"`
	PII       string   `json:"pii"`
	Allow     []string `json:"allow"`
	Matches   []string `json:"allow_match"`
	Stopwords bool     `json:"stopwords"`
	Assigned  bool     `json:"assigned"`
}

type givenFile struct {
	Allow     []string `json:"allow"`
	Stopwords []string `json:"stopwords"`
	Rules     []given  `json:"rules"`
}

// defaultLimit is how far behind its keyword a rule looks, in bytes.
const defaultLimit = 2048

// rule is one rule. Its regexes are compiled when they are needed first.
type rule struct {
	id     string
	order  int // of two rules that find the same, the earlier one has it
	given  given
	check  check
	regex  lazy
	allow  lazies // of the secret
	match  lazies // of the whole match
	shared *shared
	at     Rule // what own rules say of their places
	own    bool
	least  int // of what is assigned, in characters
}

// shared is what all rules look up.
type shared struct {
	allow     lazies
	stopwords func() *automaton
}

// lazy is a regex that is compiled when it is used first.
type lazy func() *regexp.Regexp

type lazies []lazy

func lazily(text string) lazy {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

func allLazily(texts []string) lazies {
	all := make(lazies, len(texts))
	for i, text := range texts {
		all[i] = lazily(text)
	}
	return all
}

func (all lazies) match(s string) bool {
	return slices.ContainsFunc(all, func(re lazy) bool { return re().MatchString(s) })
}

// parsed is what rules.json holds, read once.
var parsed = sync.OnceValue(func() *givenFile {
	var f givenFile
	if err := json.Unmarshal(rulesFile, &f); err != nil {
		panic("redact: rules.json: " + err.Error())
	}
	return &f
})

var sharedRules = sync.OnceValue(func() *shared {
	words := parsed().Stopwords
	return &shared{allow: allLazily(parsed().Allow), stopwords: sync.OnceValue(func() *automaton {
		keys := make([]keyed, len(words))
		for i, w := range words {
			keys[i] = keyed{text: w}
		}
		return newAutomaton(keys)
	})}
})

// standard are the rules of rules.json, compiled at most once for all
// redactors of the process.
var standard = sync.OnceValue(func() []*rule {
	var all []*rule
	for i, g := range parsed().Rules {
		r := newRule(g)
		r.order = i
		all = append(all, r)
	}
	// What finds anything that looks random has the last word of all.
	slices.SortStableFunc(all, func(a, b *rule) int { return a.vague() - b.vague() })
	for i, r := range all {
		r.order = i
	}
	return all
})

func newRule(g given) *rule {
	if g.Limit == 0 {
		g.Limit = defaultLimit
	}
	regex := g.Regex
	if !g.Find {
		regex = `\A(?:` + regex + `)`
	}
	least := leastAssigned
	if g.Check == "generic" {
		least = leastGeneric
	}
	return &rule{
		least: least,
		id:    g.ID, given: g, check: checks[g.Check], regex: lazily(regex),
		allow: allLazily(g.Allow), match: allLazily(g.Matches), shared: sharedRules(),
	}
}

// vague is how little a rule knows of what it finds.
func (r *rule) vague() int {
	switch r.given.Check {
	case "generic":
		return 3
	case "assigned", "password", "curl":
		return 2
	case "token":
		return 1
	}
	return 0
}

// ruleSet are the rules that hold, and the automaton of their keywords.
type ruleSet struct {
	rules     []*rule
	keywords  *automaton
	anywhere  []*rule // those that need no keyword
	allow     []*regexp.Regexp
	someplace bool // some hold for some places only
	unnamed   bool // names of JSON members tell nothing
}

func newRuleSet(o Options) (*ruleSet, error) {
	pii, err := piiOf(o.PII)
	if err != nil {
		return nil, err
	}
	rs := &ruleSet{}
	for _, r := range standard() {
		if r.given.PII == "" || pii[r.given.PII] {
			rs.rules = append(rs.rules, r)
		}
	}
	if err := rs.turnOff(o.Off, o.Rules); err != nil {
		return nil, err
	}
	if err := rs.addOwn(o.Rules, o.Off); err != nil {
		return nil, err
	}
	for _, text := range o.Allow {
		re, err := regexp.Compile(text)
		if err != nil {
			return nil, badRegex("allow", text, err)
		}
		rs.allow = append(rs.allow, re)
	}
	rs.index()
	return rs, nil
}

// noRule is the place of words that no rule has.
const noRule = -1

// index makes the automaton of the keywords.
func (rs *ruleSet) index() {
	var keys []keyed
	rs.anywhere = nil
	for i, r := range rs.rules {
		if len(r.given.Keywords) == 0 {
			rs.anywhere = append(rs.anywhere, r)
		}
		for _, k := range r.given.Keywords {
			keys = append(keys, keyed{text: k, rule: i})
		}
	}
	for _, w := range tellingWords {
		keys = append(keys, keyed{text: w, rule: noRule})
	}
	keys = append(keys, keyed{text: markWord, rule: noRule})
	rs.keywords = newAutomaton(keys)
}

// in gives the rules that hold at a place.
func (rs *ruleSet) in(at place) *ruleSet {
	there := &ruleSet{allow: rs.allow, unnamed: rs.unnamed}
	for _, r := range rs.rules {
		if holds(r.at.Kinds, at.kind) && holds(r.at.Fields, at.field) {
			there.rules = append(there.rules, r)
		}
	}
	if len(there.rules) == len(rs.rules) {
		there.rules, there.keywords, there.anywhere = rs.rules, rs.keywords, rs.anywhere
		return there
	}
	there.index()
	return there
}

func holds(words []string, word string) bool {
	return len(words) == 0 || slices.Contains(words, word)
}

// OptionError is what is wrong with options, and what to do about it.
type OptionError struct{ Message, Hint string }

// Error gives the message.
func (e *OptionError) Error() string { return e.Message }

func badRegex(of, text string, err error) error {
	return &OptionError{
		Message: fmt.Sprintf("%s: the regex %q cannot be read: %v", of, text, err),
		Hint:    "write it in the syntax of RE2: https://github.com/google/re2/wiki/Syntax",
	}
}

var piiWords = []string{"card", "email", "iban", "national-id", "phone"}

func piiOf(words []string) (map[string]bool, error) {
	on := map[string]bool{}
	for _, w := range words {
		switch {
		case w == "all":
			for _, w := range piiWords {
				on[w] = true
			}
		case slices.Contains(piiWords, w):
			on[w] = true
		default:
			return nil, &OptionError{
				Message: fmt.Sprintf("%q is no sort of personal data", w),
				Hint:    "those there are: " + strings.Join(piiWords, ", ") + ", or all",
			}
		}
	}
	return on, nil
}
