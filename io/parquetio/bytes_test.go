package parquetio

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// naiveSize is what Writer.size says of a row of everything.
func naiveSize(r row) int {
	size := 4 * 14 // leaves
	for name, v := range r {
		switch v := v.(type) {
		case string:
			if name == "image_id" || name == "extra.text" || len(v) > longWord {
				size += len(v)
			}
		case []any:
			for _, e := range v {
				switch e := e.(type) {
				case string:
					if size += 4; name == "icd11_codes" { // which comes without codes
						size += 4 + len(e)
					}
				case pair:
					if size += 4; e.P != nil {
						size += 4
					}
				}
			}
		}
	}
	return size
}

// TestGroupsEndByBytes: a row group ends with the row that reaches the bytes, or the rows, that a group may have;
// batches and workers change no byte of it.
func TestGroupsEndByBytes(t *testing.T) {
	rows := randomRows(11, 700)
	rows[40]["extra.text"] = strings.Repeat("x", 30_000) // more than a group's alone
	const most, mostRows = 20_000, 90
	var want []int64
	bytesOf, n := 0, int64(0)
	for i, r := range rows {
		bytesOf, n = bytesOf+naiveSize(r), n+1
		if bytesOf >= most || n == mostRows || i == len(rows)-1 {
			want = append(want, n)
			bytesOf, n = 0, 0
		}
	}
	var first []byte
	for _, workers := range []int{1, 4} {
		for _, size := range []int{700, 101, 33, 1} {
			var b bytes.Buffer
			write(t, &b, rows, size, Options{groupRows: mostRows, groupBytes: most, Workers: workers})
			if first == nil {
				first = b.Bytes()
			}
			if !bytes.Equal(b.Bytes(), first) {
				t.Fatalf("other bytes with %d workers and batches of %d rows", workers, size)
			}
		}
	}
	var got []int64
	for _, g := range groupsOf(t, first) {
		got = append(got, g.NumRows)
	}
	if d := cmp.Diff(want, got); d != "" || slices.Max(want) != mostRows || slices.Min(want[:len(want)-1]) > 60 {
		t.Errorf("rows of groups (-want +got), some by rows and some by bytes:\n%s", d)
	}
	if d := cmp.Diff(rows, readBack(t, first)); d != "" {
		t.Error(d)
	}
}

func groupsOf(t *testing.T, file []byte) []format.RowGroup {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return f.Metadata().RowGroups
}

// TestFewBytesAreHeld: of wide rows no more than one and a half row groups are in memory, whatever the workers.
func TestFewBytesAreHeld(t *testing.T) {
	const most = 50_000
	for _, workers := range []int{1, 16} {
		w, err := NewWriter(new(bytes.Buffer), everything, Options{groupBytes: most, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.Sink(everything)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batchesOf(t, randomRows(2, 3000), 20) {
			part, err := s.Look(b)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Take(part); err != nil {
				t.Fatal(err)
			}
			if held := w.held(); held > most/2*3 {
				t.Fatalf("%d workers: %d bytes are held", workers, held)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDictionaryThatDoesNotPay: words that take more than a megabyte, and hardly repeat, stand in the pages as they
// are; others get a dictionary. Readers see no difference, and batches make none.
func TestDictionaryThatDoesNotPay(t *testing.T) {
	word := func(i int) string { return fmt.Sprint(i, strings.Repeat("w", 395)) }
	random := rand.New(rand.NewPCG(4, 5))
	for _, c := range []struct {
		name  string
		rows  int
		word  func(i int) any
		plain bool
	}{
		{"all different", 3000, func(i int) any { return word(i) }, true},
		{"all different, few", 2000, func(i int) any { return word(i) }, false},
		{"each twice", 6000, func(i int) any { return word(i % 3000) }, false},
		{"two of three are null", 9000, func(i int) any {
			if i%3 > 0 {
				return nil
			}
			return word(i)
		}, true},
		{"each three times, but too many", 66_000, func(i int) any { return word(i % 22_000) }, true},
		{"few are in most rows", 9000, func(i int) any { return word(random.IntN(i + 1)) }, false},
	} {
		rows := make([]row, c.rows)
		for i := range rows {
			rows[i] = row{}
			if v := c.word(i); v != nil {
				rows[i]["label"] = v
			}
		}
		schema := arrow.NewSchema([]arrow.Field{{Name: "label", Type: dictionary, Nullable: true}}, nil)
		var first []byte
		for _, size := range []int{c.rows, 1501} {
			var batches []arrow.RecordBatch
			for part := range slices.Chunk(rows, size) {
				batches = append(batches, batch(t, schema, part, 3))
			}
			var b bytes.Buffer
			writeFile(t, &b, schema, batches, Options{Workers: 2})
			if first == nil {
				first = b.Bytes()
			}
			if !bytes.Equal(b.Bytes(), first) {
				t.Errorf("%s: other bytes in batches of %d", c.name, size)
			}
		}
		column := groupsOf(t, first)[0].Columns[0].MetaData
		if plain := column.DictionaryPageOffset == 0; plain != c.plain {
			t.Errorf("%s: plain is %t, want %t", c.name, plain, c.plain)
		}
		checkLabels(t, c.name, first, rows)
	}
}

// checkLabels reads a file of labels alone.
func checkLabels(t *testing.T, name string, file []byte, rows []row) {
	t.Helper()
	type labelled struct {
		Label *string `parquet:"label,optional"`
	}
	got, err := parquet.Read[labelled](bytes.NewReader(file), int64(len(file)))
	if err != nil || len(got) != len(rows) {
		t.Fatalf("%s: %d rows, want %d: %v", name, len(got), len(rows), err)
	}
	for i, r := range rows {
		if want, is := r["label"]; is != (got[i].Label != nil) || is && *got[i].Label != want {
			t.Fatalf("%s: row %d is %v, want %v", name, i, got[i].Label, want)
		}
	}
}

// TestWordsOfOtherRowsAreLetGo: a few rows of a large batch keep their own words alone.
func TestWordsOfOtherRowsAreLetGo(t *testing.T) {
	rows := make([]row, 2000)
	for i := range rows {
		rows[i] = row{"source": fmt.Sprint(i, strings.Repeat("w", 300)), "image_id": "i", "readers": []any{}}
	}
	few := batch(t, everything, rows, 0).NewSlice(5, 8)
	leaves, err := leavesOfSchema(everything)
	if err != nil {
		t.Fatal(err)
	}
	p := new(piece)
	if err := p.layOut(leaves[3], few.Column(3)); err != nil {
		t.Fatal(err)
	}
	if p.words.len() != 3 || cap(p.words.bytes) > 2000 || string(p.words.value(int(p.codes[2]))) != rows[7]["source"] {
		t.Errorf("%d words, %d bytes", p.words.len(), cap(p.words.bytes))
	}
}
