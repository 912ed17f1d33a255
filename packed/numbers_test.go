package packed

import (
	"fmt"
	"runtime"
	"testing"

	"pgregory.net/rapid"
)

// TestNumbers compares the table with a map.
func TestNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table Numbers
		want := map[string]uint32{}
		for i, key := range rapid.SliceOfN(rapid.StringN(0, 2, -1), 0, 5000).Draw(t, "keys") {
			first, known := want[key]
			if !known {
				first = uint32(i)
				want[key] = first
			}
			if got, ok := table.Get([]byte(key)); ok != known || known && got != first {
				t.Fatalf("%q is %d, %t, want %d, %t", key, got, ok, first, known)
			}
			if got, isNew := table.Put([]byte(key), uint32(i)); got != first || isNew == known {
				t.Fatalf("%q is put as %d, %t, want %d, %t", key, got, isNew, first, !known)
			}
		}
		if table.Len() != len(want) {
			t.Fatalf("%d keys, want %d", table.Len(), len(want))
		}
	})
}

// TestNumbersMemory holds the table to its promise.
func TestNumbersMemory(t *testing.T) {
	var table Numbers
	for i := range 1_500_000 {
		table.Put(fmt.Append(nil, i), uint32(i))
		if most := 16 * len(table.slots); table.n > 1<<20 && most > 24*table.n {
			t.Fatalf("%d bytes for %d entries", most, table.n)
		}
	}
	runtime.KeepAlive(&table)
}
