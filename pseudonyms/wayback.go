package pseudonyms

import (
	"fmt"
	"io"

	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/packed"
)

// Columns are those of the way back: a CSV.
var Columns = []string{"kind", "space", "original", "pseudonym"}

// An Entry is a line of the way back.
type Entry struct {
	Kind            Kind
	Space, Original string
	Pseudonym       string
}

// A WayBack is the way back that is being written: each pseudonym once, in the order in which they first come. Of each
// it keeps at most 24 bytes.
type WayBack struct {
	out  io.Writer
	seen packed.Numbers
	line []byte
}

// NewWayBack begins a way back.
func NewWayBack(out io.Writer) (*WayBack, error) {
	w := &WayBack{out: out}
	return w, w.write(Columns...)
}

// Add writes an entry, unless it is written already. A pseudonym of two originals is an error: images or people would
// be taken for one.
func (w *WayBack) Add(e Entry) error {
	w.line = append(append(append(w.line[:0], e.Kind...), 0), e.Pseudonym...)
	of := uint32(xxh3.HashString(e.Space + "\x00" + e.Original))
	was, isNew := w.seen.Put(w.line, of)
	switch {
	case was != of:
		return fmt.Errorf("two originals (%s) have the pseudonym %s, the second is %q: take another key",
			e.Kind, e.Pseudonym, e.Original)
	case !isNew:
		return nil
	}
	return w.write(string(e.Kind), e.Space, e.Original, e.Pseudonym)
}

func (w *WayBack) write(cells ...string) error {
	w.line = csvio.AppendRecord(w.line[:0], cells...)
	_, err := w.out.Write(w.line)
	return err
}
