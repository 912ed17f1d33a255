package build

import (
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// knownPictures is what fetch and check left: the log of objects, and the facts of their contents.
type knownPictures struct {
	blobs   *transfer.Blobs
	facts   *pictures.Facts
	limits  images.Limits
	overdue map[string]bool // SHA-256 of those that took longer to decode than any may: it depends on the machine, and is no fact
	lacking atomic.Int64    // pictures that were asked for, and of which there is no fact
}

// A picture is what fetch and check know of one image.
type picture struct {
	verdict       images.Verdict
	flaw          string // more about the verdict, for people; may be empty
	sha256        string // of its bytes; empty: there are none
	width, height int    // of the upright image; 0: unknown
}

// fill writes it into the texts of rows.PictureFields.
func (p picture) fill(values []string) {
	values[0], values[1], values[2] = string(p.verdict), p.flaw, p.sha256
	if p.width > 0 {
		values[3] = strconv.Itoa(p.width)
	}
	if p.height > 0 {
		values[4] = strconv.Itoa(p.height)
	}
}

// of finds the picture of a source's image, for many goroutines. One that failed to come is missing, one that nobody asked for is not known.
func (k *knownPictures) of(source, path string) (p picture, known bool) {
	entry, known := k.blobs.Entry(source + "/" + path)
	if !known {
		return p, false
	}
	var content [32]byte
	if n, err := hex.Decode(content[:], []byte(entry.SHA256)); entry.Failed() || err != nil || n != len(content) {
		return picture{verdict: images.Missing, flaw: notFetchedFor(entry)}, true
	}
	result, known := k.facts.Result(content, k.limits)
	if !known {
		if !k.overdue[entry.SHA256] {
			k.lacking.Add(1)
			return p, false
		}
		result.Verdict, result.Detail = images.Corrupt, "decoding does not come to an end"
	}
	width, height := result.Upright()
	return picture{result.Verdict, result.Detail, entry.SHA256, width, height}, true
}

// complete is an error if check has not looked at a picture that was asked for.
func (k *knownPictures) complete() error {
	if n := k.lacking.Load(); n > 0 {
		return fmt.Errorf("work/facts does not have what check found of pictures: %d; run `dermset check`", n)
	}
	return nil
}

// seePictures is what is known of images, for the last who needs it.
func (b *build) seePictures() (*knownPictures, error) {
	blobs, err := steps.Take(b.steps, "fetch", b.readBlobs)
	if err != nil {
		return nil, err
	}
	facts, err := steps.Take(b.steps, "check", b.readFacts)
	if err != nil {
		return nil, err
	}
	answer, err := steps.Answer[checked](b.steps, "check")
	if err != nil {
		return nil, err
	}
	return b.known(blobs, facts, answer), nil
}

func (b *build) known(blobs *transfer.Blobs, facts *pictures.Facts, answer *checked) *knownPictures {
	overdue := map[string]bool{}
	for _, sum := range answer.Overdue {
		overdue[sum] = true
	}
	return &knownPictures{blobs: blobs, facts: facts, limits: b.limits(), overdue: overdue}
}

// lastPictures is what is known of images, whatever else has changed since; nil where nobody has looked at any.
func (b *build) lastPictures() (*knownPictures, error) {
	if !b.steps.HasRun("check") {
		return nil, nil
	}
	blobs, err := b.readBlobs("")
	if err != nil {
		return nil, err
	}
	facts, err := b.readFacts("")
	if err != nil {
		return nil, err
	}
	answer := new(checked)
	err = workspace.ReadJSON(filepath.Join(b.Work("check"), "answer.json"), answer)
	return b.known(blobs, facts, answer), err
}

// readFacts are the facts as they are now.
func (b *build) readFacts(string) (*pictures.Facts, error) {
	facts, err := b.openFacts()
	if err != nil {
		return nil, err
	}
	return facts, facts.Close()
}
