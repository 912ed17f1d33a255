package workflow

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/stages"
)

// lockFile is the table that split.lock names: its bytes, unlike the manifest's, are the same when the version is built again.
func (w *Workspace) lockFile() string {
	lock := w.Config.Split.Lock
	return filepath.Join(w.dist(lock), prefix(lock)+"selected_unsampled.csv")
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

// lockedImages are the splits of an earlier version's images by image_id and by SHA-256, which are known by 128-bit hashes, as in pathSet.
// Of images of one SHA-256 in several splits the strictest counts.
type lockedImages struct {
	seed        uint64
	byID, bySum map[xxh3.Uint128]stages.Split
}

// readLock reads the images of split.lock.
func (w *Workspace) readLock(ctx context.Context) (*lockedImages, error) {
	l := &lockedImages{rand.Uint64(), map[xxh3.Uint128]stages.Split{}, map[xxh3.Uint128]stages.Split{}}
	path := w.lockFile()
	return l, eachText(ctx, path, []string{"image_id", "split", stages.ColSHA256}, func(cells []string) error {
		id, sum := cells[0], cells[2]
		split := slices.Index(stages.Splits[:], cells[1])
		if split < 0 {
			return fmt.Errorf("%s: split %q of %s, want one of train, val, test", path, cells[1], id)
		}
		l.byID[xxh3.HashString128Seed(id, l.seed)] = stages.Split(split)
		if sum != "" {
			sum := xxh3.HashString128Seed(sum, l.seed)
			l.bySum[sum] = max(l.bySum[sum], stages.Split(split))
		}
		return nil
	})
}

// split is the split of an image; sum is empty where its SHA-256 is unknown.
func (l *lockedImages) split(id, sum string) stages.Split {
	if split, known := l.byID[xxh3.HashString128Seed(id, l.seed)]; known {
		return split
	}
	if split, known := l.bySum[xxh3.HashString128Seed(sum, l.seed)]; known && sum != "" {
		return split
	}
	return stages.NoSplit
}

// lockedSplits is the split that every row had in the version of split.lock, by image_id or else, where pictures are known, by SHA-256, in the
// order of the ledger; nil without a lock.
func (b *build) lockedSplits() ([]stages.Split, error) {
	if b.Config.Split.Lock == "" {
		return nil, nil
	}
	before, err := b.readLock(b.ctx)
	if err != nil {
		return nil, err
	}
	var locked []stages.Split
	var files closers
	err = b.pathsOf(b.work("generate"), "split: locked images", func(source Source, stream engine.Stream) (engine.Pass, error) {
		if b.hasPictures() {
			pictures, err := files.openRows(rowsPath(b.work("pictures"), source.Name))
			if err != nil {
				return engine.Pass{}, err
			}
			if stream, err = engine.Zip(stream, pictures.Stream(-1, stages.ColSHA256)); err != nil {
				return engine.Pass{}, err
			}
		}
		look := func(batch arrow.RecordBatch) ([]stages.Split, error) {
			paths := batch.Column(0).(*array.String)
			sum := func(int) string { return "" }
			if b.hasPictures() {
				sum = batch.Column(1).(*array.String).Value // empty where it is null
			}
			part := make([]stages.Split, paths.Len())
			for i := range part {
				part[i] = before.split(source.Name+"/"+paths.Value(i), sum(i))
			}
			return part, nil
		}
		take := func(part []stages.Split) error { locked = append(locked, part...); return nil }
		sink := engine.Survey[[]stages.Split]{Name: "locked images", OnLook: look, OnTake: take}
		return engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{sink}}, nil
	})
	return locked, errors.Join(err, files.close())
}
