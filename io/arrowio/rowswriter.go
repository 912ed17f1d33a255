package arrowio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// The file format of intermediate rows is described in docs/formats.md. Every change of it is a change of its magic.
const (
	rowsMagic   = "dermrow1"
	entryBytes  = 24
	footerBytes = 24
)

// An entry of the index stands for one piece.
type entry struct {
	length, rows int64
	sum          uint32 // CRC-32C of the piece
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A RowsWriter is a sink that keeps rows as they are, batch by batch, for OpenRows.
type RowsWriter struct {
	w      io.Writer
	schema *arrow.Schema
	index  []entry
}

// NewRowsWriter writes batches of that schema to w. Nothing is written before the first Take or Close.
func NewRowsWriter(w io.Writer, schema *arrow.Schema) *RowsWriter {
	return &RowsWriter{w: w, schema: schema}
}

type rowsPart struct {
	piece *bytes.Buffer
	entry entry
}

// Look encodes the batch.
func (r *RowsWriter) Look(batch arrow.RecordBatch) (any, error) {
	if err := sameSchema(batch, r.schema); err != nil {
		return nil, err
	}
	return encodePiece(r.schema, batch)
}

func sameSchema(batch arrow.RecordBatch, want *arrow.Schema) error {
	if s := batch.Schema(); s != want && !s.Equal(want) {
		return fmt.Errorf("batch has the schema %v, want %v", s, want)
	}
	return nil
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// encodePiece makes an IPC stream of the batch, or of none if it is nil.
func encodePiece(schema *arrow.Schema, batch arrow.RecordBatch) (rowsPart, error) {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	w := ipc.NewWriter(b, ipc.WithSchema(schema))
	rows := int64(0)
	if batch != nil {
		rows = batch.NumRows()
		if err := w.Write(batch); err != nil {
			return rowsPart{}, err
		}
	}
	if err := w.Close(); err != nil {
		return rowsPart{}, err
	}
	return rowsPart{b, entry{int64(b.Len()), rows, crc32.Checksum(b.Bytes(), castagnoli)}}, nil
}

// Take writes what Look encoded.
func (r *RowsWriter) Take(part any) error {
	if err := r.start(); err != nil {
		return err
	}
	return r.write(part.(rowsPart))
}

// start writes what comes before the first batch, once.
func (r *RowsWriter) start() error {
	if len(r.index) > 0 {
		return nil
	}
	if _, err := io.WriteString(r.w, rowsMagic); err != nil {
		return err
	}
	part, err := encodePiece(r.schema, nil)
	if err != nil {
		return err
	}
	return r.write(part)
}

func (r *RowsWriter) write(part rowsPart) error {
	_, err := r.w.Write(part.piece.Bytes())
	r.index = append(r.index, part.entry)
	buffers.Put(part.piece)
	return err
}

// Close writes the index. It does not close what it writes to.
func (r *RowsWriter) Close() error {
	if err := r.start(); err != nil {
		return err
	}
	var b []byte
	for _, e := range r.index {
		b = binary.LittleEndian.AppendUint64(b, uint64(e.length))
		b = binary.LittleEndian.AppendUint64(b, uint64(e.rows))
		b = binary.LittleEndian.AppendUint64(b, uint64(e.sum))
	}
	sum := crc32.Checksum(b, castagnoli)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(r.index)))
	b = binary.LittleEndian.AppendUint64(b, uint64(sum))
	b = append(b, rowsMagic...)
	_, err := r.w.Write(b)
	return err
}
