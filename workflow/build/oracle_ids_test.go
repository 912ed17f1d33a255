package build_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/google/go-cmp/cmp"
)

// writtenFor says of the ids of random worlds which other one they are another spelling of.
var writtenFor = map[string]string{
	"P1": "p1", "p1 ": "p1", "p01": "p1", "p1.0": "p1", "ｐ1": "p1", "Pa\u0308ivi, \"P\"": "Päivi, \"P\"",
	"l1": "L1", "L1\u00a0": "L1", "0.0": "0",
}

func meant(id string) string {
	if other, is := writtenFor[id]; is {
		return other
	}
	return id
}

// An idOwner is whose id it is: of a space, and of a lesion that belongs to a patient, of him.
type idOwner struct{ space, patient, meant string }

// compareIDFindings holds what a version finds about ids against what the text of the contract says of the rows.
func (w *world) compareIDFindings(dist string, a *answer, counts *oracleCounts) string {
	_, table, err := readCSV(filepath.Join(dist, "mapping", "findings.csv"))
	if err != nil {
		return err.Error()
	}
	var got []string
	for _, row := range table {
		switch row["finding"] {
		case "patient_partly_missing", "id_variant", "patient_differs", "codes_unchecked":
			got = append(got, fmt.Sprint(row["finding"], " ", row["source"], " ", row["subject"], " ", row["images"]))
		}
	}
	want := slices.Concat(partlyMissing(a), w.spellings(a), differing(a), w.unchecked(a))
	slices.Sort(got)
	slices.Sort(want)
	counts.IDFindings += len(want)
	if diff := cmp.Diff(want, got); diff != "" {
		return "findings about ids (-want +got):\n" + diff
	}
	return ""
}

func partlyMissing(a *answer) (found []string) {
	with, without := map[string]int{}, map[string]int{}
	for _, v := range a.rows {
		if v.patient == "" {
			without[v.source.name]++
		} else {
			with[v.source.name]++
		}
	}
	for name := range with {
		if without[name] > 0 {
			found = append(found, fmt.Sprintf("patient_partly_missing %s %s %d", name, name, without[name]))
		}
	}
	return found
}

// spellings are the ids of one owner that are several spellings of one. The source is that of the first row of any:
// of a lesion, of the first whose label is mapped.
func (w *world) spellings(a *answer) (found []string) {
	for _, lesion := range []bool{false, true} {
		ids, images, source := map[idOwner][]string{}, map[idOwner]int{}, map[idOwner]string{}
		mapped := map[idOwner]map[string]bool{}
		firsts := map[idOwner]map[string]int{}
		for i, v := range a.rows {
			id, owner := v.patient, idOwner{space: v.source.space}
			if lesion {
				id = v.lesion
				if !v.source.lesionsInSource {
					owner.patient = v.patient
				}
			}
			if id == "" {
				continue
			}
			owner.meant = meant(id)
			if !slices.Contains(ids[owner], id) {
				ids[owner] = append(ids[owner], id)
			}
			images[owner]++
			if firsts[owner] == nil {
				firsts[owner], mapped[owner] = map[string]int{}, map[string]bool{}
			}
			is := lesion && v.mapped != ""
			if _, seen := firsts[owner][id]; !seen || is && !mapped[owner][id] {
				firsts[owner][id], mapped[owner][id] = i, is
			}
		}
		for owner, of := range ids {
			first := len(a.rows)
			for _, id := range of {
				first = min(first, firsts[owner][id])
			}
			if len(of) > 1 {
				source[owner] = a.rows[first].source.name
				slices.Sort(of)
				found = append(found, fmt.Sprintf("id_variant %s %s %d", source[owner], listText(of), images[owner]))
			}
		}
	}
	return found
}

func differing(a *answer) (found []string) {
	for i, first := range a.rows {
		sexes, youngest, oldest, images := map[string]bool{}, 999.0, 0.0, 0
		for j, v := range a.rows {
			if first.patient == "" || v.patient != first.patient || v.source.space != first.source.space {
				continue
			}
			if j < i {
				break // it is told of an earlier row
			}
			images++
			if v.row.sex.means != "" {
				sexes[v.row.sex.means] = true
			}
			if age, err := strconv.ParseFloat(v.row.age.means, 64); err == nil {
				youngest, oldest = min(youngest, age), max(oldest, age)
			}
		}
		if len(sexes) > 1 || oldest-youngest >= 20 {
			found = append(found, fmt.Sprintf("patient_differs %s %s %d", first.source.name, first.patient, images))
		}
	}
	return found
}

// unchecked is found of a workbook with codes: no world has a release of ICD-11.
func (w *world) unchecked(a *answer) []string {
	images, any := 0, false
	for _, tab := range w.tabs {
		for _, row := range tab.rows {
			any = any || len(row.codes) > 0 && row.target != "" && row.target != "-"
		}
	}
	for _, class := range a.tables[0] {
		if class["icd11_codes"] != "[]" {
			n, _ := strconv.Atoi(class["images"])
			images += n
		}
	}
	if !any {
		return nil
	}
	return []string{fmt.Sprintf("codes_unchecked  2025-01 %d", images)}
}
