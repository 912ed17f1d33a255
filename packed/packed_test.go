package packed

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTable compares the table with a map.
func TestTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table Table
		want := map[string]string{}
		keys := rapid.SliceOfN(rapid.StringN(0, 5, -1), 1, 20).Draw(t, "keys")
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				key, value := rapid.SampledFrom(keys).Draw(t, "key"),
					strings.Repeat(rapid.StringN(0, 3, -1).Draw(t, "value"), rapid.IntRange(0, pieceBytes/2).Draw(t, "times"))
				table.Put([]byte(key), []byte(value))
				want[key] = value
			},
			"delete": func(t *rapid.T) {
				key := rapid.SampledFrom(keys).Draw(t, "key")
				table.Delete([]byte(key))
				delete(want, key)
			},
			"": func(t *rapid.T) {
				for _, key := range keys {
					value, known := table.Get([]byte(key))
					if is, there := want[key]; known != there || string(value) != is {
						t.Fatalf("%q: %.20q, %v, want %.20q, %v", key, value, known, is, there)
					}
				}
				if len(table.places) != len(want) {
					t.Fatalf("%d keys, want %d", len(table.places), len(want))
				}
			},
		})
	})
}

// TestValuesStay holds values that were handed out to what they were.
func TestValuesStay(t *testing.T) {
	var table Table
	table.Put([]byte("a"), []byte("first"))
	first, _ := table.Get([]byte("a"))
	for i := range 100_000 {
		table.Put(fmt.Append(nil, i), []byte("more"))
	}
	table.Put([]byte("a"), []byte("again"))
	if again, _ := table.Get([]byte("a")); string(first) != "first" || string(again) != "again" {
		t.Errorf("%q, then %q", first, again)
	}
}

// TestMemory holds the table to its promise.
func TestMemory(t *testing.T) {
	const n = 300_000
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var table Table
	value := make([]byte, 50)
	before := heap()
	for i := range n {
		table.Put(fmt.Appendf(nil, "source/folder/picture %d.jpg", i), value)
	}
	each := float64(heap()-before) / n
	if each > 50+56 { // tables of a map double; in the mean they are two thirds full
		t.Errorf("%.0f bytes an entry of %d", each, len(value))
	}
	t.Logf("%.1f bytes an entry", each)
	runtime.KeepAlive(&table)
}
