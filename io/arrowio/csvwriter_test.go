package arrowio

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/io/csvio"
)

var _ engine.Sink = (*CSVWriter)(nil)

func metadata(key, value string) arrow.Metadata {
	return arrow.NewMetadata([]string{key}, []string{value})
}

func objectType(name arrow.DataType) arrow.DataType {
	return arrow.ListOf(arrow.StructOf(
		arrow.Field{Name: "name", Type: name, Nullable: true},
		arrow.Field{Name: "p", Type: arrow.PrimitiveTypes.Float32, Nullable: true}))
}

func writeCSV(t testing.TB, schema *arrow.Schema, batches ...arrow.RecordBatch) string {
	t.Helper()
	var b bytes.Buffer
	w, err := NewCSVWriter(&b, schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(feed(w, batches...), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCSVWriterCells(t *testing.T) {
	object := func(pairs ...any) []enginetest.Row {
		list := []enginetest.Row{}
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, enginetest.Row{"name": pairs[i], "p": pairs[i+1]})
		}
		return list
	}
	type pair struct {
		value any
		want  string
	}
	text := []pair{
		{"x", "x"}, {nil, ""}, {"", ""}, {" x ", " x "}, {"a,b", `"a,b"`}, {`a"b`, `"a""b"`},
		{"a\nb", "\"a\nb\""}, {"a\rb", "\"a\rb\""}, {"=1+2", "=1+2"}, {"naïve", "naïve"},
		{"longer than sixteen bytes, by far", `"longer than sixteen bytes, by far"`},
		{"longer than sixteen bytes by far", "longer than sixteen bytes by far"}, {"fifteen bytes..", "fifteen bytes.."},
	}
	shortest := []pair{
		{nil, ""}, {0, "0"}, {1, "1"}, {-2.5, "-2.5"}, {0.1, "0.1"}, {float32(1) / 3, "0.33333334"},
		{float32(6) / 11, "0.54545456"}, {1e-7, "0.0000001"}, {1e20, "100000000000000000000"},
		{float32(math.SmallestNonzeroFloat32), "0.000000000000000000000000000000000000000000001"},
		{float32(math.MaxFloat32), "340282350000000000000000000000000000000"},
		{16777216, "16777216"}, {math.Copysign(0, -1), "-0"},
	}
	names := []pair{
		{nil, ""}, {object(), "{}"}, {object("a", 1), `"{""a"":1}"`},
		{object("b", 0.5, "a", float32(1)/3), `"{""b"":0.5,""a"":0.33333334}"`},
		{object(`x "y", z`, 1), `"{""x \""y\"", z"":1}"`}, {object("<é&>", 1e-7), `"{""<é&>"":0.0000001}"`},
		{object("a", nil), `"{""a"":null}"`},
	}
	for _, c := range []struct {
		name  string
		field arrow.Field
		cells []pair
	}{
		{"text", arrow.Field{Type: arrow.BinaryTypes.String}, text},
		{"dictionary", arrow.Field{Type: dictionaryType}, text},
		{"bool", arrow.Field{Type: arrow.FixedWidthTypes.Boolean}, []pair{{true, "true"}, {false, "false"}, {nil, ""}}},
		{"int32", arrow.Field{Type: arrow.PrimitiveTypes.Int32}, []pair{{0, "0"}, {math.MinInt32, "-2147483648"}, {nil, ""}}},
		{"int64", arrow.Field{Type: arrow.PrimitiveTypes.Int64}, []pair{{math.MaxInt64, "9223372036854775807"}, {-1, "-1"}}},
		{"uint8", arrow.Field{Type: arrow.PrimitiveTypes.Uint8}, []pair{{255, "255"}, {nil, ""}}},
		{"uint64", arrow.Field{Type: arrow.PrimitiveTypes.Uint64},
			[]pair{{uint64(math.MaxUint64), "18446744073709551615"}, {nil, ""}}},
		{"hex", arrow.Field{Type: arrow.PrimitiveTypes.Uint64, Metadata: metadata("hex", "true")}, []pair{
			{0, "0000000000000000"}, {uint64(0x0123456789abcdef), "0123456789abcdef"},
			{uint64(math.MaxUint64), "ffffffffffffffff"}, {nil, ""}}},
		{"float32", arrow.Field{Type: arrow.PrimitiveTypes.Float32}, shortest},
		{"float64", arrow.Field{Type: arrow.PrimitiveTypes.Float64},
			[]pair{{0.1, "0.1"}, {1.0 / 3, "0.3333333333333333"}, {1e21, "1000000000000000000000"}, {nil, ""}}},
		{"two decimals", arrow.Field{Type: arrow.PrimitiveTypes.Float32, Metadata: metadata("decimals", "2")}, []pair{
			{nil, ""}, {0, "0.00"}, {0.125, "0.13"}, {-0.125, "-0.13"}, {0.375, "0.38"}, {12.5, "12.50"},
			{100, "100.00"}, {-0.001, "0.00"}, {0.005, "0.00"}, {99.996, "100.00"}, {0.05, "0.05"}, {-41.375, "-41.38"},
			{float32(1 << 30), "1073741824.00"}, {1e30, "1000000015047466219876688855040.00"}}},
		{"no decimals", arrow.Field{Type: arrow.PrimitiveTypes.Float32, Metadata: metadata("decimals", "0")}, []pair{
			{0.5, "1"}, {-0.5, "-1"}, {0.49, "0"}, {-0.49, "0"}, {2.5, "3"}}},
		{"array", arrow.Field{Type: arrow.ListOf(arrow.BinaryTypes.String)}, []pair{
			{nil, ""}, {[]string{}, "[]"}, {[]string{"EA80"}, `"[""EA80""]"`},
			{[]string{"a", "b"}, `"[""a"",""b""]"`}, {[]any{"a", nil}, `"[""a"",null]"`},
			{[]string{"\"\\\n\r\t\x01\x1f\x7f</é\u2028"}, "\"[\"\"\\\"\"\\\\\\n\\r\\t\\u0001\\u001f\x7f</é\u2028\"\"]\""}}},
		{"array of a dictionary", arrow.Field{Type: arrow.ListOf(dictionaryType)}, []pair{
			{[]string{"a,\"", "b", "b"}, `"[""a,\"""",""b"",""b""]"`}, {nil, ""}, {[]string{}, "[]"}}},
		{"object", arrow.Field{Type: objectType(arrow.BinaryTypes.String)}, names},
		{"object of a dictionary", arrow.Field{Type: objectType(dictionaryType)}, names},
	} {
		t.Run(c.name, func(t *testing.T) {
			field := c.field
			field.Name, field.Nullable = "x", true
			id := arrow.Field{Name: "id", Type: arrow.PrimitiveTypes.Int32}
			schema := arrow.NewSchema([]arrow.Field{field, id,
				{Name: "y", Type: field.Type, Metadata: field.Metadata, Nullable: true}}, nil)
			var rows []enginetest.Row
			want, wantSlice := "x,id,y\n", "x,id,y\n"
			for i, p := range c.cells {
				rows = append(rows, enginetest.Row{"x": p.value, "id": i, "y": p.value})
				line := p.want + "," + strconv.Itoa(i) + "," + p.want + "\n"
				want += line
				if i > 0 {
					wantSlice += line
				}
			}
			batch := enginetest.Batch(t, schema, rows)
			if diff := cmp.Diff(want, writeCSV(t, schema, batch)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(wantSlice, writeCSV(t, schema, batch.NewSlice(1, batch.NumRows()))); diff != "" {
				t.Errorf("sliced (-want +got)\n%s", diff)
			}
			for i, p := range c.cells { // alone, where a column is all null, empty or the same
				alone := batch.NewSlice(int64(i), int64(i)+1)
				if diff := cmp.Diff("x,id,y\n"+p.want+","+strconv.Itoa(i)+","+p.want+"\n", writeCSV(t, schema, alone)); diff != "" {
					t.Errorf("alone (-want +got)\n%s", diff)
				}
			}
		})
	}
}

func TestCSVWriterOneColumn(t *testing.T) {
	for _, c := range []arrow.DataType{arrow.BinaryTypes.String, dictionaryType} {
		schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: c, Nullable: true}}, nil)
		rows := []enginetest.Row{{"x": ""}, {}, {"x": "a"}}
		if got, want := writeCSV(t, schema, enginetest.Batch(t, schema, rows)), "x\n\"\"\n\"\"\na\n"; got != want {
			t.Errorf("%v: got %q, want %q", c, got, want)
		}
		if got, want := writeCSV(t, schema, enginetest.Batch(t, schema, rows[:2])), "x\n\"\"\n\"\"\n"; got != want {
			t.Errorf("%v: got %q, want %q", c, got, want)
		}
	}
}

// Batches of the same memory, of other memory with the same shape, and alone give what one batch gives.
func TestCSVWriterBatches(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: dictionaryType},
		{Name: "b", Type: dictionaryType, Nullable: true}}, nil)
	one := enginetest.Batch(t, schema, []enginetest.Row{{"a": "x", "b": "p,q"}, {"a": "y"}, {"a": "z", "b": "r"}})
	two := enginetest.Batch(t, schema, []enginetest.Row{{"a": "u", "b": "s,t"}, {"a": "v"}, {"a": "w", "b": "r"}})
	got := writeCSV(t, schema, one, one.NewSlice(1, 3), two, one.NewSlice(0, 0), one.NewSlice(0, 2))
	want := "a,b\nx,\"p,q\"\ny,\nz,r\ny,\nz,r\nu,\"s,t\"\nv,\nw,r\nx,\"p,q\"\ny,\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCSVWriterErrors(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "a", Type: arrow.BinaryTypes.Binary}, {Name: "b", Type: arrow.ListOf(arrow.PrimitiveTypes.Int32)},
		{Name: "c", Type: arrow.PrimitiveTypes.Float32, Metadata: metadata("decimals", "ten")},
	}, nil)
	_, err := NewCSVWriter(&bytes.Buffer{}, schema)
	want := `csv column "a": no text form for binary
csv column "b": no text form for list<item: int32, nullable>
csv column "c": metadata decimals is "ten", want 0 to 9`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for _, c := range []struct {
		t     arrow.DataType
		value any
		want  string
	}{
		{arrow.PrimitiveTypes.Float32, math.Inf(1), `csv column "x": +Inf among the numbers: want finite ones`},
		{arrow.PrimitiveTypes.Float64, math.NaN(), `csv column "x": NaN among the numbers: want finite ones`},
		{objectType(dictionaryType), []enginetest.Row{{"name": "a", "p": math.Inf(-1)}},
			`csv column "x": -Inf among the numbers: want finite ones`},
		{objectType(dictionaryType), []enginetest.Row{{"p": 1}}, `csv column "x": a null among the names: want a text`},
	} {
		schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: c.t, Nullable: true}}, nil)
		w, err := NewCSVWriter(&bytes.Buffer{}, schema)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Look(enginetest.Batch(t, schema, []enginetest.Row{{"x": c.value}}))
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// Fixed decimals against exact arithmetic.
func TestDecimals(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 100_000 {
		f := float32(r.NormFloat64() * math.Pow10(r.IntN(12)-4))
		if r.IntN(3) == 0 {
			f = float32(r.IntN(20000)-10000) / 128 // many exact halves
		}
		n := r.IntN(10)
		if got, want := string(appendDecimals(nil, f, n)), exactDecimals(f, n); got != want {
			t.Fatalf("%v with %d decimals: got %s, want %s", f, n, got, want)
		}
	}
}

func exactDecimals(f float32, n int) string {
	exact := new(big.Rat).SetFloat64(float64(f))
	s := exact.FloatString(n) // halves away from zero
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return s
}

// A float32 reads back as itself, whatever was written before it.
func TestShortestReadsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	var s shortest
	for range 100_000 {
		f := math.Float32frombits(r.Uint32() >> (r.Uint32() & 31))
		if f-f != 0 {
			continue
		}
		text := string(s.append(nil, f))
		back, err := strconv.ParseFloat(text, 32)
		if err != nil || math.Float32bits(float32(back)) != math.Float32bits(f) || strings.ContainsAny(text, "eE") {
			t.Fatalf("%v: %s", f, text)
		}
	}
}

// FuzzText writes texts in all forms and reads them back, with ReadCSV and with encoding/csv and encoding/json.
func FuzzText(f *testing.F) {
	f.Add("a", "b,\"", "\n\\")
	f.Add("", "\r\n", "\x1f\u2028</")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		all := []string{a, b, c}
		for _, s := range all {
			if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
				return
			}
		}
		schema := arrow.NewSchema([]arrow.Field{{Name: "text", Type: arrow.BinaryTypes.String},
			{Name: "code", Type: dictionaryType}, {Name: "list", Type: arrow.ListOf(dictionaryType)},
			{Name: "object", Type: objectType(arrow.BinaryTypes.String)}}, nil)
		var rows []enginetest.Row
		for _, s := range all {
			rows = append(rows,
				enginetest.Row{"text": s, "code": s, "list": all, "object": []enginetest.Row{{"name": s, "p": 0.25}}})
		}
		out := writeCSV(t, schema, enginetest.Batch(t, schema, rows))
		theirs, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil || len(theirs) != 4 {
			t.Fatalf("encoding/csv of %q: %q, %v", out, theirs, err)
		}
		stream, err := ReadCSV(write(t, out),
			[]Column{{Name: "text"}, {Name: "code", Dictionary: true}, {Name: "list", Dictionary: true}, {Name: "object"}},
			1+len(a))
		if err != nil {
			t.Fatal(err)
		}
		batches, err := collect(stream)
		if err != nil {
			t.Fatal(err)
		}
		for i, cells := range cellsOf(batches) {
			if cells[0] != all[i] || cells[1] != all[i] ||
				!strings.Contains(theirs[i+1][0], strings.ReplaceAll(all[i], "\r\n", "\n")) {
				t.Fatalf("%q of %q reads back as %q", all[i], out, cells)
			}
			var list []string
			if err := json.Unmarshal([]byte(cells[2]), &list); err != nil || !cmp.Equal(list, all) {
				t.Fatalf("%q of %q: %q, %v", cells[2], out, list, err)
			}
			object := map[string]float32{}
			if err := json.Unmarshal([]byte(cells[3]), &object); err != nil ||
				!cmp.Equal(object, map[string]float32{all[i]: 0.25}) {
				t.Fatalf("%q of %q: %v, %v", cells[3], out, object, err)
			}
		}
	})
}

// The header too is minimal and quoted where it must be.
func TestCSVWriterHeader(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "a,b", Type: arrow.BinaryTypes.String},
		{Name: "soft.x \"y\"", Type: arrow.BinaryTypes.String}}, nil)
	got := writeCSV(t, schema)
	if want := "\"a,b\",\"soft.x \"\"y\"\"\"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	table, err := csvio.Read(strings.NewReader(got), "p.csv")
	if err != nil || !cmp.Equal(table.Header, []string{"a,b", `soft.x "y"`}) {
		t.Errorf("%v, %v", table, err)
	}
}

// A wide schema with large dictionaries: cells fill the room they are given.
func TestCSVWriterRoom(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: dictionaryType}, {Name: "b", Type: arrow.BinaryTypes.String},
		{Name: "c", Type: dictionaryType}}, nil)
	var rows []enginetest.Row
	want := [][]string{{"a", "b", "c"}}
	for range 300 {
		cells := make([]string, 3)
		for i := range cells {
			cells[i] = strings.Repeat("x,\"y", r.IntN(1+r.IntN(2)*1000))
		}
		rows = append(rows, enginetest.Row{"a": cells[0], "b": cells[1], "c": cells[2]})
		want = append(want, cells)
	}
	got, err := csv.NewReader(strings.NewReader(writeCSV(t, schema, enginetest.Batch(t, schema, rows)))).ReadAll()
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("differs, %v", err)
	}
}

func TestFirstCodeIsFirstSeen(t *testing.T) {
	d := newDictionary()
	for i := range 5000 {
		if got := d.code([]byte(strconv.Itoa(i % 1250))); int(got) != i%1250 {
			t.Fatalf("code %d, want %d", got, i%1250)
		}
	}
	if d.code(nil) != 1250 || d.code([]byte{}) != 1250 || d.code([]byte("7")) != 7 || d.code([]byte("new")) != 1251 {
		t.Error("the empty value has no code of its own")
	}
	if a := array.NewStringData(textData(d.offsets, d.text)); a.Len() != 1252 ||
		a.Value(1250) != "" || a.Value(1249) != "1249" {
		t.Error("values differ")
	}
}
