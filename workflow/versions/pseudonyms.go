package versions

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/pseudonyms"
	"github.com/dermset/dermset/workflow/workspace"
)

// An Imager gives the image_id that the image at a path of a source has in a version; nil: nobody can say.
type Imager func(source, path string) string

// fingerprint is that of the key of a version's pseudonyms; empty: it has none.
func (v Version) fingerprint() (string, error) {
	manifest, err := releaseio.ReadManifest(v.Dir)
	return manifest.PseudonymKey, err
}

// ImagerOf is that of a version whose manifest has the fingerprint of a key, or none. It is nil where the version has
// pseudonyms of a key that is not given; why says so.
func ImagerOf(ctx context.Context, w *workspace.Workspace, version, fingerprint string) (
	of Imager, why string, err error) {
	if fingerprint == "" {
		return func(source, path string) string { return source + "/" + path }, "", nil
	}
	key, why, err := keyOf(ctx, w, version, fingerprint)
	if key == nil {
		return nil, why, err
	}
	return func(source, path string) string { return source + "/" + key.Of(pseudonyms.Image, source, path) }, "", nil
}

// keyOf is the key with the fingerprint that a version has; nil where another one or none is given: why says so.
func keyOf(ctx context.Context, w *workspace.Workspace, version, fingerprint string) (
	key *pseudonyms.Key, why string, err error) {
	key, err = w.PseudonymKey(ctx)
	switch {
	case errors.Is(err, workspace.ErrNoKey):
		return nil, fmt.Sprintf("%s has pseudonyms (key %s), and %s is not set", version, fingerprint,
			workspace.KeyVariable), nil
	case err != nil:
		return nil, "", err
	case key.Fingerprint() != fingerprint:
		return nil, fmt.Sprintf("%s has pseudonyms of another key (%s) than the one that is given (%s)", version, fingerprint,
			key.Fingerprint()), nil
	}
	return key, "", nil
}

// wayBack shows the entries of the way back of the version that was published last, until see returns false. Without
// one, or where it is another person's, there are none.
func (t *tracer) wayBack(see func(pseudonyms.Entry) bool) error {
	err := csvio.EachRow(t.ctx, t.Work(workspace.WayBackFile), pseudonyms.Columns, func(row csvio.Row) bool {
		return see(pseudonyms.Entry{Kind: pseudonyms.Kind(row.Cell(0)), Space: row.Cell(1), Original: row.Cell(2),
			Pseudonym: row.Cell(3)})
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// pseudonymOf is the image_id that an image has in a version with pseudonyms: by the key, or by the way back. Nobody
// may know.
func (t *tracer) pseudonymOf(v Version, image string) (id, why string, err error) {
	source, path, _ := strings.Cut(image, "/")
	of, why, err := ImagerOf(t.ctx, t.Workspace, v.Name, t.fingerprint)
	if err != nil {
		return "", "", err
	}
	if of != nil {
		return of(source, path), "", nil
	}
	err = t.wayBack(func(e pseudonyms.Entry) bool {
		if e.Kind == pseudonyms.Image && e.Space == source && e.Original == path {
			id = source + "/" + e.Pseudonym
		}
		return id == ""
	})
	return id, why + "; nor is it in the way back, work/" + workspace.WayBackFile, err
}

// originalPath is the path that a row's image has in its source; empty where only pseudonyms are known.
func (t *tracer) originalPath(row map[string]string) (path string, err error) {
	if t.fingerprint == "" {
		return row["source_path"], nil
	}
	err = t.wayBack(func(e pseudonyms.Entry) bool {
		if e.Kind == pseudonyms.Image && e.Space == row["source"] && e.Pseudonym == row["source_path"] {
			path = e.Original
		}
		return path == ""
	})
	return path, err
}

// pseudonym is the form of one.
var pseudonym = regexp.MustCompile(`\b[0-9a-f]{32}\b`)

// originals tells what the pseudonyms in what was told stand for, as far as the way back knows.
func (t *tracer) originals() error {
	if t.fingerprint == "" {
		return nil
	}
	known := map[string]pseudonyms.Entry{}
	var order []string
	for _, row := range t.rows {
		for _, p := range pseudonym.FindAllString(row[1], -1) {
			if _, is := known[p]; !is {
				known[p], order = pseudonyms.Entry{}, append(order, p)
			}
		}
	}
	err := t.wayBack(func(e pseudonyms.Entry) bool {
		if _, is := known[e.Pseudonym]; is {
			known[e.Pseudonym] = e
		}
		return true
	})
	for _, p := range order {
		if e := known[p]; e.Original != "" {
			t.add("original", p+" is "+string(e.Kind)+" "+e.Original)
		}
	}
	return err
}
