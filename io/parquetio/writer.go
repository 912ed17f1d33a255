package parquetio

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"runtime/debug"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/dermset/dermset/engine"
)

// A row group ends with the row that reaches one of these. Rows of ordinary tables have 200 to 450 bytes, so that only
// wide ones are cut by bytes (see Writer.size).
const (
	rowsInGroup  = 131072
	bytesInGroup = 64 << 20
)

// createdBy stands in every file's footer. It names no version, so that the same rows give the same bytes.
const createdBy = "dermset"

// inFlight is how many full row groups wait to be encoded or written at most, beside the one that is being filled;
// fewer, if all of them would hold more than one and a half of bytesInGroup.
const inFlight = 2

// Options of a Writer. Workers does not change a byte of the file.
type Options struct {
	Workers    int               // goroutines that encode column chunks; 0: 1
	Metadata   map[string]string // key-value metadata of the file, written in the order of keys
	groupRows  int               // rows per row group, in tests; 0: rowsInGroup
	groupBytes int               // bytes per row group, in tests; 0: bytesInGroup
}

// A Writer writes one Parquet file. It is fed by the sinks it gives, one pass after another,
// and must be ended by Close.
//
// It keeps at most three row groups of rows, one being filled and two being encoded, and of wide rows one and a
// half. An error of encoding or writing comes from Take of one of its sinks or from Close, and stays.
type Writer struct {
	out     io.Writer
	schema  *arrow.Schema
	options Options
	leaves  []leaf

	spans []span // the row group that is being filled
	rows  int
	bytes int         // of its rows, by size
	queue []*rowGroup // full ones, oldest first
	jobs  chan func()
	wg    sync.WaitGroup

	offset int64
	groups []format.RowGroup
	total  int64
	err    error
	ended  bool
}

// A rowGroup is a row group that is being encoded: a job per leaf.
type rowGroup struct {
	rows   int
	bytes  int // by Writer.size
	chunks []chunk
	errs   []error
	left   atomic.Int32
	done   chan struct{}
}

// NewWriter checks the schema and begins a file. All columns that cannot be written are named at once. Goroutines start
// with the first full row group and end with Close.
func NewWriter(w io.Writer, schema *arrow.Schema, o Options) (*Writer, error) {
	leaves, err := leavesOfSchema(schema)
	if err != nil {
		return nil, err
	}
	o.groupRows, o.groupBytes = cmp.Or(o.groupRows, rowsInGroup), cmp.Or(o.groupBytes, bytesInGroup)
	o.Workers = cmp.Or(o.Workers, 1)
	if o.groupRows < 0 || o.Workers < 0 {
		return nil, fmt.Errorf("parquet: %d workers, %d rows per row group; want 0 or more", o.Workers, o.groupRows)
	}
	o.Metadata = maps.Clone(o.Metadata)
	return &Writer{out: w, schema: schema, options: o, leaves: leaves}, nil
}

// take appends a batch's rows. It hands full row groups to the workers and writes the oldest
// when too many are under way.
func (w *Writer) take(rows int, pieces []*piece) error {
	if w.ended && w.err == nil {
		w.err = errors.New("parquet: rows after the end of the file")
	}
	for at := 0; at < rows && w.err == nil; {
		to, bytes := w.fit(pieces, at, rows)
		w.spans = append(w.spans, span{pieces: pieces, from: at, to: to})
		w.rows += to - at
		w.bytes += bytes
		at = to
		if w.rows == w.options.groupRows || w.bytes >= w.options.groupBytes {
			w.encode()
		}
		for len(w.queue) > 0 && w.held() > w.options.groupBytes/2*3 {
			w.writeOldest()
		}
	}
	return w.err
}

// fit is the end of the rows of a batch from row at on that still go into the row group, at least one, and their size.
func (w *Writer) fit(pieces []*piece, at, rows int) (to, bytes int) {
	to = min(rows, at+w.options.groupRows-w.rows)
	room := w.options.groupBytes - w.bytes
	if bytes = w.size(pieces, at, to); bytes > room {
		to = at + 1 + sort.Search(to-at-1, func(i int) bool { return w.size(pieces, at, at+1+i) >= room })
		bytes = w.size(pieces, at, to)
	}
	return to, bytes
}

// size is about what rows [from, to) of a batch keep in memory: 4 bytes a cell and their texts. It is a sum over rows
// and says the same of the same rows however they are cut into batches, for it decides where row groups end.
func (w *Writer) size(pieces []*piece, from, to int) int {
	bytes := 4 * len(w.leaves) * (to - from)
	for i, p := range pieces {
		if p != nil {
			bytes += p.size(w.leaves[i], from, to)
		}
	}
	return bytes
}

// held is the size of all rows that are not written yet.
func (w *Writer) held() int {
	bytes := w.bytes
	for _, g := range w.queue {
		bytes += g.bytes
	}
	return bytes
}

// encode hands the row group that is being filled to the workers.
func (w *Writer) encode() {
	for len(w.queue) >= inFlight {
		w.writeOldest()
	}
	if w.err != nil {
		return
	}
	if w.jobs == nil {
		w.jobs = make(chan func(), inFlight*len(w.leaves))
		for range min(w.options.Workers, inFlight*len(w.leaves)) {
			w.wg.Go(func() {
				for job := range w.jobs {
					job()
				}
			})
		}
	}
	g := &rowGroup{rows: w.rows, bytes: w.bytes, chunks: make([]chunk, len(w.leaves)),
		errs: make([]error, len(w.leaves)), done: make(chan struct{})}
	g.left.Store(int32(len(w.leaves)))
	spans := w.spans
	for _, i := range w.order() {
		w.jobs <- func() {
			g.chunks[i], g.errs[i] = tryEncode(w.leaves[i], i, spans)
			if g.left.Add(-1) == 0 {
				close(g.done)
			}
		}
	}
	w.queue = append(w.queue, g)
	w.spans, w.rows, w.bytes = nil, 0, 0
}

// order lists the leaves with the most work first, so that no long job is left for the end.
func (w *Writer) order() []int {
	order := make([]int, len(w.leaves))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(w.leaves[a].kind) - int(w.leaves[b].kind) })
	return order
}

// tryEncode is encodeChunk with a panic as an error: a broken invariant must not end the process from
// a goroutine of a writer.
func tryEncode(l leaf, index int, spans []span) (c chunk, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("parquet: column %q: panic: %v\n%s", l.name(), p, debug.Stack())
		}
	}()
	return encodeChunk(l, index, spans)
}

// writeOldest waits for the oldest full row group and writes it, unless there was an error.
func (w *Writer) writeOldest() {
	g := w.queue[0]
	w.queue = w.queue[1:]
	<-g.done
	for _, err := range g.errs {
		if err != nil && w.err == nil {
			w.err = err
		}
	}
	w.start()
	if w.err == nil && len(w.groups) == math.MaxInt16 {
		w.err = fmt.Errorf("parquet: more than %d row groups; want larger ones", math.MaxInt16)
	}
	if w.err != nil {
		return
	}
	group := format.RowGroup{NumRows: int64(g.rows), FileOffset: w.offset, Ordinal: int16(len(w.groups))}
	for _, c := range g.chunks {
		if len(c.meta.Encoding) == 3 { // a dictionary page comes first
			c.meta.DictionaryPageOffset = w.offset
		}
		c.meta.DataPageOffset += w.offset
		group.TotalByteSize += c.meta.TotalUncompressedSize
		group.TotalCompressedSize += c.meta.TotalCompressedSize
		group.Columns = append(group.Columns, format.ColumnChunk{MetaData: c.meta})
		w.write(c.dictionary)
		w.write(c.pages)
		freeBlock(c.dictionary)
		freeBlock(c.pages)
	}
	w.groups = append(w.groups, group)
	w.total += int64(g.rows)
}

func (w *Writer) start() {
	if w.offset == 0 {
		w.write([]byte("PAR1"))
	}
}

func (w *Writer) write(b []byte) {
	if w.err != nil || len(b) == 0 {
		return
	}
	n, err := w.out.Write(b)
	w.offset += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	w.err = err
}

// Close writes what is left and the footer, and returns the first error of the file. It does not close what the file is
// written to. Its goroutines are gone when it returns. A second Close does nothing and returns the same error.
func (w *Writer) Close() error {
	if w.ended {
		return w.err
	}
	if w.err == nil && w.rows > 0 {
		w.encode()
	}
	w.finish()
	w.start()
	if w.err == nil {
		w.footer()
	}
	return w.err
}

// finish writes the row groups under way, or drops them after an error, and ends the goroutines.
func (w *Writer) finish() {
	w.ended = true
	for len(w.queue) > 0 {
		w.writeOldest()
	}
	if w.jobs != nil {
		close(w.jobs)
		w.wg.Wait()
	}
	w.spans, w.rows, w.bytes = nil, 0, 0
}

func (w *Writer) footer() {
	meta := format.FileMetaData{
		Version:   1,
		Schema:    elementsOf(w.schema, w.leaves),
		NumRows:   w.total,
		RowGroups: w.groups,
		CreatedBy: createdBy,
	}
	if meta.RowGroups == nil {
		meta.RowGroups = []format.RowGroup{}
	}
	for _, key := range slices.Sorted(maps.Keys(w.options.Metadata)) {
		meta.KeyValueMetadata = append(meta.KeyValueMetadata, format.KeyValue{Key: key, Value: w.options.Metadata[key]})
	}
	for range w.leaves {
		meta.ColumnOrders = append(meta.ColumnOrders, format.ColumnOrder{Value: &format.TypeDefinedOrder{}})
	}
	b, err := thrift.Marshal(new(thrift.CompactProtocol), &meta)
	if err != nil {
		w.err = fmt.Errorf("parquet: the footer: %w", err)
		return
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(b)))
	w.write(append(b, "PAR1"...))
}

// Sink gives a sink for batches of the schema in. Columns that the file does not have are ignored; columns of the file
// that in does not have are null in these rows, so they must allow nulls. A column of another type than the file's is
// an error; all are named at once. Sinks of one Writer are used one after another.
func (w *Writer) Sink(in *arrow.Schema) (engine.Sink, error) {
	s := &sink{writer: w, columns: make([]int, w.schema.NumFields())}
	var errs []error
	for i, f := range w.schema.Fields() {
		s.columns[i] = -1
		at := in.FieldIndices(f.Name)
		switch {
		case len(at) > 1:
			errs = append(errs, fmt.Errorf("parquet: column %q comes %d times", f.Name, len(at)))
		case len(at) == 0 && !f.Nullable:
			errs = append(errs, fmt.Errorf("parquet: column %q is missing, and the file allows no nulls in it", f.Name))
		case len(at) == 1 && !sameType(f.Type, in.Field(at[0]).Type):
			errs = append(errs, fmt.Errorf("parquet: column %q is %s, want %s", f.Name, in.Field(at[0]).Type, f.Type))
		case len(at) == 1:
			s.columns[i] = at[0]
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// sameType compares types but for names and nullability of elements; fields of structs must have the same names.
func sameType(want, have arrow.DataType) bool {
	switch want := want.(type) {
	case *arrow.ListType:
		have, ok := have.(*arrow.ListType)
		return ok && sameType(want.Elem(), have.Elem())
	case *arrow.StructType:
		have, ok := have.(*arrow.StructType)
		return ok && slices.EqualFunc(want.Fields(), have.Fields(), func(a, b arrow.Field) bool {
			return a.Name == b.Name && sameType(a.Type, b.Type)
		})
	}
	return arrow.TypeEqual(want, have)
}

// A sink lays out batches in Look and appends them to the file in Take.
type sink struct {
	writer  *Writer
	columns []int // by the file's column: the index in the input, or -1
}

type part struct {
	rows   int
	pieces []*piece
}

func (s *sink) Look(batch arrow.RecordBatch) (any, error) {
	p := part{rows: int(batch.NumRows()), pieces: make([]*piece, len(s.writer.leaves))}
	all := make([]piece, len(s.writer.leaves))
	for i, l := range s.writer.leaves {
		at := s.columns[l.column]
		if at < 0 {
			continue
		}
		if err := all[i].layOut(l, batch.Column(at)); err != nil {
			return nil, err
		}
		p.pieces[i] = &all[i]
	}
	return p, nil
}

func (s *sink) Take(v any) error {
	p := v.(part)
	return s.writer.take(p.rows, p.pieces)
}
