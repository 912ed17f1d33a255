package build

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// A lock is the version that split.lock names.
type lock struct {
	versions.Version
	sum    string          // SHA-256 of its table
	imager versions.Imager // nil: it has pseudonyms of a key that is not given, and its images are found by SHA-256 alone
}

// wantLock is an error where the version of split.lock is not on this machine: it says how to get it. Steps before the
// split do without.
func (b *build) wantLock() error {
	if b.Config.Split.Lock == "" {
		return nil
	}
	there, err := workspace.IsThere(b.LockFile())
	if err != nil || there {
		return err
	}
	return workspace.Usage(fmt.Errorf("dermset.yaml: split.lock: %s", versions.Absent(b.Workspace, b.Config.Split.Lock)))
}

// lockFor is wantLock for a verb that brings the steps up to and with this one.
func (b *build) lockFor(until string) error {
	for _, step := range b.table() {
		if step.Verb == "split" {
			return b.wantLock()
		}
		if step.Verb == until {
			break
		}
	}
	return nil
}

// openLock looks at the lock. Its table must be the one that its version was published with. That nothing tells which
// images it has is an error.
func (b *build) openLock() (l lock, err error) {
	if err := b.wantLock(); err != nil {
		return l, err
	}
	if l.Version, err = versions.Open(b.Workspace, b.Config.Split.Lock); err != nil {
		return l, fmt.Errorf("dermset.yaml: split.lock: %w", err)
	}
	if l.sum, _, err = workspace.HashFile(b.LockFile()); err != nil {
		return l, err
	}
	manifest, err := releaseio.ReadManifest(l.Dir)
	if err != nil {
		return l, err
	}
	if !slices.ContainsFunc(manifest.Outputs, func(file releaseio.Entry) bool {
		return file.Path == filepath.Base(b.LockFile()) && file.SHA256 == l.sum
	}) {
		return l, fmt.Errorf("split.lock: %s is not what the manifest of its version says; see `dermset verify %s`",
			b.Inside(b.LockFile()), l.Name)
	}
	var why string
	l.imager, why, err = versions.ImagerOf(b.ctx, b.Workspace, l.Name, manifest.PseudonymKey)
	switch {
	case err != nil || l.imager != nil:
		return l, err
	case !b.HasPictures():
		return l, workspace.Usage(fmt.Errorf("split.lock: %s; and without pictures nothing else tells its images: give "+
			"that key, or build with images.store", why))
	}
	b.Log.Warn("split.lock: " + why + ": its images are found by SHA-256 alone")
	return l, nil
}

// lockedImages are the splits of an earlier version's images by image_id and by SHA-256, which are known by 128-bit
// hashes, as in pathSet. Of images of one SHA-256 in several splits the strictest counts.
type lockedImages struct {
	seed        uint64
	imager      versions.Imager // nil: images are not found by image_id
	byID, bySum map[xxh3.Uint128]rows.Split
}

// readLock reads the images of split.lock.
func (b *build) readLock() (*lockedImages, error) {
	version, err := b.lock()
	if err != nil {
		return nil, err
	}
	l := &lockedImages{rand.Uint64(), version.imager, map[xxh3.Uint128]rows.Split{}, map[xxh3.Uint128]rows.Split{}}
	return l, version.Each(b.ctx, "selected_unsampled", []string{"image_id", "split", "sha256"}, l.add)
}

// add notes an image: its image_id, split and SHA-256.
func (l *lockedImages) add(cells []string) error {
	id, sum := cells[0], cells[2]
	split := slices.Index(dataset.Splits[:], cells[1])
	if split < 0 {
		return fmt.Errorf("split.lock: split %q of %s, want one of train, val, test", cells[1], id)
	}
	l.byID[xxh3.HashString128Seed(id, l.seed)] = rows.Split(split)
	if sum != "" {
		key := xxh3.HashString128Seed(sum, l.seed)
		l.bySum[key] = max(l.bySum[key], rows.Split(split))
	}
	return nil
}

// split is the split of an image; sum is empty where its SHA-256 is unknown.
func (l *lockedImages) split(source, path, sum string) rows.Split {
	if l.imager != nil {
		if split, known := l.byID[xxh3.HashString128Seed(l.imager(source, path), l.seed)]; known {
			return split
		}
	}
	if split, known := l.bySum[xxh3.HashString128Seed(sum, l.seed)]; known && sum != "" {
		return split
	}
	return rows.NoSplit
}

// lockedSplits is the split that every row had in the version of split.lock, by image_id or else, where pictures are
// known, by SHA-256, in the order of the ledger; nil without a lock.
func (b *build) lockedSplits() ([]rows.Split, error) {
	if b.Config.Split.Lock == "" {
		return nil, nil
	}
	before, err := b.readLock()
	if err != nil {
		return nil, err
	}
	var locked []rows.Split
	err = b.eachPaths("split: locked images",
		func(source workspace.Source, stream engine.Stream) (engine.Pass, error) {
			if b.HasPictures() {
				pictures, err := b.rowsOf("pictures", source.Name)
				if err != nil {
					return engine.Pass{}, err
				}
				if stream, err = engine.Zip(stream, pictures.Stream(rows.ColSHA256)); err != nil {
					return engine.Pass{}, err
				}
			}
			look := func(batch arrow.RecordBatch) ([]rows.Split, error) {
				paths := textsOf(batch, rows.ColImagePath)
				sum := func(int) string { return "" }
				if b.HasPictures() {
					sum = textsOf(batch, rows.ColSHA256).Value // empty where it is null
				}
				part := make([]rows.Split, paths.Len())
				for i := range part {
					part[i] = before.split(source.Name, paths.Value(i), sum(i))
				}
				return part, nil
			}
			take := func(part []rows.Split) error { locked = append(locked, part...); return nil }
			sink := engine.Survey[[]rows.Split]{Name: "locked images", OnLook: look, OnTake: take}
			return engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{sink}}, nil
		})
	return locked, err
}
