package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// What of the corpora must come out exactly, in percent. They only ever rise.
const (
	floorTables         = 99.4
	floorColumns        = 96.5
	floorPostgres       = 99.9 // tables of PostgreSQL and generic SQL
	floorPostgresColumn = 98.0 // and their columns
)

// TestLineageOfTheCorporaHoldsItsFloor reads the SQL of the corpora, which are
// not ours to ship, and has their own script compare what comes out.
func TestLineageOfTheCorporaHoldsItsFloor(t *testing.T) {
	t.Parallel()
	corpus := os.Getenv("DAYBOOK_CORPUS")
	script := filepath.Join(corpus, "sqllineage", "score.py")
	if _, err := os.Stat(script); corpus == "" || err != nil {
		t.Skip("DAYBOOK_CORPUS names no folder with sqllineage/score.py")
	}
	answers := answerCorpora(t, filepath.Dir(script))
	for _, c := range []struct {
		args            []string
		tables, columns float64
	}{
		{nil, floorTables, floorColumns},
		{[]string{"--dialect", "postgres,generic"}, floorPostgres, floorPostgresColumn},
	} {
		out, err := exec.Command("python3", append([]string{script, answers}, c.args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("score.py: %v\n%s", err, out)
		}
		tables, columns := exactOfAll(t, out)
		if tables < c.tables || columns < c.columns {
			t.Errorf("%v: %.1f %% of tables and %.1f %% of columns are exact, want %.1f and %.1f\n%s", c.args, tables, columns, c.tables, c.columns, out)
		}
	}
}

// answerCorpora runs parse-sql over all lines of a folder's corpora.
func answerCorpora(t *testing.T, folder string) (file string) {
	t.Helper()
	corpora, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil || len(corpora) == 0 {
		t.Fatalf("there are no corpora in %s: %v", folder, err)
	}
	var in, out, errs bytes.Buffer
	for _, c := range corpora {
		b, err := os.ReadFile(c)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(b)
	}
	if code := run(context.Background(), []string{"parse-sql", "--jsonl"}, &in, &out, &errs); code != exitDone {
		t.Fatalf("parse-sql ended with %d: %s", code, errs.String())
	}
	file = filepath.Join(t.TempDir(), "answers.jsonl")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

var allLine = regexp.MustCompile(`(?m)^ALL +\d+ +\d+ \| +\d+ +([\d.]+)%.*?\| +\d+ +([\d.]+)%`)

// exactOfAll takes the shares of exact tables and columns from a score.
func exactOfAll(t *testing.T, score []byte) (tables, columns float64) {
	t.Helper()
	m := allLine.FindSubmatch(score)
	if m == nil {
		t.Fatalf("there is no line ALL in the score:\n%s", score)
	}
	tables, _ = strconv.ParseFloat(string(m[1]), 64)
	columns, _ = strconv.ParseFloat(string(m[2]), 64)
	return tables, columns
}
