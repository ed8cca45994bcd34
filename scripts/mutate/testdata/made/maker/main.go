// Maker writes table.go.
package main

import (
	"fmt"
	"os"
)

func main() {
	out := "package made\n\n"
	out += fmt.Sprintf("var first = %d\n", 3)
	out += fmt.Sprintf("var second = %d\n", 4)
	out += fmt.Sprintf("var unread = %d\n", 5)
	if err := os.WriteFile("table.go", []byte(out), 0o666); err != nil {
		panic(err)
	}
}
