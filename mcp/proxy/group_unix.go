//go:build unix

package proxy

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup makes a command the head of a process group, so that what it starts
// ends with it: npx starts a shell that starts the server.
func ownGroup(command *exec.Cmd) {
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Setpgid = true
}

func (c *child) signal(s os.Signal) {
	if number, ok := s.(syscall.Signal); ok {
		_ = syscall.Kill(-c.command.Process.Pid, number) // they may all have ended
	}
}

func (c *child) terminate() { c.signal(syscall.SIGTERM) }

func (c *child) kill() { c.signal(syscall.SIGKILL) }

// survivors says whether anybody of the group is left.
func (c *child) survivors() bool { return syscall.Kill(-c.command.Process.Pid, 0) == nil }

// exitCode is that of a shell: of a process which a signal ended, 128 and the
// signal's number.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
