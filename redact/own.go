package redact

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Names gives the ids of all rules there are, in the order in which they are
// tried.
func Names() []string {
	var names []string
	for _, r := range standard() {
		names = append(names, r.id)
	}
	return append(names, namedRule)
}

// turnOff takes rules out.
func (rs *ruleSet) turnOff(ids []string, own []Rule) error {
	for _, id := range ids {
		if id == namedRule || slices.ContainsFunc(own, func(r Rule) bool { return r.ID == id }) {
			continue
		}
		if !slices.Contains(Names(), id) {
			return &OptionError{Message: fmt.Sprintf("there is no rule %q to turn off", id), Hint: near(id)}
		}
	}
	rs.unnamed = slices.Contains(ids, namedRule)
	rs.rules = slices.DeleteFunc(rs.rules, func(r *rule) bool { return slices.Contains(ids, r.id) })
	return nil
}

// near names the rules whose ids are like one that is not there.
func near(id string) string {
	var like []string
	for _, name := range Names() {
		for _, part := range strings.Split(id, "-") {
			if len(part) > 2 && strings.Contains(name, part) && len(like) < 5 && !slices.Contains(like, name) {
				like = append(like, name)
			}
		}
	}
	if len(like) == 0 {
		return "a rule's id stands in the mark that it leaves: [REDACTED:id]"
	}
	return "did you mean " + strings.Join(like, " or ") + "?"
}

var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// addOwn puts own rules before all others.
func (rs *ruleSet) addOwn(own []Rule, off []string) error {
	var added []*rule
	for i := range own {
		o := &own[i]
		r, err := ownRule(o)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(added, func(other *rule) bool { return other.id == o.ID }) || slices.Contains(Names(), o.ID) {
			return &OptionError{Message: fmt.Sprintf("there is a rule %q already", o.ID), Hint: "give it another id"}
		}
		r.order = i - len(own)
		if len(o.Kinds)+len(o.Fields) > 0 {
			rs.someplace = true
		}
		if !slices.Contains(off, o.ID) {
			added = append(added, r)
		}
	}
	rs.rules = append(added, rs.rules...)
	return nil
}

func ownRule(o *Rule) (*rule, error) {
	if !validID.MatchString(o.ID) {
		return nil, &OptionError{
			Message: fmt.Sprintf("%q is no id of a rule", o.ID),
			Hint:    "write lower-case letters, digits and hyphens, 64 at most",
		}
	}
	re, err := regexp.Compile(o.Regex)
	if err != nil {
		return nil, badRegex("rule "+o.ID, o.Regex, err)
	}
	if re.MatchString("") {
		return nil, &OptionError{
			Message: fmt.Sprintf("rule %s: the regex %q matches where there is nothing", o.ID, o.Regex),
			Hint:    "write one that needs at least one character",
		}
	}
	if o.Group < 0 || o.Group > re.NumSubexp() {
		return nil, &OptionError{Message: fmt.Sprintf("rule %s: the regex has no group %d", o.ID, o.Group), Hint: fmt.Sprintf("it has %d", re.NumSubexp())}
	}
	for _, text := range o.Allow {
		if _, err := regexp.Compile(text); err != nil {
			return nil, badRegex("rule "+o.ID+": allow", text, err)
		}
	}
	g := given{ID: o.ID, Regex: o.Regex, Group: o.Group, Entropy: o.Entropy, Find: true, Allow: o.Allow}
	if g.Group == 0 && re.NumSubexp() > 0 {
		g.Group = 1
	}
	for _, k := range o.Keywords {
		g.Keywords = append(g.Keywords, strings.ToLower(k))
	}
	r := newRule(g)
	r.at, r.own = *o, true
	return r, nil
}
