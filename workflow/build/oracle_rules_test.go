package build_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// This file is spec 5 and 8 once more, row by row, in maps and slices, written from the text of the contract alone.

// A verdict is what the oracle says about one row.
type verdict struct {
	source                 *worldSource
	row                    *worldRow
	id, label, origin      string
	patient, lesion, group string
	stage, reason, target  string // stage is empty for a selected row
	mapped, final          string
	soft                   []share
	tied                   bool
	readers                int
	members                []int // rows of the group

	image         string // verdict; empty: none, or overridden
	overridden    bool
	sum           string
	picture       string // pixels or else sum, if it counts
	compared      string // final class, if the image is compared with equal ones
	detail        string
	width, height int
}

type share struct {
	class string
	p     float32
}

// An answer is what the oracle says about a world.
type answer struct {
	rows    []*verdict // in the order of the outputs
	classes []string   // of stage 3, by class_id
	tables  [3][]map[string]string
}

func solve(w *world) *answer {
	a := &answer{}
	for _, s := range w.sources {
		for i := range s.rows {
			row := &s.rows[i]
			v := &verdict{source: s, row: row, id: s.name + "/" + row.path}
			if row.patient != "" && !slices.Contains(s.idMissing, row.patient) {
				v.patient = row.patient
			}
			if row.lesion != "" && !slices.Contains(s.idMissing, row.lesion) {
				v.lesion = row.lesion
			}
			v.label, v.origin = labelOf(s, row)
			w.join(v)
			a.rows = append(a.rows, v)
		}
	}
	if w.store != "" {
		w.depict(a.rows)
	}
	w.group(a.rows)
	a.tables[0] = w.table(a.rows, 1, func(v *verdict) (string, bool) { return v.mapped, v.stage == "" })
	if w.store != "" {
		w.loseImages(a.rows)
	}
	for _, v := range a.rows {
		if v.stage != "" {
			continue
		}
		final, kept := w.follow(v.mapped)
		if !kept {
			v.stage, v.reason, v.target = "refine", "category_excluded", v.mapped
			continue
		}
		v.final, v.target = final, final
	}
	a.tables[1] = w.table(a.rows, 2, func(v *verdict) (string, bool) { return v.final, v.stage == "" })
	for _, class := range a.tables[1] {
		images, _ := strconv.Atoi(class["images"])
		groups, _ := strconv.Atoi(class["groups"])
		if images >= w.minImages && groups >= w.minGroups {
			a.classes = append(a.classes, class["target_name"])
		}
	}
	for _, v := range a.rows {
		if v.stage == "" && !slices.Contains(a.classes, v.final) {
			v.stage, v.reason = "threshold", "below_threshold"
		}
	}
	a.tables[2] = w.table(a.rows, 3, func(v *verdict) (string, bool) { return v.final, v.stage == "" })
	for _, v := range a.rows {
		if v.stage == "" {
			w.soften(v, a.classes)
		}
	}
	return a
}

// labelOf is the label of a row, stated or derived (spec 4).
func labelOf(s *worldSource, row *worldRow) (label, origin string) {
	if row.label != "" {
		return row.label, "stated"
	}
	if !s.derive || len(row.entries) == 0 {
		return "", ""
	}
	var order []string
	score := map[string]float64{}
	for _, e := range row.entries {
		if !slices.Contains(order, e.label) {
			order = append(order, e.label)
		}
	}
	if s.given {
		for _, e := range row.entries {
			if goodWeight(e) {
				score[e.label] += e.value
			}
		}
	} else {
		for _, reader := range readersOf(row.entries) {
			for label, points := range places(reader, 0) {
				score[label] += points
			}
		}
	}
	total := 0.0
	for _, l := range order {
		total += score[l]
	}
	best, ties := float32(0), 0
	for _, l := range order {
		switch p := float32(score[l] / total); {
		case score[l] > 0 && p > best:
			label, best, ties = l, p, 1
		case score[l] > 0 && p == best:
			ties++
		}
	}
	switch {
	case ties == 0 || ties > 1 && s.rejectTies:
		return "", ""
	case ties > 1:
		return label, "derived_tie"
	}
	return label, "derived"
}

func goodWeight(e entry) bool { return e.weight != "" && e.value > 0 && !math.IsInf(e.value, 0) }

// readersOf parts entries by the text of their reader.
func readersOf(entries []entry) [][]entry {
	var names []string
	for _, e := range entries {
		if !slices.Contains(names, e.reader) {
			names = append(names, e.reader)
		}
	}
	parts := make([][]entry, len(names))
	for _, e := range entries {
		i := slices.Index(names, e.reader)
		parts[i] = append(parts[i], e)
	}
	return parts
}

// places is the score of every label of one reader, when so many places are taken already.
func places(entries []entry, taken int) map[string]float64 {
	weighted := true
	for _, e := range entries {
		weighted = weighted && e.weight != ""
	}
	order := slices.Clone(entries)
	if weighted {
		sort.SliceStable(order, func(i, j int) bool { return order[i].value > order[j].value })
	}
	var kept []entry
	for _, e := range order {
		if !slices.ContainsFunc(kept, func(k entry) bool { return k.label == e.label }) {
			kept = append(kept, e)
		}
	}
	score := map[string]float64{}
	for i := range kept {
		sum, n := 0.0, 0
		for j := range kept {
			if i == j || weighted && kept[i].value == kept[j].value {
				sum += 1 / float64(taken+j+1)
				n++
			}
		}
		score[kept[i].label] = sum / float64(n)
	}
	return score
}

// target is the Target Name of a label of a source; empty if it is unmapped.
func (w *world) target(s *worldSource, label string) string {
	for _, tab := range w.tabs {
		for _, row := range tab.rows {
			if tab.name == s.tab && row.label == label {
				return row.target
			}
		}
	}
	return ""
}

// join is spec 8.1.
func (w *world) join(v *verdict) {
	reject := func(reason, target string) { v.stage, v.reason, v.target = "map", reason, target }
	target := w.target(v.source, v.label)
	switch {
	case v.source.pending:
		reject("source_pending", "")
	case w.isWithdrawn(v):
		reject("withdrawn", "")
	case v.label == "":
		reject("no_label", "")
	case target == "":
		reject("unmapped", "")
	case target == "-":
		reject("label_excluded", "-")
	default:
		v.mapped = target
	}
}

func (w *world) isWithdrawn(v *verdict) bool {
	for _, row := range w.withdrawn {
		if row[1] != "" && row[0] == v.source.name && row[1] == v.row.path {
			return true
		}
		for _, s := range w.sources {
			if row[2] != "" && s.name == row[0] && s.space == v.source.space && row[2] == v.patient {
				return true
			}
		}
	}
	return false
}

// follow is where the mergers of a name end, and whether that is kept.
func (w *world) follow(name string) (string, bool) {
	for _, rule := range w.refine {
		if rule[0] == name {
			if rule[1] == "" {
				return name, false
			}
			return w.follow(rule[1])
		}
	}
	return name, true
}

// group is spec 8.5: whoever shares a key has one group, until nothing changes.
func (w *world) group(rows []*verdict) {
	keys := make([][]string, len(rows))
	for i, v := range rows {
		if slices.Contains(w.groupBy, "patient") && v.patient != "" {
			keys[i] = append(keys[i], "patient\x00"+v.source.space+"\x00"+v.patient)
		}
		if slices.Contains(w.groupBy, "lesion") && v.lesion != "" {
			if v.patient != "" && !v.source.lesionsInSource {
				keys[i] = append(keys[i], "lesion of\x00"+v.source.space+"\x00"+v.patient+"\x00"+v.lesion)
			} else {
				keys[i] = append(keys[i], "lesion\x00"+v.source.space+"\x00"+v.lesion)
			}
		}
		for j, other := range rows[:i] {
			if slices.Contains(w.groupBy, "duplicate") && w.joined(v, other) {
				key := fmt.Sprint("twins\x00", i, " ", j)
				keys[i], keys[j] = append(keys[i], key), append(keys[j], key)
			}
		}
	}
	component := make([]int, len(rows))
	for i := range component {
		component[i] = i
	}
	for changed := true; changed; {
		changed = false
		smallest := map[string]int{}
		for i := range rows {
			for _, key := range keys[i] {
				if c, seen := smallest[key]; !seen || component[i] < c {
					smallest[key] = component[i]
				}
			}
		}
		for i := range rows {
			for _, key := range keys[i] {
				if smallest[key] < component[i] {
					component[i], changed = smallest[key], true
				}
			}
		}
	}
	for i, v := range rows {
		smallest := v.id
		for j, other := range rows {
			if component[i] == component[j] {
				v.members = append(v.members, j)
				if other.id < smallest {
					smallest = other.id
				}
			}
		}
		sum := sha256.Sum256([]byte(smallest))
		v.group = hex.EncodeToString(sum[:])[:16]
	}
}

// table is a class table (spec 8.9 and 10) of the rows that are in, but for the splits.
func (w *world) table(rows []*verdict, stage int, class func(*verdict) (string, bool)) []map[string]string {
	type set = map[string]bool
	images, sources, patients, groups, from := map[string]int{}, map[string]set{}, map[string]set{},
		map[string]set{}, map[string]set{}
	for _, v := range rows {
		name, in := class(v)
		if !in {
			continue
		}
		if images[name] == 0 {
			sources[name], patients[name], groups[name], from[name] = set{}, set{}, set{}, set{}
		}
		images[name]++
		sources[name][v.source.name] = true
		groups[name][v.group] = true
		if v.patient != "" {
			patients[name][v.source.space+"\x00"+v.patient] = true
		}
		if v.mapped != name {
			from[name][v.mapped] = true
		}
	}
	var table []map[string]string
	for i, name := range sortedNames(images) {
		row := map[string]string{
			"target_name": name, "icd11_codes": listText(w.codes(name, stage >= 2)), "images": strconv.Itoa(images[name]),
			"sources": strconv.Itoa(len(sources[name])), "patients": strconv.Itoa(len(patients[name])),
			"groups": strconv.Itoa(len(groups[name])),
		}
		if stage >= 2 {
			row["merged_from"] = listText(sortedNames(from[name]))
		}
		if stage == 3 {
			row["class_id"] = strconv.Itoa(i)
		}
		table = append(table, row)
	}
	return table
}

// codes are those of a name over the whole workbook, or of all names that end in it.
func (w *world) codes(name string, merged bool) []string {
	all := map[string]bool{}
	for _, tab := range w.tabs {
		for _, row := range tab.rows {
			if row.target == "" || row.target == "-" {
				continue
			}
			final, kept := w.follow(row.target)
			if row.target == name || merged && kept && final == name {
				for _, code := range row.codes {
					all[code] = true
				}
			}
		}
	}
	return sortedNames(all)
}

// listText is a JSON array.
func listText(items []string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(item) + `"`)
	}
	return b.String() + "]"
}

// soften is spec 8.7.
func (w *world) soften(v *verdict, classes []string) {
	own := v.final
	classOf := func(label string) string {
		target := w.target(v.source, label)
		if target == "" || target == "-" {
			return ""
		}
		final, kept := w.follow(target)
		if !kept || !slices.Contains(classes, final) {
			return ""
		}
		return final
	}
	var order []string
	score := map[string]float64{}
	add := func(class string, points float64) {
		if class == "" {
			return
		}
		if !slices.Contains(order, class) {
			order = append(order, class)
		}
		score[class] += points
	}
	readers := readersOf(v.row.entries)
	v.readers = len(readers)
	if v.source.given {
		for _, e := range v.row.entries {
			if goodWeight(e) {
				add(classOf(e.label), e.value)
			}
		}
	} else {
		for _, entries := range readers {
			taken := 1
			for _, e := range entries {
				if classOf(e.label) == own {
					taken = 0
				}
			}
			if taken == 1 {
				add(own, 1)
			}
			points := places(entries, taken)
			best := map[string]float64{}
			var mine []string
			for _, e := range entries {
				class := classOf(e.label)
				if !slices.Contains(mine, class) {
					mine = append(mine, class)
				}
				best[class] = max(best[class], points[e.label])
			}
			for _, class := range mine {
				add(class, best[class])
			}
		}
	}
	if len(order) == 0 {
		add(own, 1)
	}
	total := 0.0
	for _, class := range order {
		total += score[class]
	}
	for _, class := range order {
		if p := float32(score[class] / total); p > 0 {
			v.soft = append(v.soft, share{class, p})
		}
	}
	sort.SliceStable(v.soft, func(i, j int) bool {
		a, b := v.soft[i], v.soft[j]
		if a.p != b.p {
			return a.p > b.p
		}
		if a.class == own || b.class == own {
			return a.class == own
		}
		return a.class < b.class
	})
	v.tied = len(v.soft) > 1 && v.soft[0].p == v.soft[1].p
}
