package sources

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"
)

// parquetOf writes records, which are JSON, as a file with a row group for each.
func parquetOf(t *testing.T, schema *arrow.Schema, groups []string, props ...parquet.WriterProperty) string {
	t.Helper()
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &out, parquet.NewWriterProperties(props...), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	for _, records := range groups {
		batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(records))
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
	return out.String()
}

// TestParquetOfOthers: LZ4, booleans in runs, an empty row group; nulls in lists that go together.
func TestParquetOfOthers(t *testing.T) {
	text, texts := arrow.BinaryTypes.String, arrow.ListOf(arrow.BinaryTypes.String)
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "case", Type: text}, {Name: "images", Type: texts, Nullable: true},
		{Name: "kinds", Type: texts, Nullable: true},
		{Name: "lab", Type: texts, Nullable: true},
		{Name: "w", Type: arrow.ListOf(arrow.PrimitiveTypes.Float64), Nullable: true},
		{Name: "melanoma", Type: arrow.FixedWidthTypes.Boolean}, {Name: "age", Type: arrow.PrimitiveTypes.Float64},
	}, nil)
	groups := []string{
		`[{"case":"c1","images":["a.jpg",null,"c.jpg"],"kinds":["clinical","dermoscopy",null],"lab":["x","y"],"w":[1,0.5],
			"melanoma":true,"age":40},
		{"case":"c2","images":["d.jpg","e.jpg"],"kinds":[null,"clinical"],"lab":[null,"y"],"w":[0.6,null],"melanoma":true,"age":1}]`,
		`[]`, `[{"case":"c3","images":["f.jpg"],"kinds":[null],"lab":null,"w":[],"melanoma":false,"age":0.5}]`,
	}
	s := newTrial(t, "files: m.parquet\ncolumns:\n  image_path: {column: images, split: json}\n"+
		"  image_type: {column: kinds, split: json}\n  patient_id: case\n  differentials: {labels: lab, weights: w}\n"+
		"  label: {one_hot: {columns: {melanoma: Melanoma}, none: Nevus}}\n  age: age\n",
		map[string]string{"m.parquet": parquetOf(t, schema, groups, parquet.WithCompression(compress.Codecs.Lz4Raw),
			parquet.WithDataPageVersion(parquet.DataPageV2),
			parquet.WithEncodingFor("melanoma", parquet.Encodings.RLE),
			parquet.WithDictionaryFor("melanoma", false))})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	const both = `"[{""label"":""x"",""weight"":1},{""label"":""y"",""weight"":0.5}]"`
	want := []string{"a.jpg,Melanoma," + both + ",c1,,,40,,,clinical,,", "c.jpg,Melanoma," + both + ",c1,,,40,,,,,",
		`d.jpg,Melanoma,"[""y""]",c2,,,1,,,,,`, `e.jpg,Melanoma,"[""y""]",c2,,,1,,,clinical,,`,
		"f.jpg,Nevus,,c3,,,0.5,,,,,"}
	if diff := cmp.Diff(want, s.rows()); diff != "" {
		t.Error(diff)
	}
}

// TestParquetThatCannotBeRead: errors name file, row and column, all columns at once; a column that is not used hurts
// nobody.
func TestParquetThatCannotBeRead(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "i", Type: arrow.BinaryTypes.String},
		{Name: "when", Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
		{Name: "ll", Type: arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Int8)), Nullable: true}}, nil)
	data := parquetOf(t, schema, []string{`[{"i":"a.jpg"},{"i":"b.jpg"}]`})
	s := newTrial(t, "files: m.parquet\ncolumns: {image_path: i}\n", map[string]string{"m.parquet": data})
	if _, err := s.ingest(t); err != nil {
		t.Error(err)
	}
	s = newTrial(t, "files: m.parquet\ncolumns: {image_path: i}\nextra: [when, ll.list.element]\n",
		map[string]string{"m.parquet": data})
	_, err := s.ingest(t)
	mustName(t, err, `m.parquet: column "when" is of type TIMESTAMP, which is not read`, `column "ll.list.element" is a list of lists`)
	long := fmt.Sprintf(`[{"i":"a.jpg"},{"i":%q}]`, strings.Repeat("x", 1<<20+1))
	s = newTrial(t, "files: m.parquet\ncolumns: {image_path: i}\n",
		map[string]string{"m.parquet": parquetOf(t, schema, []string{long})})
	_, err = s.ingest(t)
	mustName(t, err, `m.parquet: row 2: column "i": a value of 1048577 bytes, at most 1 MiB is read`)
}
