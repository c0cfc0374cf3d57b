package spool

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
)

// The names in a directory.
const (
	segmentSuffix  = ".seg"
	positionSuffix = ".ack"
	rejectsName    = "rejects.ndjson"
	rejectsLock    = "rejects.lock"
	senderLock     = "sender.lock"
	senderName     = "sender.json"
)

// digits is how many the number of a segment has.
const digits = 16

// Base is where spools lie that no program names a directory for:
// $DAYBOOK_SPOOL, else daybook/spool in the user's directory for state.
func Base() (string, error) {
	if base := os.Getenv("DAYBOOK_SPOOL"); base != "" {
		return base, nil
	}
	if state := os.Getenv("XDG_STATE_HOME"); state != "" {
		return filepath.Join(state, "daybook", "spool"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &daybook.Error{
			Code: daybook.CodeInvalid, Message: "spool: there is no home directory for it", Err: err,
			Hint: "name a directory, or set DAYBOOK_SPOOL",
		}
	}
	return filepath.Join(home, ".local", "state", "daybook", "spool"), nil
}

// DefaultDir is the directory below [Base] for a server and a token: what goes
// to another server, or under another token, never lies in it.
func DefaultDir(url, token string) (string, error) {
	base, err := Base()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, dirName(url, token)), nil
}

func dirName(url, token string) string {
	url, token = trimURL(url), strings.TrimSpace(token)
	_, host, _ := strings.Cut(url, "://")
	host, _, _ = strings.Cut(host, "/")
	sum := sha256.Sum256([]byte(url + "\n" + token))
	return fmt.Sprintf("%s-%x", plainName(host), sum[:4])
}

func trimURL(url string) string { return strings.TrimRight(strings.TrimSpace(url), "/") }

// plainName makes a name that every file system takes, byte by byte.
func plainName(host string) string {
	name := []byte(host)
	for i, c := range name {
		switch {
		case c >= 'A' && c <= 'Z':
			name[i] = c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '-':
		default:
			name[i] = '_'
		}
	}
	return string(name)
}

// Dirs lists the spools below a base, by name.
func Dirs(base string) ([]string, error) {
	entries, err := os.ReadDir(base)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(base, err)
	}
	var dirs []string
	for _, e := range entries {
		if dir := filepath.Join(base, e.Name()); e.IsDir() && isSpool(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

// Find gives the spool at a directory, or the spools right below it where it is
// no spool itself, such as a base is.
func Find(dir string) ([]string, error) {
	if isSpool(dir) {
		return []string{dir}, nil
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, &daybook.Error{
			Code: daybook.CodeNotFound, Message: "spool: there is no directory " + dir,
			Hint: "nothing was ever written there; see that it is the directory that the program writes to",
		}
	}
	dirs, err := Dirs(dir)
	if err == nil && len(dirs) == 0 {
		err = &daybook.Error{
			Code: daybook.CodeNotFound, Message: "spool: nothing was ever written to " + dir,
			Hint: "see that it is the directory that the program writes to, or name none to look in the default place",
		}
	}
	return dirs, err
}

// isSpool says whether a directory holds anything of a spool.
func isSpool(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if _, ok := numberOf(e.Name(), segmentSuffix); ok || e.Name() == senderLock || e.Name() == rejectsName {
			return true
		}
	}
	return false
}

func segmentPath(dir string, number int64) string {
	return filepath.Join(dir, numberText(number)+segmentSuffix)
}

func positionPath(dir string, number int64) string {
	return filepath.Join(dir, numberText(number)+positionSuffix)
}

func numberText(number int64) string { return fmt.Sprintf("%0*d", digits, number) }

// numberOf reads the number of a file's name, where it has this suffix.
func numberOf(name, suffix string) (int64, bool) {
	text, ok := strings.CutSuffix(name, suffix)
	if !ok || len(text) != digits || !allDigits(text) {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

func allDigits[T string | []byte](text T) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// A listing is what lies in a directory.
type listing struct {
	segments  []int64 // ascending
	positions []int64
	highest   int64 // of both; 0 for none
}

func list(dir string) (listing, error) {
	var l listing
	entries, err := os.ReadDir(dir) // sorted by name, and so by number
	if err != nil {
		return l, unreadable(dir, err)
	}
	for _, e := range entries {
		if n, ok := numberOf(e.Name(), segmentSuffix); ok {
			l.segments = append(l.segments, n)
			l.highest = max(l.highest, n)
		} else if n, ok := numberOf(e.Name(), positionSuffix); ok {
			l.positions = append(l.positions, n)
			l.highest = max(l.highest, n)
		}
	}
	return l, nil
}

func unreadable(dir string, err error) error {
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "spool: " + dir + " cannot be read", Err: err,
		Hint: "give a directory of your own user, on a local disk",
	}
}
