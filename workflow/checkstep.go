package workflow

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/images"
)

// checkedAnswer is work/check/answer.json.
type checkedAnswer struct {
	Verdicts map[string]int64 `json:"verdicts"` // images by verdict
}

func (b *build) checkKey() (stepKey, error) {
	return newStepKey(b.limits(), map[string]string{"the pictures of fetch": b.stepHash["fetch"], "the decoder": images.Decoder})
}

// check finds out what the fetched pictures are, unless a run since they last changed has. What is known of a content is not found out again.
func (b *build) check() error {
	key, err := b.checkKey()
	if err != nil {
		return err
	}
	if err := b.forgetCheck(); err != nil {
		return err
	}
	err = b.step("check", key, func(dir string) error {
		answer := checkedAnswer{Verdicts: map[string]int64{}}
		err := b.checkWanted(func(c *Checked) error {
			answer.Verdicts[string(c.Verdict)]++
			return nil
		})
		if err != nil {
			return err
		}
		return writeJSON(filepath.Join(dir, "answer.json"), answer)
	})
	b.stepHash["check"] = key.hash()
	return err
}

// forgetCheck makes the step one that has not run where somebody deleted what it had found.
func (b *build) forgetCheck() error {
	if _, err := os.Stat(b.factsPath()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(b.work("check"))
}

// lastPictures names, for later steps, what the last fetch and check left. It runs neither.
func (b *build) lastPictures() error {
	if b.known != nil {
		return nil
	}
	if err := b.lastFetch(); err != nil {
		return err
	}
	key, err := b.checkKey()
	b.stepHash["check"] = key.hash()
	return err
}

// checkWanted checks the images that count and were fetched; masks are looked at by whoever reads them.
func (b *build) checkWanted(take func(*Checked) error) error {
	err := b.readBlobs()
	if err == nil {
		b.facts, err = b.openFacts()
	}
	if err != nil {
		return err
	}
	pictures := func(yield func(Picture, error) bool) {
		for group, err := range b.wanted(false) {
			if err != nil {
				yield(Picture{}, err)
				return
			}
			for _, image := range group.Keys {
				e, known := b.blobs.Entry(image)
				if !known || e.Failed() {
					continue
				}
				if !yield(Picture{Name: image, Path: b.blobs.Path(e.SHA256), SHA256: e.SHA256, Bytes: e.Size}, nil) {
					return
				}
			}
		}
	}
	return b.checkAll(b.ctx, pictures, b.facts, b.overrides, take)
}
