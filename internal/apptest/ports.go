package apptest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"syscall"
	"testing"
)

// The ports given to processes a test starts and kills lie below the ephemeral
// range, so that no outgoing connection takes one while its process is down.
const firstPort, beyondPort = 10_000, 32_768

// FreePorts answers the first of n ports in a row on 127.0.0.1; no other test is
// given them until this one ends.
func FreePorts(t testing.TB, n int) int {
	t.Helper()
	var last error
	for range 200 {
		first := firstPort + rand.IntN(beyondPort-firstPort-n)
		claims, err := claim(first, n)
		if err == nil {
			t.Cleanup(func() { closeAll(claims) })
			return first
		}
		last = err
	}
	t.Fatalf("no %d free ports in a row: %v", n, last)
	return 0
}

// FreeAddress answers an address on loopback; no other test is given it until
// this one ends.
func FreeAddress(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", FreePorts(t, 1))
}

// claim holds the same ports of 127.0.0.2, which tells other test processes that
// they are taken even while nobody listens on them. A machine without that
// address is left to chance.
func claim(first, n int) ([]net.Listener, error) {
	var claims []net.Listener
	for port := first; port < first+n; port++ {
		held, err := net.Listen("tcp", fmt.Sprintf("127.0.0.2:%d", port))
		if err == nil {
			claims = append(claims, held)
		} else if errors.Is(err, syscall.EADDRINUSE) {
			closeAll(claims)
			return nil, err
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			closeAll(claims)
			return nil, err
		}
		l.Close()
	}
	return claims, nil
}

func closeAll(claims []net.Listener) {
	for _, c := range claims {
		c.Close()
	}
}
