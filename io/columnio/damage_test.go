package columnio

import (
	"bytes"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// seeds are small files of all kinds.
func seeds(t testing.TB) (files [][]byte) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 14))
	for i, recipe := range recipes() {
		if i%5 != 0 {
			continue
		}
		recipe.groups = []int{20, 0, 15}
		var records []record
		for id := range 35 {
			records = append(records, randomRecord(random, id))
		}
		files = append(files, recipe.write(t, records))
	}
	return files
}

// damage changes a file: a bit or a byte here and there, or a piece that is cut out or doubled.
func damage(random *rand.Rand, file []byte) []byte {
	file = slices.Clone(file)
	at := random.IntN(len(file))
	if random.IntN(2) == 0 { // metadata, where claims are
		at = len(file) - 1 - random.IntN(min(len(file), 8000))
	}
	n := min(1+random.IntN(40), len(file)-at)
	switch random.IntN(6) {
	case 0:
		return slices.Delete(file, at, at+n)
	case 1:
		return slices.Insert(file, at, file[at:at+n]...)
	case 2:
		file[at] = byte(random.Uint32())
	case 3:
		copy(file[at:at+n], bytes.Repeat([]byte{0xff}, n))
	default:
		file[at] ^= 1 << random.IntN(8)
	}
	return file
}

// TestDamagedFiles: a damaged file is an error or a table of as many rows, and takes little memory either way.
func TestDamagedFiles(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 26))
	files, most := seeds(t), uint64(0)
	tries := 3000
	if testing.Short() {
		tries = 300
	}
	refused := 0
	for i := range tries {
		file := damage(random, files[i%len(files)])
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, rows, err := readAll(file)
		runtime.ReadMemStats(&after)
		most = max(most, after.TotalAlloc-before.TotalAlloc)
		if err != nil {
			refused++
		} else if len(rows) != 35 {
			t.Errorf("file %d: %d rows, and no error", i, len(rows))
		}
	}
	if most > maxWork+maxWork/4 {
		t.Errorf("a file took %d bytes", most)
	}
	t.Logf("%d of %d refused, %d bytes at most", refused, tries, most)
}

// TestChecksumsTellDamage: where pages have checksums, damage in them is never another value.
func TestChecksumsTellDamage(t *testing.T) {
	type row struct {
		ID   int64    `parquet:"id"`
		Name string   `parquet:"name,dict,snappy"`
		Tags []string `parquet:"tags,list,zstd"`
		Age  *float64 `parquet:"age,optional"`
	}
	var out bytes.Buffer
	w := parquet.NewGenericWriter[row](&out, parquet.DataPageVersion(2))
	age := 41.5
	for i := range 50 {
		if _, err := w.Write([]row{{int64(i), "naevus", []string{"a", "b"}[:i%3], &age}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := out.Bytes()
	_, want, err := readAll(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	last := &f.groups[0].chunks[len(f.leaves)-1]
	step := 1
	if testing.Short() {
		step = 11
	}
	for bit := 8 * 4; bit < int(last.start()+last.size)*8; bit += step {
		file[bit/8] ^= 1 << (bit % 8)
		_, got, err := readAll(file)
		file[bit/8] ^= 1 << (bit % 8)
		if err == nil && !cmp.Equal(got, want) {
			t.Errorf("bit %d of byte %d: other values, and no error", bit%8, bit/8)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, file := range seeds(f) {
		f.Add(file)
	}
	f.Add(draft{column: mayBe, rows: 4, chunk: withCodec(format.Snappy),
		pages: [][]byte{page2(f, 4, format.Plain, []byte{8, 0}, 0, nil)}}.file(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		in, err := Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		for i, c := range in.Columns() {
			if c.Unread != "" {
				continue
			}
			rows := int64(0)
			err := in.Rows([]int{i}, func(row int64, cells [][]Value) error {
				if rows++; row != rows || len(cells) != 1 || len(cells[0]) != 1 && !c.List {
					t.Fatalf("row %d, column %q: %v", row, c.Name, cells)
				}
				if rows == 10_000 {
					return io.EOF
				}
				return nil
			})
			if err == nil && rows != in.rows {
				t.Fatalf("column %q: %d rows of %d, and no error", c.Name, rows, in.rows)
			}
		}
	})
}
