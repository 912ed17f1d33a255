package pictures

import (
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/factio"
)

// Luma is the looker that keeps the picture's Square, on which near duplicates are confirmed without its pixels.
var Luma = Looker{
	Name:    "luma1-" + images.Decoder,
	Columns: []string{"luma"},
	Bytes:   images.SquareBytes,
	OnDisk:  true,
	Look:    func(p *Picture) []string { return []string{string(p.Square().Bytes())} },
}

// Lumas are the squares of contents, read from the disk one by one, by several goroutines if they like.
type Lumas struct{ file *factio.Reader }

// Lumas opens the facts of Luma, which must be among the lookers, for reading.
func (f *Facts) Lumas() (*Lumas, error) {
	file, err := f.open(Luma.Name).bytes().Reader()
	return &Lumas{file}, err
}

// Of is the square of a content. It is not known if nobody has looked, or the disk has damaged it.
func (l *Lumas) Of(content [32]byte) (*images.Square, bool, error) {
	bytes, known, err := l.file.Get(content)
	if !known || err != nil {
		return nil, false, err
	}
	return images.SquareFrom(bytes), true, nil
}

// Close ends reading.
func (l *Lumas) Close() error { return l.file.Close() }
