package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// findProviders finds the list of providers in the package's script: the array
// whose members have an id, models and an api_pattern.
func findProviders(source string) ([]any, error) {
	for at := 0; ; {
		i := strings.Index(source[at:], "= [")
		if i < 0 {
			return nil, errors.New("the script has no list of providers: its form has changed")
		}
		at += i + len("= ")
		p := &literal{text: source[at:]}
		value, err := p.value()
		list, isList := value.([]any)
		if err != nil || !isList || len(list) == 0 {
			continue
		}
		if first, ok := list[0].(map[string]any); ok && first["id"] != nil && first["models"] != nil && first["api_pattern"] != nil {
			return list, nil
		}
	}
}

// literal reads a value that is written in JavaScript: objects, arrays,
// strings, numbers, and !0 and !1 for true and false.
type literal struct {
	text string
	at   int
}

var errEnd = errors.New("the text ends within a value")

func (p *literal) next() byte {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *literal) takes(c byte) bool {
	if p.next() != c {
		return false
	}
	p.at++
	return true
}

func (p *literal) value() (any, error) {
	switch p.next() {
	case 0:
		return nil, errEnd
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"', '\'', '`':
		return p.str()
	}
	return p.word()
}

func (p *literal) object() (any, error) {
	o := map[string]any{}
	p.at++
	for !p.takes('}') {
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		if !p.takes(':') {
			return nil, fmt.Errorf("no colon behind %q", key)
		}
		if o[key], err = p.value(); err != nil {
			return nil, err
		}
		if !p.takes(',') && p.next() != '}' {
			return nil, errors.New("no comma between members")
		}
	}
	return o, nil
}

func (p *literal) key() (string, error) {
	if c := p.next(); c == '"' || c == '\'' {
		return p.str()
	}
	start := p.at
	for p.at < len(p.text) && isWord(p.text[p.at]) {
		p.at++
	}
	if start == p.at {
		return "", errors.New("no name of a member")
	}
	return p.text[start:p.at], nil
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (p *literal) array() (any, error) {
	list := []any{}
	p.at++
	for !p.takes(']') {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if !p.takes(',') && p.next() != ']' {
			return nil, errors.New("no comma between members")
		}
	}
	return list, nil
}

// word reads a number, or !0, !1, true, false, null.
func (p *literal) word() (any, error) {
	start := p.at
	for p.at < len(p.text) && (isWord(p.text[p.at]) || strings.IndexByte("!.+-", p.text[p.at]) >= 0) {
		p.at++
	}
	switch word := p.text[start:p.at]; word {
	case "!0", "true":
		return true, nil
	case "!1", "false":
		return false, nil
	case "null":
		return nil, nil
	default:
		return strconv.ParseFloat(word, 64)
	}
}

// escapes are those of one letter.
var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', 'v': '\v', '0': 0}

func (p *literal) str() (string, error) {
	quote := p.text[p.at]
	var b strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == quote:
			p.at++
			return b.String(), nil
		case c == '$' && quote == '`' && strings.HasPrefix(p.text[p.at:], "${"):
			return "", errors.New("a string is computed")
		case c != '\\':
			b.WriteByte(c)
		default:
			if err := p.escape(&b); err != nil {
				return "", err
			}
		}
	}
	return "", errEnd
}

// escape reads what stands behind a backslash.
func (p *literal) escape(b *strings.Builder) error {
	if p.at++; p.at == len(p.text) {
		return errEnd
	}
	c := p.text[p.at]
	digits := map[byte]int{'x': 2, 'u': 4}[c]
	if digits == 0 {
		if plain, ok := escapes[c]; ok {
			c = plain
		}
		b.WriteByte(c)
		return nil
	}
	if p.at+digits >= len(p.text) {
		return errEnd
	}
	n, err := strconv.ParseUint(p.text[p.at+1:p.at+1+digits], 16, 32)
	if err != nil {
		return err
	}
	b.WriteRune(rune(n))
	p.at += digits
	return nil
}
