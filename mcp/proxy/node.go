package proxy

import "strconv"

// A node is what is kept of a JSON value: all of it where it is small, and of a
// large one its shape, the beginnings of its texts, and how much was left out.
type node struct {
	kind  byte   // '{', '[', '"', '0' for a number, 't', 'f' or 'n'
	text  string // of a string, its beginning; of a number, as it was written
	size  int    // bytes that the whole string or number had
	short bool   // it had more than text has
	keys  []string
	items []*node // the members of an object, or the elements of an array
	lost  int     // members or elements that were not kept
}

// get gives the last member of a name, as JSON's readers do; nil for none.
func (n *node) get(path ...string) *node {
	for _, name := range path {
		if n == nil || n.kind != '{' {
			return nil
		}
		var found *node
		for i, key := range n.keys {
			if key == name {
				found = n.items[i]
			}
		}
		n = found
	}
	return n
}

// str gives a string's text; "" for anything else.
func (n *node) str() string {
	if n == nil || n.kind != '"' {
		return ""
	}
	return n.text
}

// is says that a value is of a kind.
func (n *node) is(kind byte) bool { return n != nil && n.kind == kind }

// each calls fn with the elements of an array.
func (n *node) each(fn func(*node)) {
	if n.is('[') {
		for _, item := range n.items {
			fn(item)
		}
	}
}

// names gives the names of an object's members.
func (n *node) names() []string {
	if !n.is('{') {
		return nil
	}
	names := append([]string(nil), n.keys...)
	if n.lost > 0 {
		names = append(names, "and "+strconv.Itoa(n.lost)+" more")
	}
	return names
}

// id gives a request's id such that different ids differ: the number 1 and the
// text "1" are two. A number is the same however it was written, since the
// other side reads and writes it anew. It is "" where there is none.
func (n *node) id() string {
	switch {
	case n.is('"'):
		return `"` + n.text
	case n.is('0'):
		if i, err := strconv.ParseInt(n.text, 10, 64); err == nil {
			return strconv.FormatInt(i, 10)
		}
		if f, err := strconv.ParseFloat(n.text, 64); err == nil {
			if i := int64(f); float64(i) == f && i != -1<<63 {
				return strconv.FormatInt(i, 10)
			}
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
		return n.text
	}
	return ""
}
