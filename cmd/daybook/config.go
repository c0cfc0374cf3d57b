package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"github.com/daybook-audit/daybook"
)

// configPath names the configuration file. What stands there holds where
// neither a flag nor the environment says otherwise.
type configPath string

// BeforeResolve is kong's hook between the command line and the other sources.
func (configPath) BeforeResolve(ctx *kong.Context, trace *kong.Path) error {
	path := string(ctx.FlagValue(trace.Flag).(configPath))
	if path == "" {
		return nil
	}
	c, err := readConfig(path, ctx.Model)
	if err == nil {
		ctx.AddResolver(c)
	}
	return err
}

// config is a configuration file: the global flags by their names, and those
// of serve under [serve].
type config struct {
	path   string
	values map[*kong.Flag]string
}

var _ kong.Resolver = (*config)(nil)

// readConfig reads a file and holds each of its keys against the flags there
// are.
func readConfig(path string, app *kong.Application) (*config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the configuration cannot be read: %w", err)
	}
	var tree map[string]any
	if _, err := toml.Decode(string(text), &tree); err != nil {
		var at toml.ParseError
		if errors.As(err, &at) {
			return nil, fmt.Errorf("%s:%d: %s", path, at.Position.Line, at.Message)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c := &config{path: path, values: map[*kong.Flag]string{}}
	if section, ok := tree[serveSection]; ok {
		table, ok := section.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: %s is a section: write [%s] on a line of its own", path, serveSection, serveSection)
		}
		if err := c.take(serveSection+".", table, flagsOf(serveNode(app))); err != nil {
			return nil, err
		}
		delete(tree, serveSection)
	}
	return c, c.take("", tree, flagsOf(app.Node))
}

// serveSection is the section of the flags of serve.
const serveSection = "serve"

func serveNode(app *kong.Application) *kong.Node {
	for _, n := range app.Children {
		if n.Name == serveSection {
			return n
		}
	}
	panic("there is no command serve")
}

// flagsOf gives those flags of a command that a file may set.
func flagsOf(n *kong.Node) []*kong.Flag {
	return slices.DeleteFunc(slices.Clone(n.Flags), func(f *kong.Flag) bool {
		return f.Name == "help" || f.Tag.Has("nofile")
	})
}

// take reads the keys of a section.
func (c *config) take(section string, table map[string]any, flags []*kong.Flag) error {
	names := make([]string, len(flags))
	for i, f := range flags {
		names[i] = f.Name
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		raw := table[key]
		i := slices.Index(names, key)
		if i < 0 {
			hint := daybook.HintNear(key, names, "the keys there are: "+strings.Join(names, ", "))
			return fmt.Errorf("%s: unknown key %s%s: %s", c.path, section, key, hint)
		}
		text, err := scalar(raw)
		if err == nil {
			err = fits(flags[i], text)
		}
		if err != nil {
			return fmt.Errorf("%s: %s%s: %w", c.path, section, key, err)
		}
		c.values[flags[i]] = text
	}
	return nil
}

// scalar gives a TOML value as a flag takes it.
func scalar(raw any) (string, error) {
	switch v := raw.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case []any:
		texts := make([]string, len(v))
		for i := range v {
			text, err := scalar(v[i])
			if err != nil {
				return "", err
			}
			texts[i] = text
		}
		return strings.Join(texts, ","), nil
	}
	return "", fmt.Errorf("want a text, a number, true or false, not a %s", strings.TrimPrefix(fmt.Sprintf("%T", raw), "map[string]"))
}

// fits says whether a flag takes a text.
func fits(f *kong.Flag, text string) error {
	target := reflect.New(f.Target.Type()).Elem()
	if err := f.Mapper.Decode(&kong.DecodeContext{Value: f.Value, Scan: kong.Scan().PushTyped(text, kong.FlagValueToken)}, target); err != nil {
		return err
	}
	if f.Enum != "" && !f.EnumMap()[text] {
		return fmt.Errorf("must be one of %s, not %q", strings.ReplaceAll(f.Enum, ",", ", "), text)
	}
	return nil
}

// Validate implements kong.Resolver; reading has seen to it.
func (*config) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver. The environment goes before the file.
func (c *config) Resolve(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
	text, ok := c.values[f]
	if !ok || fromEnv(f) != "" {
		return nil, nil
	}
	return text, nil
}

// fromEnv names the variable that sets a flag, or "".
func fromEnv(f *kong.Flag) string {
	for _, name := range f.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return name
		}
	}
	return ""
}

// printConfig prints what holds as a configuration file, with where each value
// is from. Secrets are not shown.
func printConfig(w io.Writer, ctx *kong.Context, path string) error {
	set := map[*kong.Flag]string{}
	for _, p := range ctx.Path {
		switch {
		case p.Flag == nil:
		case p.Resolved:
			set[p.Flag] = path
		default:
			set[p.Flag] = "flag"
		}
	}
	var b strings.Builder
	for i, n := range []*kong.Node{ctx.Model.Node, serveNode(ctx.Model)} {
		if i > 0 {
			fmt.Fprintf(&b, "\n[%s]\n", n.Name)
		}
		for _, f := range flagsOf(n) {
			from := set[f]
			if env := fromEnv(f); from == "" && env != "" {
				from = "$" + env
			}
			if from == "" {
				from = "default"
			}
			fmt.Fprintf(&b, "%-44s # %s\n", f.Name+" = "+shown(f), from)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// shortly writes a duration without the zeros at its end: 24h, 90s.
func shortly(d time.Duration) string {
	text := d.String()
	if d != 0 && d%time.Minute == 0 {
		text = strings.TrimSuffix(text, "0s")
	}
	if d != 0 && d%time.Hour == 0 {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// shown is a flag's value as TOML.
func shown(f *kong.Flag) string {
	text := fmt.Sprint(f.Target.Interface())
	if d, ok := f.Target.Interface().(time.Duration); ok {
		text = shortly(d)
	}
	switch {
	case f.Tag.Has("secret") && text != "":
		return `"********"`
	case f.Target.Kind() == reflect.Bool, f.Target.Type() == reflect.TypeFor[int]():
		return text
	case f.Target.Kind() == reflect.Slice:
		var quoted []string
		for i := range f.Target.Len() {
			quoted = append(quoted, strconv.Quote(fmt.Sprint(f.Target.Index(i).Interface())))
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	return strconv.Quote(text)
}
