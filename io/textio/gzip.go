package textio

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

const (
	// freely is how much a file may unpack to whatever its size, and maxRatio how many times its size beyond that.
	// Deflate can do 1032, which no table of anybody needs.
	freely   = 1 << 30
	maxRatio = 200
)

// An unpacking reads gzip, also of several members one after another.
type unpacking struct {
	in     *counted
	gzip   *gzip.Reader
	most   int64 // freely; smaller in tests
	length int64 // unpacked
	err    error // that came, and comes again
}

// A counted reader counts.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// Unpack reads what gzip packed. A file that is damaged or not whole, and one that unpacks to far more than any table
// does, is an error that says how far it was read; who calls names the file.
func Unpack(in io.Reader) io.Reader {
	return &unpacking{in: &counted{r: in}, most: freely}
}

func (u *unpacking) Read(p []byte) (n int, err error) {
	if u.err == nil {
		n, u.err = u.read(p)
	}
	return n, u.err
}

func (u *unpacking) read(p []byte) (n int, err error) {
	if u.gzip == nil {
		if u.gzip, err = gzip.NewReader(u.in); err != nil {
			u.gzip = nil
			return 0, u.failed(err)
		}
	}
	n, err = u.gzip.Read(p)
	u.length += int64(n)
	if u.length > u.most && u.length/maxRatio > u.in.n {
		return 0, fmt.Errorf("unpacks to more than %d times its size, after %d bytes: it is no table", maxRatio, u.length)
	}
	return n, u.failed(err)
}

func (u *unpacking) failed(err error) error {
	damage, bad := errors.AsType[flate.CorruptInputError](err)
	switch {
	case err == nil, err == io.EOF && u.gzip != nil:
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return fmt.Errorf("ends within what gzip packed, after %d bytes of it and %d unpacked: it is not whole, "+
			"fetch it again", u.in.n, u.length)
	case errors.Is(err, gzip.ErrHeader) && u.length == 0:
		return fmt.Errorf("is not packed by gzip, as its name says: take .gz from its name")
	case errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("what follows before byte %d is not packed by gzip: it is damaged, fetch it again", u.in.n)
	case errors.Is(err, gzip.ErrChecksum):
		return fmt.Errorf("what is unpacked, %d bytes, is not what was packed (its check sum differs): it is damaged, "+
			"fetch it again", u.length)
	case bad:
		return fmt.Errorf("byte %d of what gzip packed is damaged, after %d bytes unpacked: fetch it again",
			int64(damage), u.length)
	}
	return err
}
