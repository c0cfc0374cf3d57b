package pgtest

import (
	"net"
	"strconv"
	"testing"
)

// An address is given once, and is none that the kernel may give to somebody
// else while its server is away.
func TestFreeAddressesStayFree(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 50 {
		address, err := FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		_, text, _ := net.SplitHostPort(address)
		port, err := strconv.Atoi(text)
		if err != nil || seen[address] {
			t.Errorf("%s was given before, or is none: %v", address, err)
		}
		if port >= givenOut() && givenOut() > 2*firstPort {
			t.Errorf("the kernel may give %d to others, who get those from %d on", port, givenOut())
		}
		seen[address] = true
	}
}
