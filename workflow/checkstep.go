package workflow

import (
	"os"
	"path/filepath"

	"github.com/dermset/dermset/fetch"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/pictures"
)

// checkedAnswer is work/check/answer.json.
type checkedAnswer struct {
	Verdicts map[string]int64 `json:"verdicts"` // images by verdict
	Overdue  []string         `json:"overdue"`  // SHA-256 of those that took longer than any may: corrupt, but no fact
}

func (b *build) checkKey() (stepKey, error) {
	return newStepKey(b.limits(), map[string]string{"the pictures of fetch": b.stepHash["fetch"], "the decoder": images.Decoder})
}

// check finds out what the fetched pictures are, unless a run since they last changed has. What is known of a content is not found out again.
// It runs too where the next step will look at pictures: that one wants a fact of each, and the disk may have lost some.
func (b *build) check() error {
	key, err := b.checkKey()
	if err != nil {
		return err
	}
	looked, err := b.willLook(key)
	if err != nil {
		return err
	}
	if looked {
		if err := os.RemoveAll(b.work("check")); err != nil {
			return err
		}
	}
	return b.step("check", key, func(dir string) error {
		answer := checkedAnswer{Verdicts: map[string]int64{}}
		err := b.checkWanted(func(s *pictures.Seen) error {
			answer.Verdicts[string(s.Verdict)]++
			if s.ByClock {
				answer.Overdue = append(answer.Overdue, s.SHA256)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return writeJSON(filepath.Join(dir, "answer.json"), answer)
	})
}

// willLook says whether a later step will look at pictures, where check has this key.
func (b *build) willLook(key stepKey) (bool, error) {
	b.stepHash["check"] = key.hash()
	next, err := b.picturesKey()
	return len(b.stale("pictures", next)) > 0, err
}

// lastPictures names, for later steps, what the last fetch and check left. It runs neither.
func (b *build) lastPictures() error {
	if err := b.lastFetch(); err != nil {
		return err
	}
	key, err := b.checkKey()
	b.stepHash["check"] = key.hash()
	return err
}

// notFetchedFor says why an object did not come.
func notFetchedFor(e fetch.Entry) string { return "not fetched: " + string(e.Reason) }

// checkWanted checks the images that count and were asked for; masks are looked at by whoever reads them.
func (b *build) checkWanted(take func(*pictures.Seen) error) error {
	err := b.readBlobs()
	if err == nil {
		b.facts, err = b.openFacts()
	}
	if err != nil {
		return err
	}
	files := func(yield func(pictures.File, error) bool) {
		for group, err := range b.wanted(false) {
			if err != nil {
				yield(pictures.File{}, err)
				return
			}
			for _, image := range group.Keys {
				e, known := b.blobs.Entry(image)
				file := pictures.File{Name: image}
				switch {
				case !known:
					file.Failed = "not fetched yet, or gone from work/blobs: run `dermset fetch`"
				case e.Failed():
					file.Failed = notFetchedFor(e)
				default:
					file.Path, file.SHA256, file.Bytes = b.blobs.Path(e.SHA256), e.SHA256, e.Size
				}
				if !yield(file, nil) {
					return
				}
			}
		}
	}
	return b.checkAll(b.ctx, files, b.facts, b.overrides, take)
}
