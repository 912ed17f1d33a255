package parquetio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Limits on what a file may claim. They are far above what any writer makes.
const (
	footerLimit = 1 << 28 // bytes of a footer
	pageLimit   = 1 << 29 // bytes of a page before compression, and values in it
	headerLimit = 1 << 20 // bytes of a page's header
	ratioLimit  = 1 << 15 // a page before compression, or its values in bits, in sizes of the file
)

// A file is an open Parquet file. end is where its footer begins.
type file struct {
	*os.File
	end     int64
	parquet *parquet.File
}

// open opens a Parquet file after it has checked that the footer can be decoded in memory of about its size.
func open(path string) (f *file, err error) {
	o, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f = nil
			_ = o.Close()
		}
	}()
	defer rescue(path, &err)
	info, err := o.Stat()
	if err != nil {
		return nil, err
	}
	f = &file{File: o}
	if f.end, err = checkFooter(o, info.Size()); err != nil {
		return nil, fmt.Errorf("%s: not a sound Parquet file: %w", path, err)
	}
	f.parquet, err = parquet.OpenFile(o, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("%s: not a sound Parquet file: %w", path, err)
	}
	return f, nil
}

// checkFooter returns where the footer begins.
func checkFooter(r io.ReaderAt, size int64) (int64, error) {
	if size < 12 {
		return 0, fmt.Errorf("%d bytes; at least 12", size)
	}
	var tail [8]byte
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return 0, err
	}
	if string(tail[4:]) != "PAR1" {
		return 0, errors.New("no PAR1 at the end, as if it were cut off")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > size-12 || n > footerLimit {
		return 0, fmt.Errorf("a footer of %d bytes in a file of %d", n, size)
	}
	footer := make([]byte, n)
	if _, err := r.ReadAt(footer, size-8-n); err != nil {
		return 0, err
	}
	if _, err := structSize(footer); err != nil {
		return 0, fmt.Errorf("its footer: %w", err)
	}
	return size - 8 - n, nil
}

// checkChunk checks the place of a column chunk and the sizes that its pages claim, before anything is allocated for them.
func (f *file) checkChunk(group, column int) error {
	meta := f.parquet.Metadata().RowGroups[group].Columns[column].MetaData
	at := meta.DataPageOffset
	if meta.DictionaryPageOffset != 0 {
		at = meta.DictionaryPageOffset
	}
	size := meta.TotalCompressedSize
	if at < 4 || at > f.end || size < 0 || size > f.end-at || meta.DataPageOffset < at {
		return fmt.Errorf("%d bytes at %d of a file whose pages end at %d", size, at, f.end)
	}
	var header format.PageHeader
	for end := at + size; at < end; {
		n, err := f.pageHeader(&header, at, end)
		if err != nil {
			return fmt.Errorf("the page at %d: %w", at, err)
		}
		at += int64(n)
		packed, plain := int64(header.CompressedPageSize), int64(header.UncompressedPageSize)
		values := int64(header.DataPageHeader.V.NumValues) + int64(header.DataPageHeaderV2.V.NumValues) +
			int64(header.DictionaryPageHeader.V.NumValues)
		most := min(pageLimit, max(f.end*ratioLimit, 1<<16))
		if packed < 0 || packed > end-at || plain < 0 || plain > most || values < 0 || values > most {
			return fmt.Errorf("the page at %d claims %d values, %d bytes, %d before compression", at-int64(n), values, packed, plain)
		}
		at += packed
	}
	return nil
}

// pageHeader decodes the header of the page at an offset and returns its size.
func (f *file) pageHeader(header *format.PageHeader, at, end int64) (int, error) {
	for window := int64(1 << 9); ; window <<= 2 {
		window = min(window, end-at)
		b := make([]byte, window)
		if _, err := f.ReadAt(b, at); err != nil {
			return 0, err
		}
		n, err := structSize(b)
		if err == nil {
			*header = format.PageHeader{}
			return n, thrift.Unmarshal(new(thrift.CompactProtocol), b[:n], header)
		}
		if window == end-at || window >= headerLimit {
			return 0, err
		}
	}
}
