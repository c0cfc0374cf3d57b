package postgres

import (
	"bytes"
	"embed"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// The migrations in the form of goose. Those that follow from the catalog are
// written by `go test ./postgres -run Migrations -update`. One behind 0003 begins
// with SET LOCAL ROLE daybook_owner, so that what it makes is that role's, takes
// its functions from PUBLIC, and grants what it makes to who needs it.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

// A migration is one file.
type migration struct {
	version int64
	name    string // such as ledger
	file    string
}

// allMigrations lists the migrations in their order.
func allMigrations() []migration {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		panic("postgres: " + err.Error()) // they are part of the program
	}
	var list []migration
	for _, e := range entries {
		number, name, _ := strings.Cut(strings.TrimSuffix(e.Name(), ".sql"), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			panic("postgres: migrations/" + e.Name() + " has no number")
		}
		list = append(list, migration{version: version, name: name, file: e.Name()})
	}
	slices.SortFunc(list, func(a, b migration) int { return int(a.version - b.version) })
	return list
}

// newest is the version of the schema that this program writes and reads.
func newest() int64 {
	all := allMigrations()
	return all[len(all)-1].version
}

// sql gives the text of a migration with the names of schemas.
func (m migration) sql(n names) string { return n.render(m.text()) }

// text is the file as it is.
func (m migration) text() string {
	text, err := migrationFiles.ReadFile(path.Join("migrations", m.file))
	if err != nil {
		panic("postgres: " + err.Error())
	}
	return string(text)
}

// stepsFrom gives the migrations behind a version.
func stepsFrom(from int64, n names) []Step {
	var steps []Step
	for _, m := range allMigrations() {
		if m.version > from {
			steps = append(steps, Step{Version: m.version, Name: m.name, SQL: m.sql(n)})
		}
	}
	return steps
}

// Schema gives all of the schema as a text that psql runs, for `daybook schema
// --dialect postgres`. The prefix is what the names of the schemas begin with, ""
// for none.
func Schema(prefix string) (string, error) {
	n, err := newNames(prefix)
	if err != nil {
		return "", err
	}
	m := &Migration{To: newest(), Steps: stepsFrom(0, n), names: n}
	return m.Script(), nil
}

// rendered is the folder of migrations with the names of schemas in them.
type rendered struct{ names names }

// Open implements [fs.FS].
func (r rendered) Open(name string) (fs.File, error) {
	f, err := migrationFiles.Open(path.Join("migrations", name))
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	text, err := migrationFiles.ReadFile(path.Join("migrations", name))
	return &renderedFile{bytes.NewReader([]byte(r.names.render(string(text)))), info}, err
}

// renderedFile is one migration as [rendered] gives it.
type renderedFile struct {
	*bytes.Reader
	info fs.FileInfo
}

// Stat implements [fs.File].
func (f *renderedFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close implements [fs.File].
func (f *renderedFile) Close() error { return nil }
