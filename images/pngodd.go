package images

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash"
	"hash/adler32"
	"hash/crc32"
	std "image/png"
	"io"
)

// An oddPNG is a PNG that the standard library refuses: a checksum is missing, or the end, or there is too much. If all
// of its pixels are there and proven, it is decoded from a plain copy of what makes them.
type oddPNG struct {
	head            []byte // body of IHDR
	colours, hidden []byte // bodies of PLTE and tRNS; nil if there are none
	packed          [][]byte
	proven, ended   bool // the checksums of packed are there, and right; the last chunk is there
	warnings        []Warning
}

func decodeOddPNG(s *source) (decoded, error) {
	p := &oddPNG{proven: true}
	if err := p.chunks(s.data[8:]); err != nil {
		return decoded{}, err
	}
	all := p.rowBytes()
	if err := p.prove(s, all); err != nil {
		return decoded{}, err
	}
	rows, err := p.unpacked(s)
	if err != nil {
		return decoded{}, err
	}
	m, err := std.Decode(&plainPNG{rows: rows, left: all, sum: adler32.New(), out: *bytes.NewBuffer(p.plainHead())})
	if !p.ended {
		p.warnings = append(p.warnings, MissingEOI)
	}
	return decoded{Image: m, warnings: p.warnings}, err
}

// chunks finds those that make the pixels, up to the end of the data if there is no other.
func (p *oddPNG) chunks(rest []byte) error {
	for inData := false; len(rest) >= 8 && !p.ended; {
		length, id := int64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		body := tail(rest, 8)
		body = body[:min(length, int64(len(body)))]
		sum := tail(rest, 8+length)
		right := len(sum) >= 4 && crc32.ChecksumIEEE(rest[4:8+length]) == binary.BigEndian.Uint32(sum)
		if id != "IDAT" && len(p.packed) > 0 {
			inData = false
		}
		switch {
		case id == "IDAT" && len(sum) >= 4 && !right:
			return corrupt("the checksum of its chunk %q is wrong", id)
		case p.head == nil && (id != "IHDR" || len(body) != 13):
			return corrupt("begins with a chunk %q, want IHDR", id)
		case id == "IDAT" && (inData || len(p.packed) == 0):
			p.packed, p.proven, inData = append(p.packed, body), p.proven && right, true
		case id == "IEND":
			p.ended = len(sum) >= 4
		case id != "IHDR" && id != "PLTE" && id != "tRNS":
			if !right && len(p.packed) == 0 {
				return corrupt("the checksum of its chunk %q is wrong", id)
			}
		case len(sum) < 4:
			return truncated("ends within its chunk %q", id)
		case !right:
			return corrupt("the checksum of its chunk %q is wrong", id)
		case id == "IHDR" && p.head == nil:
			p.head = body
		case id == "PLTE" && p.colours == nil:
			p.colours = body
		case id == "tRNS" && p.hidden == nil:
			p.hidden = body
		default:
			return corrupt("has a second chunk %q", id)
		}
		rest = tail(rest, 12+length)
	}
	if len(p.packed) == 0 {
		return truncated("ends before its pixels")
	}
	return nil
}

// rowBytes is what all rows take, each with its filter's number in front.
func (p *oddPNG) rowBytes() (all int64) {
	width, height := int64(binary.BigEndian.Uint32(p.head)), int64(binary.BigEndian.Uint32(p.head[4:]))
	bits := int64(p.head[8]) * map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[p.head[9]]
	pass := func(x, y, stepX, stepY int64) {
		if across, down := (width-x+stepX-1)/stepX, (height-y+stepY-1)/stepY; across > 0 {
			all += down * (1 + (across*bits+7)/8)
		}
	}
	if p.head[12] == 0 {
		pass(0, 0, 1, 1)
		return all
	}
	for _, s := range [7][4]int64{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
		{0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		pass(s[0], s[1], s[2], s[3])
	}
	return all
}

func (p *oddPNG) unpacked(s *source) (io.Reader, error) {
	chunks := make([]io.Reader, len(p.packed))
	for i, body := range p.packed {
		chunks[i] = bytes.NewReader(body)
	}
	rows, err := zlib.NewReader(io.MultiReader(chunks...))
	if err != nil {
		return nil, err
	}
	return lateReader{rows, s}, nil
}

// prove wants all rows, and one proof that they are right: the checksums of their chunks, or the one of the unpacked
// data. None of them may be wrong. What follows the rows is read for that up to as much as they are.
func (p *oddPNG) prove(s *source, all int64) error {
	rows, err := p.unpacked(s)
	if err != nil {
		return err
	}
	switch _, err := io.CopyN(io.Discard, rows, all); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return truncated("the data end before the picture does")
	case err != nil:
		return err
	}
	n, err := io.CopyN(io.Discard, rows, all+1)
	if n > 0 {
		p.warnings = append(p.warnings, ExtraData)
	}
	switch whole := err == io.EOF; {
	case errors.Is(err, zlib.ErrChecksum):
		return err
	case whole && p.proven:
		return nil
	case whole || p.proven:
		if p.ended && errors.Is(err, io.ErrUnexpectedEOF) {
			p.warnings = append(p.warnings, OddChecksum)
		}
		return nil
	}
	return truncated("the data end before the picture does")
}

// plainHead is the file up to its rows: no more colours than pixels can name, and what is transparent if it fits them.
func (p *oddPNG) plainHead() []byte {
	out := bytes.NewBufferString("\x89PNG\r\n\x1a\n")
	writeChunk(out, "IHDR", p.head)
	depth, colour := p.head[8], p.head[9]
	if colour == 3 {
		writeChunk(out, "PLTE", p.colours[:min(len(p.colours), 3<<min(depth, 8))])
	}
	if n := len(p.hidden); colour == 3 && n > 0 && n <= 256 || colour == 0 && n == 2 || colour == 2 && n == 6 {
		writeChunk(out, "tRNS", p.hidden)
	}
	writeChunk(out, "IDAT", []byte{0x78, 0x01}) // the header of zlib
	return out.Bytes()
}

func writeChunk(out *bytes.Buffer, id string, body []byte) {
	var head [8]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(body)))
	copy(head[4:], id)
	sum := crc32.Update(crc32.ChecksumIEEE(head[4:]), crc32.IEEETable, body)
	out.Write(head[:])
	out.Write(body)
	out.Write(binary.BigEndian.AppendUint32(nil, sum))
}

// A plainPNG gives a PNG whose rows are not packed, a chunk at a time.
type plainPNG struct {
	rows io.Reader
	left int64
	sum  hash.Hash32
	out  bytes.Buffer
	done bool
}

func (p *plainPNG) Read(b []byte) (int, error) {
	if p.out.Len() == 0 && !p.done {
		const most = 32 << 10
		n := min(p.left, most)
		p.left -= n
		p.done = p.left == 0
		block := make([]byte, 5+n, 5+n+4) // a block of deflate that is stored: whether it is the last, how long it is
		if p.done {
			block[0] = 1
		}
		binary.LittleEndian.PutUint16(block[1:], uint16(n))
		binary.LittleEndian.PutUint16(block[3:], ^uint16(n))
		if _, err := io.ReadFull(p.rows, block[5:]); err != nil {
			return 0, err
		}
		p.sum.Write(block[5:])
		if p.done {
			block = p.sum.Sum(block)
		}
		if writeChunk(&p.out, "IDAT", block); p.done {
			writeChunk(&p.out, "IEND", nil)
		}
	}
	return p.out.Read(b)
}

// A lateReader fails once its source is late.
type lateReader struct {
	io.Reader
	source *source
}

func (r lateReader) Read(p []byte) (int, error) {
	if err := r.source.late(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
