package intake

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/redact"
)

// redactFile is a file of rules as it is written.
type redactFile struct {
	PII   []string     `toml:"pii"`
	Off   []string     `toml:"off"`
	Allow []string     `toml:"allow"`
	Rules []redactRule `toml:"rules"`
}

type redactRule struct {
	ID       string   `toml:"id"`
	Regex    string   `toml:"regex"`
	Group    int      `toml:"group"`
	Keywords []string `toml:"keywords"`
	Entropy  float64  `toml:"entropy"`
	Kinds    []string `toml:"kinds"`
	Fields   []string `toml:"fields"`
	Allow    []string `toml:"allow"`
}

// ReadRedactFile reads a file of own rules, in TOML:
//
//	pii = ["email"]             # personal data to take out, or "all"
//	off = ["generic-api-key"]   # rules that do not hold
//	allow = ['^test-']          # regexes of secrets that are none
//
//	[[rules]]
//	id = "employee"             # stands in the mark
//	regex = 'EMP-(\d{6})'       # of RE2; the first group, if any, is the secret
//	keywords = ["emp-"]         # one of them must be in the text; none for any text
//	kinds = ["mcp_usage_logs"]  # none for all
//	fields = ["parameters"]     # none for all
//
// Kinds and fields are held against the catalog. What is wrong with the rules
// themselves, [NewRedact] says.
func ReadRedactFile(path string) (redact.Options, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return redact.Options{}, fmt.Errorf("the rules of redaction cannot be read: %w", err)
	}
	var f redactFile
	meta, err := toml.Decode(string(text), &f)
	if err != nil {
		return redact.Options{}, badTOML(path, err)
	}
	if keys := meta.Undecoded(); len(keys) > 0 {
		return redact.Options{}, &daybook.Error{
			Code: daybook.CodeInvalid, Message: path + ": unknown key " + keys[0].String(),
			Hint: "those there are: pii, off, allow, and for each of [[rules]] id, regex, group, keywords, entropy, kinds, fields, allow",
		}
	}
	o := redact.Options{PII: f.PII, Off: f.Off, Allow: f.Allow}
	for _, r := range f.Rules {
		if err := checkPlaces(&r); err != nil {
			return redact.Options{}, fmt.Errorf("%s: rule %s: %w", path, r.ID, err)
		}
		o.Rules = append(o.Rules, redact.Rule(r))
	}
	return o, nil
}

func badTOML(path string, err error) error {
	message := path + ": " + err.Error()
	if at := (toml.ParseError{}); errors.As(err, &at) {
		message = fmt.Sprintf("%s:%d: %s", path, at.Position.Line, at.Message)
	}
	return &daybook.Error{Code: daybook.CodeInvalid, Message: message, Hint: "write a regex in single quotes, so that its backslashes stay as they are"}
}

// checkPlaces wants every kind to be one, and every field to be one of text or
// JSON in at least one of them.
func checkPlaces(r *redactRule) error {
	kinds := daybook.Kinds()
	if len(r.Kinds) > 0 {
		kinds = nil
	}
	for _, name := range r.Kinds {
		k, err := daybook.KindNamed(name)
		if err != nil {
			return err
		}
		kinds = append(kinds, k)
	}
	free := map[string]bool{}
	var names []string
	for _, k := range kinds {
		for i := range k.Columns {
			if c := &k.Columns[i]; c.Free() && !free[c.Name] {
				free[c.Name] = true
				names = append(names, c.Name)
			}
		}
	}
	for _, name := range r.Fields {
		if !free[name] {
			return &daybook.Error{
				Code: daybook.CodeInvalid, Message: quoted(name) + " is no field of text or JSON there",
				Hint: daybook.HintNear(name, names, "those there are: "+strings.Join(names, ", ")),
			}
		}
	}
	return nil
}
