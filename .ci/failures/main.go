// Command failures prints what failed from the output of go test -json.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	output := map[string]string{}
	for in.Scan() {
		var e struct{ Action, Package, Test, Output, ImportPath string }
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Println(in.Text())
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			output[key] += e.Output
		case "build-output":
			fmt.Print(e.Output)
		case "fail":
			fmt.Printf("FAIL %s\n%s", key, output[key])
		case "pass", "skip":
			delete(output, key)
		}
	}
}
