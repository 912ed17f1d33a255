package build_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/twins"
)

// This file is what pictures that show the same add to a world and to the oracle (spec 8.5, 10).

// A twinVerdict is what a person says of two images.
type twinVerdict struct{ a, b, says string }

// addVerdicts lets people say of some pairs of images that they show the same, or do not; of many that have pictures
// in common. A name may be nobody's.
func (w *world) addVerdicts(r *rand.Rand) {
	w.nearMost = r.IntN(9)
	w.nearGroup = r.IntN(w.nearMost + 1)
	w.verdicts = nil
	if chance(r, 2) {
		return
	}
	said := map[[2]string]bool{}
	for range r.IntN(20) {
		a, b := w.someID(r), w.someID(r)
		if pair := [2]string{min(a, b), max(a, b)}; a != b && !said[pair] {
			said[pair] = true
			w.verdicts = append(w.verdicts, twinVerdict{a, b, pick(r, []string{"different", "different", "same", "crop-of"})})
		}
	}
}

func (w *world) someID(r *rand.Rand) string {
	s, row := w.someRow(r)
	if row == nil || chance(r, 30) {
		return s.name + "/nobody's"
	}
	return s.name + "/" + row.path
}

// verdictsFile is what people say of pairs of images.
func (w *world) verdictsFile() string {
	file := w.newCSV("duplicate_verdicts")
	file.record("image_a", "image_b", "verdict", "person", "date", "reason")
	for _, v := range w.verdicts {
		file.record(v.a, v.b, v.says, "me", "2026-03-04", "looked at both")
	}
	return file.String()
}

// there says whether an image is a row.
func (w *world) there(rows []*verdict, id string) bool {
	return slices.ContainsFunc(rows, func(row *verdict) bool { return row.id == id })
}

// said are the verdicts on two images.
func (w *world) said(a, b *verdict) string {
	for _, v := range w.verdicts {
		if v.a == a.id && v.b == b.id || v.b == a.id && v.a == b.id {
			return v.says
		}
	}
	return ""
}

// A nearness is an edge between two pictures, the one whose SHA-256 is smaller first.
type nearness struct {
	is                    bool
	distance, orientation int
}

var nearnesses sync.Map // [2]string of picture keys → nearness up to the largest distance

// near holds two pictures against each other by themselves: that the search over all finds every such pair is tested
// where the search is.
func (w *world) near(a, b *verdict) nearness {
	if a.picture == "" || b.picture == "" || a.picture == b.picture {
		return nearness{}
	}
	keys := [2]string{a.picture, b.picture}
	known, is := nearnesses.Load(keys)
	if !is {
		known, _ = nearnesses.LoadOrStore(keys, nearnessOf(a.row.picture.file(), b.row.picture.file()))
	}
	n := known.(nearness)
	n.is = n.is && n.distance <= w.nearMost
	return n
}

func nearnessOf(a, b *file) nearness {
	var prints [][4]uint64
	var squares []*images.Square
	for _, f := range []*file{a, b} {
		result, stored, _ := images.Decode(f.data, images.Limits{MinSide: 1, MaxPixels: 1 << 20})
		if stored == nil || result.Verdict == images.Blank {
			return nearness{}
		}
		squares = append(squares, images.SquareOf(stored, result.Orientation))
		prints = append(prints, squares[len(squares)-1].Hashes())
	}
	edges, _, err := twins.Search(context.Background(), prints, 8, 1,
		func(i int32) (*images.Square, error) { return squares[i], nil })
	if err != nil {
		panic(err)
	}
	if len(edges) == 0 {
		return nearness{}
	}
	return nearness{true, int(edges[0].Distance), int(edges[0].Orientation) + 1}
}

// joined says whether two rows are one group for what they show, or for what people say of it.
func (w *world) joined(a, b *verdict) bool {
	switch w.said(a, b) {
	case "same", "crop-of":
		return true
	case "different":
		return false
	}
	if a.picture != "" && a.picture == b.picture {
		return true
	}
	n := w.near(a, b)
	return n.is && n.distance <= w.nearGroup && w.inReach(a) && w.inReach(b)
}

// inReach says whether the row's picture was decoded, so that something can be like it.
func (w *world) inReach(v *verdict) bool { return v.picture != v.sum }

// pictures are the rows of each picture, by image_id.
func rowsOfPictures(rows []*verdict) map[string][]*verdict {
	of := map[string][]*verdict{}
	for _, v := range rows {
		if v.picture != "" {
			of[v.picture] = append(of[v.picture], v)
		}
	}
	for _, set := range of {
		slices.SortFunc(set, func(a, b *verdict) int { return strings.Compare(a.id, b.id) })
	}
	return of
}

// A twinPair is two images that stand beside each other in the table of duplicates.
type twinPair struct {
	a, b                  *verdict
	method                string
	distance, orientation int
}

// twinPairs are the pairs of the table of duplicates.
func (w *world) twinPairs(rows []*verdict) (pairs []twinPair) {
	add := func(p twinPair) {
		if p.b.id < p.a.id {
			p.a, p.b = p.b, p.a
			p.orientation = []int{0, 1, 2, 3, 4, 5, 8, 7, 6}[p.orientation]
		}
		if !slices.Contains(pairs, p) {
			pairs = append(pairs, p)
		}
	}
	// among is the first of a set, or all of one of which people say that some differ from others.
	among := func(set []*verdict) []*verdict {
		said := func(v *verdict) bool {
			return slices.ContainsFunc(w.verdicts, func(t twinVerdict) bool {
				both := w.there(rows, t.a) && w.there(rows, t.b)
				return both && t.says == "different" && (t.a == v.id || t.b == v.id)
			})
		}
		if slices.ContainsFunc(set, said) {
			return set
		}
		return set[:1]
	}
	of := rowsOfPictures(rows)
	keys := sortedNames(of)
	for i, key := range keys {
		set := of[key]
		for i, a := range among(set) {
			for _, b := range set[i+1:] {
				method := "pixels"
				if a.sum == b.sum {
					method = "bytes"
				}
				if w.said(a, b) != "different" {
					add(twinPair{a, b, method, 0, 1})
				}
			}
		}
		for _, other := range keys[:i] {
			n := w.near(set[0], of[other][0])
			if !n.is || !w.inReach(set[0]) || !w.inReach(of[other][0]) {
				continue
			}
			for _, a := range among(set) {
				for _, b := range among(of[other]) {
					if w.said(a, b) != "different" {
						add(twinPair{a, b, "near", n.distance, n.orientation})
					}
				}
			}
		}
	}
	slices.SortFunc(pairs, func(x, y twinPair) int {
		return slices.Compare([]string{x.a.id, x.b.id}, []string{y.a.id, y.b.id})
	})
	return pairs
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
	pairs := w.twinPairs(a.rows)
	var want []map[string]string
	for _, p := range pairs {
		patient := alike(p.a.patient, p.b.patient)
		if patient == "true" && p.a.source.space != p.b.source.space {
			patient = "false"
		}
		want = append(want, map[string]string{"image_a": p.a.id, "image_b": p.b.id, "method": p.method,
			"distance": strconv.Itoa(p.distance), "orientation": strconv.Itoa(p.orientation),
			"same_target": alike(class(p.a), class(p.b)), "same_patient": patient})
		if p.method == "near" {
			counts.Near++
		}
	}
	_, got, err := readCSV(filepath.Join(dist, "DXv1.0_duplicates.csv"))
	if err != nil {
		return err.Error()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return "duplicates (-want +got):\n" + diff
	}
	conflicts := w.conflicts(a.rows, pairs)
	for _, v := range w.verdicts {
		if !w.there(a.rows, v.a) || !w.there(a.rows, v.b) {
			source, _, _ := strings.Cut(v.a, "/")
			conflicts = append(conflicts, source+" "+v.a+" and "+v.b)
		}
	}
	_, findings, err := readCSV(filepath.Join(dist, "mapping", "findings.csv"))
	if err != nil {
		return err.Error()
	}
	var found []string
	for _, f := range findings {
		if f["finding"] == "duplicate_conflict" || f["finding"] == "verdict_unknown" {
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

// conflicts are the subjects of duplicate_conflict, each behind its source.
func (w *world) conflicts(rows []*verdict, pairs []twinPair) (subjects []string) {
	classes := map[string][]string{}
	for key, set := range rowsOfPictures(rows) {
		for _, v := range set {
			if v.compared != "" {
				classes[key] = append(classes[key], v.compared)
			}
		}
		slices.Sort(classes[key])
		classes[key] = slices.Compact(classes[key])
		disagree := slices.ContainsFunc(set, func(a *verdict) bool {
			return slices.ContainsFunc(set, func(b *verdict) bool {
				return a.compared != "" && b.compared != "" && a.compared != b.compared && w.said(a, b) != "different"
			})
		})
		if disagree {
			subjects = append(subjects, set[0].source.name+" "+set[0].id+": "+strings.Join(classes[key], ", "))
		}
	}
	for _, p := range pairs {
		a, b := classes[p.a.picture], classes[p.b.picture]
		if p.method == "near" && p.distance <= w.nearGroup && len(a) > 0 && len(b) > 0 && !slices.Equal(a, b) {
			both := slices.Concat(a, b)
			slices.Sort(both)
			subjects = append(subjects, p.a.source.name+" "+p.a.id+" and "+p.b.id+": "+
				strings.Join(slices.Compact(both), ", "))
		}
	}
	return subjects
}
