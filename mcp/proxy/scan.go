package proxy

// What is kept of a message. A message of any length takes no more than this
// of memory, and passes as it is.
const (
	maxText  = 8 << 10  // bytes of one string
	maxKey   = 256      // bytes of a member's name
	maxKept  = 64 << 10 // bytes of a message, counted with the cost of its nodes
	maxDepth = 24       // containers within containers
	nodeCost = 32
)

// essential are the members that say what a message is. They are kept however
// much stands before them.
var essential = map[string]bool{
	"id": true, "method": true, "params": true, "result": true, "error": true,
	"name": true, "uri": true, "isError": true, "code": true, "message": true, "action": true,
	"requestId": true, "taskId": true, "resultType": true, "requestState": true,
}

// What the scanner waits for.
type state byte

const (
	wantValue   state = iota // a value
	wantElement              // a value, or the end of an array that is empty so far
	wantName                 // a member's name, or the end of an object that is empty so far
	wantNext                 // a member's name, after a comma
	wantColon
	wantComma // a comma, or the end of the container
	inString
	inEscape
	inHex
	inNumber
	inWord
	inSkipped       // inside a container that is not kept
	inSkippedString // inside a string in there
	inSkippedEscape
	atEnd // the value is over
)

// A scanner reads JSON as it comes, in pieces of any size, and keeps a bounded
// part of it. It never fails: what is no JSON gives no messages.
type scanner struct {
	state   state
	stack   []*node // the containers that are open
	root    *node
	text    []byte // of the string, number or word that is being read
	size    int    // of the string that is being read, in bytes
	name    string // of the member whose value comes
	naming  bool   // the string that is being read is a member's name
	hex     rune   // of the escape that is being read
	digits  int    // that it has still to come
	high    rune   // the first half of a surrogate pair
	skipped int    // depth within a container that is not kept
	kept    int    // what was kept of this message
	bad     bool
	seen    bool // something other than blanks
	batch   batch
}

// end gives the messages that were read since the last end: one, or those of a
// batch. It says false where there was something that cannot be read as such.
// Blanks alone are nothing, and can be read.
func (s *scanner) end() (messages []*node, ok bool) {
	if s.state == inNumber || s.state == inWord {
		s.closeScalar()
	}
	root, batch := s.root, s.batch
	ok = !s.bad && (!s.seen || s.state == atEnd) && batch.dropped == 0
	seen := s.seen
	*s = scanner{text: s.text[:0], stack: s.stack[:0]}
	switch {
	case !seen:
		return nil, true
	case batch.is:
		return batch.messages, ok && len(batch.messages) > 0
	case ok && root.is('{'):
		return []*node{root}, true
	}
	return nil, false
}

// Write reads a piece. What was read of a message that turns out to be no JSON
// at its end still tells what came before.
func (s *scanner) Write(p []byte) (int, error) {
	for i := 0; i < len(p) && !s.bad; {
		switch s.state {
		case inString:
			i += s.stringBytes(p[i:])
		case inSkipped, inSkippedString, inSkippedEscape:
			i += s.skip(p[i:])
		default:
			if s.step(p[i]) {
				i++
			}
		}
	}
	if len(p) > 0 && s.bad {
		s.seen = true
	}
	return len(p), nil
}

// step reads one byte outside of a string's plain text. It says false where the
// byte ends a number and is to be read again as what follows it.
func (s *scanner) step(c byte) bool {
	switch s.state {
	case inEscape:
		s.escape(c)
		return true
	case inHex:
		s.hexDigit(c)
		return true
	case inNumber:
		if isNumber(c) {
			s.grow(c)
			return true
		}
		s.closeScalar()
		return false
	case inWord:
		if c >= 'a' && c <= 'z' {
			s.grow(c)
			return true
		}
		s.closeScalar()
		return false
	}
	if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
		return true
	}
	s.seen = true
	s.token(c)
	return true
}

// token reads the first byte of a token.
func (s *scanner) token(c byte) {
	switch s.state {
	case wantValue:
		s.value(c)
	case wantElement:
		if c == ']' {
			s.pop('[')
			return
		}
		s.value(c)
	case wantName, wantNext:
		if c == '}' && s.state == wantName {
			s.pop('{')
			return
		}
		s.naming = true
		s.open('"', c)
	case wantColon:
		s.bad = c != ':'
		s.state = wantValue
	case wantComma:
		s.comma(c)
	default:
		s.bad = true
	}
}

func (s *scanner) comma(c byte) {
	in := s.stack[len(s.stack)-1].kind
	switch {
	case c == ',' && in == '{':
		s.state = wantNext
	case c == ',':
		s.state = wantValue
	case c == '}' || c == ']':
		s.pop(c - 2) // '{' and '[' stand two before their ends
	default:
		s.bad = true
	}
}

// value begins a value.
func (s *scanner) value(c byte) {
	switch {
	case c == '{' || c == '[':
		s.push(c)
	case c == '"':
		s.open('"', c)
	case c == '-' || c >= '0' && c <= '9':
		s.open('0', c)
	case c == 't' || c == 'f' || c == 'n':
		s.open(c, c)
	default:
		s.bad = true
	}
}

// open begins a string, a number or a word.
func (s *scanner) open(kind, c byte) {
	s.text, s.size = s.text[:0], 0
	switch {
	case kind == '"' && c == '"':
		s.state = inString
	case kind == '"':
		s.bad = true // a member without a name
	case kind == '0':
		s.state = inNumber
		s.grow(c)
	default:
		s.state = inWord
		s.grow(c)
	}
}

func (s *scanner) grow(c byte) {
	s.size++
	if len(s.text) < maxText {
		s.text = append(s.text, c)
	}
}

// push opens a container, or skips it where no more is kept.
func (s *scanner) push(c byte) {
	if len(s.stack) >= maxDepth || !s.room(nodeCost) {
		s.lose()
		s.state, s.skipped = inSkipped, 1
		return
	}
	if len(s.stack) == 0 && c == '[' {
		s.batch.is = true
	}
	n := &node{kind: c}
	s.keep(n)
	s.stack = append(s.stack, n)
	s.state = wantElement
	if c == '{' {
		s.state = wantName
	}
}

// pop closes a container.
func (s *scanner) pop(kind byte) {
	top := s.stack[len(s.stack)-1]
	if top.kind != kind {
		s.bad = true
		return
	}
	s.stack = s.stack[:len(s.stack)-1]
	s.afterValue()
}

func (s *scanner) afterValue() {
	s.state = wantComma
	switch len(s.stack) {
	case 0:
		s.state = atEnd
	case 1:
		if s.batch.is {
			s.element()
		}
	}
}

// room says whether so many bytes more may be kept at this place.
func (s *scanner) room(bytes int) bool {
	depth, most := s.level(), s.batch.room()
	switch {
	case depth == 0:
		return true
	case s.kept+bytes <= most:
		return true
	case depth <= 2 && essential[s.name]:
		return s.stack[len(s.stack)-1].get(s.name) == nil
	case depth <= 2:
		return s.kept+bytes <= 2*most
	}
	return false
}

// keep puts a value where it belongs.
func (s *scanner) keep(n *node) {
	s.kept += nodeCost + len(n.text)
	if len(s.stack) == 0 {
		s.root = n
		return
	}
	in := s.stack[len(s.stack)-1]
	in.items = append(in.items, n)
	if in.kind == '{' {
		in.keys = append(in.keys, s.name)
		s.kept += len(s.name)
	}
}

func (s *scanner) lose() {
	if len(s.stack) > 0 {
		s.stack[len(s.stack)-1].lost++
	}
}
