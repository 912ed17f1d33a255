package build_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// This file is what pictures add to a world and to the oracle (spec 8.2, 8.5, 10).

// addPictures gives every image a picture from the world's own store, few of which are the only ones of their content.
func (w *world) addPictures(r *rand.Rand, contents int, bad int) {
	w.store, w.first = "pictures", chance(r, 2)
	w.minSide, w.maxPixels = pick(r, []int{64, 64, 64, 66, 1}), pick(r, []int{9000, 9000, 5000, 20000})
	for _, s := range w.sources {
		for i := range s.rows {
			s.rows[i].picture, s.rows[i].kept = newContent(r, contents, bad), chance(r, 12)
		}
	}
	w.addMasks(pcg(w.seed, 33))
	w.arrange(pcg(w.seed, 35))
	r = pcg(w.seed, 36)
	for _, s := range w.sources {
		s.pictureless = chance(r, 5) // whatever the store has of it
	}
}

// pictured says whether the rows of a source have pictures.
func (w *world) pictured(s *worldSource) bool { return w.store != "" && !s.pictureless }

// arrange says how pictures are published.
func (w *world) arrange(r *rand.Rand) {
	w.layout = pick(r, []string{"none", "link", "copy"})
	w.cropFiles = w.layout != "none" && chance(r, 3)
}

func newContent(r *rand.Rand, contents, bad int) content {
	c := content{"fit", r.IntN(contents)}
	switch {
	case chance(r, 20):
		return content{}
	case chance(r, bad):
		c.kind = pick(r, contentKinds)
	case chance(r, 6):
		c.kind = pick(r, []string{"turned", "again", "near"})
	}
	return c
}

// overridesFile is what people decided about the pictures.
func (w *world) overridesFile() string {
	kept := w.newCSV("image_overrides")
	kept.record("source", "source_path", "person", "date", "reason")
	for _, s := range w.sources {
		for _, row := range s.rows {
			if row.kept {
				kept.record(s.name, row.path, "me", "2026-02-03", "it can be seen")
			}
		}
	}
	return kept.String()
}

// writePictures makes the store of a workspace that had another world's pictures before; nil: none. A picture that is
// the same is not touched.
func (w *world) writePictures(dir string, before *world) error {
	was := map[string]content{}
	if before != nil {
		was = before.pictures()
	}
	if err := os.MkdirAll(filepath.Join(dir, w.store), 0o755); err != nil { // there may be no rows
		return err
	}
	for path, c := range w.pictures() {
		if old, is := was[path]; is && old == c {
			continue
		}
		if err := c.write(filepath.Join(dir, w.store, filepath.FromSlash(path))); err != nil {
			return err
		}
	}
	return w.writeMasks(dir)
}

// pictures are the contents of the store by path.
func (w *world) pictures() map[string]content {
	all := map[string]content{}
	for _, s := range w.sources {
		for _, row := range s.rows {
			all[s.name+"/"+row.path] = row.picture
		}
	}
	return all
}

// write puts the content in place of what there may be.
func (c content) write(path string) error {
	if err := errors.Join(os.RemoveAll(path), os.MkdirAll(filepath.Dir(path), 0o755)); err != nil {
		return err
	}
	switch f := c.file(); {
	case c.kind == "folder":
		return os.Mkdir(path, 0o755)
	case f != nil:
		return os.WriteFile(path, f.data, 0o644)
	}
	return nil
}

// sizeText is a number of pixels, 0 for unknown.
func sizeText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// depict notes what is known of the images, and which contents count: a file that shows nobody is like no other, and of
// a row that the mapping rejects nobody fetches the image.
func (w *world) depict(rows []*verdict) {
	for _, v := range rows {
		if v.stage != "" || !w.pictured(v.source) {
			continue
		}
		v.image = w.verdictOf(v.row.picture)
		if v.row.kept && !slices.Contains([]string{"", "missing", "not_fetched", "empty"}, v.image) {
			v.image, v.overridden = "", true
		}
		if f := v.row.picture.file(); f != nil {
			v.sum, v.width, v.height = f.sum, f.width, f.height
		}
		if slices.Contains([]string{"empty", "not_an_image", "blank"}, v.image) {
			continue
		}
		v.picture = v.sum
		if f := v.row.picture.file(); f != nil && f.pixels != "" && f.width*f.height <= w.maxPixels {
			v.picture = f.pixels
		}
	}
}

// said stands for what is wrong with a picture.
const said = "(said)"

// loseImages is spec 8.2.
func (w *world) loseImages(rows []*verdict) {
	for _, v := range rows {
		if v.stage == "" && v.image != "" {
			v.stage, v.reason, v.target, v.detail = "image", "image_"+v.image, v.mapped, said
		}
	}
	for _, v := range rows {
		if final, kept := w.follow(v.mapped); v.stage == "" && v.picture != "" && kept {
			v.compared = final
		}
	}
	if !w.first {
		return
	}
	first := map[[2]string]string{}
	for _, v := range rows {
		key := [2]string{v.picture, v.compared}
		if v.compared == "" {
			continue
		}
		if image, seen := first[key]; seen {
			v.stage, v.reason, v.target, v.detail = "image", "duplicate_of", v.mapped, image
		} else {
			first[key] = v.id
		}
	}
}

// lostImages are the image_ids of images that one of the worlds has looked at, and that cannot be used.
func lostImages(worlds ...*world) map[string]bool {
	lost := map[string]bool{}
	for _, w := range worlds {
		for _, v := range solve(w).rows {
			lost[v.id] = lost[v.id] || v.image != ""
		}
	}
	return lost
}
