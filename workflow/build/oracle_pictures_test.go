package build_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
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
}

func newContent(r *rand.Rand, contents, bad int) content {
	c := content{"fit", r.IntN(contents)}
	switch {
	case chance(r, 20):
		return content{}
	case chance(r, bad):
		c.kind = pick(r, contentKinds)
	case chance(r, 10):
		c.kind = "turned"
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
		if v.stage != "" {
			continue
		}
		v.image = w.verdictOf(v.row.picture)
		if v.row.kept && !slices.Contains([]string{"", "missing", "not_fetched", "empty"}, v.image) {
			v.image, v.overridden = "", true
		}
		if f := v.row.picture.file(); f != nil {
			v.sum, v.width, v.height = f.sum, f.width, f.height
		}
		if !slices.Contains([]string{"empty", "not_an_image", "blank"}, v.image) {
			v.picture = v.sum
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

// equalImages are the rows of each picture that several rows have, by image_id.
func equalImages(rows []*verdict) (sets [][]*verdict) {
	byPicture := map[string][]*verdict{}
	for _, v := range rows {
		if v.picture != "" {
			byPicture[v.picture] = append(byPicture[v.picture], v)
		}
	}
	for _, picture := range sortedNames(byPicture) {
		if set := byPicture[picture]; len(set) > 1 {
			slices.SortFunc(set, func(a, b *verdict) int { return strings.Compare(a.id, b.id) })
			sets = append(sets, set)
		}
	}
	return sets
}

// compareDuplicates holds the table of duplicates and the findings of a version against the answer.
func (w *world) compareDuplicates(dist string, a *answer, counts *oracleCounts) string {
	alike := func(x, y string) string {
		if x == "" || y == "" {
			return ""
		}
		return strconv.FormatBool(x == y)
	}
	class := func(v *verdict) string {
		if final, kept := w.follow(v.mapped); kept {
			return final
		}
		return ""
	}
	var pairs []map[string]string
	var conflicts []string
	for _, set := range equalImages(a.rows) {
		classes := map[string]bool{}
		for i, b := range set {
			if b.compared != "" {
				classes[b.compared] = true
			}
			if i == 0 {
				continue
			}
			patient := alike(set[0].patient, b.patient)
			if patient == "true" && set[0].source.space != b.source.space {
				patient = "false"
			}
			pairs = append(pairs, map[string]string{"image_a": set[0].id, "image_b": b.id, "method": "sha256", "distance": "0",
				"same_target": alike(class(set[0]), class(b)), "same_patient": patient})
		}
		if len(classes) > 1 {
			conflicts = append(conflicts, set[0].source.name+" "+set[0].id)
		}
	}
	slices.SortFunc(pairs, func(x, y map[string]string) int {
		return slices.Compare([]string{x["image_a"], x["image_b"]}, []string{y["image_a"], y["image_b"]})
	})
	_, got, err := readCSV(filepath.Join(dist, "DXv1.0_duplicates.csv"))
	if err != nil {
		return err.Error()
	}
	if diff := cmp.Diff(pairs, got); diff != "" {
		return "duplicates (-want +got):\n" + diff
	}
	_, findings, err := readCSV(filepath.Join(dist, "mapping", "findings.csv"))
	if err != nil {
		return err.Error()
	}
	var found []string
	for _, f := range findings {
		if f["finding"] == "duplicate_conflict" {
			found = append(found, f["source"]+" "+f["subject"])
		}
	}
	slices.Sort(found)
	slices.Sort(conflicts)
	if diff := cmp.Diff(conflicts, found); diff != "" {
		return "conflicts (-want +got):\n" + diff
	}
	counts.Pairs, counts.Conflicts = counts.Pairs+len(pairs), counts.Conflicts+len(conflicts)
	return ""
}
