package workflow

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/dermset/dermset/fetch"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/factio"
)

// fetchedPictures is what fetch and check left: the log of objects, and the facts of their contents.
type fetchedPictures struct {
	blobs   *fetch.Blobs
	facts   *factio.Store
	limits  images.Limits
	overdue map[string]bool // SHA-256 of those that took longer to decode than any may: it depends on the machine, and is no fact
	lacking atomic.Int64    // pictures that were asked for, and of which there is no fact
}

// of finds the picture of a source's image, for many goroutines. One that failed to come is missing, one that nobody asked for is not known.
func (f *fetchedPictures) of(source, path string) (p picture, known bool) {
	entry, known := f.blobs.Entry(source + "/" + path)
	if !known {
		return picture{}, false
	}
	var content factio.Key
	if n, err := hex.Decode(content[:], []byte(entry.SHA256)); entry.Failed() || err != nil || n != len(content) {
		return picture{Verdict: string(images.Missing), Flaw: notFetchedFor(entry)}, true
	}
	fields, known := f.facts.Get(content)
	result, err := factOf(fields)
	switch {
	case known && err == nil && result.Stands(f.limits):
		result = result.Under(f.limits)
	case f.overdue[entry.SHA256]:
		result.Verdict, result.Detail = images.Corrupt, "decoding does not come to an end"
	default:
		f.lacking.Add(1)
		return picture{}, false
	}
	width, height := result.Upright()
	return picture{entry.SHA256, string(result.Verdict), result.Detail, width, height}, true
}

// complete is an error if check has not looked at a picture that was asked for.
func (f *fetchedPictures) complete() error {
	if n := f.lacking.Load(); n > 0 {
		return fmt.Errorf("work/facts does not have what check found of pictures: %d; run `dermset check`", n)
	}
	return nil
}

// knowsPictures says whether pictures have been fetched and checked.
func (w *Workspace) knowsPictures() bool {
	_, err := os.Stat(filepath.Join(w.work("check"), "step.json"))
	return err == nil
}

// seePictures is what is known of images.
func (b *build) seePictures() (*fetchedPictures, error) {
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
	overdue, err := b.overdue()
	return &fetchedPictures{blobs: b.blobs, facts: b.facts, limits: b.limits(), overdue: overdue}, err
}

// overdue are the contents that took check too long.
func (b *build) overdue() (map[string]bool, error) {
	var answer checkedAnswer
	err := readJSON(filepath.Join(b.work("check"), "answer.json"), &answer)
	all := map[string]bool{}
	for _, sum := range answer.Overdue {
		all[sum] = true
	}
	return all, err
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
