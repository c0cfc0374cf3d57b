package main

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestEveryCommandHasAStory walks the commands as the program declares them:
// each says by example how it is used, some story of testdata/script runs it,
// and some story uses each of its flags.
func TestEveryCommandHasAStory(t *testing.T) {
	t.Parallel()
	model := newParser(&cli{}, io.Discard, io.Discard).Model
	told := readStories(t, model)
	for _, command := range model.Leaves(false) {
		name := command.Path()
		if _, examples, _ := strings.Cut(command.Detail, "\nExamples:\n"); command.Help == "" || !strings.Contains(examples, "daybook "+name) {
			t.Errorf("daybook %s --help has no examples of it: give its command a Help() that ends with them", name)
		}
		if !told.run[name] {
			t.Errorf("no story in testdata/script runs daybook %s and wants it to succeed", name)
		}
		wantTold(t, told, name+" ", command.Flags)
	}
	wantTold(t, told, "", model.Flags)
}

func wantTold(t *testing.T, told stories, prefix string, flags []*kong.Flag) {
	t.Helper()
	for _, flag := range flags {
		if name := prefix + "--" + flag.Name; !told.flags[name] {
			t.Errorf("no story in testdata/script uses %s", name)
		}
	}
}

// stories are what the stories of testdata/script do with the program.
type stories struct {
	run   map[string]bool // commands that are wanted to succeed
	flags map[string]bool // "log --data", and "--store" for one that all commands have
}

func readStories(t *testing.T, model *kong.Application) stories {
	t.Helper()
	told := stories{map[string]bool{}, map[string]bool{}}
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no stories: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(txtar.Parse(text).Comment)) {
			told.take(model, words(line))
		}
	}
	return told
}

// take notes what one line of a story does.
func (s stories) take(model *kong.Application, line []string) {
	at := slices.Index(line, "daybook")
	if len(line) > 0 && line[0] == "server" {
		line[0], at = "serve", -1
	} else if at < 0 {
		return
	}
	succeeds := at < 0 || line[0] == "exec" || line[0] == "exits" && line[1] == "0"
	args := line[at+1:]
	command := commandOf(model, args)
	if command == nil {
		return
	}
	name := command.Path()
	if succeeds && !slices.Contains(args, "--help") {
		s.run[name] = true
	}
	for _, arg := range args {
		s.use(model.Flags, "", arg)
		s.use(command.Flags, name+" ", arg)
	}
}

// use notes that an argument is one of the flags.
func (s stories) use(flags []*kong.Flag, prefix, arg string) {
	arg, _, _ = strings.Cut(arg, "=")
	for _, f := range flags {
		if arg == "--"+f.Name || f.Short != 0 && arg == "-"+string(f.Short) {
			s.flags[prefix+"--"+f.Name] = true
		}
	}
}

// commandOf is the command that arguments name; nil for none.
func commandOf(model *kong.Application, args []string) (found *kong.Node) {
	for _, leaf := range model.Leaves(false) {
		path := strings.Fields(leaf.Path())
		if len(args) >= len(path) && slices.Equal(args[:len(path)], path) {
			found = leaf
		}
	}
	return found
}

// words splits a line as testscript does: at blanks that are not in single
// quotes, of which two stand for one.
func words(line string) (list []string) {
	quoted, open := false, false
	var word strings.Builder
	line = strings.TrimSpace(line)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '#' && !quoted && !open:
			return list
		case c == '\'' && quoted && i+1 < len(line) && line[i+1] == '\'':
			word.WriteByte(c)
			i++
		case c == '\'':
			quoted, open = !quoted, true
		case c == ' ' && !quoted:
			if open {
				list = append(list, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteByte(c)
			open = true
		}
	}
	if open {
		list = append(list, word.String())
	}
	return list
}

// TestStoriesAreRead holds the reader of stories against lines whose meaning is
// plain.
func TestStoriesAreRead(t *testing.T) {
	t.Parallel()
	model := newParser(&cli{}, io.Discard, io.Discard).Model
	told := stories{map[string]bool{}, map[string]bool{}}
	for _, line := range []string{
		`exec daybook log conversations --data '{"agent''s": 1} --help' --store=x`,
		`! exec daybook prove x -o y`,
		`exits 1 daybook query 'SELECT 1'`,
		`# exec daybook schema`,
		`exec daybook version --help`,
		`server --store x`,
	} {
		told.take(model, words(line))
	}
	run, flags := slices.Sorted(maps.Keys(told.run)), slices.Sorted(maps.Keys(told.flags))
	if !slices.Equal(run, []string{"log", "serve"}) {
		t.Errorf("run: %q", run)
	}
	if !slices.Equal(flags, []string{"--help", "--store", "log --data", "prove --output"}) {
		t.Errorf("flags: %q", flags)
	}
}
