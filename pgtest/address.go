package pgtest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
)

// firstPort is below which ports belong to services.
const firstPort = 10_000

// usualPort is where the ports begin that kernels give out by themselves, on
// Linux; elsewhere they begin later.
const usualPort = 32_768

// given are the ports that this process has been given.
var given sync.Map

// FreeAddress gives an address of the loopback that nobody has. It is none that
// the kernel gives to who connects to somewhere or listens anywhere: so it
// stays free for a server that is yet to start, or that goes and comes back.
func FreeAddress() (string, error) {
	const tries = 200
	var err error
	for range tries {
		port := 0
		if room := givenOut() - firstPort; room > tries { // else there are none besides
			port = firstPort + rand.IntN(room)
		}
		if port, err = free(port); err != nil {
			continue
		}
		if _, taken := given.LoadOrStore(port, true); !taken {
			return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), nil
		}
	}
	return "", fmt.Errorf("pgtest: no free port was found: %w", err)
}

// givenOut is the first port that the kernel gives out by itself.
func givenOut() int {
	var first, last int
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return usualPort
	}
	if _, err := fmt.Sscan(string(text), &first, &last); err != nil {
		return usualPort
	}
	return first
}

// free says whether nobody has a port, and gives one for 0.
func free(port int) (int, error) {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
