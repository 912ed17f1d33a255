package workflow_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// This file is what pictures add to a world and to the oracle (spec 8.2, 8.5, 10).

// A worldPicture is what is known of one image.
type worldPicture struct {
	content, verdict string // content is empty where there is none
	width, height    int    // 0: unknown
}

var verdictPool = []string{"missing", "empty", "not_an_image", "unsupported_format", "truncated", "corrupt", "too_small", "too_many_pixels", "blank"}

// addPictures gives every image a picture, few of which are the only ones of their content. Nothing says that equal content has one
// verdict: the oracle must not need it.
func (w *world) addPictures(r *rand.Rand, contents int, bad int) {
	w.store, w.first = "s3://bucket/prefix", chance(r, 2)
	for _, s := range w.sources {
		for i := range s.rows {
			row := &s.rows[i]
			row.kept = chance(r, 12)
			if chance(r, 20) { // never fetched
				continue
			}
			p := &worldPicture{content: fmt.Sprint("content ", r.IntN(contents)), width: r.IntN(3000), height: 1 + r.IntN(3000)}
			if chance(r, bad) {
				if p.verdict = pick(r, verdictPool); p.verdict == "missing" {
					*p = worldPicture{verdict: "missing"}
				}
			}
			row.picture = p
		}
	}
}

// pictureFiles are what is known of the pictures, and what people decided about them, as files of a workspace.
func (w *world) pictureFiles(r *rand.Rand) map[string]string {
	if w.store == "" {
		return nil
	}
	known, kept := newCSV(r), newCSV(r)
	known.record("source", "source_path", "sha256", "verdict", "width", "height")
	kept.record("source", "source_path", "person", "date", "reason")
	for _, s := range w.sources {
		for _, row := range s.rows {
			if p := row.picture; p != nil {
				known.record(s.name, row.path, sumOf(p.content), p.verdict, sizeText(p.width), sizeText(p.height))
			}
			if row.kept {
				kept.record(s.name, row.path, "me", "2026-02-03", "it can be seen")
			}
		}
	}
	return map[string]string{"work/pictures.csv": known.String(), "curation/image_overrides.csv": kept.String()}
}

// sizeText is a number of pixels, 0 for unknown.
func sizeText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func sumOf(content string) string {
	if content == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// depict notes what is known of the images, and which contents count: a file that shows nobody is like no other.
func (w *world) depict(rows []*verdict) {
	for _, v := range rows {
		p := v.row.picture
		if p == nil {
			v.image = "missing"
			continue
		}
		if v.image = p.verdict; v.row.kept && p.verdict != "missing" && p.verdict != "empty" {
			v.image = ""
		}
		v.sum, v.width, v.height = sumOf(p.content), p.width, p.height
		if v.stage != "" { // rejected by the mapping: nobody fetched it
			continue
		}
		if !slices.Contains([]string{"empty", "not_an_image", "blank"}, v.image) {
			v.picture = v.sum
		}
	}
}

// loseImages is spec 8.2.
func (w *world) loseImages(rows []*verdict) {
	for _, v := range rows {
		if v.stage == "" && v.image != "" {
			v.stage, v.reason, v.target = "image", "image_"+v.image, v.mapped
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

// lostImages are the image_ids of images that cannot be used.
func (w *world) lostImages() map[string]bool {
	if w.store == "" {
		return nil
	}
	lost := map[string]bool{}
	for _, s := range w.sources {
		for i := range s.rows {
			v := &verdict{source: s, row: &s.rows[i]}
			if w.depict([]*verdict{v}); v.image != "" {
				lost[s.name+"/"+v.row.path] = true
			}
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
