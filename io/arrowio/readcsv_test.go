package arrowio

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/csvio"
)

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "some.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// cell is what a text column holds in a row.
func cell(a arrow.Array, row int) string {
	if d, ok := a.(*array.Dictionary); ok {
		return d.Dictionary().(*array.String).Value(d.GetValueIndex(row))
	}
	return a.(*array.String).Value(row)
}

func cellsOf(batches []arrow.RecordBatch) [][]string {
	var rows [][]string
	for _, b := range batches {
		for row := range int(b.NumRows()) {
			var cells []string
			for _, a := range b.Columns() {
				cells = append(cells, cell(a, row))
			}
			rows = append(rows, cells)
		}
	}
	return rows
}

func TestReadCSV(t *testing.T) {
	path := write(t, "\ufeffz,label,path,a b\r\n1,\"x,\"\"y\"\"\",p/1,\r\n2,,\"p\r\n2\",\"\"\r\n3,x,p3,\" q\"\"\"")
	s, err := ReadCSV(path, []Column{{Name: "path"}, {Name: "label", Dictionary: true}}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, f := range s.Schema.Fields() {
		fields = append(fields, fmt.Sprint(f.Name, " ", f.Type.Name()))
	}
	if diff := cmp.Diff([]string{"path utf8", "label dictionary", "extra.a b utf8", "extra.z utf8"}, fields); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	batches, err := collect(s)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"p/1", `x,"y"`, "", "1"}, {"p\r\n2", "", "", "2"}, {"p3", "x", " q\"", "3"}}
	if diff := cmp.Diff(want, cellsOf(batches)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, b := range batches {
		if err := array.ValidateRecordFull(b); err != nil {
			t.Error(err)
		}
	}
}

// A file that lacks an optional column is read as the file that has it with empty cells, byte for byte.
func TestOptionalColumns(t *testing.T) {
	columns := []Column{{Name: "a"}, {Name: "b", Dictionary: true, Optional: true}, {Name: "c", Optional: true}}
	read := func(text string) []arrow.RecordBatch {
		s, err := ReadCSV(write(t, text), columns, 24)
		if err != nil {
			t.Fatal(err)
		}
		batches, err := collect(s)
		if err != nil {
			t.Fatal(err)
		}
		return batches
	}
	whole, without := "extra.y,b,a,z,c\n", "extra.y,a,z\n"
	for i := range 20 {
		whole += fmt.Sprintf("y%d,,a%d,\"z\",\n", i, i)
		without += fmt.Sprintf("y%d,a%d,\"z\"\n", i, i)
	}
	var want, got []string
	for _, b := range read(whole) {
		for row := range int(b.NumRows()) {
			want = append(want, fmt.Sprint(b.NewSlice(int64(row), int64(row+1))))
		}
	}
	for _, b := range read(without) {
		if err := array.ValidateRecordFull(b); err != nil {
			t.Error(err)
		}
		for row := range int(b.NumRows()) {
			got = append(got, fmt.Sprint(b.NewSlice(int64(row), int64(row+1))))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 20 {
		t.Error(diff)
	}
	if _, err := ReadCSV(write(t, "a,z,extra.z\n"), columns, 1<<20); err == nil ||
		!strings.Contains(err.Error(), `column "extra.z" is named twice, with and without extra.`) {
		t.Error(err)
	}
}

func TestReadCSVHeader(t *testing.T) {
	path := write(t, "a,b,\"x\ny\",a,b,e\n1,2,3,4,5,6\n")
	_, err := ReadCSV(path, []Column{{Name: "a"}, {Name: "c"}, {Name: "d", Dictionary: true}}, 1<<20)
	want := strings.ReplaceAll(
		`PATH:1:1: column "c" is missing: add it to the header, and an empty cell for it to every row
PATH:1:1: column "d" is missing: add it to the header, and an empty cell for it to every row
PATH:2:4: column "a" is named twice, first as column 1: rename or remove one
PATH:2:6: column "b" is named twice, first as column 2: rename or remove one`, "PATH", path)
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if bad := engine.BadInput(nil); !errors.As(err, &bad) {
		t.Error("not engine.BadInput")
	}

	path = write(t, "")
	_, err = ReadCSV(path, nil, 1<<20)
	if want := path + ":1:1: file is empty: want a header line with the names of the columns"; err == nil ||
		err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}

	s, err := ReadCSV(write(t, "a,b\n"), []Column{{Name: "b", Dictionary: true}}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if batches, err := collect(s); err != nil || len(batches) != 0 || s.Schema.NumFields() != 2 {
		t.Errorf("%d batches of %v, error %v", len(batches), s.Schema, err)
	}
}

func TestReadCSVChangedHeader(t *testing.T) {
	path := write(t, "a,b\n1,2\n")
	s, err := ReadCSV(path, []Column{{Name: "b", Dictionary: true}}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("b,a\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = collect(s)
	if want := path + ": the header changed since the run began: run again"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// drain runs a stream in the engine.
func drain(s engine.Stream, workers int) ([]arrow.RecordBatch, error) {
	var batches []arrow.RecordBatch
	sink := engine.Survey[arrow.RecordBatch]{
		Name:   "keep",
		OnLook: func(b arrow.RecordBatch) (arrow.RecordBatch, error) { return b, nil },
		OnTake: func(b arrow.RecordBatch) error { batches = append(batches, b); return nil },
	}
	passes := func(yield func(engine.Pass, error) bool) {
		yield(engine.Pass{Name: "some", In: s, Into: []engine.Sink{sink}}, nil)
	}
	err := engine.Drain(context.Background(), engine.Settings{Workers: workers, BatchBytes: 1 << 20, MemoryBytes: 1 << 20},
		iter.Seq2[engine.Pass, error](passes))
	return batches, err
}

// The same rows in the same order, whatever the batches and the workers; and those of csvio.Read.
func TestReadCSVBatches(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	text := []byte("b,label,a\n")
	for i := range 3000 {
		label := fmt.Sprint("label ", r.IntN(1+i/3))
		if r.IntN(9) == 0 {
			label = strings.Repeat("long, \"quoted\"\r\n", r.IntN(9))
		}
		text = csvio.AppendRecord(text, fmt.Sprint(i), label, strings.Repeat("é", r.IntN(30)))
	}
	path := write(t, string(text))
	table, err := csvio.Read(strings.NewReader(string(text)), path)
	if err != nil {
		t.Fatal(err)
	}
	var want [][]string
	for _, record := range table.Records {
		want = append(want, []string{record.Fields[1], record.Fields[2], record.Fields[0]})
	}
	for _, size := range []int{1, 100, 5000, 1 << 20} {
		for _, workers := range []int{1, 3} {
			s, err := ReadCSV(path, []Column{{Name: "label", Dictionary: true}}, size)
			if err != nil {
				t.Fatal(err)
			}
			batches, err := drain(s, workers)
			if err != nil {
				t.Fatal(err)
			}
			if got := cellsOf(batches); !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("batches of %d bytes: %s", size, cmp.Diff(want, got))
			}
			for _, b := range batches {
				checkFirstAppearance(t, b.Column(0).(*array.Dictionary))
			}
		}
	}
}

func checkFirstAppearance(t *testing.T, d *array.Dictionary) {
	t.Helper()
	next := 0
	for row := range d.Len() {
		switch code := d.GetValueIndex(row); {
		case code == next:
			next++
		case code > next:
			t.Fatalf("code %d comes before %d", code, next)
		}
	}
	if next != d.Dictionary().Len() {
		t.Fatalf("%d codes, %d values", next, d.Dictionary().Len())
	}
	seen := map[string]bool{}
	for i := range next {
		seen[d.Dictionary().(*array.String).Value(i)] = true
	}
	if len(seen) != next {
		t.Fatal("a value twice")
	}
}

// A cell that is too long is an error in every column, in those that nobody asked for too.
func TestReadCSVLongCell(t *testing.T) {
	for _, text := range []string{"a,b\n%s,\n", "a,b\n,%s\n"} {
		for bytes, long := range map[int]bool{csvio.MaxCell: false, csvio.MaxCell + 1: true} {
			path := write(t, fmt.Sprintf(text, strings.Repeat("x", bytes)))
			s, err := ReadCSV(path, []Column{{Name: "a", Dictionary: true}}, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			_, err = drain(s, 1)
			if (err != nil) != long || long && !strings.Contains(err.Error(), path+":2:") {
				t.Errorf("%d bytes: %v", bytes, err)
			}
		}
	}
}

// All errors of a file come together and in order, whatever the batches and the workers.
func TestReadCSVErrors(t *testing.T) {
	text := "a,b\n" + strings.Repeat("1,2\n", 50) + "1\n" + strings.Repeat("1,\"\n\"\n", 50) + "1,\xff\n" +
		strings.Repeat("1,2\n", 50) + "1,\"2\"3\n" + strings.Repeat("1\n", 50)
	path := write(t, text)
	var want []string
	for _, e := range []string{":52:1: row has 1 fields", ":153:3: byte 0xff", ":204:6: text after"} {
		want = append(want, path+e)
	}
	for _, size := range []int{1, 40, 1 << 20} {
		for _, workers := range []int{1, 3} {
			s, err := ReadCSV(path, []Column{{Name: "a", Dictionary: true}}, size)
			if err != nil {
				t.Fatal(err)
			}
			_, err = drain(s, workers)
			var got []string
			for line := range strings.Lines(fmt.Sprint(err)) {
				if i := strings.Index(line, path); i >= 0 {
					got = append(got, line[i:])
				}
			}
			if !slices.EqualFunc(want, got, func(w, g string) bool { return strings.HasPrefix(g, w) }) {
				t.Errorf("batches of %d bytes: %v", size, err)
			}
		}
	}
}

// FuzzReadCSV reads any file as a dataset: however small the batches are, the cells are those that package csvio reads,
// asked-for columns first, or both refuse it.
func FuzzReadCSV(f *testing.F) {
	f.Add("path,label,z\n1,a,b\n\"2\n\",\"x \"\"y\"\"\",\n", uint16(3))
	f.Add("\ufefflabel,path\r\n,1\r\n", uint16(1))
	f.Add("path,label,path\n1,2,3\n", uint16(64))
	f.Add("path,label\n1\n", uint16(64))
	f.Fuzz(func(t *testing.T, text string, size uint16) {
		path := write(t, text)
		want, wantErr := csvio.Read(strings.NewReader(text), path)
		s, err := ReadCSV(path, []Column{{Name: "path"}, {Name: "label", Dictionary: true}}, 1+int(size))
		if err != nil {
			if wantErr == nil && slices.Contains(want.Header, "path") && slices.Contains(want.Header, "label") &&
				len(slices.Compact(slices.Sorted(slices.Values(want.Header)))) == len(want.Header) {
				t.Fatalf("only here: %v", err)
			}
			return
		}
		batches, err := drain(s, 2)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got %v, whole %v", err, wantErr)
		}
		if err != nil {
			return
		}
		var rows [][]string
		for _, record := range want.Records {
			var cells []string
			for _, field := range s.Schema.Fields() {
				at := slices.Index(want.Header, strings.TrimPrefix(field.Name, extraPrefix))
				if field.Name == "path" || field.Name == "label" {
					at = slices.Index(want.Header, field.Name)
				}
				cells = append(cells, record.Fields[at])
			}
			rows = append(rows, cells)
		}
		if diff := cmp.Diff(rows, cellsOf(batches)); diff != "" {
			t.Errorf("in batches of %d (-whole +batches)\n%s", size, diff)
		}
	})
}
