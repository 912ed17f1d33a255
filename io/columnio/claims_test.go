package columnio

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A draft is a file of one column, in which everything can be said wrongly.
type draft struct {
	column format.SchemaElement
	chunk  format.ColumnMetaData
	rows   int64
	group  int64 // rows of the row group; 0: as rows
	pages  [][]byte
	end    []byte // instead of the metadata and what follows
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	data, err := thrift.Marshal(&thrift.CompactProtocol{}, v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (d draft) file(t testing.TB) []byte {
	t.Helper()
	file := []byte("PAR1")
	d.chunk.DataPageOffset = int64(len(file))
	file = append(file, slices.Concat(d.pages...)...)
	if d.chunk.TotalCompressedSize == 0 {
		d.chunk.TotalCompressedSize = int64(len(file) - 4)
	}
	if d.group == 0 {
		d.group = d.rows
	}
	d.chunk.Type = d.column.Type.V
	if d.chunk.NumValues == 0 {
		d.chunk.NumValues = d.rows
	}
	d.column.Name = "c"
	if d.end != nil {
		return append(file, d.end...)
	}
	root := format.SchemaElement{Name: "schema", NumChildren: thrift.New[int32](1)}
	footer := marshal(t, &format.FileMetaData{Version: 1, NumRows: d.rows, Schema: []format.SchemaElement{root, d.column},
		RowGroups: []format.RowGroup{{NumRows: d.group, Columns: []format.ColumnChunk{{MetaData: d.chunk}}}}})
	file = append(file, footer...)
	return append(binary.LittleEndian.AppendUint32(file, uint32(len(footer))), "PAR1"...)
}

func physical(kind format.Type, repetition format.FieldRepetitionType) format.SchemaElement {
	return format.SchemaElement{Type: thrift.New(kind), RepetitionType: thrift.New(repetition)}
}

// page is a data page of the first kind; size is what it says to unpack to.
func page(t testing.TB, values int32, encoding format.Encoding, size int, body []byte) []byte {
	t.Helper()
	return append(marshal(t, &format.PageHeader{Type: format.DataPage, UncompressedPageSize: int32(size),
		CompressedPageSize: int32(len(body)), DataPageHeader: thrift.New(format.DataPageHeader{NumValues: values,
			Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE})}), body...)
}

func plainPage(t testing.TB, texts ...string) []byte {
	t.Helper()
	body := plainTexts(texts...)
	return page(t, int32(len(texts)), format.Plain, len(body), body)
}

func plainTexts(texts ...string) (body []byte) {
	for _, text := range texts {
		body = append(binary.LittleEndian.AppendUint32(body, uint32(len(text))), text...)
	}
	return body
}

func dictionaryPage(t testing.TB, values int32, body []byte) []byte {
	t.Helper()
	return append(marshal(t, &format.PageHeader{Type: format.DictionaryPage, UncompressedPageSize: int32(len(body)),
		CompressedPageSize:   int32(len(body)),
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: values})}), body...)
}

// page2 is a data page of the second kind.
func page2(t testing.TB, values int32, encoding format.Encoding, defs []byte, size int, body []byte) []byte {
	t.Helper()
	header := marshal(t, &format.PageHeader{Type: format.DataPageV2, UncompressedPageSize: int32(size + len(defs)),
		CompressedPageSize: int32(len(body) + len(defs)), DataPageHeaderV2: thrift.New(format.DataPageHeaderV2{
			NumValues: values, NumRows: values, Encoding: encoding, DefinitionLevelsByteLength: int32(len(defs))})})
	return slices.Concat(header, defs, body)
}

func zstdOf(t testing.TB, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

var (
	text  = physical(format.ByteArray, format.Required)
	texts = physical(format.ByteArray, format.Repeated)
	mayBe = physical(format.ByteArray, format.Optional)
	whole = physical(format.Int64, format.Required)
)

func withCodec(codec format.CompressionCodec) format.ColumnMetaData {
	return format.ColumnMetaData{Codec: codec}
}

// TestClaims: what a file claims and does not hold is an error, and takes no memory.
func TestClaims(t *testing.T) {
	long := strings.Repeat("x", MaxCell+1)
	damaged := page(t, 1, format.Plain, 5, plainTexts("x"))
	damaged = damaged[:len(damaged)-1]
	checked := func() []byte {
		body := plainTexts("x")
		return append(marshal(t, &format.PageHeader{UncompressedPageSize: 5, CompressedPageSize: 5,
			CRC: int32(crc32.ChecksumIEEE(body)) ^ 1, DataPageHeader: thrift.New(format.DataPageHeader{NumValues: 1})}), body...)
	}()
	runOfNulls := []byte{0x80, 0x80, 0x80, 0x80, 0x10, 0} // 2^31 levels of 0
	bomb := zstdOf(t, make([]byte, 300<<20))
	cases := []struct {
		name string
		file draft
		want string
	}{
		{"no Parquet", draft{end: []byte("some text that is none")}, "is no Parquet file"},
		{"cut off", draft{end: []byte{}}, "too short"},
		{"encrypted", draft{end: []byte("\x01\x00\x00\x00PARE")}, "is encrypted"},
		{"footer beyond the file", draft{end: []byte("\xff\xff\xff\x7fPAR1")}, "2147483647 bytes, at most 0 can be"},
		{"list beyond the footer", draft{end: []byte("\x15\x02\x19\xfc\xff\xff\xff\xff\x07\x07\x00\x00\x00PAR1")},
			"metadata are damaged"},
		{"deep nesting", draft{end: append(bytes.Repeat([]byte{0xfc}, 5000), "\x88\x13\x00\x00PAR1"...)},
			"metadata are damaged"},
		{"field of a number below none", draft{end: []byte("\x05\x01\x02\x00\x04\x00\x00\x00PAR1")},
			"metadata are damaged"},
		{"footer of nothing", draft{end: []byte("\x15\x02\x00\x03\x00\x00\x00PAR1")}, "metadata are damaged"},
		{"rows that none hold", draft{column: mayBe, rows: 1 << 31,
			pages: [][]byte{page2(t, 1<<31-1, format.Plain, runOfNulls, 0, nil)}}, "is said to have 2147483648 rows"},
		{"rows of a group", draft{column: text, rows: 2, group: 1, pages: [][]byte{plainPage(t, "a")}},
			"its row groups have 1"},
		{"page beyond its column", draft{column: text, rows: 1, pages: [][]byte{damaged}},
			`row 1: column "c": a page is said to have 5 bytes, its column has 4 left`},
		{"chunk beyond the file", draft{column: text, rows: 1, chunk: format.ColumnMetaData{TotalCompressedSize: 1 << 40},
			pages: [][]byte{plainPage(t, "a")}}, `column "c" is damaged: its place is not in the file`},
		{"page that unpacks to nothing like it", draft{column: text, rows: 1, chunk: withCodec(format.Lz4Raw),
			pages: [][]byte{page(t, 1, format.Plain, 1<<31-1, make([]byte, 200))}}, "unpacks to another size"},
		{"damaged LZ4", draft{column: text, rows: 1, chunk: withCodec(format.Lz4Raw),
			pages: [][]byte{page(t, 1, format.Plain, 50_000, bytes.Repeat([]byte{0xff}, 200))}}, "a page is damaged"},
		{"snappy that says more", draft{column: text, rows: 1, chunk: withCodec(format.Snappy),
			pages: [][]byte{page(t, 1, format.Plain, 5, []byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0})}},
			"unpacks to another size"},
		{"zstd that is more", draft{column: text, rows: 1, chunk: withCodec(format.Zstd),
			pages: [][]byte{page(t, 1, format.Plain, 5, bomb)}}, "a page is damaged"},
		{"more than all pages may take", draft{column: text, rows: 1, chunk: withCodec(format.Zstd),
			pages: [][]byte{page(t, 1, format.Plain, 300<<20, bomb)}}, "take more than 256 MiB"},
		{"LZO", draft{column: text, rows: 1, chunk: withCodec(format.LZO), pages: [][]byte{plainPage(t, "a")}},
			`row 1: column "c" is compressed as LZO, which is not read`},
		{"damaged LZ4 of Hadoop", draft{column: text, rows: 1, chunk: withCodec(format.Lz4), pages: [][]byte{page(t, 1,
			format.Plain, 5, []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0xff})}}, "a page is damaged"},
		{"codec of the future", draft{column: text, rows: 1, chunk: withCodec(9), pages: [][]byte{plainPage(t, "a")}},
			"compressed as 9, which is not read"},
		{"encoding of the future", draft{column: text, rows: 1, pages: [][]byte{page(t, 1, 10, 5, plainTexts("a"))}},
			"encoded as 10, which is not read"},
		{"encoding of another type", draft{column: text, rows: 1, pages: [][]byte{page(t, 1, format.DeltaBinaryPacked, 5,
			plainTexts("a"))}}, "encoded as DELTA_BINARY_PACKED, which is not read"},
		{"checksum", draft{column: text, rows: 1, pages: [][]byte{checked}}, "its checksum is another"},
		{"fewer values than rows", draft{column: text, rows: 2, chunk: format.ColumnMetaData{NumValues: 1},
			pages: [][]byte{plainPage(t, "a")}}, `row 1: column "c" is damaged: it is said to have 1 values in 2 rows`},
		{"fewer values", draft{column: text, rows: 2, pages: [][]byte{plainPage(t, "a")}}, `row 2: column "c"`},
		{"more values than rows of no list", draft{column: text, rows: 1, chunk: format.ColumnMetaData{NumValues: 2},
			pages: [][]byte{plainPage(t, "a", "b")}}, "it is said to have 2 values in 1 rows"},
		{"more values", draft{column: text, rows: 1, pages: [][]byte{plainPage(t, "a", "b")}}, "more values than its column"},
		{"more values than rows", draft{column: texts, rows: 1, chunk: format.ColumnMetaData{NumValues: 2},
			pages: [][]byte{page(t, 2, format.Plain, 22, slices.Concat([]byte{2, 0, 0, 0, 4, 0}, []byte{2, 0, 0, 0, 4, 1},
				plainTexts("a", "b")))}}, "it has more values than rows"},
		{"value beyond its page", draft{column: text, rows: 1, pages: [][]byte{page(t, 1, format.Plain, 4,
			[]byte{0xff, 0xff, 0xff, 0x7f})}}, `row 1: column "c": a page is damaged: it ends early`},
		{"differences in blocks of 2^31", draft{column: whole, rows: 5, pages: [][]byte{page(t, 5,
			format.DeltaBinaryPacked, 12, []byte{0x80, 0x80, 0x80, 0x80, 0x08, 1, 5, 0, 0, 64, 0, 0})}}, `row 2: column "c"`},
		{"2^31 lengths", draft{column: text, rows: 5, pages: [][]byte{page(t, 5, format.DeltaLengthByteArray, 10,
			[]byte{0x80, 1, 4, 0xff, 0xff, 0xff, 0xff, 7, 0, 0})}}, `row 1: column "c"`},
		{"dictionary of 2^31 values", draft{column: text, rows: 1, pages: [][]byte{dictionaryPage(t, 1<<31-1,
			plainTexts("a"))}}, "its dictionary has fewer values than it says"},
		{"code of no value", draft{column: text, rows: 1, pages: [][]byte{dictionaryPage(t, 1, plainTexts("a")),
			page(t, 1, format.RLEDictionary, 3, []byte{1, 2, 1})}}, "a code stands for nothing in the dictionary"},
		{"codes without a dictionary", draft{column: text, rows: 1, pages: [][]byte{page(t, 1, format.RLEDictionary, 3,
			[]byte{1, 2, 0})}}, "a code stands for nothing in the dictionary"},
		{"two dictionaries", draft{column: text, rows: 1, pages: [][]byte{dictionaryPage(t, 1, plainTexts("a")),
			dictionaryPage(t, 1, plainTexts("b"))}}, "two dictionaries"},
		{"no UTF-8", draft{column: text, rows: 2, pages: [][]byte{plainPage(t, "a", "\xff")}},
			`row 2: column "c": "\xff" is not UTF-8`},
		{"long value", draft{column: text, rows: 2, pages: [][]byte{plainPage(t, "a", long)}},
			`row 2: column "c": a value of 1048577 bytes, at most 1 MiB is read`},
		{"long value in a dictionary", draft{column: text, rows: 1, pages: [][]byte{dictionaryPage(t, 1, plainTexts(long)),
			page(t, 1, format.RLEDictionary, 3, []byte{1, 2, 0})}}, "a value of 1048577 bytes, at most 1 MiB is read"},
		{"list of nothing", draft{column: texts, rows: 1, chunk: format.ColumnMetaData{NumValues: 1 << 20},
			pages: [][]byte{page(t, 1<<20, format.Plain, 19+4<<20, slices.Concat([]byte{6, 0, 0, 0, 2, 0, 0xfe, 0xff, 0x7f, 1},
				[]byte{5, 0, 0, 0, 0x80, 0x80, 0x80, 1, 1}, make([]byte, 4<<20)))}}, "a list of more than 1 MiB"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			file := c.file.file(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, rows, err := readAll(file)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%d rows and error %v, want %q", len(rows), err, c.want)
			}
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 8<<20+16*uint64(len(file)) {
				t.Errorf("took %d bytes", taken)
			}
		})
	}
}

// TestNullsWithoutBytes: a page of nulls has no values, and Spark packs none to no bytes.
func TestNullsWithoutBytes(t *testing.T) {
	for _, encoding := range []format.Encoding{format.Plain, format.RLEDictionary, format.DeltaByteArray} {
		file := draft{column: mayBe, rows: 4, chunk: withCodec(format.Snappy), pages: [][]byte{
			page2(t, 3, encoding, []byte{6, 0}, 0, nil),
			page2(t, 1, format.Plain, []byte{2, 1}, 5, snappy.Encode(nil, plainTexts("a"))),
		}}.file(t)
		_, rows, err := readAll(file)
		if err != nil {
			t.Fatal(err)
		}
		null := [][]Value{{{Null: true}}}
		if diff := cmp.Diff([][][]Value{null, null, null, {{{Text: "a"}}}}, rows); diff != "" {
			t.Error(diff)
		}
	}
}

// TestOnlyWhatIsWanted: a column that cannot be read does not hurt the others.
func TestOnlyWhatIsWanted(t *testing.T) {
	file := draft{column: text, rows: 3, chunk: withCodec(format.LZO), pages: [][]byte{{1, 2, 3}}}.file(t)
	f, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	if err := f.Rows(nil, func(int64, [][]Value) error { rows++; return nil }); err != nil || rows != 3 {
		t.Errorf("%d rows, error %v", rows, err)
	}
}
