package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func model(t *testing.T) *kong.Application {
	t.Helper()
	var c cli
	return newParser(&c, io.Discard, io.Discard).Model
}

var commentedKey = regexp.MustCompile(`(?m)^# ([a-z-]+ = )`)

// TestExampleIsComplete: deploy/daybook.toml is a configuration, it has every
// key there is, and what it calls a default is one.
func TestExampleIsComplete(t *testing.T) {
	t.Parallel()
	const example = "../../deploy/daybook.toml"
	app := model(t)
	if _, err := readConfig(example, app); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	whole := filepath.Join(t.TempDir(), "whole.toml")
	if err := os.WriteFile(whole, commentedKey.ReplaceAll(text, []byte("$1")), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(whole, app)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []*kong.Node{app.Node, serveNode(app)} {
		for _, f := range flagsOf(n) {
			if stands, ok := c.values[f]; !ok {
				t.Errorf("deploy/daybook.toml says nothing of %s of %s", f.Name, n.Name)
			} else if f.HasDefault && f.Default != stands {
				t.Errorf("deploy/daybook.toml has %s = %s, but the default is %s", f.Name, stands, f.Default)
			}
		}
	}
}

// TestPrintedConfigurationIsOne: what --print-config prints reads back to the
// same.
func TestPrintedConfigurationIsOne(t *testing.T) {
	t.Parallel()
	var first, second, errs bytes.Buffer
	args := []string{"serve", "--print-config", "--max-body", "1000000B", "--abandon-after", "90m", "--log-level", "warn"}
	if code := run(context.Background(), args, nil, &first, &errs); code != exitDone {
		t.Fatalf("exit %d: %s", code, &errs)
	}
	path := filepath.Join(t.TempDir(), "daybook.toml")
	if err := os.WriteFile(path, first.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := run(context.Background(), []string{"serve", "--print-config", "--config", path}, nil, &second, &errs); code != exitDone {
		t.Fatalf("exit %d: %s", code, &errs)
	}
	values := func(s string) string { return regexp.MustCompile(` +# .*`).ReplaceAllString(s, "") }
	if values(first.String()) != values(second.String()) {
		t.Errorf("printed\n%sread back\n%s", &first, &second)
	}
	if !strings.Contains(second.String(), `max-body = "1000000B"`) || !strings.Contains(second.String(), "# "+path) {
		t.Errorf("it says\n%s", &second)
	}
}

// TestBadSettingsAreErrorsOfUsage wherever they come from.
func TestBadSettingsAreErrorsOfUsage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "daybook.toml")
	if err := os.WriteFile(path, []byte("[serve]\nmax-records = 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"serve", "--max-records", "0"},
		{"serve", "--max-body", "much"},
		{"serve", "--config", path},
		{"serve", "--config", path + ".not"},
		{"serve", "--abandon-after", "-1s"},
	} {
		var errs bytes.Buffer
		if code := run(context.Background(), args, nil, io.Discard, &errs); code != exitUsage {
			t.Errorf("%v: exit %d: %s", args, code, &errs)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"32MiB": "32MiB", "64KiB": "64KiB", "2GiB": "2GiB", "1000": "1000B", "1MB": "1000000B", "0": "0B"} {
		var s size
		if err := s.UnmarshalText([]byte(text)); err != nil || s.String() != want {
			t.Errorf("%s became %s, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "-1", "many", "1 parsec", "99999999TiB"} {
		var s size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q became %s", text, s)
		}
	}
}

// FuzzConfig: no file makes the program fall over, and what is refused names
// the file.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{
		"", "store = \"x.db\"\n[serve]\nlisten = \"127.0.0.1:0\"", "serve = 5", "[serve]\nmax-body = [1, [2]]", "[[serve]]",
		"log-level = \"loud\"", "store = 1979-05-27", "\x00", "[serve.x]\ny = 1", "a.b = 1", "max-records = 1e9",
	} {
		f.Add(seed)
	}
	var c cli
	app := newParser(&c, io.Discard, io.Discard).Model
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "fuzz.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readConfig(path, app); err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%q is refused without its name: %v", text, err)
		}
	})
}
