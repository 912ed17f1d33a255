package build_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/google/go-cmp/cmp"
)

// percentText is 100 × part / total with two decimals, half away from zero.
func percentText(part, total int) string {
	if total == 0 {
		return "0.00"
	}
	n := part * 10000 / total
	if 2*(part*10000%total) >= total {
		n++
	}
	return fmt.Sprintf("%d.%02d", n/100, n%100)
}

func orUnknown(value string) string {
	if value == "" {
		return "unknown"
	}
	return value
}

func distribution(what string, of func(*verdict) string, values []string, alive []*verdict,
	a *answer) (table []map[string]string) {
	for id, class := range a.classes {
		count, total := map[string]int{}, 0
		for _, v := range alive {
			if v.final == class {
				count[orUnknown(of(v))]++
				total++
			}
		}
		for _, value := range values {
			table = append(table, map[string]string{"target_name": class, "class_id": strconv.Itoa(id), what: value,
				"images": strconv.Itoa(count[value]), "percent": percentText(count[value], total)})
		}
	}
	return table
}

func summary(what string, of func(*verdict) string, values []string, alive []*verdict,
	splits []string) (table []map[string]string) {
	for _, value := range values {
		count, images := map[string]int{}, 0
		for i, v := range alive {
			if orUnknown(of(v)) == value {
				count[splits[i]]++
				images++
			}
		}
		row := map[string]string{what: value, "images": strconv.Itoa(images), "percent": percentText(images, len(alive))}
		for _, split := range splitNames {
			row[split] = strconv.Itoa(count[split])
		}
		table = append(table, row)
	}
	return table
}

type wayOfRows struct {
	RowsIn   int            `json:"rows_in"`
	Selected int            `json:"selected"`
	Rejected map[string]int `json:"rejected"`
}

// A report is the part of quality.json that the oracle looks at.
type report struct {
	Counts  wayOfRows            `json:"counts"`
	Sources map[string]wayOfRows `json:"sources"`
	Split   struct {
		Images  map[string]int `json:"images"`
		Classes map[string]struct {
			Free    [3]int
			Few     bool
			Mended  bool
			Missing []int
		} `json:"classes"`
	} `json:"split"`
	Findings map[string]int `json:"findings"`
}

func readReport(path string) (r report, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}

// compareCounts holds the numbers of quality.json against the rows: nothing is lost.
func (w *world) compareCounts(path string, a *answer) string {
	got, err := readReport(path)
	if err != nil {
		return err.Error()
	}
	all, sources := wayOfRows{Rejected: map[string]int{}}, map[string]wayOfRows{}
	for _, s := range w.sources {
		one := wayOfRows{Rejected: map[string]int{}}
		for _, v := range a.rows {
			if v.source != s {
				continue
			}
			one.RowsIn++
			if v.stage == "" {
				one.Selected++
			} else {
				one.Rejected[v.stage+"/"+v.reason]++
				all.Rejected[v.stage+"/"+v.reason]++
			}
		}
		all.RowsIn, all.Selected = all.RowsIn+one.RowsIn, all.Selected+one.Selected
		sources[s.name] = one
	}
	if diff := cmp.Diff(all, got.Counts); diff != "" {
		return "quality.json counts (-want +got):\n" + diff
	}
	if diff := cmp.Diff(sources, got.Sources); diff != "" {
		return "quality.json sources (-want +got):\n" + diff
	}
	return ""
}

// pinsConflict says whether a group holds selected rows of two sources that are pinned to different splits.
func (w *world) pinsConflict(a *answer) bool {
	_, conflict := w.pinned(a.rows)
	return conflict
}

func (w *world) pinned(rows []*verdict) (held map[string]string, conflict bool) {
	held = map[string]string{}
	for _, v := range rows {
		to, is := w.pin[v.source.name]
		if !is || v.stage != "" {
			continue
		}
		if other, seen := held[v.group]; seen && other != to {
			conflict = true
		}
		held[v.group] = to
	}
	return held, conflict
}

// checkSplit holds the splits against the promises of spec 8.6.
func (w *world) checkSplit(path string, a *answer, alive []*verdict, splits []string,
	counts *oracleCounts) (problems []string) {
	fail := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	got, err := readReport(path)
	if err != nil {
		return []string{err.Error()}
	}
	held, _ := w.pinned(a.rows)
	splitOf, classesOf := map[string]string{}, map[string]map[string]bool{}
	images := map[string]int{"train": 0, "val": 0, "test": 0}
	for i, v := range alive {
		images[splits[i]]++
		if other, seen := splitOf[v.group]; seen && other != splits[i] {
			fail("group %s is in %s and in %s", v.group, other, splits[i])
		}
		splitOf[v.group] = splits[i]
		if to, is := held[v.group]; is && to != splits[i] {
			fail("%s is in %s, pinned to %s", v.id, splits[i], to)
		} else if at := slices.Index(splitNames, splits[i]); at < 0 || !is && w.ratios[at] == 0 {
			fail("%s is in %q, whose ratio is 0", v.id, splits[i])
		}
		if classesOf[v.group] == nil {
			classesOf[v.group] = map[string]bool{}
		}
		classesOf[v.group][v.final] = true
	}
	if diff := cmp.Diff(images, got.Split.Images); diff != "" {
		fail("quality.json images by split (-want +got):\n%s", diff)
	}
	missing := 0
	for _, class := range a.classes {
		told := got.Split.Classes[class]
		groups, pure, freeImages, largest := map[string]int{}, true, 0, 0
		var now [3]int
		var present [3]bool
		for i, v := range alive {
			if v.final != class {
				continue
			}
			at := slices.Index(splitNames, splits[i])
			present[at] = true
			pure = pure && len(classesOf[v.group]) == 1
			if _, is := held[v.group]; !is {
				groups[v.group]++
				freeImages++
				largest = max(largest, groups[v.group])
				now[at]++
			}
		}
		few := len(groups) < 3
		counts.Classes++
		if told.Few != few {
			fail("class %q has %d free groups, listed as few: %t", class, len(groups), told.Few)
		}
		if told.Mended {
			counts.Mended++
		} else if told.Free != now {
			fail("class %q: free images %v before mending, %v after, but it is not listed as mended", class, told.Free, now)
		}
		var lacks []int
		for at := range splitNames {
			if !few && w.ratios[at] > 0 && !present[at] {
				lacks = append(lacks, at)
			}
			off := 100*told.Free[at] - w.ratios[at]*freeImages
			if pure && (off > 100*largest || -off > 100*largest) {
				fail("class %q: %d of %d free images in %s at ratio %d, largest group %d",
					class, told.Free[at], freeImages, splitNames[at], w.ratios[at], largest)
			}
		}
		if !slices.Equal(lacks, told.Missing) {
			fail("class %q lacks splits %v, reported %v", class, lacks, told.Missing)
		}
		if len(lacks) > 0 {
			missing++
		}
		if pure {
			counts.Pure++
			if len(lacks) > 0 {
				fail("class %q has %d free groups of its own, but lacks splits %v", class, len(groups), lacks)
			}
			if len(groups) == 1 && w.ratios[0] > 0 && !told.Mended && now[0] != freeImages {
				fail("class %q has one free group, which did not go to train: %v", class, now)
			}
		}
	}
	counts.Missing += missing
	if got.Findings["class_missing_in_split"] != missing {
		fail("%d findings class_missing_in_split, want %d", got.Findings["class_missing_in_split"], missing)
	}
	return problems
}
