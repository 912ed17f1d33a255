package arrowio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
)

// everyType has a column of every type that rows between generate and publish have.
var everyType = arrow.NewSchema([]arrow.Field{
	{Name: "path", Type: arrow.BinaryTypes.String},
	{Name: "label", Type: dictionaryType, Nullable: true},
	{Name: "patient", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "sex", Type: dictionaryType, Nullable: true},
	{Name: "age", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
	{Name: "reason", Type: arrow.PrimitiveTypes.Uint8},
	{Name: "class", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
	{Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "group", Type: arrow.PrimitiveTypes.Uint64, Metadata: arrow.NewMetadata([]string{"hex"}, []string{"true"})},
	{Name: "weight", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "tied", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	{Name: "codes", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
	{Name: "differential", Type: arrow.ListOf(arrow.StructOf(
		arrow.Field{Name: "label", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		arrow.Field{Name: "class", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		arrow.Field{Name: "reader", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		arrow.Field{Name: "weight", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	)), Nullable: true},
	{Name: "extra.x", Type: arrow.BinaryTypes.String, Nullable: true},
}, nil)

// everyRow makes rows of every type; each value may be null with the given chance in a hundred.
func everyRow(r *rand.Rand, n, nulls int) []enginetest.Row {
	rows := make([]enginetest.Row, n)
	for i := range rows {
		row := enginetest.Row{
			"label": fmt.Sprint("label ", r.IntN(5)), "patient": strings.Repeat("p,", r.IntN(9)), "sex": "male",
			"age": 0.5 + float32(r.IntN(90)), "class": r.Int32() - 1<<30, "n": r.Int64(), "weight": r.Float64(),
			"tied": r.IntN(2) == 0, "codes": []string{"EA80", "EK00"}[:r.IntN(3)],
			"extra.x": "é\n",
			"differential": []enginetest.Row{
				{"label": r.Int32(), "class": 1, "reader": 0, "weight": 0.5}, {"label": 3, "reader": 1},
			}[:r.IntN(3)],
		}
		for name := range row {
			if r.IntN(100) < nulls {
				delete(row, name)
			}
		}
		row["path"], row["reason"], row["group"] = fmt.Sprint("images/", i, ".jpg"), r.IntN(8), r.Uint64()
		rows[i] = row
	}
	return rows
}

func writeRows(t testing.TB, schema *arrow.Schema, batches ...arrow.RecordBatch) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewRowsWriter(&b, schema)
	if err := feed(w, batches...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// openRows opens a file of that content.
func openRows(t testing.TB, content []byte) (*Rows, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "some.arrows")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return OpenRows(path)
}

func rowsOf(batches []arrow.RecordBatch) []enginetest.Row {
	var rows []enginetest.Row
	for _, b := range batches {
		rows = append(rows, enginetest.Rows(b)...)
	}
	return rows
}

func TestRowsRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, nulls := range []int{0, 10, 100} {
		var batches []arrow.RecordBatch
		var want []enginetest.Row
		for _, n := range []int{1, 7, 0, 100, 64} {
			b := enginetest.Batch(t, everyType, everyRow(r, n, nulls))
			batches = append(batches, b)
			want = append(want, enginetest.Rows(b)...)
		}
		sliced := enginetest.Batch(t, everyType, everyRow(r, 50, nulls)).NewSlice(13, 37)
		batches = append(batches, sliced)
		want = append(want, enginetest.Rows(sliced)...)

		rows, err := openRows(t, writeRows(t, everyType, batches...))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int64{1, 7, 0, 100, 64, 24}, rows.Pieces()); diff != "" ||
			rows.rows != 196 || !rows.Schema().Equal(everyType) {
			t.Errorf("pieces (-want +got)\n%sof %d rows of %v", diff, rows.rows, rows.Schema())
		}
		if hex, _ := rows.Schema().Field(8).Metadata.GetValue("hex"); hex != "true" {
			t.Error("metadata of a field is lost")
		}
		for range 2 { // a stream may be made often
			got, err := drain(rows.Stream(), 3)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, rowsOf(got)); diff != "" {
				t.Errorf("%d %% nulls (-want +got)\n%s", nulls, diff)
			}
			for _, b := range got {
				if err := array.ValidateRecordFull(b); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func TestRowsColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	first, second := enginetest.Batch(t, everyType, everyRow(r, 2, 0)), enginetest.Batch(t, everyType, everyRow(r, 1, 0))
	rows, err := openRows(t, writeRows(t, everyType, first, second))
	if err != nil {
		t.Fatal(err)
	}
	s := rows.Stream("path", "reason")
	var names []string
	for _, f := range s.Schema.Fields() {
		names = append(names, f.Name)
	}
	if diff := cmp.Diff([]string{"path", "reason"}, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	got, err := collect(s)
	if err != nil || len(rowsOf(got)) != 3 {
		t.Errorf("%d rows, %v", len(rowsOf(got)), err)
	}
	if _, err := collect(rows.Stream("path", "colour")); err == nil ||
		!strings.Contains(err.Error(), `has no column "colour": delete work/ and run again`) {
		t.Errorf("got %v", err)
	}
}

func TestRowsWithoutRows(t *testing.T) {
	rows, err := openRows(t, writeRows(t, everyType))
	if err != nil {
		t.Fatal(err)
	}
	batches, err := drain(rows.Stream(), 1)
	if err != nil || len(batches) != 0 || rows.rows != 0 || !rows.Schema().Equal(everyType) {
		t.Errorf("%d batches, %d rows of %v, error %v", len(batches), rows.rows, rows.Schema(), err)
	}
}

func TestRowsWriterRefusesOtherSchema(t *testing.T) {
	other := arrow.NewSchema(everyType.Fields()[1:], nil)
	batch := enginetest.Batch(t, other, nil)
	if _, err := NewRowsWriter(&bytes.Buffer{}, everyType).Look(batch); err == nil {
		t.Error("takes a batch of another schema")
	}
}

// Every flipped byte and every cut is found, and said in words that help.
func TestRowsDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	schema := arrow.NewSchema(append(everyType.Fields()[:3:3], everyType.Field(12)), nil)
	var rows []enginetest.Row
	for _, row := range everyRow(r, 3, 10) {
		rows = append(rows, enginetest.Row{"path": row["path"], "label": row["label"], "differential": row["differential"]})
	}
	batch := enginetest.Batch(t, schema, rows)
	whole := writeRows(t, schema, batch, batch)
	path := filepath.Join(t.TempDir(), "some.arrows")
	try := func(what string, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		err := readAll(path)
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") ||
			!strings.HasSuffix(err.Error(), ": delete work/ and run again") {
			t.Errorf("%s of %d: %v", what, len(whole), err)
		}
	}
	for i := range whole {
		content := bytes.Clone(whole)
		content[i] ^= byte(1 << r.IntN(8))
		try(fmt.Sprint("byte ", i), content)
		try(fmt.Sprint("cut at ", i), whole[:i])
	}
	try("a byte more", append(bytes.Clone(whole), 0))
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := readAll(path); err != nil {
		t.Errorf("whole: %v", err)
	}
}

func readAll(path string) error {
	rows, err := OpenRows(path)
	if err != nil {
		return err
	}
	_, err = collect(rows.Stream())
	return err
}

// FuzzOpenRows gives files that begin and end as they should, with any index and any pieces: an error, never a panic.
func FuzzOpenRows(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	whole := writeRows(f, everyType, enginetest.Batch(f, everyType, everyRow(r, 3, 20)),
		enginetest.Batch(f, everyType, everyRow(r, 1, 20)))
	index := len(whole) - footerBytes - 3*entryBytes
	f.Add(whole[len(rowsMagic):index], whole[index:len(whole)-footerBytes])
	f.Add([]byte{}, []byte{})
	f.Add([]byte("12345678"), bytes.Repeat([]byte{0xff}, entryBytes))
	f.Fuzz(func(t *testing.T, pieces, index []byte) {
		b := append([]byte(rowsMagic), pieces...)
		b = append(b, index...)
		b = binary.LittleEndian.AppendUint64(b, uint64(len(index)/entryBytes))
		b = binary.LittleEndian.AppendUint64(b, uint64(crc32.Checksum(index, castagnoli)))
		rows, err := openRows(t, append(b, rowsMagic...))
		if err == nil {
			_, err = collect(rows.Stream())
		}
		if err != nil && !strings.HasSuffix(err.Error(), ": delete work/ and run again") {
			t.Error(err)
		}
	})
}

var _ engine.Sink = (*RowsWriter)(nil)

// A batch is a view of the piece that was read, but for its dictionaries: they live on in what is made of the batch.
func TestDictionariesAreNoViews(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "path", Type: arrow.BinaryTypes.String},
		{Name: "label", Type: dictionaryType}}, nil)
	part, err := encodePiece(schema, enginetest.Batch(t, schema, []enginetest.Row{{"path": "a view", "label": "a word"}}))
	if err != nil {
		t.Fatal(err)
	}
	data := part.piece.Bytes()
	reader, err := ipc.NewReaderFromMessageReader(&messages{rest: data})
	if err != nil || !reader.Next() {
		t.Fatal(err)
	}
	batch := reader.RecordBatch()
	copy(data[bytes.Index(data, []byte("a view")):], "A VIEW")
	copy(data[bytes.Index(data, []byte("a word")):], "A WORD")
	path, label := batch.Column(0).(*array.String), batch.Column(1).(*array.Dictionary)
	if got := path.Value(0) + ", " + label.Dictionary().(*array.String).Value(0); got != "A VIEW, a word" {
		t.Errorf("after a change of the piece: %q", got)
	}
}
