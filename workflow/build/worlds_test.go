package build_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestWriteWorlds writes random workspaces, one in two of them with pictures, for programs to be run on (bench/same):
// DERMSET_WRITE_WORLDS=DIR writes 200 of them and two large ones into DIR, DERMSET_WRITE_WORLDS=DIR,N as many as said.
func TestWriteWorlds(t *testing.T) {
	dir, number, given := strings.Cut(os.Getenv("DERMSET_WRITE_WORLDS"), ",")
	if dir == "" {
		t.Skip("writes worlds only where DERMSET_WRITE_WORLDS=DIR,N says where to and how many")
	}
	n := uint64(200)
	if given {
		var err error
		if n, err = strconv.ParseUint(number, 10, 32); err != nil {
			t.Fatalf("DERMSET_WRITE_WORLDS: %v, want DIR,N", err)
		}
	}
	worlds := map[string]*world{"big-rows": newBigWorld(1, 4000), "big-pictures": newPicturedWorld(1, 1200)}
	for seed := range n {
		worlds[fmt.Sprintf("world-%04d", seed)] = newWorld(seed)
	}
	for name, w := range worlds {
		if err := w.write(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}
