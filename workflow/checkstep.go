package workflow

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/fetch"
	"github.com/dermset/dermset/images"
)

// checkedAnswer is work/check/answer.json.
type checkedAnswer struct {
	Verdicts map[string]int64 `json:"verdicts"` // contents by verdict
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
	if _, err := os.Stat(b.factsPath()); errors.Is(err, fs.ErrNotExist) { // somebody deleted what the step had found
		if err := os.RemoveAll(b.work("check")); err != nil {
			return err
		}
	}
	err = b.step("check", key, func(dir string) error {
		pictures, bytes, err := b.fetchedContents()
		if err != nil {
			return err
		}
		found, err := b.checkAll(b.ctx, pictures, bytes, b.overrides)
		if err != nil {
			return err
		}
		answer := checkedAnswer{Verdicts: map[string]int64{}}
		for i := range found {
			answer.Verdicts[string(found[i].Verdict)]++
		}
		return writeJSON(filepath.Join(dir, "answer.json"), answer)
	})
	b.stepHash["check"] = key.hash()
	return err
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

// fetchedContents are the contents of the images that count, each once, under the name of the first that has it; masks are looked at by
// whoever reads them.
func (b *build) fetchedContents() (pictures []Picture, bytes int64, err error) {
	blobs, err := fetch.ReadBlobs(b.work("blobs"), b.storeName())
	if err != nil {
		return nil, 0, err
	}
	groups, err := b.wanted(false)
	if err != nil {
		return nil, 0, err
	}
	seen := map[string]bool{}
	for _, group := range groups {
		for _, image := range group.Keys {
			entry, known := blobs.Entry(image)
			if !known || entry.Failed() || seen[entry.SHA256] {
				continue
			}
			seen[entry.SHA256] = true
			pictures = append(pictures, Picture{Name: image, Path: blobs.Path(entry.SHA256), SHA256: entry.SHA256})
			bytes += entry.Size
		}
	}
	return pictures, bytes, nil
}
