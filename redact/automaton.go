package redact

// automaton finds all of many words in one pass over a text (Aho and
// Corasick), whatever the case of ASCII letters.
type automaton struct {
	class   [256]uint8 // of a byte; 0 for those in no word
	classes int
	next    []int32   // by state and class
	found   [][]keyed // by state: the words that end there, the longest first
}

// keyed is a word, in lower case, and the place of its rule.
type keyed struct {
	text string
	rule int
}

func newAutomaton(words []keyed) *automaton {
	a := &automaton{classes: 1}
	for _, w := range words {
		for i := range len(w.text) {
			if c := w.text[i]; a.class[c] == 0 {
				a.class[c] = uint8(a.classes)
				a.classes++
			}
		}
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a.class[c] = a.class[c+'a'-'A']
	}
	a.state()
	for _, w := range words {
		a.add(w)
	}
	a.link()
	return a
}

// state adds a state and gives its number; 0 is the root.
func (a *automaton) state() int32 {
	a.next = append(a.next, make([]int32, a.classes)...)
	a.found = append(a.found, nil)
	return int32(len(a.found) - 1)
}

func (a *automaton) add(w keyed) {
	at := int32(0)
	for i := range len(w.text) {
		slot := int(at)*a.classes + int(a.class[w.text[i]])
		if a.next[slot] == 0 {
			made := a.state()
			a.next[slot] = made
		}
		at = a.next[slot]
	}
	a.found[at] = append(a.found[at], w)
}

// link makes a step of every class from every state: where the word does not go
// on, to the longest of its ends that begins a word.
func (a *automaton) link() {
	fail := make([]int32, len(a.found))
	var queue []int32
	for c := range a.classes {
		if s := a.next[c]; s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		a.found[s] = append(a.found[s], a.found[fail[s]]...)
		for c := range a.classes {
			slot := int(s)*a.classes + c
			other := a.next[int(fail[s])*a.classes+c]
			if t := a.next[slot]; t != 0 {
				fail[t] = other
				queue = append(queue, t)
			} else {
				a.next[slot] = other
			}
		}
	}
}

// each calls fn with every word in the text and where it ends, until fn says
// false.
func (a *automaton) each(s string, fn func(w []keyed, end int) bool) {
	at := int32(0)
	for i := range len(s) {
		at = a.next[int(at)*a.classes+int(a.class[s[i]])]
		if found := a.found[at]; found != nil && !fn(found, i+1) {
			return
		}
	}
}

// has says whether any of the words is in the text.
func (a *automaton) has(s string) bool {
	any := false
	a.each(s, func([]keyed, int) bool {
		any = true
		return false
	})
	return any
}
