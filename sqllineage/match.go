package sqllineage

// matchTokens finds the closing token of each opening one: the end of its
// statement for those that are never closed.
func matchTokens(toks []token) []int32 {
	m := matcher{toks: toks, match: make([]int32, len(toks))}
	for i := range toks {
		if toks[i].kind == tokenOperator && len(toks[i].text) == 1 {
			m.token(i, toks[i].text[0])
		}
	}
	m.closeAll(len(toks))
	return m.match
}

// A matcher is on its way through the tokens.
type matcher struct {
	toks   []token
	match  []int32
	open   []int32
	counts [128]int // how many of each opening token are open
}

func (m *matcher) token(i int, c byte) {
	switch c {
	case '(', '[', '{':
		m.open = append(m.open, int32(i))
		m.counts[c]++
	case ')':
		m.close(i, '(')
	case ']':
		m.close(i, '[')
	case '}':
		m.close(i, '{')
	case ';':
		m.closeAll(i)
	}
}

// close closes the nearest opening token of the same sort, and those within it
// that were forgotten; where there is none, the closing one is a stray.
func (m *matcher) close(at int, opening byte) {
	for m.counts[opening] > 0 {
		if m.pop(at) == opening {
			return
		}
	}
}

// pop closes the innermost open token.
func (m *matcher) pop(at int) byte {
	last := m.open[len(m.open)-1]
	m.open = m.open[:len(m.open)-1]
	m.match[last] = int32(at)
	c := m.toks[last].text[0]
	m.counts[c]--
	return c
}

func (m *matcher) closeAll(at int) {
	for len(m.open) > 0 {
		m.pop(at)
	}
}
