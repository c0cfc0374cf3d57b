package spool

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// The states of a sender.
const (
	stateDelivering = "delivering"
	stateWaiting    = "waiting"
)

// A Sender is what the process that delivers last told of itself.
type Sender struct {
	PID         int    `json:"pid"`
	Host        string `json:"host"`
	Program     string `json:"program"`
	At          string `json:"at"`
	State       string `json:"state"` // delivering, or waiting after a failure
	Failures    int    `json:"failures"`
	Error       string `json:"error,omitempty"` // the last failure
	NextAttempt string `json:"next_attempt,omitempty"`
	Skipped     []skip `json:"skipped,omitempty"`
}

// A skip is a segment that is left alone.
type skip struct {
	Segment string `json:"segment"`
	Reason  string `json:"reason"`
}

// tell writes how the sender fares, for people. Nothing depends on it.
func (s *sender) tell(r *reading, fault string, pause time.Duration) {
	s.setLast(fault)
	host, _ := os.Hostname()
	now := time.Now()
	t := Sender{
		PID: os.Getpid(), Host: host, Program: s.o.Program, At: timeText(now),
		State: stateDelivering, Failures: s.failures, Error: fault, Skipped: r.skipped(),
	}
	if fault != "" {
		t.State, t.NextAttempt = stateWaiting, timeText(now.Add(pause))
	}
	text, err := json.Marshal(&t)
	if err == nil {
		err = replace(s.dir, senderName, append(text, '\n'))
	}
	if err != nil {
		s.o.Logger.Warn("spool: cannot say how delivering fares", "dir", s.dir, "err", err)
	}
}

// replace writes a file anew, whole or not at all.
func replace(dir, name string, text []byte) error {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// readSender reads what the sender told; nil where it told nothing.
func readSender(dir string) *Sender {
	text, err := os.ReadFile(filepath.Join(dir, senderName))
	if err != nil {
		return nil
	}
	var t Sender
	if json.Unmarshal(text, &t) != nil {
		return nil
	}
	return &t
}
