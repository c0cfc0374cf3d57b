// This program makes rules.json, for Go and for Python, out of gitleaks' rules
// and own.toml. It is run by go generate, or make rules; the program and its
// library TOML are no part of the package.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

const (
	module  = "github.com/zricethezav/gitleaks/v8"
	version = "v8.30.1"
	licence = "MIT, Copyright (c) 2019 Zachary Rice"
)

// Both files are the same: what Go redacts, Python redacts.
var written = []string{"../rules.json", "../../python/src/daybook/_redact_rules.json"}

type allowlist struct {
	RegexTarget string   `toml:"regexTarget"`
	Regexes     []string `toml:"regexes"`
	Stopwords   []string `toml:"stopwords"`
	Paths       []string `toml:"paths"`
}

type rule struct {
	ID         string      `toml:"id"`
	Regex      string      `toml:"regex"`
	Entropy    float64     `toml:"entropy"`
	Group      int         `toml:"secretGroup"`
	Keywords   []string    `toml:"keywords"`
	Allowlists []allowlist `toml:"allowlists"`

	// What own.toml says besides.
	Whole bool   `toml:"whole"`
	Back  int    `toml:"back"`
	Word  bool   `toml:"word"`
	Find  bool   `toml:"find"`
	Limit int    `toml:"limit"`
	Needs string `toml:"needs"`
	Check string `toml:"check"`
	PII   string `toml:"pii"`
}

type gitleaks struct {
	Allowlist allowlist `toml:"allowlist"`
	Rules     []rule    `toml:"rules"`
}

type own struct {
	Drop   map[string]string `toml:"drop"`
	Change map[string]rule   `toml:"change"`
	Rules  []rule            `toml:"rules"`
}

// made is a rule as the package and the Python client read it.
type made struct {
	ID        string   `json:"id"`
	Keywords  []string `json:"keywords,omitempty"`
	Regex     string   `json:"regex"`
	Group     int      `json:"group,omitempty"`
	Entropy   float64  `json:"entropy,omitempty"`
	Back      int      `json:"back,omitempty"`
	Word      bool     `json:"word,omitempty"`
	Find      bool     `json:"find,omitempty"`
	Limit     int      `json:"limit,omitempty"`
	Needs     string   `json:"needs,omitempty"`
	Check     string   `json:"check,omitempty"`
	PII       string   `json:"pii,omitempty"`
	Allow     []string `json:"allow,omitempty"`
	Matches   []string `json:"allow_match,omitempty"`
	Stopwords bool     `json:"stopwords,omitempty"`
	Assigned  bool     `json:"assigned,omitempty"` // it finds what a name is assigned, and nothing else
	Run       bool     `json:"run,omitempty"`      // its keyword begins a long run of letters and digits, or is in one
}

type file struct {
	Source    string   `json:"source"`
	Version   string   `json:"version"`
	Licence   string   `json:"licence"`
	Allow     []string `json:"allow"`
	Stopwords []string `json:"stopwords"`
	Rules     []made   `json:"rules"`
}

func main() {
	var theirs gitleaks
	read(filepath.Join(download(), "config", "gitleaks.toml"), &theirs)
	var ours own
	read("own.toml", &ours)

	out := file{Source: module, Version: version, Licence: licence}
	for _, regex := range theirs.Allowlist.Regexes {
		out.Allow = append(out.Allow, portable(regex))
	}
	for _, r := range theirs.Rules {
		if why, ok := ours.Drop[r.ID]; ok || r.Regex == "" {
			log.Printf("without %s: %s", r.ID, why)
			continue
		}
		out.add(changed(r, ours.Change[r.ID]))
		delete(ours.Change, r.ID)
	}
	if len(ours.Change) > 0 {
		log.Fatalf("own.toml changes rules that are not there: %v", ours.Change)
	}
	for _, r := range ours.Rules {
		out.add(r)
	}
	slices.Sort(out.Stopwords)
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	must(encoder.Encode(out))
	for _, name := range written {
		must(os.WriteFile(name, text.Bytes(), 0o644))
	}
	fmt.Printf("%d rules of %s %s\n", len(out.Rules), module, version)
}

func (out *file) add(r rule) {
	regex := begun(r.Regex)
	word := r.Word
	if !r.Find {
		if rest, ok := strings.CutPrefix(regex, `\b`); ok {
			regex, word = rest, true
		} else if rest, ok := strings.CutPrefix(regex, `(?i)\b`); ok {
			regex, word = "(?i)"+rest, true
		}
	}
	m := made{
		ID: r.ID, Regex: portable(regex), Group: groupOf(r), Entropy: r.Entropy, Back: r.Back,
		Word: word, Find: r.Find, Limit: r.Limit, Needs: r.Needs, Check: r.Check, PII: r.PII,
	}
	m.Assigned = strings.Contains(regex, operator) && !alternative(m.Regex)
	for _, k := range r.Keywords {
		m.Keywords = append(m.Keywords, strings.ToLower(k))
	}
	for _, a := range r.Allowlists {
		if len(a.Paths) > 0 || a.RegexTarget == "line" {
			continue // of files
		}
		for _, regex := range a.Regexes {
			if a.RegexTarget == "match" {
				m.Matches = append(m.Matches, portable(regex))
			} else {
				m.Allow = append(m.Allow, portable(regex))
			}
		}
		if len(a.Stopwords) > 0 {
			if out.Stopwords != nil {
				log.Fatal("two lists of stopwords")
			}
			m.Stopwords, out.Stopwords = true, a.Stopwords
		}
	}
	beginsWithKeyword(m)
	m.Run = inRun(m)
	out.Rules = append(out.Rules, m)
}

// The beginnings and ends that gitleaks puts around many rules. What stands
// before a name is of no interest to us, since a match begins at the keyword.
// Ends are wider: a secret in prose, JSON or SQL ends at any punctuation.
var (
	beginnings = []string{`[\w.-]{0,50}?(?i:[\w.-]{0,50}?`, `(?i)[\w.-]{0,50}?`}
	begins     = []string{`(?i:`, `(?i)`}
	operator   = `(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)`
	ending     = `(?:[\x60'"\s;]|\\[nr]|$)`
	assigned   = `(?:[^\w/+=.-]|\.(?:\W|$)|$)`
	prefixed   = `(?:[^A-Za-z0-9]|$)`
)

// assigning makes the rules of what is assigned to a name fit for text that was
// quoted once more: {\"api_key\": \"...\"}.
var assigning = strings.NewReplacer(ending, assigned, `[\s'"]{0,3}`, `[\s'"\\]{0,5}`, `[\x60'"\s=]{0,5}`, `[\x60'"\s=\\]{0,6}`)

func begun(regex string) string {
	for i, b := range beginnings {
		if rest, ok := strings.CutPrefix(regex, b); ok {
			return assigning.Replace(begins[i] + rest)
		}
	}
	return strings.ReplaceAll(regex, ending, prefixed)
}

// groupOf is the group that holds the secret: the one said, else the first
// there is, unless the whole match is to go.
func groupOf(r rule) int {
	switch {
	case r.Whole:
		return 0
	case r.Group > 0:
		return r.Group
	case regexp.MustCompile(begun(r.Regex)).NumSubexp() > 0:
		return 1
	}
	return 0
}

func changed(r, c rule) rule {
	if c.Regex != "" {
		r.Regex = c.Regex
	}
	if c.Keywords != nil {
		r.Keywords = c.Keywords
	}
	if c.Entropy > 0 {
		r.Entropy = c.Entropy
	}
	if c.Group > 0 {
		r.Group = c.Group
	}
	r.Whole, r.Back, r.Word, r.Find, r.Limit, r.Needs, r.Check = c.Whole, c.Back, c.Word, c.Find, c.Limit, c.Needs, c.Check
	return r
}

// download gives the folder of gitleaks' module, which go.mod does not name.
func download() string {
	out, err := exec.Command("go", "mod", "download", "-json", module+"@"+version).Output()
	must(err)
	var got struct{ Dir string }
	must(json.Unmarshal(out, &got))
	return got.Dir
}

func read(name string, into any) {
	if _, err := toml.DecodeFile(name, into); err != nil {
		log.Fatalf("%s: %v", name, err)
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
