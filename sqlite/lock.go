package sqlite

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/daybook-audit/daybook"
	"github.com/gofrs/flock"
)

// lock keeps other processes from writing the same file. It is an advisory
// lock on FILE.lock, so it goes with the process however that ends. What the
// file says is for humans: who holds it, and where to reach it.
type lock struct {
	path string
	file *flock.Flock
}

// holder is what FILE.lock says.
type holder struct {
	PID     int    `json:"pid"`
	Address string `json:"address,omitempty"`
}

// takeLock takes the lock of the store at path, or says who has it.
func takeLock(path string) (*lock, error) {
	l := &lock{path: path + ".lock"}
	for {
		l.file = flock.New(l.path, flock.SetPermissions(0o600))
		got, err := l.file.TryLock()
		if err != nil {
			return nil, &daybook.Error{
				Code: daybook.CodeUnavailable, Message: "sqlite: cannot lock " + path, Err: err,
				Hint: "see that its folder exists and can be written",
			}
		}
		if !got {
			return nil, l.held(path)
		}
		if l.isCurrent() {
			return l, l.announce("")
		}
		// Its last holder removed the file between our opening and locking it.
		_ = l.file.Close()
	}
}

// isCurrent says that the file we locked is the one that others will find.
func (l *lock) isCurrent() bool {
	ours, err := l.file.Stat()
	if err != nil {
		return false
	}
	theirs, err := os.Stat(l.path)
	return err == nil && os.SameFile(ours, theirs)
}

// announce writes down who holds the lock, and where it can be reached.
func (l *lock) announce(address string) error {
	text, err := json.Marshal(holder{PID: os.Getpid(), Address: address})
	if err == nil {
		err = os.WriteFile(l.path, append(text, '\n'), 0o600)
	}
	if err != nil {
		return failed("write "+l.path, err)
	}
	return nil
}

func (l *lock) held(path string) error {
	var by holder
	text, err := os.ReadFile(l.path)
	if err == nil {
		err = json.Unmarshal(text, &by)
	}
	who := "another process"
	if err == nil && by.PID == os.Getpid() {
		who = "this process already"
	}
	e := &daybook.Error{
		Code: daybook.CodeUnavailable, Message: fmt.Sprintf("sqlite: %s is held by %s", path, who),
		Hint: "ask its server instead, with --server URL, or stop it",
	}
	if err != nil {
		return e
	}
	e.Message += fmt.Sprintf(" (pid %d", by.PID)
	if by.Address != "" {
		e.Message += ", " + by.Address
		e.Hint = "use --server http://" + by.Address + ", or stop that server"
	}
	e.Message += ")"
	return e
}

// release gives the lock up and takes the file away, while nobody else can
// have locked it.
func (l *lock) release() error {
	removed := os.Remove(l.path)
	if errors.Is(removed, os.ErrNotExist) {
		removed = nil
	}
	return errors.Join(removed, l.file.Close())
}
