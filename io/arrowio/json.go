package arrowio

import (
	"fmt"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Texts are the strings of a list column, as JSON inside a quoted CSV cell; those of a dictionary escaped once.
type texts struct {
	nulls   validity
	values  *array.String // of each row; nil: codes and entries
	codes   []int32
	entries entries
}

func newTexts(a arrow.Array) texts {
	t := texts{nulls: validityOf(a)}
	d, ok := a.(*array.Dictionary)
	if !ok {
		t.values = a.(*array.String)
		return t
	}
	t.codes = d.Indices().(*array.Int32).Int32Values()
	t.entries = entriesOf(d.Dictionary().(*array.String), appendJSON)
	return t
}

func (t *texts) append(dst []byte, i int) []byte {
	switch {
	case t.nulls.null(i):
		return append(dst, "null"...)
	case t.values != nil:
		return appendJSON(dst, t.values.Value(i))
	}
	code := t.codes[i]
	return append(dst, t.entries.data[t.entries.ends[code]:t.entries.ends[code+1]]...)
}

// appendArray appends the cell of a JSON array of the strings from one to another.
func (t *texts) appendArray(dst []byte, from, to int) []byte {
	if from == to {
		return append(dst, "[]"...)
	}
	dst = append(dst, '"', '[')
	for i := from; i < to; i++ {
		if i > from {
			dst = append(dst, ',')
		}
		dst = t.append(dst, i)
	}
	return append(dst, ']', '"')
}

// Objects are JSON objects name → number. A null name is "null", a null number null.
type objects struct {
	texts
	p      []float32
	nulls  validity // of p
	memory *shortest
}

func (o *objects) append(dst []byte, from, to int) []byte {
	if from == to {
		return append(dst, "{}"...)
	}
	dst = append(dst, '"', '{')
	for i := from; i < to; i++ {
		if i > from {
			dst = append(dst, ',')
		}
		dst = append(o.texts.append(dst, i), ':')
		if o.nulls.null(i) {
			dst = append(dst, "null"...)
		} else {
			dst = o.memory.append(dst, o.p[i])
		}
	}
	return append(dst, '}', '"')
}

// appendJSON appends a JSON string for a quoted CSV cell: every quote doubled.
func appendJSON(dst []byte, s string) []byte {
	dst = append(dst, '"', '"')
	from := 0
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch b {
		case '"':
			dst = append(dst, `\""`...)
		case '\\':
			dst = append(dst, `\\`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, b)
		}
	}
	return append(append(dst, s[from:]...), '"', '"')
}

// Shortest appends float32 numbers as shortest decimals. It remembers them: the same few numbers come again and again,
// and to find a shortest decimal takes long.
type shortest [256]struct {
	bits uint32
	size uint8 // 0: nothing remembered
	text [19]byte
}

func (s *shortest) append(dst []byte, f float32) []byte {
	bits := math.Float32bits(f)
	m := &s[bits*0x9e3779b1>>24]
	if m.size > 0 && m.bits == bits {
		return append(dst, m.text[:m.size]...)
	}
	n := len(dst)
	dst = strconv.AppendFloat(dst, float64(f), 'f', -1, 32)
	if size := len(dst) - n; size <= len(m.text) {
		m.bits, m.size = bits, uint8(size)
		copy(m.text[:], dst[n:])
	}
	return dst
}
