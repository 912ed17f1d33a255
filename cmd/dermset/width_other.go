//go:build !unix

package main

import "os"

// terminalWidth is 0 for a terminal, whose width nobody asks for here, and -1 for what is none.
func terminalWidth(file *os.File) int {
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return -1
	}
	return 0
}
