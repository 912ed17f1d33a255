package main

import (
	"io"
	"log"
	"os"
)

func main() {
	log.SetOutput(io.Discard) // where net/http says what it thinks of a server; what matters comes back as an error
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
