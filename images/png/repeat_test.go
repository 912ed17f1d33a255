package png

import (
	"bytes"
	"testing"
)

// What is repeated may overlap what it is repeated to, and ends where it should.
func TestRepeat(t *testing.T) {
	for distance := 1; distance <= 20; distance++ {
		for length := range 40 {
			for after := range 10 {
				filled := distance + 3
				want := []byte("abcdefghijklmnopqrstuvwxyz")[:filled]
				got := append(bytes.Clone(want), make([]byte, length+after)...)
				for range length {
					want = append(want, want[len(want)-distance])
				}
				if repeat(got, filled, distance, length); !bytes.Equal(got[:len(want)], want) {
					t.Fatalf("distance %d, length %d, %d bytes after it: %q, want %q", distance, length, after, got[:len(want)], want)
				}
			}
		}
	}
}
