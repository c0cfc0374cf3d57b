package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the build; a plain go build or go run leaves it to the
// module's own.
var version = ""

type versionCmd struct{}

func (versionCmd) Help() string {
	return `The version of Daybook, of Go, and the system it was built for.

Examples:
  daybook version`
}

func (versionCmd) Run(g *Globals) error {
	_, err := fmt.Fprintf(g.out, "daybook %s %s %s/%s\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
