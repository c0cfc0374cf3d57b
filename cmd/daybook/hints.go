package main

import (
	"log/slog"
	"os"
	"regexp"
	"strings"
)

// commandsOnStores are the commands that hints name without the store: rooms
// know no flags.
var commandsOnStores = regexp.MustCompile(`\bdaybook (?:verify|ledger (?:new-origin|status))\b(?: --)?`)

// completed puts what finds the same ledger into the commands that a hint names,
// so that they can be pasted.
func (g *Globals) completed(hint string) string {
	flags := g.storeFlags()
	if flags == "" {
		return hint
	}
	return commandsOnStores.ReplaceAllStringFunc(hint, func(command string) string {
		if strings.HasSuffix(command, " --") {
			return command // which is whole
		}
		return command + flags
	})
}

// storeFlags are the flags that name the ledger's store and the files beside it,
// as far as the environment does not.
func (g *Globals) storeFlags() string {
	var flags strings.Builder
	for _, f := range []struct{ name, variable, value, shown string }{
		{"store", "DAYBOOK_STORE", string(g.Store), g.Store.String()},
		{"schema-prefix", "DAYBOOK_SCHEMA_PREFIX", g.SchemaPrefix, g.SchemaPrefix},
		{"key", "DAYBOOK_KEY", g.Key, g.Key},
		{"public-key", "DAYBOOK_PUBLIC_KEY", g.Public, g.Public},
		{"anchor", "DAYBOOK_ANCHOR", g.Anchor, g.Anchor},
	} {
		if f.value != "" && f.value != os.Getenv(f.variable) {
			flags.WriteString(" --" + f.name + " " + quotedPath(f.shown))
		}
	}
	return flags.String()
}

// completedAttr is completed for the hints in a server's log.
func (g *Globals) completedAttr(_ []string, a slog.Attr) slog.Attr {
	if a.Key == "hint" && a.Value.Kind() == slog.KindString {
		a.Value = slog.StringValue(g.completed(a.Value.String()))
	}
	return a
}
