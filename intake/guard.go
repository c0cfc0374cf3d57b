package intake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// GuardMode says what becomes of data that stands where metadata belongs.
type GuardMode string

// The modes of a guard.
const (
	GuardOff    GuardMode = "off"
	GuardWarn   GuardMode = "warn"   // it stays, and a warning stands on the entry
	GuardCut    GuardMode = "cut"    // a mark takes its place, [CUT:…], and a warning stands on the entry
	GuardRefuse GuardMode = "refuse" // the record is refused
)

// What a guard takes for data where [GuardOptions] set nothing else.
const (
	DefaultGuardRows = 20
	DefaultGuardList = 100
	DefaultGuardBlob = 512
)

// GuardOptions set a guard up.
type GuardOptions struct {
	Mode GuardMode // "" for GuardWarn
	Rows int       // so many objects or arrays of one form are rows of data; 0 for DefaultGuardRows
	List int       // so many literals are a list of data; 0 for DefaultGuardList
	Blob int       // so many characters of base64 or hexadecimal digits are a blob; 0 for DefaultGuardBlob

	Dialect sqllineage.Dialect // of SQL whose operation names none
	Entries Entries            // where sessions are looked up; nil for nowhere
}

// Guard keeps data out of a ledger of metadata: rows, long lists of literals
// and blobs in JSON, in the SQL of operations and in what is told of results.
// It may be used by several goroutines.
type Guard struct {
	o       GuardOptions
	bronze  *bronze
	metrics *guardMetrics
}

// NewGuard makes a guard.
func NewGuard(o GuardOptions) (*Guard, error) {
	if o.Mode == "" {
		o.Mode = GuardWarn
	}
	if modes := []GuardMode{GuardOff, GuardWarn, GuardCut, GuardRefuse}; !slices.Contains(modes, o.Mode) {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: quoted(string(o.Mode)) + " is no mode of the guard",
			Hint: "write off, warn, cut or refuse",
		}
	}
	for _, n := range []struct {
		at             *int
		usual, atLeast int
	}{{&o.Rows, DefaultGuardRows, 2}, {&o.List, DefaultGuardList, 2}, {&o.Blob, DefaultGuardBlob, 64}} {
		switch {
		case *n.at == 0:
			*n.at = n.usual
		case *n.at < n.atLeast:
			return nil, &daybook.Error{
				Code: daybook.CodeInvalid, Message: fmt.Sprintf("a guard that takes %d for data would see it everywhere", *n.at),
				Hint: fmt.Sprintf("rows and lists begin at 2, blobs at 64; at least %d here", n.atLeast),
			}
		}
	}
	return &Guard{o: o, bronze: newBronze(o.Entries), metrics: newGuardMetrics()}, nil
}

// Stage is the guard as a stage of the intake; nil where it is off.
func (g *Guard) Stage() Stage {
	if g.o.Mode == GuardOff {
		return nil
	}
	return g.look
}

// A datum is data that was found in a value.
type datum struct {
	from, to int    // where it stands in the value's text
	path     string // below the column
	sort     string // rows, list, base64, hex or text
	what     string // in words
	mark     string // what takes its place
}

// look looks at a record. What it refuses may have been written before it was
// told to refuse, which the ledger alone can say.
func (g *Guard) look(_ *Call, r *daybook.Record) error {
	for _, i := range planOf(r).guarded {
		v := r.Values[i]
		if !v.IsSet() || len(v.Text()) < shortestData {
			continue
		}
		c := &r.Kind.Columns[i]
		found := g.find(c, r, v.Text())
		if len(found) == 0 {
			continue
		}
		for _, d := range found {
			g.metrics.found.WithLabelValues(d.sort, string(g.o.Mode)).Inc()
		}
		if g.o.Mode == GuardRefuse {
			r.Refused = &daybook.Error{
				Code: daybook.CodeInvalid, Path: "/" + c.Name + found[0].path, Message: "looks like data: " + found[0].what,
				Hint: "log what was done, with counts and names, and not the data itself; the server runs with --guard refuse",
			}
			return nil
		}
		g.tell(r, c, found)
		if g.o.Mode == GuardCut {
			r.Values[i] = daybook.TextValue(cutOut(v.Text(), found))
		}
	}
	return nil
}

func (g *Guard) find(c *daybook.Column, r *daybook.Record, text string) []datum {
	switch {
	case c.Type == daybook.TypeJSON:
		return g.inJSON(text, jsonRules{facets: c.Name == "facets", descriptions: c.Name == "issues"})
	case c.Name == "transformation_logic" && isSQL(r):
		return g.inSQL(text)
	}
	return g.inText(text)
}

// tell puts what was found in a column on the entry.
func (g *Guard) tell(r *daybook.Record, c *daybook.Column, found []datum) {
	did := "looks like data: "
	if g.o.Mode == GuardCut {
		did = "was cut: "
	}
	for i, d := range found {
		if i == mostTroubles-1 && len(found) > mostTroubles {
			warn(r, fmt.Sprintf("guard: and %d more in /%s", len(found)-i, c.Name))
			return
		}
		warn(r, cut("guard: /"+c.Name+d.path+" "+did+d.what, mostTrouble))
	}
}

// cutOut puts the marks in the places of what was found.
func cutOut(text string, found []datum) string {
	var b strings.Builder
	at := 0
	for _, d := range found {
		b.WriteString(text[at:d.from])
		b.WriteString(d.mark)
		at = d.to
	}
	b.WriteString(text[at:])
	return b.String()
}
