package build

import (
	"encoding/hex"
	"fmt"
	"path/filepath"
	"sync/atomic"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/stages"
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

// of finds the picture of a source's image, for many goroutines. One that failed to come is missing, one that nobody asked for is not known.
func (k *knownPictures) of(source, path string) (p stages.Picture, known bool) {
	entry, known := k.blobs.Entry(source + "/" + path)
	if !known {
		return p, false
	}
	if n, err := hex.Decode(p.SHA256[:], []byte(entry.SHA256)); entry.Failed() || err != nil || n != len(p.SHA256) {
		return stages.Picture{Verdict: string(images.Missing), Flaw: notFetchedFor(entry)}, true
	}
	result, known := k.facts.Result(p.SHA256, k.limits)
	if !known {
		if !k.overdue[entry.SHA256] {
			k.lacking.Add(1)
			return stages.Picture{}, false
		}
		result.Verdict, result.Detail = images.Corrupt, "decoding does not come to an end"
	}
	width, height := result.Upright()
	if result.Verdict == images.OK {
		result.Verdict = ""
	}
	p.Verdict, p.Flaw, p.Width, p.Height = string(result.Verdict), result.Detail, int32(width), int32(height)
	return p, true
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
