package arrowio

import (
	"errors"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/io/csvio"
)

// A CSVWriter is a sink that writes batches as CSV: UTF-8, LF, minimal quoting (see package csvio). Cells by type:
//
//	null                            empty
//	utf8, dictionary<int32, utf8>   the text
//	bool                            true, false
//	integers                        decimal; uint64 with the field metadata hex=true: 16 lower-case hex digits
//	float32, float64                the shortest decimal that reads back as the same number, never with an exponent
//	float32 with decimals=0...9     that many decimals; exact halves go away from zero; no minus before zero
//	list<text>                      a JSON array of strings
//	list<struct<text, float32>>     a JSON object, text → number, in order of the list
//
// where text is utf8 or dictionary<int32, utf8>. JSON has no spaces and escapes only what it must. A number that is not
// finite is an error. The only cell of a one-column row is "" if it is empty.
type CSVWriter struct {
	w       io.Writer
	schema  *arrow.Schema
	formats []format
}

// NewCSVWriter checks that every column of the schema can be written, and writes the header.
func NewCSVWriter(w io.Writer, schema *arrow.Schema) (*CSVWriter, error) {
	c := &CSVWriter{w: w, schema: schema}
	var errs []error
	var names []string
	for _, f := range schema.Fields() {
		o, err := formatOf(f)
		errs = append(errs, err)
		c.formats = append(c.formats, o)
		names = append(names, f.Name)
	}
	if len(names) == 0 {
		errs = append(errs, errors.New("csv: no columns"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	_, err := w.Write(csvio.AppendRecord(nil, names...))
	return c, err
}

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// Look encodes the batch.
func (c *CSVWriter) Look(batch arrow.RecordBatch) (any, error) {
	if err := sameSchema(batch, c.schema); err != nil {
		return nil, err
	}
	e := encoders.Get().(*encoder)
	if err := e.encode(batch, c.formats); err != nil {
		return nil, err
	}
	return e, nil
}

// Take writes what Look encoded.
func (c *CSVWriter) Take(part any) error {
	e := part.(*encoder)
	_, err := c.w.Write(e.out())
	encoders.Put(e)
	return err
}

// Close has nothing left to write. It does not close what it writes to.
func (c *CSVWriter) Close() error { return nil }
