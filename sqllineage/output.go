package sqllineage

// An output is what a relation or a query gives: its columns in order, and
// what decides on its rows.
type output struct {
	columns []outputColumn
	// base is the table that has the columns not listed, or -1. Only a table
	// whose columns are not known has further ones, or a PIVOT of one.
	base       int32
	influences []flow // what decides on the rows, whatever columns are read
	index      map[string]int
}

// An outputColumn is a column and where its value comes from. A star stands
// for columns that are not known.
type outputColumn struct {
	name  string
	star  bool
	flows []flow
	span  Span
	// unnamed says that the text gives it no name, and that it has one of ours
	// or the dialect's.
	unnamed bool
	// origin is the table that a star stands for all columns of, or -1.
	origin int32
}

const noTable = int32(-1)

// indexed is the number of columns from where on an index pays.
const indexed = 12

// cases are the ways in which names are compared, one after the other: "A" is
// not a where there are both, and is where there is one.
var cases = [...]bool{true, false}

// find gives the place of a column by its name, or -1: of one that is written
// the same, else of one that differs in case.
func (o *output) find(name string) int {
	if i := o.findExact(name); i >= 0 {
		return i
	}
	if len(o.columns) >= indexed {
		return o.place(fold(name))
	}
	for i := range o.columns {
		if c := &o.columns[i]; !c.star && equalNames(c.name, name) {
			return i
		}
	}
	return -1
}

// findExact is find for a name in its case.
func (o *output) findExact(name string) int {
	if len(o.columns) >= indexed {
		if i := o.place(name); i >= 0 && o.columns[i].name == name {
			return i
		}
		return -1
	}
	for i := range o.columns {
		if c := &o.columns[i]; !c.star && c.name == name {
			return i
		}
	}
	return -1
}

// place looks up a name in the index, which has the columns' names as they are
// written, and behind those as they fold.
func (o *output) place(name string) int {
	if o.index == nil {
		o.index = make(map[string]int, len(o.columns))
		for _, key := range [...]func(string) string{written, fold} {
			for i := range o.columns {
				name := key(o.columns[i].name)
				if _, ok := o.index[name]; !ok && !o.columns[i].star {
					o.index[name] = i
				}
			}
		}
	}
	if i, ok := o.index[name]; ok {
		return i
	}
	return -1
}

func written(name string) string { return name }

// open says that it may have columns that are not listed.
func (o *output) open() bool {
	if o.base != noTable {
		return true
	}
	for i := range o.columns {
		if o.columns[i].star {
			return true
		}
	}
	return false
}

// equalNames compares names of columns without regard to case.
func equalNames(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	return a == b || fold(a) == fold(b)
}

// beyond gives the flows of a column that is not listed: of the base table's
// column of that name, else of those that its stars stand for.
func (r *resolver) beyond(o *output, name string) []flow {
	if o.base != noTable {
		return []flow{{column: r.column(o.base, name)}}
	}
	var flows []flow
	stars := 0
	for i := range o.columns {
		if o.columns[i].star {
			stars++
		}
	}
	for i := range o.columns {
		c := &o.columns[i]
		switch {
		case !c.star:
		case stars == 1 && c.origin != noTable:
			flows = append(flows, flow{column: r.column(c.origin, name), certainty: throughStar})
		default:
			flows = append(flows, c.flows...)
		}
	}
	return unite(flows)
}

// rename gives the columns of an output other names by their place. Names
// beyond a star whose columns are not known all come from that star.
func (o *output) rename(names []string) *output {
	if len(names) == 0 {
		return o
	}
	renamed := &output{base: noTable, influences: o.influences}
	star := -1
	for i := range o.columns {
		if o.columns[i].star {
			star = i
			break
		}
	}
	for i, name := range names {
		var c outputColumn
		switch {
		case star >= 0 && i >= star:
			c = o.columns[o.behindStar(star, i, len(names))]
		case i < len(o.columns):
			c = o.columns[i]
		}
		c.name, c.star, c.origin, c.unnamed = name, false, noTable, false
		renamed.columns = append(renamed.columns, c)
	}
	if star < 0 && len(names) < len(o.columns) {
		renamed.columns = append(renamed.columns, o.columns[len(names):]...)
	}
	return renamed
}

// behindStar gives the column that the i-th of n names is of, where a star
// stands at a place before or at it: the columns behind the star take the last
// names, and the star takes what is between.
func (o *output) behindStar(star, i, n int) int {
	behind := len(o.columns) - star - 1
	if k := n - i; k <= behind && n-behind > star {
		return len(o.columns) - k
	}
	return star
}
