package pictures

import (
	"crypto/sha256"
	"fmt"
	"image"
	"runtime/debug"

	"github.com/dermset/dermset/images"
)

// A Looker asks one question of a picture. What it looks at and its version decide the answer, for ever; so answers are
// facts and are kept.
type Looker struct {
	// Name has its version, and that of the decoder: its facts are kept under it, in work/facts/<Name>.tsv. It changes
	// whenever the same picture may get another answer.
	Name    string
	Columns []string // of its facts
	// Bytes is 0 for facts of text. Else the fact is one field of so many bytes, and is kept in work/facts/<Name>.bin: of
	// what was not decoded whole there is none. OnDisk leaves it there, where all of them would fill the memory.
	Bytes  int
	OnDisk bool
	// Beside says what of a file it looks at besides the picture: a name of it, under which and the picture's content the
	// fact is kept, or nothing. Asks is false where it has no question about the file. Nil: it asks about every picture,
	// and looks at nothing else.
	Beside func(f *File) (name string, asks bool)
	// Start is called once before the first Look of an open Facts, whose Close calls stop: what it cannot start ends the
	// run. Nil: there is nothing to start.
	Start func() (stop func() error, err error)
	// Look answers with a field for each column. It depends on nothing but the picture and what Beside names, may be
	// called by several goroutines, and is called once a fact, of pictures that were decoded whole. Of what was not, the
	// fact has empty fields.
	Look func(p *Picture) []string
}

// Lookers are all that need no model, a line each. Check comes first: it alone is asked about what cannot be decoded
// too.
var Lookers = []Looker{
	Check,
	Tone,
	Kind,
	Outline,
	Twins,
	Luma,
}

// subject is the key of the looker's fact about a file with a content.
func (l *Looker) subject(f *File, content [32]byte) (key [32]byte, asks bool) {
	if l.Beside == nil {
		return content, true
	}
	name, asks := l.Beside(f)
	if name == "" || !asks {
		return content, asks
	}
	return sha256.Sum256(append(content[:], name...)), true
}

// A Picture is a content that lookers look at. Its pixels are there until the last of them has answered, and no longer.
// It is looked at by one goroutine; what is made of it for several lookers is made once.
type Picture struct {
	images.Result             // under no smallest side
	Stored        image.Image // as images.Decode gives it: not turned upright; nil if the picture was not decoded whole
	Content       [32]byte    // its SHA-256
	File          *File       // the file that it was found in, with what lies beside it

	mask    []byte // the bytes of the file's mask, if it has one
	square  *images.Square
	small   *images.Reduced
	masked  bool // whether Mask has been asked
	outline *images.Mask
	maskIs  images.Result
}

// Square is the upright picture's brightness, reduced to 32×32.
func (p *Picture) Square() *images.Square {
	if p.square == nil {
		p.square = images.SquareOf(p.Stored, p.Orientation)
	}
	return p.square
}

// Small is the upright picture, reduced to at most images.ReducedSide pixels on its longer side.
func (p *Picture) Small() *images.Reduced {
	if p.small == nil {
		p.small = images.Reduce(p.Stored, p.Orientation, images.ReducedSide)
	}
	return p.small
}

// Mask is the mask of the picture's file, and what decoding it found: nil where it cannot be decoded, or the file has
// none.
func (p *Picture) Mask() (*images.Mask, images.Result) {
	if !p.masked && p.File.Mask.here() {
		p.masked = true
		result, stored, release := images.Decode(p.mask, maskLimits)
		defer release()
		if p.maskIs = result; stored != nil {
			p.outline = images.MaskOf(stored, result.Orientation, p.File.Mask.Inverted)
		}
	}
	return p.outline, p.maskIs
}

// Outline is the mask in the picture's own size; nil where it cannot be laid over the picture.
func (p *Picture) Outline() *images.Mask {
	mask, _ := p.Mask()
	if mask == nil {
		return nil
	}
	width, height := p.Upright()
	fitting, err := mask.For(width, height)
	if err != nil {
		return nil
	}
	return fitting
}

// ask is Look, and an error for a looker that breaks or answers with another number of fields.
func (l *Looker) ask(p *Picture) (fields []string, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("%s: panic: %v\n\n%s", l.Name, broken, debug.Stack())
		}
	}()
	if fields = l.Look(p); len(fields) != len(l.Columns) {
		err = fmt.Errorf("%s: answers with %d fields, want %d", l.Name, len(fields), len(l.Columns))
	}
	return fields, err
}
