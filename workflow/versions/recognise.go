package versions

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dermset/dermset/pseudonyms"
	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/workflow/workspace"
)

// recognise says by what the images of one version are known again in the other: by their image_ids where both have
// pseudonyms of one key or none, or where the key of the one that has is given; else by their contents.
func (d *differ) recognise(ctx context.Context, w *workspace.Workspace) error {
	older, newer := d.from.manifest.PseudonymKey, d.to.manifest.PseudonymKey
	if older == newer {
		return nil
	}
	why := fmt.Sprintf("%s and %s have pseudonyms of different keys (%s, %s)", d.from.Name, d.to.Name, older, newer)
	if older == "" || newer == "" {
		plain, other := d.from, d.to
		if newer == "" {
			plain, other = d.to, d.from
		}
		key, without, err := keyOf(ctx, w, other.Name, other.manifest.PseudonymKey)
		if err != nil {
			return err
		}
		if key != nil {
			plain.as, err = renamerOf(plain.Version, key)
			return err
		}
		why = without
	}
	d.bySum = why
	return d.tellBySum(ctx, w)
}

// tellBySum says what is compared by contents, and how many images cannot be. That none can is an error.
func (d *differ) tellBySum(ctx context.Context, w *workspace.Workspace) error {
	for _, v := range []*known{d.from, d.to} {
		images, without := 0, 0
		err := v.Each(ctx, "selected_unsampled", []string{"sha256"}, func(cells []string) error {
			if images++; cells[0] == "" {
				without++
			}
			return nil
		})
		if err != nil {
			return err
		}
		if images > 0 && without == images {
			return workspace.Usage(fmt.Errorf("%s; and no image of %s has a SHA-256, so that nothing tells which images are "+
				"the same", d.bySum, v.Name))
		}
		if without > 0 {
			w.Log.Warn(fmt.Sprintf("%s: %d images without a SHA-256 are left out of the comparison", v.Name, without))
		}
	}
	w.Log.Warn(d.bySum + ": images are compared by source and SHA-256")
	return nil
}

// sumsOf tells rows of a version apart by source, SHA-256 and, of those that have the same, by their order; empty where
// the SHA-256 is unknown.
func sumsOf() func(source, sum string) string {
	seen := map[string]int{}
	return func(source, sum string) string {
		if sum == "" {
			return ""
		}
		key := source + "/" + sum
		seen[key]++
		return key + "/" + strconv.Itoa(seen[key])
	}
}

// A renamer puts pseudonyms in the place of the ids of a version that has none, as a build does, to hold them against
// those of one that has. A nil one leaves them.
type renamer struct {
	key    *pseudonyms.Key
	spaces map[string]string // source → patient space
}

// renamerOf is that of a version, whose sources it keeps the declarations of.
func renamerOf(v Version, key *pseudonyms.Key) (*renamer, error) {
	dir := filepath.Join(v.Dir, "sources")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	r := &renamer{key, map[string]string{}}
	for _, entry := range entries {
		declared, err := sources.Load(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		r.spaces[declared.Name] = declared.PatientSpace
	}
	return r, nil
}

func (r *renamer) image(id string) string {
	if r == nil {
		return id
	}
	pseudonym, _ := r.key.ImageID(id, r.spaces)
	return pseudonym
}

func (r *renamer) group(id string) string {
	if r == nil {
		return id
	}
	return r.key.Of(pseudonyms.Group, "", id)
}

// ids are those of patient and lesion of an image of a source, as one text.
func (r *renamer) ids(source, patient, lesion string) string {
	if r != nil {
		space := r.spaces[source]
		patient, lesion = r.key.Of(pseudonyms.Patient, space, patient), r.key.Of(pseudonyms.Lesion, space, lesion)
	}
	return patient + "\x00" + lesion
}
