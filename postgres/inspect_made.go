package postgres

import (
	_ "embed" // for what the migrations make
	"slices"
	"strings"
)

// shapeFile has what [shapeSQL] answers of an empty ledger whose schemas have
// this prefix: `go test ./postgres -run Shape -update` writes it.
//
//go:embed shape.txt
var shapeFile string

const shapePrefix = "prefix_"

// object is something in a schema.
type object struct{ sort, name, made string }

// madeObjects gives what the migrations make, by sort and name, where the views
// of some kinds were set aside.
func madeObjects(n names, aside []string) map[[2]string]object {
	all := map[[2]string]object{}
	for line := range strings.Lines(strings.ReplaceAll(shapeFile, shapePrefix, n.prefix)) {
		if parts := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3); len(parts) == 3 {
			o := object{parts[0], parts[1], parts[2]}
			if kind, ok := strings.CutPrefix(o.name, n.prefix+"audit."); ok && slices.Contains(aside, kind) {
				o.name = n.prefix + "audit." + asideName(kind)
			}
			all[[2]string{o.sort, o.name}] = o
		}
	}
	return all
}

// madeTexts gives the bodies of the functions and the queries of the views as
// the migrations write them, by their names with their schemas. A later
// migration's takes the place of an earlier one's.
func madeTexts(n names) (functions map[string][]string, views map[string]string, err error) {
	functions, views = map[string][]string{}, map[string]string{}
	for _, m := range allMigrations() {
		sql := m.sql(n)
		lexemes, err := lex(sql)
		if err != nil {
			return nil, nil, err
		}
		of := map[string][]string{}
		for _, statement := range statements(lexemes) {
			name, what := created(statement)
			switch as := asOf(statement); {
			case as < 0:
			case what == "function":
				of[name] = append(of[name], undollared(statement[as].text))
			case what == "view":
				last := statement[len(statement)-1]
				views[name] = sql[statement[as].at : last.at+len(last.text)]
			}
		}
		for name, bodies := range of {
			functions[name] = bodies
		}
	}
	return functions, views, nil
}

// statements parts SQL at its semicolons, which are left out.
func statements(lexemes []lexeme) (list [][]lexeme) {
	from := 0
	for i, l := range lexemes {
		if l.sign(";") {
			list = append(list, lexemes[from:i])
			from = i + 1
		}
	}
	return append(list, lexemes[from:])
}

// created tells what a statement creates: a view, or a function or procedure.
func created(statement []lexeme) (name, what string) {
	i := 1
	if len(statement) > 3 && statement[1].is("or") {
		i = 3
	}
	if len(statement) < i+4 || !statement[0].is("create") || !statement[i+2].sign(".") {
		return "", ""
	}
	switch {
	case statement[i].is("view"):
		what = "view"
	case statement[i].is("function"), statement[i].is("procedure"):
		what = "function"
	}
	return statement[i+1].text + "." + statement[i+3].text, what
}

// asOf is the place behind the first AS that is in no brackets, or -1.
func asOf(statement []lexeme) int {
	depth := 0
	for i, l := range statement {
		switch {
		case l.sign("("):
			depth++
		case l.sign(")"):
			depth--
		case depth == 0 && l.is("as") && i+1 < len(statement):
			return i + 1
		}
	}
	return -1
}

// undollared gives what stands between dollar quotes.
func undollared(text string) string {
	end := strings.IndexByte(text[1:], '$') + 2
	if text[0] != '$' || len(text) < 2*end {
		return text
	}
	return text[end : len(text)-end]
}
