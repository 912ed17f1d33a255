package blobio

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc64"
	"io"
	"io/fs"
	"time"
)

// A Body is bytes to put, or to compare with those of an object: a file, or bytes in memory. It reads them once for all
// sums that are asked for together, and keeps the sums. A file that is written to meanwhile gives an error with the
// reason Rewritten; every error of its own has the operation "read". One goroutine uses it at a time.
type Body struct {
	Size int64

	folder  *Folder // nil: bytes in memory
	key     string
	bytes   io.ReaderAt
	file    File
	changed time.Time
	sums    map[string][]byte
	parts   []part
}

// A part is what goes in one request of a multipart upload.
type part struct {
	from, size    int64
	sha256, crc64 []byte
}

// BytesBody is a body of bytes in memory.
func BytesBody(data []byte) *Body { return &Body{Size: int64(len(data)), bytes: bytes.NewReader(data)} }

// Body opens the file under a key, to put it elsewhere. It must be closed.
func (f *Folder) Body(ctx context.Context, key string) (b *Body, err error) {
	_, err = f.persist(ctx, key, func() (err error) {
		b, err = f.body(key)
		return err
	})
	return b, err
}

func (f *Folder) body(key string) (*Body, error) {
	file, o, err := f.open("read", key)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		o, err = told("read", key, info)
	}
	if err != nil {
		return nil, errors.Join(f.fault("read", key, err), file.Close())
	}
	return &Body{Size: o.Size, folder: f, key: key, bytes: file, file: file, changed: info.ModTime()}, nil
}

// Close closes the file.
func (b *Body) Close() error {
	if b.file == nil {
		return nil
	}
	return b.file.Close()
}

// Expect says what the SHA-256 is; it is then not made here. Put refuses bytes that have another.
func (b *Body) Expect(sum []byte) { b.keep(sumSHA256, sum) }

// Read is all bytes, which must fit what Expect says: for stores that tests make.
func (b *Body) Read(ctx context.Context) ([]byte, error) {
	var data bytes.Buffer
	err := b.write(ctx, &data)
	return data.Bytes(), err
}

// write copies all bytes, and holds them to the SHA-256 where it is known.
func (b *Body) write(ctx context.Context, to io.Writer) error {
	is, into := sha256.New(), []io.Writer{to}
	want := b.sums[sumSHA256]
	if want != nil {
		into = append(into, is)
	}
	if err := b.copy(ctx, 0, b.Size, into...); err != nil {
		return err
	}
	if want != nil && !bytes.Equal(is.Sum(nil), want) {
		return b.failed(Rewritten, fmt.Errorf("its bytes have the SHA-256 %x, want %x", is.Sum(nil), want))
	}
	return nil
}

func (b *Body) keep(kind string, sum []byte) {
	if b.sums == nil {
		b.sums = map[string][]byte{}
	}
	b.sums[kind] = sum
}

// Kinds of sums, by the name that they have in headers of S3, and the MD5 that may be an ETag.
const (
	sumSHA256 = "Sha256"
	sumCRC64  = "Crc64nvme"
	sumMD5    = "Md5"
)

func newSum(kind string) hash.Hash {
	for _, c := range checksums {
		if c.name == kind {
			return c.make()
		}
	}
	return md5.New()
}

// sum makes those sums that are not known yet, in one pass.
func (b *Body) sum(ctx context.Context, kinds ...string) error {
	var into []io.Writer
	made := map[string]hash.Hash{}
	for _, kind := range kinds {
		if b.sums[kind] == nil {
			made[kind] = newSum(kind)
			into = append(into, made[kind])
		}
	}
	if len(into) == 0 {
		return nil
	}
	if err := b.copy(ctx, 0, b.Size, into...); err != nil {
		return err
	}
	for kind, h := range made {
		b.keep(kind, h.Sum(nil))
	}
	return nil
}

// split makes the sums of parts of that size, and the CRC-64 of the whole, in one pass.
func (b *Body) split(ctx context.Context, size int64) error {
	if len(b.parts) > 0 {
		return nil
	}
	var parts []part
	whole := newSum(sumCRC64)
	for from := int64(0); from < b.Size; from += size {
		p := part{from: from, size: min(size, b.Size-from)}
		own, signed := crc64.New(nvme()), sha256.New()
		if err := b.copy(ctx, p.from, p.size, whole, own, signed); err != nil {
			return err
		}
		p.crc64, p.sha256 = own.Sum(nil), signed.Sum(nil)
		parts = append(parts, p)
	}
	b.keep(sumCRC64, whole.Sum(nil))
	b.parts = parts
	return nil
}

// copy reads a piece into all writers. The file must be the one that was opened, before and after.
func (b *Body) copy(ctx context.Context, from, size int64, into ...io.Writer) error {
	if err := b.steady(ctx); err != nil {
		return err
	}
	r := b.reader(ctx, from, size)
	_, err := io.CopyBuffer(stopping{ctx, io.MultiWriter(into...)}, struct{ io.Reader }{r}, make([]byte, 128<<10))
	if failed := errors.Join(r.err, b.steady(ctx)); failed != nil {
		return failed
	}
	return err
}

// stopping is a writer that ends with the context.
type stopping struct {
	ctx context.Context
	io.Writer
}

func (s stopping) Write(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.Writer.Write(p)
}

// steady wants the file not to have been written to since it was opened.
func (b *Body) steady(ctx context.Context) error {
	if b.file == nil {
		return nil
	}
	var info fs.FileInfo
	_, err := b.folder.persist(ctx, b.key, func() (err error) {
		info, err = b.file.Stat()
		return b.folder.ofFile("read", b.key, err)
	})
	if err != nil {
		return err
	}
	if info.Size() != b.Size || !info.ModTime().Equal(b.changed) {
		return b.failed(Rewritten, fmt.Errorf("it has %d bytes and was written to at %s; it had %d, of %s",
			info.Size(), info.ModTime().Format(time.RFC3339), b.Size, b.changed.Format(time.RFC3339)))
	}
	return nil
}

func (b *Body) failed(reason Reason, err error) error {
	return &Error{Op: "read", Key: b.key, Reason: reason, Err: err}
}

// reader reads a piece from its beginning.
func (b *Body) reader(ctx context.Context, from, size int64) *bodyReader {
	r := &bodyReader{ctx: ctx, body: b}
	r.SectionReader = io.NewSectionReader(readerAt(r.readAt), from, size)
	return r
}

// A bodyReader reads a file with patience, and keeps the error of the disk, which comes back from HTTP as one of the
// connection.
type bodyReader struct {
	*io.SectionReader
	ctx  context.Context
	body *Body
	err  error
}

type readerAt func(p []byte, at int64) (int, error)

func (r readerAt) ReadAt(p []byte, at int64) (int, error) { return r(p, at) }

func (r *bodyReader) readAt(p []byte, at int64) (n int, err error) {
	b := r.body
	if b.folder == nil {
		return b.bytes.ReadAt(p, at)
	}
	_, r.err = b.folder.persist(r.ctx, b.key, func() error {
		if n, err = b.bytes.ReadAt(p, at); err == io.EOF {
			return nil
		}
		return b.folder.ofFile("read", b.key, err)
	})
	return n, cmp.Or(r.err, err)
}
