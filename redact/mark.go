package redact

import (
	"sort"
	"strings"
)

const (
	markBegin = "[REDACTED:"
	markEnd   = "]"
	longestID = 64

	markWord = "[redacted:" // as a keyword
)

// span is a part of a text, and the rule that found it.
type span struct {
	start, end int
	rule       *rule
}

// marksIn finds the marks in a text.
func marksIn(s string) []span {
	var marks []span
	for at := 0; ; {
		i := strings.Index(s[at:], markBegin)
		if i < 0 {
			return marks
		}
		start := at + i
		if end, ok := markAt(s, start); ok {
			marks = append(marks, span{start: start, end: end})
			at = end
		} else {
			at = start + len(markBegin)
		}
	}
}

// markAt says where the mark that begins at start ends.
func markAt(s string, start int) (int, bool) {
	id := start + len(markBegin)
	for i := id; i < len(s) && i-id <= longestID; i++ {
		if s[i] == markEnd[0] {
			return i + 1, i > id
		}
		if !idByte(s[i]) {
			break
		}
	}
	return 0, false
}

func idByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-'
}

// overlaps says whether a span meets one of the marks, which are in order.
func overlaps(marks []span, start, end int) bool {
	i := sort.Search(len(marks), func(i int) bool { return marks[i].end > start })
	return i < len(marks) && marks[i].start < end
}
