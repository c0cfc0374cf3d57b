//go:build unix

package proxy

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// hears says whether there is still somebody at the other end of a pipe, a
// socket or a terminal. Of anything else it says that there is not.
func hears(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return false
	}
	gone := true
	err = conn.Control(func(fd uintptr) {
		ends := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}} //nolint:gosec // descriptors are small
		_, err := unix.Poll(ends, 0)
		gone = err != nil || ends[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0
	})
	return err == nil && !gone
}
