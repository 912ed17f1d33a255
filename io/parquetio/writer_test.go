package parquetio

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"go.uber.org/goleak"

	"github.com/dermset/dermset/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// write writes rows in batches of the given size, each with dictionaries of its own.
func write(t testing.TB, w io.Writer, rows []row, size int, o Options) {
	t.Helper()
	writeAll(t, w, batchesOf(t, rows, size), o)
}

func writeAll(t testing.TB, w io.Writer, batches []arrow.RecordBatch, o Options) {
	t.Helper()
	writeFile(t, w, everything, batches, o)
}

// writeFile writes batches of any schemas to a file of one.
func writeFile(t testing.TB, w io.Writer, schema *arrow.Schema, batches []arrow.RecordBatch, o Options) {
	t.Helper()
	pw, err := NewWriter(w, schema, o)
	if err != nil {
		t.Fatal(err)
	}
	defer pw.Close()
	var s engine.Sink
	for i, b := range batches {
		if i == 0 || b.Schema() != batches[i-1].Schema() {
			if s, err = pw.Sink(b.Schema()); err != nil {
				t.Fatal(err)
			}
		}
		part, err := s.Look(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Take(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := pw.Close(); err != nil {
		t.Fatal(err)
	}
}

// readBack reads a file of the schema everything with parquet-go, row by row.
func readBack(t *testing.T, b []byte) []row {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	leaves, err := leavesOfSchema(everything)
	if err != nil {
		t.Fatal(err)
	}
	var out []row
	for _, g := range f.RowGroups() {
		rows := g.Rows()
		buffer := make([]parquet.Row, 100)
		for {
			n, err := rows.ReadRows(buffer)
			for _, r := range buffer[:n] {
				w := row{}
				r.Range(func(i int, values []parquet.Value) bool {
					restore(w, leaves[i], values)
					return true
				})
				out = append(out, w)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		rows.Close()
	}
	return out
}

func restore(w row, l leaf, values []parquet.Value) {
	name := l.path[0]
	value := func(v parquet.Value) any {
		switch l.kind {
		case kindInt32:
			return v.Int32()
		case kindInt64:
			return v.Int64()
		case kindFloat32:
			return v.Float()
		case kindFloat64:
			return v.Double()
		case kindBool:
			return v.Boolean()
		}
		return string(v.ByteArray())
	}
	if !l.list {
		if !values[0].IsNull() {
			w[name] = value(values[0])
		}
		return
	}
	if l.nullList && values[0].DefinitionLevel() == 0 {
		return
	}
	list, _ := w[name].([]any)
	if list == nil {
		list = []any{}
	}
	for i, v := range values {
		def := v.DefinitionLevel()
		if def <= int(l.empty) {
			break
		}
		if l.field == 1 { // p of a pair that class_id has made
			if p, ok := list[i].(pair); ok && def == int(l.max) {
				p.P = value(v)
				list[i] = p
			}
			continue
		}
		switch {
		case def < int(l.max):
			list = append(list, nil)
		case l.field == 0:
			list = append(list, pair{ID: value(v).(int32)})
		default:
			list = append(list, value(v))
		}
	}
	w[name] = list
}

func TestRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 100, 1000} {
		rows := randomRows(uint64(n), n)
		var b bytes.Buffer
		write(t, &b, rows, 37, Options{groupRows: 64, Workers: 2})
		got := readBack(t, b.Bytes())
		if len(got) != n {
			t.Fatalf("%d rows, want %d", len(got), n)
		}
		for i := range rows {
			if d := cmp.Diff(rows[i], got[i]); d != "" {
				t.Fatalf("row %d of %d:\n%s", i, n, d)
			}
		}
	}
}

// TestSameBytes: workers and batches change nothing, also where pages end by rows, by bytes of text and by elements of
// lists. What is written is what is read.
func TestSameBytes(t *testing.T) {
	rows := randomRows(3, 500)
	rows[50]["extra.text"] = strings.Repeat("x", pageText+1)
	many := make([]any, pageSlots)
	for i := range many {
		many[i] = pair{ID: int32(i)}
	}
	rows[60]["soft_labels"] = many
	for range 8 { // enough for a page to end by rows
		rows = append(rows, rows...)
		if len(rows) > pageRows+pageRows/8 {
			break
		}
		rows[len(rows)/2+50], rows[len(rows)/2+60] = randomRows(uint64(len(rows)), 1)[0], rows[1]
	}
	options := func(workers, group int) Options {
		return Options{groupRows: group, Workers: workers, Metadata: map[string]string{"b": "2", "a": "1", "c": "3"}}
	}
	whole := batch(t, everything, rows, 5)
	var small, large []byte
	for _, workers := range []int{1, 2, 8} {
		for _, size := range []int{500, 101, 33, 1} {
			var b bytes.Buffer
			write(t, &b, rows[:500], size, options(workers, 100))
			if small == nil {
				small = b.Bytes()
			}
			if !bytes.Equal(b.Bytes(), small) {
				t.Fatalf("other bytes with %d workers and batches of %d rows", workers, size)
			}
		}
		for _, size := range []int64{whole.NumRows(), 4999, 101} {
			var batches []arrow.RecordBatch
			for at := int64(0); at < whole.NumRows(); at += size {
				batches = append(batches, whole.NewSlice(at, min(at+size, whole.NumRows())))
			}
			var b bytes.Buffer
			writeAll(t, &b, batches, options(workers, 0))
			if large == nil {
				large = b.Bytes()
			}
			if !bytes.Equal(b.Bytes(), large) {
				t.Fatalf("other bytes with %d workers and slices of %d rows", workers, size)
			}
		}
	}
	for _, f := range []struct {
		bytes       []byte
		rows, group int64
	}{{small, 500, 100}, {large, whole.NumRows(), rowsInGroup}} {
		file, err := parquet.OpenFile(bytes.NewReader(f.bytes), int64(len(f.bytes)))
		if err != nil {
			t.Fatal(err)
		}
		checkFile(t, file, f.rows, f.group)
	}
	if !reflect.DeepEqual(rows, readBack(t, large)) {
		t.Error("what is read is not what was written")
	}
}

// checkFile checks row groups, metadata, statistics and encodings.
func checkFile(t *testing.T, f *parquet.File, rows, group int64) {
	t.Helper()
	m := f.Metadata()
	if m.CreatedBy != createdBy || m.NumRows != rows {
		t.Errorf("created by %q, %d rows", m.CreatedBy, m.NumRows)
	}
	var keys []string
	for _, kv := range m.KeyValueMetadata {
		keys = append(keys, kv.Key+kv.Value)
	}
	if !cmp.Equal(keys, []string{"a1", "b2", "c3"}) {
		t.Errorf("metadata %q", keys)
	}
	for i, g := range m.RowGroups {
		if want := min(group, rows-int64(i)*group); g.NumRows != want {
			t.Errorf("row group %d: %d rows, want %d", i, g.NumRows, want)
		}
		sex := g.Columns[2].MetaData
		if sex.DictionaryPageOffset == 0 || string(sex.Statistics.MinValue) != "" ||
			sex.Statistics.MinValue != nil && len(sex.Statistics.MaxValue) > longestBound {
			t.Errorf("row group %d: sex: %+v", i, sex)
		}
		age := g.Columns[6].MetaData.Statistics
		if age.NullCount == 0 || age.NullCount >= g.NumRows || !bytes.Equal(age.MinValue, []byte{0, 0, 0x40, 0xc0}) {
			t.Errorf("row group %d: age: %+v", i, age)
		}
		if last := g.Columns[len(g.Columns)-1].MetaData.Statistics; last.NullCount != g.NumRows || last.MinValue != nil {
			t.Errorf("row group %d: a column of nulls: %+v", i, last)
		}
	}
}

// TestSharedFile feeds one file from two schemas: other order, more columns, fewer columns.
func TestSharedFile(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, everything, Options{})
	if err != nil {
		t.Fatal(err)
	}
	few := arrow.NewSchema([]arrow.Field{everything.Field(10),
		{Name: "other", Type: arrow.PrimitiveTypes.Uint8, Nullable: true},
		everything.Field(3), everything.Field(0)}, nil)
	rows := randomRows(9, 20)
	for i, schema := range []*arrow.Schema{everything, few, everything} {
		s, err := w.Sink(schema)
		if err != nil {
			t.Fatal(err)
		}
		part, err := s.Look(batch(t, schema, rows[5*i:5*i+5], 0))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Take(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := append([]row{}, rows[:15]...)
	for i := 5; i < 10; i++ {
		want[i] = row{"readers": rows[i]["readers"], "source": rows[i]["source"], "image_id": rows[i]["image_id"]}
	}
	if d := cmp.Diff(want, readBack(t, b.Bytes())); d != "" {
		t.Error(d)
	}
}

func TestSchemaErrors(t *testing.T) {
	bad := arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Uint8},
		{Name: "b", Type: arrow.BinaryTypes.LargeString},
		{Name: "c", Type: arrow.ListOf(arrow.ListOf(arrow.BinaryTypes.String))}, {Name: "d", Type: arrow.BinaryTypes.String},
		{Name: "d", Type: arrow.BinaryTypes.String}}, nil)
	_, err := NewWriter(io.Discard, bad, Options{})
	for _, want := range []string{`"a": type uint8`, `"b"`, `"c"`, `"d" comes twice`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %s", err, want)
		}
	}
	if _, err := NewWriter(io.Discard, arrow.NewSchema(nil, nil), Options{}); err == nil {
		t.Error("a schema without columns was taken")
	}
	w, err := NewWriter(io.Discard, everything, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	_, err = w.Sink(arrow.NewSchema([]arrow.Field{{Name: "source", Type: arrow.BinaryTypes.String}}, nil))
	for _, want := range []string{`"image_id" is missing`, `"source" is utf8, want dictionary`, `"readers" is missing`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %s", err, want)
		}
	}
	s, err := w.Sink(everything)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"image_id", "source", "readers"} {
		r := randomRows(1, 1)
		delete(r[0], name)
		if _, err := s.Look(batch(t, everything, r, 0)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a null in %s: error %v", name, err)
		}
	}
	r := randomRows(1, 1)
	r[0]["readers"] = []any{"x", nil}
	if _, err := s.Look(batch(t, everything, r, 0)); err == nil || !strings.Contains(err.Error(), "readers.list.element") {
		t.Errorf("a null in readers: error %v", err)
	}
}

// failing is a disk that is full after some bytes.
type failing int

var errFull = errors.New("disk full")

func (f *failing) Write(b []byte) (int, error) {
	if len(b) > int(*f) {
		return int(*f), errFull
	}
	*f -= failing(len(b))
	return len(b), nil
}

func TestErrorsAndEnd(t *testing.T) {
	rows := randomRows(1, 400)
	for _, room := range []failing{0, 10, 3000, 20000} {
		w, err := NewWriter(&room, everything, Options{groupRows: 16, Workers: 3})
		if err != nil {
			t.Fatal(err)
		}
		s, _ := w.Sink(everything)
		part, err := s.Look(batch(t, everything, rows, 0))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Take(part); !errors.Is(err, errFull) {
			t.Errorf("Take: %v", err)
		}
		if err := s.Take(part); !errors.Is(err, errFull) {
			t.Errorf("Take again: %v", err)
		}
		if err := w.Close(); !errors.Is(err, errFull) {
			t.Errorf("Close: %v", err)
		}
		goleak.VerifyNone(t)
	}
	w, err := NewWriter(io.Discard, everything, Options{groupRows: 16, Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := w.Sink(everything)
	part, _ := s.Look(batch(t, everything, rows, 0))
	if err := s.Take(part); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t)
	if err := s.Take(part); err == nil {
		t.Error("Take after Close is without error")
	}
}

// TestPanicIsAnError: a broken piece ends the file, not the process.
func TestPanicIsAnError(t *testing.T) {
	w, err := NewWriter(io.Discard, everything, Options{groupRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	pieces := make([]*piece, len(w.leaves))
	for i := range pieces {
		pieces[i] = &piece{}
	}
	_ = w.take(10, pieces)
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), `column "image_id": panic`) {
		t.Errorf("error %v", err)
	}
}

// TestSample writes a file for other readers to look at, when a path is given.
func TestSample(t *testing.T) {
	path := os.Getenv("DERMSET_PARQUET_SAMPLE")
	if path == "" {
		path = filepath.Join(t.TempDir(), "sample.parquet")
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write(t, f, randomRows(5, 1000), 100, Options{groupRows: 300, Workers: 2, Metadata: map[string]string{"k": "v"}})
}
