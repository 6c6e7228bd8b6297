package apptest_test

import (
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"gongkai/internal/apptest"
)

// A killed process found its port taken by somebody's connection and never came
// back.
func TestAPortGivenToAProcessIsNobodyElses(t *testing.T) {
	lowest := 32768
	if raw, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		lowest, err = strconv.Atoi(strings.Fields(string(raw))[0])
		if err != nil {
			t.Fatal(err)
		}
	}
	given := map[int]bool{}
	for range 300 {
		first := apptest.FreePorts(t, 3)
		for port := first; port < first+3; port++ {
			if given[port] {
				t.Fatalf("%d was given twice", port)
			}
			if port >= lowest {
				t.Fatalf("%d may be the port of an outgoing connection", port)
			}
			given[port] = true
		}
	}
	l, err := net.Listen("tcp", apptest.FreeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}
