package columnio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// MaxCell is the most bytes that a value may have, and all values of a list together.
const MaxCell = 1 << 20

func tooLong(n int) error { return fmt.Errorf("a value of %d bytes, at most 1 MiB is read", n) }

// Physical types.
const (
	physicalBoolean = 0
	physicalInt32   = 1
	physicalInt64   = 2
	physicalInt96   = 3
	physicalFloat   = 4
	physicalDouble  = 5
	physicalBytes   = 6
	physicalFixed   = 7
)

// Logical types, and the converted types that older writers have instead.
const (
	logicalDecimal = 5
	logicalDate    = 6
	logicalInt     = 10
	logicalNull    = 11

	convertedDecimal = 5
	convertedDate    = 6
	convertedUint8   = 11
	convertedUint64  = 14
	convertedInt8    = 15
	convertedInt64   = 18
)

var physicalNames = []string{
	"BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY",
}

var logicalNames = map[int16]string{
	1: "STRING", 2: "MAP", 3: "LIST", 4: "ENUM", 5: "DECIMAL", 6: "DATE", 7: "TIME", 8: "TIMESTAMP", 10: "INT", 11: "NULL",
	12: "JSON", 13: "BSON", 14: "UUID", 15: "FLOAT16", 16: "VARIANT", 17: "GEOMETRY", 18: "GEOGRAPHY",
}

var convertedNames = map[int32]string{
	0: "UTF8", 1: "MAP", 2: "MAP_KEY_VALUE", 3: "LIST", 4: "ENUM", 5: "DECIMAL", 6: "DATE", 7: "TIME", 8: "TIME",
	9: "TIMESTAMP", 10: "TIMESTAMP", 19: "JSON", 20: "BSON", 21: "INTERVAL",
}

// typeName is a type as an error names it.
func typeName(e element) string {
	name := logicalNames[e.logical.id]
	if name == "" {
		name = convertedNames[e.converted]
	}
	switch {
	case e.logical.id == logicalDecimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", e.logical.decimals, e.logical.scale)
	case name == "DECIMAL":
		return fmt.Sprintf("DECIMAL(%d,%d)", e.precision, e.scale)
	case name != "":
		return name
	case e.physical == physicalFixed:
		return fmt.Sprintf("FIXED_LEN_BYTE_ARRAY(%d)", e.width)
	case e.physical >= 0 && int(e.physical) < len(physicalNames):
		return physicalNames[e.physical]
	}
	return fmt.Sprintf("%d", e.physical)
}

// textOf says how values of a type become text, and whether they are numbers; nil for a type that is not read. NaN
// and infinities, which some writers put where nothing is, are no text.
func textOf(e element) (text func(value) (string, error), number bool) {
	decimal := e.logical.id == logicalDecimal || e.converted == convertedDecimal
	switch e.physical {
	case physicalBoolean:
		return func(v value) (string, error) { return strconv.FormatBool(v.bits != 0), nil }, false
	case physicalInt32, physicalInt64:
		return wholeNumber(e)
	case physicalFloat:
		return func(v value) (string, error) { return decimalText(float64(math.Float32frombits(uint32(v.bits))), 32) }, true
	case physicalDouble:
		return func(v value) (string, error) { return decimalText(math.Float64frombits(v.bits), 64) }, true
	case physicalBytes:
		if !decimal {
			return bytesText, false
		}
	}
	return nil, false
}

var errNone = errors.New("the value says that there is none")

func decimalText(number float64, bits int) (string, error) {
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return "", errNone
	}
	return strconv.FormatFloat(number, 'f', -1, bits), nil
}

func bytesText(v value) (string, error) {
	switch {
	case len(v.bytes) > MaxCell:
		return "", tooLong(len(v.bytes))
	case !utf8.Valid(v.bytes):
		return "", fmt.Errorf("%q is not UTF-8", v.bytes[:min(len(v.bytes), 200)])
	}
	return string(v.bytes), nil
}

func wholeNumber(e element) (text func(value) (string, error), number bool) {
	narrow := e.physical == physicalInt32
	signed := func(v value) (string, error) { return strconv.FormatInt(int64(v.bits), 10), nil }
	unsigned := func(v value) (string, error) {
		if narrow {
			return strconv.FormatUint(uint64(uint32(v.bits)), 10), nil
		}
		return strconv.FormatUint(v.bits, 10), nil
	}
	switch {
	case narrow && (e.logical.id == logicalDate || e.logical.id == 0 && e.converted == convertedDate):
		return func(v value) (string, error) {
			return time.Unix(int64(v.bits)*24*3600, 0).UTC().Format("2006-01-02"), nil
		}, false
	case e.logical.id == logicalInt && !e.logical.signed,
		e.logical.id == 0 && e.converted >= convertedUint8 && e.converted <= convertedUint64:
		return unsigned, true
	case e.logical.id == logicalInt,
		e.logical.id == 0 && (e.converted < 0 || e.converted >= convertedInt8 && e.converted <= convertedInt64):
		return signed, true
	case e.logical.id == logicalNull:
		return func(value) (string, error) { return "", errors.New("a value in a column of type NULL") }, false
	}
	return nil, false
}

// A value is what a page holds: the bits of a boolean or number, whole numbers sign-extended, or bytes.
type value struct {
	bits  uint64
	bytes []byte
}

func littleEndian32(data []byte) uint64 {
	return uint64(int64(int32(binary.LittleEndian.Uint32(data))))
}
