package daybook

import (
	"embed"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"sync"
)

// The structs' comments are the one place where a kind and its columns are
// explained. They are read from the source itself, so that the reference page,
// JSON Schema and help cannot say anything else.
//
//go:embed conversation.go decision.go action.go transformation.go quality.go custody.go
var sources embed.FS

// docs holds the comment of every kind under its name, and of every column
// under kind.column.
var docs = sync.OnceValue(func() map[string]string {
	found := map[string]string{}
	names, err := sources.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, entry := range names {
		src, err := sources.ReadFile(entry.Name())
		if err != nil {
			panic(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), src, parser.ParseComments)
		if err != nil {
			panic(err)
		}
		for _, decl := range file.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.TYPE {
				documentKind(found, d)
			}
		}
	}
	return found
})

func documentKind(found map[string]string, d *ast.GenDecl) {
	spec := d.Specs[0].(*ast.TypeSpec)
	for t, k := range kindByType {
		if t.Name() != spec.Name.Name {
			continue
		}
		found[k.Name] = sentence(d.Doc.Text(), spec.Name.Name)
		for _, f := range spec.Type.(*ast.StructType).Fields.List {
			name, _, _ := strings.Cut(strings.Trim(f.Tag.Value, "`"), ";")
			name = strings.Trim(strings.TrimPrefix(name, "daybook:"), `"`)
			found[k.Name+"."+name] = sentence(f.Doc.Text(), f.Names[0].Name)
		}
	}
}

// sentence turns "Name is the …" into "The …".
func sentence(doc, name string) string {
	doc = strings.Join(strings.Fields(doc), " ")
	doc = strings.TrimPrefix(doc, name+" ")
	for _, verb := range []string{"is ", "are "} {
		doc = strings.TrimPrefix(doc, verb)
	}
	if doc == "" {
		return ""
	}
	return strings.ToUpper(doc[:1]) + doc[1:]
}

// Doc says what the kind is.
func (k *Kind) Doc() string { return docs()[k.Name] }

// ColumnDoc says what a column of the kind is.
func (k *Kind) ColumnDoc(name string) string {
	if i, ok := k.byName[name]; ok && k.Columns[i].Envelope {
		return envelopeDocs[name]
	}
	return docs()[k.Name+"."+name]
}

var envelopeDocs = map[string]string{
	"kind":         "The kind of the entry.",
	"log_id":       "Names the entry; given by the client or made by the ledger. Writing it twice writes once.",
	"logged_at":    "When the ledger wrote the entry; never before the entry that stands before it.",
	"principal":    "The authenticated writer.",
	"retain_until": "The earliest time at which the body may go.",
	"revision":     "1 for the first entry of a subject, one more for each amendment.",
	"salt":         "Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.",
	"warnings":     "What the intake noticed and let pass.",
}
