package workflow

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/fetch"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/factio"
)

// fetchedPictures is what fetch and check left: the log of objects, and the facts of their contents.
type fetchedPictures struct {
	blobs  *fetch.Blobs
	facts  *factio.Store
	limits images.Limits
}

// of finds the picture of a source's image. One that did not come is not known. One without a fact took longer to decode than any picture
// may: that depends on the machine, so that nothing was kept of it, and it counts as corrupt.
func (f *fetchedPictures) of(source, path string) (p picture, known bool) {
	entry, known := f.blobs.Entry(source + "/" + path)
	if !known || entry.Failed() {
		return picture{}, false
	}
	if n, err := hex.Decode(p.SHA256[:], []byte(entry.SHA256)); err != nil || n != len(p.SHA256) {
		return picture{}, false
	}
	p.Verdict = string(images.Corrupt)
	fields, known := f.facts.Get(p.SHA256)
	if !known {
		return p, true
	}
	if result, err := factOf(fields); err == nil {
		result = result.Under(f.limits)
		width, height := result.Upright()
		p.Verdict, p.Width, p.Height = string(result.Verdict), int32(width), int32(height)
	}
	if p.Verdict == string(images.OK) {
		p.Verdict = ""
	}
	return p, true
}

// knowsPictures says whether pictures have been fetched and checked.
func (w *Workspace) knowsPictures() bool {
	_, err := os.Stat(filepath.Join(w.work("check"), "step.json"))
	return w.known != nil || err == nil
}

// seePictures is what is known of images.
func (b *build) seePictures() (pictures, error) {
	if b.Workspace.known != nil {
		return b.Workspace.known, nil
	}
	if !b.knowsPictures() {
		return nil, fmt.Errorf("nothing is known of the pictures in %q yet: run `dermset build`, or `dermset fetch` and `dermset check`, or set images.store to \"\" to build the tables alone", b.Config.Images.Store)
	}
	if err := b.readBlobs(); err != nil {
		return nil, err
	}
	if b.facts == nil {
		facts, err := b.openFacts()
		if err != nil {
			return nil, err
		}
		if err := facts.Close(); err != nil {
			return nil, err
		}
		b.facts = facts
	}
	return &fetchedPictures{b.blobs, b.facts, b.limits()}, nil
}

// readBlobs opens the log of what was fetched, unless this run has.
func (b *build) readBlobs() (err error) {
	if b.blobs == nil {
		b.blobs, err = fetch.ReadBlobs(b.work("blobs"), b.storeName())
	}
	return err
}

func (w *Workspace) factsPath() string {
	return filepath.Join(w.work("facts"), "check-"+images.Decoder+".tsv")
}

func (w *Workspace) openFacts() (*factio.Store, error) {
	return factio.Open(w.factsPath(), factColumns...)
}
