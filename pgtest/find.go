package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// Binaries is the environment variable that names the folder of the PostgreSQL
// binaries to test with, where it is not to be the newest one installed.
const Binaries = "DAYBOOK_TEST_POSTGRES"

// oldest is the first major version that tests are written for.
const oldest = 15

// places are where packages put the binaries: Debian and Ubuntu, Red Hat and
// SUSE, Alpine, Homebrew on either kind of Mac, Postgres.app.
var places = []string{
	"/usr/lib/postgresql/*/bin", "/usr/lib/postgresql*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*",
	"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin",
	"/usr/local/pgsql/bin",
}

var errMissing = errors.New(`pgtest: there is no PostgreSQL of version 15 or newer on this machine, and this test needs its server.
  Install it (apt-get install postgresql; dnf install postgresql-server; apk add postgresql; brew install postgresql),
  or name the folder of its binaries in ` + Binaries)

// find gives the folder of the newest binaries.
func find() (string, error) {
	if named := os.Getenv(Binaries); named != "" {
		if version(named) == 0 {
			return "", errors.New("pgtest: " + Binaries + " is " + named + ", where there is no initdb and postgres that run")
		}
		return named, nil
	}
	return newest(candidates())
}

func newest(dirs []string) (string, error) {
	best, most := "", oldest-1
	for _, dir := range dirs {
		if v := version(dir); v > most {
			best, most = dir, v
		}
	}
	if best == "" {
		return "", errMissing
	}
	return best, nil
}

func candidates() []string {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil { // initdb stands beside it
			path = real
		}
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, place := range places {
		found, _ := filepath.Glob(place) // the patterns are well-formed
		dirs = append(dirs, found...)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

var major = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// version gives the major version of the binaries in a folder, 0 for none.
func version(dir string) int {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0
	}
	said, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	found := major.FindSubmatch(said)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(found[1])) // digits, by the pattern
	return n
}
