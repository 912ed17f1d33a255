// Command dermset rebuilds a versioned dermatology image dataset from many sources.
// `dermset --help` begins with examples.
package main

import (
	"os"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
