package workflow

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/parquetio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/stages"
)

// lockFile is the table that split.lock names: its bytes, unlike the manifest's, are the same when the version is built again.
func (w *Workspace) lockFile() string {
	lock := w.Config.Split.Lock
	return filepath.Join(w.dist(lock), prefix(lock)+"selected_unsampled.parquet")
}

// lockHash is the SHA-256 of the lock's table, which must be the one its version was published with.
func (w *Workspace) lockHash() (string, error) {
	sum, _, err := hashFile(w.lockFile())
	if err != nil {
		return "", err
	}
	manifest, err := releaseio.ReadManifest(w.dist(w.Config.Split.Lock))
	if err != nil {
		return "", err
	}
	for _, file := range manifest.Outputs {
		if file.Path == filepath.Base(w.lockFile()) && file.SHA256 == sum {
			return sum, nil
		}
	}
	return "", fmt.Errorf("split.lock: %s is not what the manifest of its version says; see `dermset verify %s`", w.inside(w.lockFile()), w.Config.Split.Lock)
}

// lockedSplits is the split that every row had in the version of split.lock, by image_id, in the order of the ledger; nil without a
// lock. Images are known by a 128-bit hash, as in pathSet.
func (b *build) lockedSplits() ([]stages.Split, error) {
	if b.Config.Split.Lock == "" {
		return nil, nil
	}
	seed := rand.Uint64()
	before := map[xxh3.Uint128]stages.Split{}
	path := b.lockFile()
	err := parquetio.ReadColumns(path, []string{"image_id", "split"}, func(_ int64, columns []parquetio.Values) error {
		ids, splits := columns[0], columns[1]
		for i, id := range ids.Text {
			split := slices.Index(stages.Splits[:], string(splits.Text[i]))
			if split < 0 {
				return fmt.Errorf("%s: split %q of %s, want one of train, val, test", path, splits.Text[i], id)
			}
			before[xxh3.Hash128Seed(id, seed)] = stages.Split(split)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var locked []stages.Split
	err = b.pathsOf(b.work("generate"), "split: locked images", func(source Source, stream engine.Stream) (engine.Pass, error) {
		look := func(batch arrow.RecordBatch) ([]stages.Split, error) {
			paths := batch.Column(0).(*array.String)
			part := make([]stages.Split, paths.Len())
			for i := range part {
				id := source.Name + "/" + paths.Value(i)
				split, known := before[xxh3.HashString128Seed(id, seed)]
				if !known {
					split = stages.NoSplit
				}
				part[i] = split
			}
			return part, nil
		}
		take := func(part []stages.Split) error { locked = append(locked, part...); return nil }
		sink := engine.Survey[[]stages.Split]{Name: "locked images", OnLook: look, OnTake: take}
		return engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{sink}}, nil
	})
	return locked, err
}
