package engine

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Take gathers rows of a batch: row i of the result is row rows[i] of batch. Rows may come in any order, more than once
// or not at all. The result shares nothing with batch but dictionaries, which it shares as they are (the same
// arrow.ArrayData), and schema: who keeps one of its columns keeps no other column of the batch in memory.
//
// It knows utf8, binary, bool, dictionaries, all numbers and times of 1, 2, 4 or 8 bytes, and lists and structs of
// these. It panics on any other type, on a row that batch does not have, and if a column of the result would pass 2 GiB
// of text or 2³¹ list elements.
func Take(batch arrow.RecordBatch, rows []int32) arrow.RecordBatch {
	checkRows(rows, batch.NumRows())
	columns := make([]arrow.Array, batch.NumCols())
	for i := range columns {
		columns[i] = array.MakeFromData(gather(batch.Column(i).Data(), rows))
	}
	return array.NewRecordBatch(batch.Schema(), columns, int64(len(rows)))
}

// checkRows panics if a row is not in [0, n).
func checkRows(rows []int32, n int64) {
	for _, row := range rows {
		if int64(uint32(row)) >= n { // a negative row is above all others
			panic(fmt.Sprintf("take: row %d of a batch of %d rows", row, n))
		}
	}
}

// gather is Take for one array.
func gather(data arrow.ArrayData, rows []int32) arrow.ArrayData {
	valid, nulls := gatherValid(data, rows)
	build := func(buffers []*memory.Buffer, children ...arrow.ArrayData) arrow.ArrayData {
		return array.NewData(data.DataType(), len(rows), append([]*memory.Buffer{valid}, buffers...), children, nulls, 0)
	}
	switch kind := data.DataType().(type) {
	case *arrow.StringType, *arrow.BinaryType:
		offsets, text := gatherText(data, rows)
		return build([]*memory.Buffer{offsets, text})
	case *arrow.BooleanType:
		bits, _ := gatherBits(bytesOf(data, 1), data.Offset(), rows)
		return build([]*memory.Buffer{memory.NewBufferBytes(bits)})
	case *arrow.DictionaryType:
		codes := gatherFixed(data, rows, kind.BitWidth())
		dictionary, _ := data.Dictionary().(*array.Data)
		return array.NewDataWithDictionary(kind, len(rows), []*memory.Buffer{valid, codes}, nulls, 0, dictionary)
	case *arrow.ListType:
		offsets, elements := gatherList(data, rows)
		return build([]*memory.Buffer{offsets}, gather(data.Children()[0], elements))
	case *arrow.StructType:
		return build(nil, gatherFields(data, rows)...)
	case arrow.FixedWidthDataType:
		return build([]*memory.Buffer{gatherFixed(data, rows, kind.BitWidth())})
	default:
		panic(fmt.Sprintf("take: a column of type %v", kind))
	}
}

// bytesOf is a buffer of data, or nil if there is none, as an empty array may have it.
func bytesOf(data arrow.ArrayData, buffer int) []byte {
	if b := data.Buffers()[buffer]; b != nil {
		return b.Bytes()
	}
	return nil
}

// values is buffer number 1 of data, without what lies before the offset of data.
func values[T arrow.FixedWidthType](data arrow.ArrayData) []T {
	all := arrow.GetData[T](bytesOf(data, 1))
	return all[min(data.Offset(), len(all)):]
}

// gatherValid gathers the validity bitmap: nil if no row is null.
func gatherValid(data arrow.ArrayData, rows []int32) (valid *memory.Buffer, nulls int) {
	bitmap := bytesOf(data, 0)
	if len(bitmap) == 0 || data.NullN() == 0 {
		return nil, 0
	}
	bits, set := gatherBits(bitmap, data.Offset(), rows)
	if set == len(rows) {
		return nil, 0
	}
	return memory.NewBufferBytes(bits), len(rows) - set
}

// gatherBits gathers bits, counted from offset, and counts those that are 1.
func gatherBits(bits []byte, offset int, rows []int32) (out []byte, set int) {
	out = make([]byte, bitutil.BytesForBits(int64(len(rows))))
	for i, row := range rows {
		at := uint(offset) + uint(row)
		bit := bits[at/8] >> (at % 8) & 1
		out[i/8] |= bit << (i % 8)
		set += int(bit)
	}
	return out, set
}

func gatherFixed(data arrow.ArrayData, rows []int32, bitWidth int) *memory.Buffer {
	switch bitWidth {
	case 8:
		return gatherValues[uint8](data, rows)
	case 16:
		return gatherValues[uint16](data, rows)
	case 32:
		return gatherValues[uint32](data, rows)
	case 64:
		return gatherValues[uint64](data, rows)
	default:
		panic(fmt.Sprintf("take: a column of type %v", data.DataType()))
	}
}

func gatherValues[T arrow.FixedWidthType](data arrow.ArrayData, rows []int32) *memory.Buffer {
	from := values[T](data)
	out := make([]T, len(rows))
	for i, row := range rows {
		out[i] = from[row]
	}
	return memory.NewBufferBytes(arrow.GetBytes(out))
}

// gatherText gathers the offsets and bytes of text. Rows that lie together are copied together.
func gatherText(data arrow.ArrayData, rows []int32) (offsets, text *memory.Buffer) {
	from := values[int32](data)
	ends, total := gatherEnds(data, from, rows)
	bytes := bytesOf(data, 2)
	out := make([]byte, 0, total)
	for i := 0; i < len(rows); {
		first := rows[i]
		next := first + 1
		for i++; i < len(rows) && rows[i] == next; i++ {
			next++
		}
		out = append(out, bytes[from[first]:from[next]]...)
	}
	return memory.NewBufferBytes(arrow.GetBytes(ends)), memory.NewBufferBytes(out)
}

// gatherList gathers the offsets of lists and says which elements they then hold.
func gatherList(data arrow.ArrayData, rows []int32) (offsets *memory.Buffer, elements []int32) {
	from := values[int32](data)
	ends, total := gatherEnds(data, from, rows)
	elements = make([]int32, 0, total)
	for _, row := range rows {
		for element := from[row]; element < from[row+1]; element++ {
			elements = append(elements, element)
		}
	}
	return memory.NewBufferBytes(arrow.GetBytes(ends)), elements
}

// gatherEnds are the offsets of the gathered rows, and how many bytes or elements they hold.
// from are the offsets of data.
func gatherEnds(data arrow.ArrayData, from, rows []int32) (ends []int32, total int64) {
	ends = make([]int32, len(rows)+1)
	for i, row := range rows {
		total += int64(from[row+1] - from[row])
		ends[i+1] = int32(total)
	}
	if total > math.MaxInt32 {
		panic(fmt.Sprintf("take: %d bytes or elements in a column of type %v, at most %d fit",
			total, data.DataType(), math.MaxInt32))
	}
	return ends, total
}

// gatherFields gathers the columns of a struct, which do not know of the offset of the struct.
func gatherFields(data arrow.ArrayData, rows []int32) []arrow.ArrayData {
	if offset := data.Offset(); offset != 0 {
		shifted := make([]int32, len(rows))
		for i, row := range rows {
			shifted[i] = row + int32(offset)
		}
		rows = shifted
	}
	fields := make([]arrow.ArrayData, len(data.Children()))
	for i, child := range data.Children() {
		fields[i] = gather(child, rows)
	}
	return fields
}
