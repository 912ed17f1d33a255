package pictures

import (
	"fmt"
	"image"
	"runtime/debug"

	"github.com/dermset/dermset/images"
)

// A Looker asks one question of a picture. Same content, same version: same answer, for ever; so answers are facts
// and are kept.
type Looker struct {
	Name    string   // with its version: its facts are kept under it, in work/facts/<Name>.tsv
	Columns []string // of its facts
	// Look answers with a field for each column. It depends on nothing but the picture, may be called by several
	// goroutines, and is called once a content, of pictures that were decoded whole. Of what was not, the fact has
	// empty fields.
	Look func(p *Picture) []string
}

// Lookers are all of them, a line each. Check comes first: it alone is asked about what cannot be decoded too.
var Lookers = []Looker{
	Check,
}

// A Picture is a content that lookers look at. Its pixels are there until the last of them has answered, and no longer.
type Picture struct {
	images.Result             // under no smallest side
	Stored        image.Image // as images.Decode gives it: not turned upright; nil if the picture was not decoded whole
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
