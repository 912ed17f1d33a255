package columnio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"
)

// The columns of the tests' tables: how a writer knows them, and where a row as JSON has them. [] stands for a list.
var columns = []struct {
	name, path string
	kind       arrow.DataType
}{
	{"id", "id", arrow.PrimitiveTypes.Int64},
	{"i8", "i8", arrow.PrimitiveTypes.Int8},
	{"u8", "u8", arrow.PrimitiveTypes.Uint8},
	{"i16", "i16", arrow.PrimitiveTypes.Int16},
	{"u16", "u16", arrow.PrimitiveTypes.Uint16},
	{"i32", "i32", arrow.PrimitiveTypes.Int32},
	{"u32", "u32", arrow.PrimitiveTypes.Uint32},
	{"u64", "u64", arrow.PrimitiveTypes.Uint64},
	{"f32", "f32", arrow.PrimitiveTypes.Float32},
	{"f64", "f64", arrow.PrimitiveTypes.Float64},
	{"flag", "flag", arrow.FixedWidthTypes.Boolean},
	{"day", "day", arrow.FixedWidthTypes.Date32},
	{"text", "text", arrow.BinaryTypes.String},
	{"label", "label", arrow.BinaryTypes.String},
	{"nothing", "nothing", arrow.BinaryTypes.String},
	{"tags", "tags[]", arrow.ListOf(arrow.BinaryTypes.String)},
	{"weights", "weights[]", arrow.ListOf(arrow.PrimitiveTypes.Float64)},
	{"flags", "flags[]", arrow.ListOf(arrow.FixedWidthTypes.Boolean)},
	{"who.sex", "who.sex", arrow.StructOf(
		arrow.Field{Name: "sex", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "ages", Type: arrow.ListOf(arrow.PrimitiveTypes.Int32), Nullable: true})},
	{"who.ages", "who.ages[]", nil},
	{"moles.list.element.site", "moles[].site", arrow.ListOf(arrow.StructOf(
		arrow.Field{Name: "site", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "size", Type: arrow.PrimitiveTypes.Int64, Nullable: true}))},
	{"moles.list.element.size", "moles[].size", nil},
}

func schemaOf() *arrow.Schema {
	var fields []arrow.Field
	for _, c := range columns {
		if c.kind != nil {
			name, _, _ := strings.Cut(c.name, ".")
			fields = append(fields, arrow.Field{Name: name, Type: c.kind, Nullable: c.name != "id"})
		}
	}
	return arrow.NewSchema(fields, nil)
}

// A record is a row as JSON: numbers are json.Number, so that their text is what is expected.
type record = map[string]any

func randomRecord(r *rand.Rand, id int) record {
	maybe := func(v any) any {
		if r.IntN(5) == 0 {
			return nil
		}
		return v
	}
	whole := func(bits int, signed bool) any {
		n := r.Uint64() >> (64 - bits) >> r.IntN(bits)
		if signed {
			return maybe(json.Number(strconv.FormatInt(int64(n)>>1*int64(r.IntN(3)-1), 10)))
		}
		return maybe(json.Number(strconv.FormatUint(n, 10)))
	}
	word := func() any { return []string{"", "naevus", "Melanom in situ", "ä\"\\\n\U0001f9ec", "x"}[r.IntN(5)] }
	list := func(entry func() any) any {
		entries := []any{}
		for range r.IntN(4) {
			entries = append(entries, maybe(entry()))
		}
		return maybe(entries)
	}
	decimal := func(bits int) any {
		return json.Number(strconv.FormatFloat(float64(float32(r.NormFloat64()*100)), 'f', -1, bits))
	}
	return record{
		"id": json.Number(strconv.Itoa(id)),
		"i8": whole(8, true), "u8": whole(8, false), "i16": whole(16, true), "u16": whole(16, false),
		"i32": whole(32, true), "u32": whole(32, false), "u64": whole(64, false),
		"f32": maybe(decimal(32)), "f64": maybe(decimal(64)), "flag": maybe(r.IntN(2) == 0),
		"day":  maybe(time.Unix(int64(r.IntN(40000)-5000)*86400, 0).UTC().Format("2006-01-02")),
		"text": maybe(fmt.Sprintf("images/%06d/%d.jpg", r.IntN(1000), id)), "label": maybe(word()), "nothing": nil,
		"tags": list(word), "weights": list(func() any { return decimal(64) }),
		"flags": list(func() any { return r.IntN(2) == 0 }),
		"who": maybe(record{"sex": maybe(word()), "ages": list(func() any {
			return json.Number(strconv.Itoa(r.IntN(90)))
		})}),
		"moles": list(func() any {
			return record{"site": maybe(word()), "size": maybe(json.Number(strconv.Itoa(r.IntN(9))))}
		}),
	}
}

// wanted is the naive answer: what a record has at a path.
func wanted(v any, path string) []Value {
	name, rest, _ := strings.Cut(path, ".")
	at, list := strings.CutSuffix(name, "[]")
	switch {
	case path == "" && v == nil, v == nil && !strings.Contains(path, "[]"):
		return []Value{{Null: true}}
	case path == "":
		return []Value{{Text: fmt.Sprint(v)}}
	case v == nil:
		return nil
	}
	v = v.(record)[at]
	if !list {
		return wanted(v, rest)
	}
	values := []Value{}
	entries, _ := v.([]any)
	for _, entry := range entries {
		values = append(values, wanted(entry, rest)...)
	}
	return values
}

// A recipe is how a file of the matrix is written.
type recipe struct {
	name   string
	codec  compress.Compression
	groups []int // rows of the row groups
	props  []parquet.WriterProperty
}

func recipes() (all []recipe) {
	codecs := []compress.Compression{compress.Codecs.Uncompressed, compress.Codecs.Snappy, compress.Codecs.Gzip,
		compress.Codecs.Brotli, compress.Codecs.Zstd, compress.Codecs.Lz4Raw}
	e := parquet.Encodings
	deltas := []parquet.WriterProperty{parquet.WithDictionaryDefault(false)}
	for _, c := range []string{"id", "i8", "u8", "i16", "u16", "i32", "u32", "u64", "day", "moles.list.element.size"} {
		deltas = append(deltas, parquet.WithEncodingFor(c, e.DeltaBinaryPacked))
	}
	deltas = append(deltas, parquet.WithEncodingFor("text", e.DeltaByteArray),
		parquet.WithEncodingFor("label", e.DeltaLengthByteArray),
		parquet.WithEncodingFor("tags.list.element", e.DeltaByteArray),
		parquet.WithEncodingFor("nothing", e.DeltaByteArray), parquet.WithEncodingFor("flag", e.RLE),
		parquet.WithEncodingFor("flags.list.element", e.RLE))
	split := []parquet.WriterProperty{parquet.WithDictionaryDefault(false)}
	for _, c := range []string{"id", "i32", "u32", "u64", "f32", "f64", "weights.list.element"} {
		split = append(split, parquet.WithEncodingFor(c, e.ByteStreamSplit))
	}
	encodings := map[string][]parquet.WriterProperty{
		"dictionary": nil, "plain": {parquet.WithDictionaryDefault(false)}, "deltas": deltas, "split": split,
		"fallback": {parquet.WithDictionaryPageSizeLimit(200)}, // dictionaries first, then plain pages
	}
	for _, codec := range codecs {
		for encoding, props := range encodings {
			for version := range 2 {
				all = append(all, recipe{
					name:  fmt.Sprintf("%s, %s, v%d", codec, encoding, version+1),
					codec: codec, groups: []int{90, 0, 1, 300},
					props: append(slices.Clone(props), parquet.WithCompression(codec), parquet.WithDataPageSize(700),
						parquet.WithBatchSize(64), parquet.WithDataPageVersion(parquet.DataPageVersion(version))),
				})
			}
		}
	}
	slices.SortFunc(all, func(a, b recipe) int { return strings.Compare(a.name, b.name) })
	return all
}

// write makes a file of records.
func (r recipe) write(t testing.TB, records []record) []byte {
	t.Helper()
	var out bytes.Buffer
	schema := schemaOf()
	w, err := pqarrow.NewFileWriter(schema, &out, parquet.NewWriterProperties(r.props...), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range r.groups {
		text, err := json.Marshal(records[:rows])
		if err != nil {
			t.Fatal(err)
		}
		records = records[rows:]
		batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		w.NewRowGroup()
		for i := range batch.Columns() {
			if err := w.WriteColumnData(batch.Column(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// readAll reads the columns that can be read.
func readAll(data []byte) (columns []Column, rows [][][]Value, err error) {
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, nil, err
	}
	var readable []int
	for i, c := range f.Columns() {
		if c.Unread == "" {
			readable, columns = append(readable, i), append(columns, c)
		}
	}
	err = f.Rows(readable, func(row int64, cells [][]Value) error {
		one := make([][]Value, len(cells))
		for i, values := range cells {
			one[i] = append([]Value{}, values...)
		}
		rows = append(rows, one)
		return nil
	})
	return columns, rows, err
}

// TestReadsWhatWasWritten holds files of all codecs, encodings and kinds of pages, with an empty row group, against the
// records they were made of.
func TestReadsWhatWasWritten(t *testing.T) {
	for i, recipe := range recipes() {
		t.Run(recipe.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(15, uint64(i)))
			var records []record
			for id := range 391 {
				records = append(records, randomRecord(random, id))
			}
			found, rows, err := readAll(recipe.write(t, records))
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) != len(records) {
				t.Fatalf("%d rows, want %d", len(rows), len(records))
			}
			for at, c := range columns {
				if found[at].Name != c.name || found[at].List != strings.Contains(c.path, "[]") {
					t.Errorf("column %+v, want %s", found[at], c.path)
				}
				for i, record := range records {
					if want := wanted(record, c.path); !slices.Equal(want, rows[i][at]) {
						t.Fatalf("column %q, row %d:\n%s", c.name, i+1, cmp.Diff(want, rows[i][at]))
					}
				}
			}
		})
	}
}

// Numbers that are none are no text.
func TestNoNumber(t *testing.T) {
	for _, none := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if text, err := decimalText(none, 64); err != errNone {
			t.Errorf("%v: %q, %v", none, text, err)
		}
	}
}
