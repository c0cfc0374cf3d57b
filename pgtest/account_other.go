//go:build !unix

package pgtest

import (
	"errors"
	"os/exec"
)

type account struct{}

func unprivileged() (account, error) {
	return account{}, errors.New("pgtest: tests run PostgreSQL on Unix alone; use WSL")
}

func (account) own(...string) error { return nil }
func (account) run(*exec.Cmd)       {}
func detach(*exec.Cmd)              {}
