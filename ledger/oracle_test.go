package ledger_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/dermset/dermset/rows"
)

// The oracle says what the rules must answer, row by row, with maps and slices, as slowly and as plainly as spec 4 and
// 8 put it. It shares nothing with the rules but the types that describe a world. Rows are told apart by image_id.

type oracleRow struct {
	id, source, path, space string
	index                   int // of the source
	label, origin           string
	patient, lesion         string
	entries                 []oracleEntry
	bad                     bool
	reason                  rows.Reason
	mapped, class           string // empty: none
	group                   int
	groupID                 string
	fate                    rows.Reason
	target                  string
	sum, content            string      // what makes its picture equal to others, and its bytes; empty: none that counts
	lost                    rows.Reason // at stage image
	detail                  string
}

type oracleEntry struct {
	Label  string
	Weight *float64
	Reader string
}

func (w *world) nameOf(index int32) string {
	if index < 0 {
		return ""
	}
	return w.names[index]
}

// oracleRows are all rows with their reasons (spec 4 and 8.1).
func (w *world) oracleRows() []*oracleRow {
	var all []*oracleRow
	for i, s := range w.sources {
		for _, cells := range s.rows {
			r := &oracleRow{id: s.group.Name + "/" + cells["image_path"], source: s.group.Name,
				path: cells["image_path"], space: s.group.Space, index: i}
			r.label, r.patient, r.lesion = cells["label"], cells["patient_id"], cells["lesion_id"]
			if slices.Contains(s.norm.IDMissing, r.patient) {
				r.patient = ""
			}
			if slices.Contains(s.norm.IDMissing, r.lesion) {
				r.lesion = ""
			}
			r.entries, r.bad = oracleDifferentials(cells["differentials"])
			if r.label != "" {
				r.origin = "stated"
			} else if s.join.Derive {
				r.derive(s.join.Given, s.join.RejectTies)
			}
			r.reason = rows.Alive
			_, pathGone := s.join.WithdrawnPaths[r.path]
			_, patientGone := s.join.WithdrawnPatients[r.patient]
			name, known := s.join.Labels[r.label]
			switch {
			case s.join.Pending:
				r.reason = rows.SourcePending
			case pathGone, patientGone && r.patient != "":
				r.reason = rows.Withdrawn
			case r.label == "":
				r.reason = rows.NoLabel
			case !known || name == -1:
				r.reason = rows.Unmapped
			case name == -2:
				r.reason = rows.LabelExcluded
			default:
				r.mapped, r.class = w.names[name], w.nameOf(w.final[name])
			}
			all = append(all, r)
		}
	}
	return all
}

func oracleDifferentials(cell string) (entries []oracleEntry, bad bool) {
	if cell == "" {
		return nil, false
	}
	if cell == "null" {
		return nil, true
	}
	var labels []string
	if json.Unmarshal([]byte(cell), &labels) == nil {
		for _, l := range labels {
			entries = append(entries, oracleEntry{Label: l})
		}
		return entries, false
	}
	if json.Unmarshal([]byte(cell), &entries) == nil {
		return entries, false
	}
	return nil, true
}

func (r *oracleRow) derive(given, reject bool) {
	itself := func(label string) string { return label }
	shares := oracleSoft(r.entries, itself, "", given)
	if len(shares) == 0 {
		return
	}
	var best []oracleShare
	for _, s := range shares {
		if s.p == shares[0].p {
			best = append(best, s)
		}
	}
	if len(best) > 1 && reject {
		return
	}
	for _, e := range r.entries {
		if slices.ContainsFunc(best, func(s oracleShare) bool { return s.class == e.Label }) {
			r.label, r.origin = e.Label, "derived"
			break
		}
	}
	if len(best) > 1 {
		r.origin = "derived_tie"
	}
}

type oracleShare struct {
	class string
	score float64
	p     float32
}

// oracleSoft is spec 8.7. classOf gives "" for a label of no class; own is "" for none.
func oracleSoft(entries []oracleEntry, classOf func(string) string, own string, given bool) []oracleShare {
	var shares []oracleShare
	add := func(class string, score float64) {
		for i := range shares {
			if shares[i].class == class {
				shares[i].score += score
				return
			}
		}
		shares = append(shares, oracleShare{class: class, score: score})
	}
	if given {
		for _, e := range entries {
			if class := classOf(e.Label); class != "" && e.Weight != nil && *e.Weight > 0 {
				add(class, *e.Weight)
			}
		}
	} else {
		var readers []string
		for _, e := range entries {
			if !slices.Contains(readers, e.Reader) {
				readers = append(readers, e.Reader)
			}
		}
		for _, reader := range readers {
			var list []oracleEntry
			for _, e := range entries {
				if e.Reader == reader {
					list = append(list, e)
				}
			}
			for class, score := range oracleReader(list, classOf, own) {
				add(class, score)
			}
		}
	}
	if len(shares) == 0 && own != "" {
		add(own, 1)
	}
	var sum float64
	for _, s := range shares {
		sum += s.score
	}
	for i := range shares {
		shares[i].p = float32(shares[i].score / sum)
	}
	sort.Slice(shares, func(i, j int) bool {
		a, b := shares[i], shares[j]
		if a.p != b.p {
			return a.p > b.p
		}
		if (a.class == own) != (b.class == own) {
			return a.class == own
		}
		return a.class < b.class
	})
	return shares
}

// oracleReader yields a reader's classes and their best scores.
func oracleReader(list []oracleEntry, classOf func(string) string, own string) func(yield func(string, float64) bool) {
	weighted := true
	for _, e := range list {
		weighted = weighted && e.Weight != nil
	}
	placed := slices.Clone(list)
	if weighted {
		sort.SliceStable(placed, func(i, j int) bool { return *placed[i].Weight > *placed[j].Weight })
	}
	for i := 0; i < len(placed); i++ {
		for j := len(placed) - 1; j > i; j-- {
			if placed[j].Label == placed[i].Label {
				placed = slices.Delete(placed, j, j+1)
			}
		}
	}
	hasOwn := own == ""
	for _, e := range list {
		hasOwn = hasOwn || classOf(e.Label) == own
	}
	shift := 0
	if !hasOwn {
		shift = 1
	}
	scoreAt := func(i int) float64 {
		if !weighted {
			return 1 / float64(i+1+shift)
		}
		var sum, n float64
		for j := range placed {
			if *placed[j].Weight == *placed[i].Weight {
				sum += 1 / float64(j+1+shift)
				n++
			}
		}
		return sum / n
	}
	return func(yield func(string, float64) bool) {
		if !hasOwn && !yield(own, 1) {
			return
		}
		var done []string
		for _, e := range list {
			class := classOf(e.Label)
			if class == "" || slices.Contains(done, class) {
				continue
			}
			done = append(done, class)
			best := 0.0
			for i, p := range placed {
				if classOf(p.Label) == class {
					best = max(best, scoreAt(i))
				}
			}
			if !yield(class, best) {
				return
			}
		}
	}
}

// oraclePictures is spec 8.2.
func (w *world) oraclePictures(list []*oracleRow) {
	if w.pictures == nil {
		return
	}
	for _, r := range list {
		p, known := w.pictures[r.id]
		verdict := p.Verdict
		if verdict != "missing" && verdict != "empty" && w.overrides[r.id] {
			verdict = ""
		}
		if !known {
			verdict = "missing"
		}
		if r.reason == rows.Alive && known && p.SHA256 != [32]byte{} && verdict != "empty" &&
			verdict != "not_an_image" && verdict != "blank" {
			r.sum, r.content = p.key(), fmt.Sprintf("%x", p.SHA256)
		}
		for reason := range rows.ReasonCount {
			if r.reason == rows.Alive && verdict != "" && rows.Reason(reason).String() == "image_"+verdict {
				r.lost = rows.Reason(reason)
			}
		}
	}
	if !w.options.First {
		return
	}
	for i, later := range list {
		for _, earlier := range list[:i] {
			if later.compared() && earlier.compared() && later.sum == earlier.sum && later.class == earlier.class {
				later.lost, later.detail = rows.DuplicateOf, earlier.id
				break
			}
		}
	}
}

// compared says whether the row's image is compared with equal ones.
func (r *oracleRow) compared() bool {
	return r.sum != "" && r.reason == rows.Alive && r.lost == rows.Alive && r.class != ""
}

// oraclePictures are the rows of each picture, by image_id.
func oraclePictures(list []*oracleRow) map[string][]*oracleRow {
	of := map[string][]*oracleRow{}
	for _, r := range list {
		if r.sum != "" {
			of[r.sum] = append(of[r.sum], r)
		}
	}
	for _, set := range of {
		slices.SortFunc(set, func(a, b *oracleRow) int { return strings.Compare(a.id, b.id) })
	}
	return of
}

// oraclePairs is the table of duplicates: of every picture the smallest image beside each of its others, and of every
// two pictures that are alike their smallest images; of pictures of which people say something all pairs but those.
func (w *world) oraclePairs(list []*oracleRow) (pairs [][]string) {
	same := func(a, b string) string {
		if a == "" || b == "" {
			return ""
		}
		return fmt.Sprint(a == b)
	}
	add := func(a, b *oracleRow, method string, distance, orientation uint8) {
		if b.id < a.id {
			a, b, orientation = b, a, back(orientation)
		}
		patient := same(a.patient, b.patient)
		if patient == "true" {
			patient = same(a.space, b.space)
		}
		pairs = append(pairs, []string{a.id, b.id, method, fmt.Sprint(distance), fmt.Sprint(orientation),
			same(a.class, b.class), patient})
	}
	of := oraclePictures(list)
	// among is the first of a set, or all of one of which people say that some differ from others.
	among := func(set []*oracleRow) []*oracleRow {
		for _, r := range set {
			for _, pair := range w.different {
				if pair[0] == r.id || pair[1] == r.id {
					return set
				}
			}
		}
		return set[:min(1, len(set))]
	}
	for _, set := range of {
		for i, a := range among(set) {
			for _, b := range set[i+1:] {
				method := "pixels"
				if a.content == b.content {
					method = "bytes"
				}
				if !w.saidOf(w.different, a, b) {
					add(a, b, method, 0, 1)
				}
			}
		}
	}
	for _, n := range w.near {
		for _, a := range among(of[n.a]) {
			for _, b := range among(of[n.b]) {
				if !w.saidOf(w.different, a, b) {
					add(a, b, "near", n.distance, n.orientation)
				}
			}
		}
	}
	slices.SortFunc(pairs, slices.Compare[[]string])
	return slices.CompactFunc(pairs, slices.Equal[[]string])
}

func (w *world) saidOf(pairs [][2]string, a, b *oracleRow) bool {
	return slices.Contains(pairs, [2]string{a.id, b.id}) || slices.Contains(pairs, [2]string{b.id, a.id})
}

// alike says whether two rows are joined for what they show, or for what people say of it.
func (w *world) alike(a, b *oracleRow) bool {
	if w.saidOf(w.same, a, b) {
		return true
	}
	if a.sum == "" || b.sum == "" || w.saidOf(w.different, a, b) {
		return false
	}
	return a.sum == b.sum || slices.ContainsFunc(w.near, func(n nearly) bool {
		return n.distance <= w.within && (n.a == a.sum && n.b == b.sum || n.b == a.sum && n.a == b.sum)
	})
}

// oracleGroups numbers groups and gives them ids (spec 8.5), by merging until nothing changes.
func (w *world) oracleGroups(list []*oracleRow) {
	for i, r := range list {
		r.group = i
	}
	lesionOf := map[*oracleRow]string{}
	for _, r := range list {
		if r.patient == "" || w.sources[r.index].group.LesionScopeSource {
			lesionOf[r] = fmt.Sprintf("%q %q", r.space, r.lesion)
		} else {
			lesionOf[r] = fmt.Sprintf("%q %q %q", r.space, r.patient, r.lesion)
		}
	}
	for again := true; again; {
		again = false
		for _, a := range list {
			for _, b := range list {
				samePatient := a.patient != "" && a.patient == b.patient && a.space == b.space
				sameLesion := a.lesion != "" && b.lesion != "" && lesionOf[a] == lesionOf[b]
				if (w.patient && samePatient || w.lesion && sameLesion || w.duplicate && w.alike(a, b)) && a.group != b.group {
					a.group, b.group = min(a.group, b.group), min(a.group, b.group)
					again = true
				}
			}
		}
	}
	for _, r := range list {
		smallest := r.id
		for _, other := range list {
			if other.group == r.group {
				smallest = min(smallest, other.id)
			}
		}
		r.groupID = fmt.Sprintf("%x", sha256.Sum256([]byte(smallest)))[:16]
	}
}

// oracleFates is spec 8.3, 8.4 and 8.8. It returns the stage-3 classes.
func (w *world) oracleFates(list []*oracleRow) (stage3 []string) {
	for _, name := range w.names {
		images, groups := 0, map[int]bool{}
		for _, r := range list {
			if r.class == name && r.lost == rows.Alive {
				images++
				groups[r.group] = true
			}
		}
		if images > 0 && images >= int(w.options.MinImages) && len(groups) >= int(w.options.MinGroups) {
			stage3 = append(stage3, name)
		}
	}
	for _, r := range list {
		switch {
		case r.reason != rows.Alive:
			r.fate = r.reason
		case r.lost != rows.Alive:
			r.fate, r.target = r.lost, r.mapped
		case r.class == "":
			r.fate, r.target = rows.CategoryExcluded, r.mapped
		case !slices.Contains(stage3, r.class):
			r.fate, r.target = rows.BelowThreshold, r.class
		default:
			r.fate, r.target = rows.Alive, r.class
		}
	}
	return stage3
}

// oracleTable is a class table as text: name, images, sources, patients, groups, merged from.
func oracleTable(list []*oracleRow, nameOf func(*oracleRow) string) []string {
	var names []string
	for _, r := range list {
		if name := nameOf(r); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var table []string
	for _, name := range names {
		images, sources, patients, groups, from := 0, map[string]bool{}, map[string]bool{}, map[int]bool{}, map[string]bool{}
		for _, r := range list {
			if nameOf(r) != name {
				continue
			}
			images++
			sources[r.source] = true
			groups[r.group] = true
			if r.patient != "" {
				patients[fmt.Sprintf("%q %q", r.space, r.patient)] = true
			}
			if r.mapped != name {
				from[r.mapped] = true
			}
		}
		var merged []string
		for n := range from {
			merged = append(merged, n)
		}
		slices.Sort(merged)
		table = append(table, fmt.Sprintf("%s %d %d %d %d [%s]",
			name, images, len(sources), len(patients), len(groups), strings.Join(merged, " ")))
	}
	return table
}
