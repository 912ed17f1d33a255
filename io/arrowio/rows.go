package arrowio

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/fileio"
)

// mostRows is how many rows a piece may have: an index that tells of more is damaged.
const mostRows = 1 << 40

// Rows is a file of a RowsWriter. It is open only while something is read from it: of thousands of sources each has
// several, and all of them are known before the first batch is read.
type Rows struct {
	path   string
	schema *arrow.Schema
	pieces []piece
	rows   int64
}

// A piece is one batch in the file.
type piece struct {
	entry
	offset int64
	row    int64 // number of its first row
}

// errDamaged says what to do about every error of a file that only this program writes.
func (r *Rows) errDamaged(why string) error {
	return fmt.Errorf("%s: %s: delete work/ and run again", r.path, why)
}

// OpenRows reads and checks the index of a file of a RowsWriter.
func OpenRows(path string) (*Rows, error) {
	file, err := fileio.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() // only read from
	r := &Rows{path: path}
	if err := r.open(file); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Rows) open(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	index, err := r.readIndex(file, info.Size())
	if err != nil {
		return err
	}
	offset := int64(len(rowsMagic))
	left := info.Size() - offset - footerBytes - int64(len(index))
	for ; len(index) > 0; index = index[entryBytes:] {
		length, rows, sum := binary.LittleEndian.Uint64(index), binary.LittleEndian.Uint64(index[8:]),
			binary.LittleEndian.Uint64(index[16:])
		if length > uint64(left) || rows > mostRows {
			return r.errDamaged("has an index that does not fit it")
		}
		p := piece{entry{int64(length), int64(rows), uint32(sum)}, offset, r.rows}
		r.pieces = append(r.pieces, p)
		offset, left, r.rows = offset+p.length, left-p.length, r.rows+p.rows
	}
	if left != 0 || len(r.pieces) == 0 {
		return r.errDamaged("has an index that does not fit it")
	}
	first := r.pieces[0]
	r.pieces = r.pieces[1:]
	r.schema, _, err = r.decode(file, first)
	return err
}

// readIndex reads and checks all of the file but the pieces.
func (r *Rows) readIndex(file *os.File, size int64) ([]byte, error) {
	var head [len(rowsMagic)]byte
	var foot [footerBytes]byte
	if size < int64(len(head)+len(foot)) {
		return nil, r.errDamaged("is not complete")
	}
	if _, err := file.ReadAt(head[:], 0); err != nil {
		return nil, err
	}
	if _, err := file.ReadAt(foot[:], size-footerBytes); err != nil {
		return nil, err
	}
	if string(head[:]) != rowsMagic || string(foot[16:]) != rowsMagic {
		return nil, r.errDamaged("is not complete, or not of this version")
	}
	n, room := binary.LittleEndian.Uint64(foot[:]), size-int64(len(head)+len(foot))
	if n > uint64(room/entryBytes) {
		return nil, r.errDamaged("has an index that does not fit it")
	}
	index := make([]byte, n*entryBytes)
	if _, err := file.ReadAt(index, size-footerBytes-int64(len(index))); err != nil {
		return nil, err
	}
	if uint64(crc32.Checksum(index, castagnoli)) != binary.LittleEndian.Uint64(foot[8:]) {
		return nil, r.errDamaged("has a damaged index")
	}
	return index, nil
}

// Schema is that of the batches written.
func (r *Rows) Schema() *arrow.Schema { return r.schema }

// Pieces is the number of rows of each batch, in order.
func (r *Rows) Pieces() []int64 {
	rows := make([]int64, len(r.pieces))
	for i, p := range r.pieces {
		rows[i] = p.rows
	}
	return rows
}

// PiecesOf is the number of rows of each batch of the file at path.
func PiecesOf(path string) ([]int64, error) {
	rows, err := OpenRows(path)
	if err != nil {
		return nil, err
	}
	return rows.Pieces(), nil
}

// Stream reads the batches as they were written: the columns named, all if none is. It may be
// called often.
func (r *Rows) Stream(columns ...string) engine.Stream {
	s := selection{rows: r}
	var fields []arrow.Field
	if len(columns) == 0 {
		for _, f := range r.schema.Fields() {
			columns = append(columns, f.Name)
		}
	}
	for _, name := range columns {
		at := r.schema.FieldIndices(name)
		if len(at) == 0 {
			s.err = r.errDamaged(fmt.Sprintf("has no column %q", name))
			continue
		}
		fields = append(fields, r.schema.Field(at[0]))
		s.columns = append(s.columns, at[0])
	}
	s.schema = arrow.NewSchema(fields, nil)
	return engine.Stream{Schema: s.schema, Tasks: s.tasks}
}

// A selection is what one stream shows of the file.
type selection struct {
	rows    *Rows
	columns []int
	schema  *arrow.Schema
	err     error
}

func (s *selection) tasks(yield func(engine.Task, error) bool) {
	if s.err != nil {
		yield(engine.Task{}, s.err)
		return
	}
	for _, p := range s.rows.pieces {
		task := engine.Task{Bytes: timesInMemory * p.length, Run: func() (arrow.RecordBatch, error) { return s.read(p) }}
		if !yield(task, nil) {
			return
		}
	}
}

func (s *selection) read(p piece) (arrow.RecordBatch, error) {
	file, err := fileio.Open(s.rows.path)
	if err != nil {
		return nil, err
	}
	defer file.Close() // only read from
	schema, batch, err := s.rows.decode(file, p)
	if err != nil {
		return nil, err
	}
	if batch == nil || batch.NumRows() != p.rows || !schema.Equal(s.rows.schema) {
		return nil, s.rows.errDamaged("has a piece that its index does not tell of")
	}
	var columns []arrow.Array
	for _, at := range s.columns {
		columns = append(columns, batch.Column(at))
	}
	return array.NewRecordBatch(s.schema, columns, p.rows), nil
}

// decode reads a piece; the batch is nil if it holds a schema alone. Nothing is released:
// the batch is a view of the piece's bytes.
func (r *Rows) decode(file *os.File, p piece) (*arrow.Schema, arrow.RecordBatch, error) {
	data := make([]byte, p.length)
	if _, err := file.ReadAt(data, p.offset); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", r.path, err)
	}
	if crc32.Checksum(data, castagnoli) != p.sum {
		return nil, nil, r.errDamaged("is damaged")
	}
	reader, err := ipc.NewReaderFromMessageReader(&messages{rest: data})
	if err != nil {
		return nil, nil, r.errDamaged(err.Error())
	}
	if reader.Next() {
		return reader.Schema(), reader.RecordBatch(), nil
	}
	if err := reader.Err(); err != nil {
		return nil, nil, r.errDamaged(err.Error())
	}
	return reader.Schema(), nil, nil
}
