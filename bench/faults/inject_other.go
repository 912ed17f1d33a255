//go:build !linux || !(amd64 || arm64)

package main

import (
	"errors"
	"time"
)

func shim() {}

// A tried is a run of the program under the filter.
type tried struct {
	exit   int
	stderr string
	calls  []call
	hung   bool
}

func under(string, string, []string, []string, time.Duration, func(int, call) fault) (tried, error) {
	return tried{}, errors.New("faults: needs Linux on amd64 or arm64")
}

func unexpected(err error) error { return err }
