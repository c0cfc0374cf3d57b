//go:build !unix

package proxy

import (
	"os"
	"os/exec"
)

func ownGroup(*exec.Cmd) {}

// signal ends the process: there is no other signal here.
func (c *child) signal(os.Signal) { c.kill() }

func (c *child) terminate() { c.kill() }

func (c *child) kill() { _ = c.command.Process.Kill() } // it may have ended

func (c *child) survivors() bool { return false }

func exitCode(state *os.ProcessState) int { return state.ExitCode() }
