package columnio

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Codecs.
const (
	codecNone   = 0
	codecSnappy = 1
	codecGzip   = 2
	codecBrotli = 4
	codecLZ4    = 5
	codecZstd   = 6
	codecLZ4Raw = 7
)

var codecNames = []string{"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"}

// ratios are the most bytes that one packed byte can make, by codec: snappy copies 64 bytes by 3, LZ4 255 by 1, deflate
// 258 by 2 bits, zstd a block of 128 KiB by 4, brotli 16 MiB by some 16. A codec that is not there is not read.
var ratios = map[int32]int64{
	codecNone: 1, codecSnappy: 22, codecGzip: 1032, codecBrotli: 1 << 20, codecZstd: 1 << 15, codecLZ4: 255,
	codecLZ4Raw: 255,
}

// A decompressor unpacks pages. It is not to be used by several at once.
type decompressor struct{ zstd *zstd.Decoder }

// holds tells whether packed bytes can make so many.
func holds(codec int32, packed, unpacked int64) bool { return unpacked <= 64+packed*ratios[codec] }

var errUnpacked = errors.New("a page is damaged: it unpacks to another size than it says")

// unpack fills into with what from unpacks to: no byte less or more. No packed bytes at all are no bytes, which is how
// Spark writes a page of nulls.
func (d *decompressor) unpack(codec int32, into, from []byte) (err error) {
	defer func() { // these libraries have panicked on damaged bytes before
		if p := recover(); p != nil {
			err = fmt.Errorf("a page is damaged: %v", p)
		}
	}()
	if len(from) == 0 && len(into) == 0 {
		return nil
	}
	n := 0
	switch codec {
	case codecNone:
		n = copy(into, from)
		if len(from) > len(into) {
			n = -1
		}
	case codecSnappy:
		if n, err = snappy.DecodedLen(from); err == nil && n == len(into) {
			_, err = snappy.Decode(into, from)
		}
	case codecGzip:
		var in *gzip.Reader
		if in, err = gzip.NewReader(bytes.NewReader(from)); err == nil {
			n, err = fill(into, in)
		}
	case codecBrotli:
		n, err = fill(into, brotli.NewReader(bytes.NewReader(from)))
	case codecZstd:
		n, err = d.unpackZstd(into, from)
	case codecLZ4Raw:
		n, err = lz4.UncompressBlock(from, into)
	case codecLZ4: // of Hadoop, or raw: the format never said which
		if n = unpackHadoop(into, from); n != len(into) {
			n, err = lz4.UncompressBlock(from, into)
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("a page is damaged: %w", err)
	case n != len(into):
		return errUnpacked
	}
	return nil
}

// fill reads all of in, which must be as long as into; -1 if it is longer.
func fill(into []byte, in io.Reader) (int, error) {
	n, err := io.ReadFull(in, into)
	if err != nil {
		return n, err
	}
	var more [1]byte
	if _, err := io.ReadFull(in, more[:]); err != io.EOF {
		if err == nil {
			n = -1
		}
		return n, err
	}
	return n, nil
}

// unpackHadoop unpacks frames of Hadoop: two sizes, what the bytes unpack to and theirs, and a raw block; -1 if there
// is anything else.
func unpackHadoop(into, from []byte) int {
	done := 0
	for len(from) >= 8 {
		size, packed := int64(binary.BigEndian.Uint32(from)), int64(binary.BigEndian.Uint32(from[4:]))
		if from = from[8:]; size > int64(len(into)-done) || packed > int64(len(from)) {
			return -1
		}
		n, err := lz4.UncompressBlock(from[:packed], into[done:done+int(size)])
		if err != nil || n != int(size) {
			return -1
		}
		done, from = done+n, from[packed:]
	}
	if len(from) > 0 {
		return -1
	}
	return done
}

func (d *decompressor) unpackZstd(into, from []byte) (n int, err error) {
	if d.zstd == nil { // it takes no more than what is there to be filled, whatever the frame says
		d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true))
		if err != nil {
			return 0, err
		}
	}
	out, err := d.zstd.DecodeAll(from, into[:0:len(into)])
	return len(out), err
}

func (d *decompressor) close() {
	if d.zstd != nil {
		d.zstd.Close()
	}
}
