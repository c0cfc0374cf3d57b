package redact

import (
	"slices"
	"strings"
	"sync"
)

// Options say what to look for besides secrets, and what to leave alone. The
// zero value looks for secrets.
type Options struct {
	PII   []string // words of [PII] to turn on, or "all"
	Rules []Rule   // own rules
	Off   []string // ids of rules that do not hold
	Allow []string // regexes of secrets that are none
}

// Rule is a rule of one's own.
type Rule struct {
	ID       string   // stands in the mark: lower-case letters, digits and hyphens
	Regex    string   // in the syntax of RE2
	Group    int      // the group that holds the secret; 0 for the first there is, else the whole match
	Keywords []string // the text must hold one of them; none for any text
	Entropy  float64  // of the secret in bits a character, to be exceeded; 0 for any
	Kinds    []string // holds for these kinds alone; none for all
	Fields   []string // holds for these fields alone; none for all
	Allow    []string // regexes of secrets that are none
}

// Finding is one secret that was taken out, or a mark that was there already.
type Finding struct {
	Rule string
	Path string // where in JSON, as an RFC 6901 pointer; "" in text
}

// Redactor takes out what its rules find. It may be used by several
// goroutines. A nil one takes out nothing.
type Redactor struct {
	rules *ruleSet

	mu     sync.RWMutex
	placed map[place]*Redactor // where own rules hold for some places only
}

type place struct{ kind, field string }

// New makes a redactor. What is wrong with the options, it says with an
// *OptionError.
func New(o Options) (*Redactor, error) {
	rules, err := newRuleSet(o)
	if err != nil {
		return nil, err
	}
	return &Redactor{rules: rules, placed: map[place]*Redactor{}}, nil
}

// Default gives the redactor of the zero Options, always the same.
func Default() *Redactor { return defaultRedactor() }

var defaultRedactor = sync.OnceValue(func() *Redactor {
	r, err := New(Options{})
	if err != nil {
		panic("redact: " + err.Error()) // the rules are part of the program
	}
	return r
})

// In gives the redactor for a field of a kind. It differs only where own rules
// hold for some kinds or fields.
func (r *Redactor) In(kind, field string) *Redactor {
	if r == nil || !r.rules.someplace {
		return r
	}
	at := place{kind, field}
	r.mu.RLock()
	there, ok := r.placed[at]
	r.mu.RUnlock()
	if ok {
		return there
	}
	there = &Redactor{rules: r.rules.in(at)}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.placed[at] = there
	return there
}

// Text gives the text without its secrets, and what was found.
func (r *Redactor) Text(s string) (string, []Finding) {
	if r == nil || s == "" {
		return s, nil
	}
	return r.rules.text(s)
}

// mostRounds bounds how often a text is looked at again after something was
// found in it: a mark may end a run of letters and so show what stood beside.
const mostRounds = 8

func (rs *ruleSet) text(s string) (string, []Finding) {
	found := false
	for range mostRounds {
		spans := rs.find(s)
		if len(spans) == 0 {
			break
		}
		found = true
		s = replaced(s, spans)
	}
	if !found && !strings.Contains(s, markBegin) {
		return s, nil
	}
	var findings []Finding
	for _, m := range marksIn(s) {
		findings = append(findings, Finding{Rule: s[m.start+len(markBegin) : m.end-len(markEnd)]})
	}
	return s, findings
}

// Mark is what stands in the place of a secret.
func Mark(rule string) string { return markBegin + rule + markEnd }

func replaced(s string, spans []span) string {
	var b strings.Builder
	b.Grow(len(s) + 16*len(spans))
	at := 0
	for _, sp := range spans {
		b.WriteString(s[at:sp.start])
		b.WriteString(Mark(sp.rule.id))
		at = sp.end
	}
	b.WriteString(s[at:])
	return b.String()
}

// PII are the words that turn rules for data of persons on.
func PII() []string {
	return slices.Clone(piiWords)
}

// Has says whether the redactor has a rule of that id.
func (r *Redactor) Has(id string) bool {
	return id == namedRule && !r.rules.unnamed || slices.ContainsFunc(r.rules.rules, func(rule *rule) bool { return rule.id == id })
}
