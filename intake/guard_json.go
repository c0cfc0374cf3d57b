package intake

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// shortestData is the length of a text in which no data is looked for: rows and
// lists of the usual size take more.
const shortestData = 120

// jsonRules say what is usual in a column.
type jsonRules struct {
	facets       bool // OpenLineage facets, some of which list much that is no data
	descriptions bool // a list of objects that describe
}

// inJSON finds the data in a JSON text.
func (g *Guard) inJSON(text string, rules jsonRules) []datum {
	s := &jsonScan{guard: g, text: text, rules: rules, json: jsontext.NewDecoder(bytes.NewBufferString(text), jsontext.AllowDuplicateNames(true))}
	if _, err := s.value(""); err != nil {
		return nil // it has been checked before: nothing comes here that is not JSON
	}
	slices.SortFunc(s.found, func(a, b datum) int { return a.from - b.from })
	return s.found
}

// A jsonScan reads a JSON text once, and looks at what each array and object
// is made of.
type jsonScan struct {
	guard *Guard
	text  string
	rules jsonRules
	json  *jsontext.Decoder
	path  []string
	found []datum
}

// A shape is what a value looks like from outside.
type shape struct {
	kind  jsontext.Kind
	keys  []string // of an object
	flat  bool     // nothing in it holds anything else
	width int      // elements of an array, members of an object
}

// value reads one value, which stands under a name ("" in an array).
func (s *jsonScan) value(name string) (shape, error) {
	switch kind := s.json.PeekKind(); kind {
	case '{':
		return s.object(name)
	case '[':
		return s.array(name)
	case '"':
		from := s.start()
		token, err := s.json.ReadToken()
		if err != nil {
			return shape{}, err
		}
		text := token.String()
		if strings.HasPrefix(text, daybook.CutMark) {
			return shape{kind: '['}, nil // what stood here may have been one
		}
		if found := s.guard.inText(text); len(found) > 0 {
			s.add(from, found[0].sort, found[0].what)
		}
		return shape{kind: kind}, nil
	default:
		_, err := s.json.ReadToken()
		return shape{kind: kind}, err
	}
}

// start is where the next value starts.
func (s *jsonScan) start() int {
	at := int(s.json.InputOffset())
	for at < len(s.text) && strings.IndexByte(" \t\r\n,:", s.text[at]) >= 0 {
		at++
	}
	return at
}

// add takes note of data between from and where the reading stands. What was
// found within it counts for nothing any more.
func (s *jsonScan) add(from int, sort, what string) {
	s.found = slices.DeleteFunc(s.found, func(d datum) bool { return d.from >= from })
	s.found = append(s.found, datum{
		from: from, to: int(s.json.InputOffset()), path: s.pointer(), sort: sort, what: what,
		mark: string(canon.AppendString(nil, daybook.CutMark+what+"]")),
	})
}

func (s *jsonScan) object(name string) (shape, error) {
	from := s.start()
	var all siblings
	sh := shape{kind: '{', flat: true}
	if _, err := s.json.ReadToken(); err != nil {
		return sh, err
	}
	for s.json.PeekKind() != '}' {
		token, err := s.json.ReadToken()
		if err != nil {
			return sh, err
		}
		key := token.String()
		sh.keys = append(sh.keys, key)
		s.path = append(s.path, key)
		inner, err := s.value(key)
		s.path = s.path[:len(s.path)-1]
		if err != nil {
			return sh, err
		}
		sh.flat = sh.flat && inner.kind != '{' && inner.kind != '['
		all.add(inner)
	}
	_, err := s.json.ReadToken()
	sh.width = len(sh.keys)
	s.judge(from, name, &all, sh.keys)
	return sh, err
}

func (s *jsonScan) array(name string) (shape, error) {
	from := s.start()
	var all siblings
	sh := shape{kind: '[', flat: true}
	if _, err := s.json.ReadToken(); err != nil {
		return sh, err
	}
	for s.json.PeekKind() != ']' {
		s.path = append(s.path, strconv.Itoa(sh.width))
		inner, err := s.value("")
		s.path = s.path[:len(s.path)-1]
		if err != nil {
			return sh, err
		}
		sh.width++
		sh.flat = sh.flat && inner.kind != '{' && inner.kind != '['
		all.add(inner)
	}
	_, err := s.json.ReadToken()
	s.judge(from, name, &all, nil)
	return sh, err
}

// judge says whether an array, or an object with these keys, is data.
func (s *jsonScan) judge(from int, name string, all *siblings, keys []string) {
	o := &s.guard.o
	switch {
	case s.describes(name, all):
	case all.rows >= o.Rows && all.alike() && (keys != nil || !s.rules.descriptions):
		s.add(from, "rows", fmt.Sprintf("%d rows with %s", all.rows, some(all.names())))
	case all.tuples >= o.Rows && all.tuples*10 >= all.n*9:
		s.add(from, "rows", fmt.Sprintf("%d rows of %d values", all.tuples, all.width))
	case keys == nil && all.scalars == all.n && all.n >= o.List, keys != nil && all.scalars >= o.List && numbered(keys):
		s.add(from, "list", fmt.Sprintf("a list of %d values", all.scalars))
	}
}

// numbered says that keys are the numbers of rows.
func numbered(keys []string) bool {
	for _, k := range keys {
		if strings.Trim(k, "0123456789") != "" {
			return false
		}
	}
	return true
}

// pointer is the JSON pointer to what is being read.
func (s *jsonScan) pointer() string {
	var b strings.Builder
	for _, name := range s.path {
		b.WriteByte('/')
		b.WriteString(escapePointer.Replace(clip(name)))
	}
	return b.String()
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")
