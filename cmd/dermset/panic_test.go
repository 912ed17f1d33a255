package main

import (
	"bytes"
	"strings"
	"testing"
)

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { panic("as the test wants it") }

// A bug ends the program with 1, and says what to report.
func TestAPanicIsSaid(t *testing.T) {
	var said bytes.Buffer
	if code := run([]string{"findings"}, nil, brokenWriter{}, &said); code != exitFailed {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{"error: panic: as the test wants it", "panic_test.go", "Please report it",
		"dermset findings"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("said %s\nwant %q", said.String(), want)
		}
	}
}
