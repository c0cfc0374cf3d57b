package intake

import (
	"fmt"
	"strings"
)

// troubles is what was not understood of one operation.
type troubles struct {
	said []string
	more int
}

// mostTroubles is how many warnings one operation gets, and mostTrouble how
// long one is.
const (
	mostTroubles = 5
	mostTrouble  = 240
)

func (t *troubles) add(format string, args ...any) {
	if len(t.said) == mostTroubles {
		t.more++
		return
	}
	t.said = append(t.said, cut("lineage: "+fmt.Sprintf(format, args...), mostTrouble))
}

func (t *troubles) list() []string {
	if t.more == 0 {
		return t.said
	}
	t.said[mostTroubles-1] = fmt.Sprintf("lineage: and %d more", t.more+1)
	return t.said
}

// some gives the first names of a list.
func some(list []string) string {
	const most = 5
	var b strings.Builder
	for i, name := range list {
		switch {
		case i == most:
			fmt.Fprintf(&b, " and %d more", len(list)-most)
			return b.String()
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(clip(name))
	}
	return b.String()
}

// clip shortens an identifier in a warning.
func clip(name string) string {
	const most = 64
	if short := cut(name, most); len(short) < len(name) {
		return short + "…"
	}
	return name
}
