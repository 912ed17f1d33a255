package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"strings"
)

// tables are the shapes of datasets, for the verbs that read them. Their CSVs are there without raw material.
var tables = []shape{
	{verb: "build", name: "12 columns", rows: million, make: ordinary, args: build, done: open},
	{verb: "build", name: "12 columns, 16 workers, batches of 64 MiB", rows: million, make: ordinary,
		args: append(build, "--workers", "16", "--batch-size", "64MiB"), done: open},
	{verb: "build", name: "200 more columns", rows: 280_000, make: extras(200, 20), args: build, done: open},
	{verb: "build", name: "200 more columns, 16 workers", rows: 280_000, make: extras(200, 20),
		args: append(build, "--workers", "16"), done: open},
	{verb: "build", name: "30 more columns", rows: million, make: extras(30, 20), args: build, done: open},
	{verb: "build", name: "1,000 more columns, all but empty", rows: 280_000, make: sparse, args: build, done: open},
	{verb: "build", name: "20 more columns of 900 kB in a row", rows: 60, make: extras(20, 900_000), args: build,
		done: open},
	{verb: "build", name: "1,000 more columns of 1 MB", rows: 2, make: extras(1000, million), args: build,
		refused: "record is longer than"},
	{verb: "build", name: "a cell over 1 MiB", rows: 2, make: extras(1, 1<<20+1), args: build,
		refused: "longer than 1 MiB"},
	{verb: "build", name: "every label another", rows: million, make: everyLabel, args: build, done: open},
	{verb: "mapping check", name: "every label another", rows: million, same: true, args: check, done: open},
	{verb: "mapping suggest", name: "every label another", rows: million, same: true, args: suggest,
		refused: "more than a workbook holds"},
	{verb: "mapping impact", name: "every label another", rows: million, same: true, args: impact, done: open},
	{verb: "mapping merge", name: "every label another", rows: million, same: true,
		args: []string{"mapping", "merge", "--dry-run"}, refused: "more than a workbook holds"},
	{verb: "mapping suggest", name: "200,000 labels, none mapped", rows: 200_000, make: noneMapped, args: suggest},
	{verb: "build", name: "36,000 labels with classes of their own", rows: million, make: everyClass, args: build,
		done: open},
	{verb: "mapping check", name: "36,000 labels with classes of their own", rows: million, same: true, args: check,
		done: open},
	{verb: "mapping impact", name: "36,000 labels with classes of their own", rows: million, same: true, args: impact,
		done: open},
	{verb: "build", name: "labels of 1 MB", rows: 2000, make: longLabelled, args: build, done: open},
	{verb: "build", name: "ids of 900 bytes", rows: million, make: longNamed, args: build, done: open},
	{verb: "build", name: "paths of 900 bytes, half of them rejected", rows: 500_000, make: longPaths, args: build,
		done: open},
	{verb: "build", name: "every value bad", rows: million, make: everyBad, args: build, done: open},
	{verb: "build", name: "differentials of 60,000 entries", rows: 200, make: longDifferentials, args: build, done: open},
	{verb: "build", name: "900 sources", rows: million, make: manySources, args: build, done: open},
	{verb: "build", name: "facts of a million pictures", rows: million, make: manyFacts, args: build, done: open},
	{verb: "build", name: "rows for other verbs", rows: million, make: ordinary, args: build, done: open},
	{verb: "build", name: "rows for other verbs, locked", rows: million, same: true, prepare: lockDraft, args: build,
		done: open},
	{verb: "diff", name: "rows for other verbs", rows: million, same: true,
		args: []string{"diff", "DXv27.1-draft", "DXv27.2-draft", "--rows", "--format", "csv"}},
	{verb: "trace", name: "rows for other verbs", rows: million, same: true,
		args: []string{"trace", "s/folder/picture000000100.jpg"}},
	{verb: "verify", name: "rows for other verbs", rows: million, same: true, args: []string{"verify", "DXv27.1-draft"}},
	{verb: "classes", name: "rows for other verbs", rows: million, same: true, args: []string{"classes"}},
}

var (
	build   = []string{"build"}
	check   = []string{"mapping", "check", "--format", "csv"}
	suggest = []string{"mapping", "suggest", "--format", "csv"}
	impact  = []string{"mapping", "impact", "mapping/older", "--format", "csv"}
	open    = []int{3} // findings wait for a person
)

// mostLabels is what a tab of a workbook may have.
const mostLabels = 199_999

const columns = "image_path,label,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,image_type," +
	"diagnosis_method,mask_path"

// A row is the cells of a dataset CSV that shapes choose. The zero value has none of them.
type row struct{ path, label, differentials, patient, lesion, age string }

func (r row) text(i int) string {
	if r.path == "" {
		r.path = fmt.Sprintf("folder/picture%09d.jpg", i)
	}
	if r.label == "" {
		r.label = fmt.Sprint("label ", i%1000)
	}
	if r.patient == "" {
		r.patient = fmt.Sprint("patient", i/3)
	}
	if r.lesion == "" {
		r.lesion = fmt.Sprint("lesion", i)
	}
	if r.age == "" {
		r.age = fmt.Sprint(i % 100)
	}
	return r.path + "," + r.label + "," + r.differentials + "," + r.patient + "," + r.lesion + ",male," + r.age +
		",left arm,3,dermoscopy,consensus,"
}

// dataset is a workspace of one source of these rows, whose further columns are more; of labels 0 … 999 nine of ten are
// mapped, to a hundred classes.
func dataset(dir string, rows int, more string, line func(i int) string) *sourceFiles {
	s := begin(dir, "licence: CC0-1.0\n")
	s.lines("sources/s/s_dataset.csv", columns+more+"\n", rows, line)
	s.workbook("mapping/workbook", 900, func(i int) string { return fmt.Sprintf("label %d,name %d,2C32,\n", i, i%100) })
	return s
}

// workbook is one of a tab for the source s.
func (s *sourceFiles) workbook(path string, rows int, line func(i int) string) {
	s.lines(path+"/s.csv", "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n", rows, line)
	s.text(path+"/Pathologies to exclude and merge.csv", "Category,Action,Merge into,Reason\nname 1,merge,name 2,\n")
}

func ordinary(dir string, rows int) error {
	return dataset(dir, rows, "", func(i int) string { return row{}.text(i) + "\n" }).err()
}

// extras has so many further columns of so many bytes, no cell of them like another. A row may be larger than memory.
func extras(number, size int) func(string, int) error {
	return func(dir string, rows int) error {
		random := rand.New(rand.NewPCG(1, 2))
		s := dataset(dir, 0, "", nil)
		s.write("sources/s/s_dataset.csv", func(w *bufio.Writer) {
			fmt.Fprint(w, columns)
			for c := range number {
				fmt.Fprintf(w, ",further %d", c)
			}
			for i := range rows {
				fmt.Fprint(w, "\n", row{}.text(i))
				for range number {
					_ = w.WriteByte(',')
					for n := size; n > 0; n -= 20 {
						_, _ = w.WriteString(fmt.Sprintf("%020d", random.Uint64())[:min(n, 20)])
					}
				}
			}
		})
		return s.err()
	}
}

func sparse(dir string, rows int) error {
	more := strings.Repeat(",", 900)
	var header strings.Builder
	for c := range 1000 {
		fmt.Fprintf(&header, ",further %d", c)
	}
	return dataset(dir, rows, header.String(), func(i int) string {
		return row{}.text(i) + more[:i%900] + ",x" + strings.Repeat(",", 999-i%900) + "\n"
	}).err()
}

// everyLabel has a renaming file and two workbooks that know a part of the labels.
func everyLabel(dir string, rows int) error {
	label := func(i int) string { return fmt.Sprint("an unusual diagnosis of which there is only this one ", i) }
	s := dataset(dir, rows, "", func(i int) string { return row{label: label(i)}.text(i) + "\n" })
	for path, share := range map[string]int{"mapping/workbook": 5, "mapping/older": 6} {
		s.workbook(path, min(rows/share, mostLabels), func(i int) string {
			return fmt.Sprintf("%s,name %d,2C32,\n", label(i), i%100)
		})
	}
	return s.err()
}

func noneMapped(dir string, rows int) error {
	label := func(i int) string { return fmt.Sprint("an unusual diagnosis of which there is only this one ", i) }
	return dataset(dir, rows, "", func(i int) string { return row{label: label(i)}.text(i) + "\n" }).err()
}

// everyClass has as many classes as ICD-11 has codes. A class takes some 2 kB on its way, so that 200,000 of them,
// which no list of diagnoses has, take 1 GB.
func everyClass(dir string, rows int) error {
	const classes = 36_000
	label := func(i int) string { return fmt.Sprint("an unusual diagnosis ", i%classes) }
	s := dataset(dir, rows, "", func(i int) string { return row{label: label(i)}.text(i) + "\n" })
	s.text("dermset.yaml", "mapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n")
	for path, word := range map[string]string{"mapping/workbook": "name", "mapping/older": "older name"} {
		s.workbook(path, classes, func(i int) string {
			return fmt.Sprintf("%s,%s %d,2C32,\n", label(i), word, i)
		})
	}
	return s.err()
}

func longLabelled(dir string, rows int) error {
	long := strings.Repeat("x", million)
	label := func(i int) string { return fmt.Sprint(i, long) }
	s := dataset(dir, rows, "", func(i int) string { return row{label: label(i)}.text(i) + "\n" })
	s.workbook("mapping/workbook", min(rows, 20), func(i int) string { return label(3*i) + ",name,2C32,\n" })
	return s.err()
}

func longNamed(dir string, rows int) error {
	long := strings.Repeat("i", 900)
	return dataset(dir, rows, "", func(i int) string {
		return row{patient: fmt.Sprint(long, i/3), lesion: fmt.Sprint(long, i)}.text(i) + "\n"
	}).err()
}

func longPaths(dir string, rows int) error {
	long := strings.Repeat("i", 180)
	return dataset(dir, rows, "", func(i int) string {
		path := fmt.Sprintf("%s/%s/%s/%s/%s%d.jpg", long, long, long, long, long, i)
		return row{path: path, label: fmt.Sprint("label ", i%1800)}.text(i) + "\n"
	}).err()
}

func everyBad(dir string, rows int) error {
	return dataset(dir, rows, "", func(i int) string { return row{age: fmt.Sprint("about ", i)}.text(i) + "\n" }).err()
}

func longDifferentials(dir string, rows int) error {
	return dataset(dir, rows, "", func(i int) string {
		var cell strings.Builder
		for k := range 60_000 {
			fmt.Fprintf(&cell, `,""label %d""`, k)
		}
		return row{differentials: `"[` + cell.String()[1:] + `]"`}.text(i) + "\n"
	}).err()
}

// manySources has many times more of them than a dataset is made of. Each takes some 60 kB of schemas, whatever its
// rows:
// 2,000 of them, with 500 labels each, take 650 MB.
func manySources(dir string, rows int) error {
	const sources = 900
	s := &sourceFiles{dir: dir}
	tabs := make([]string, sources)
	for n := range tabs {
		name := fmt.Sprintf("s%05d", n)
		tabs[n] = name + ": s"
		s.text("sources/"+name+"/source.yaml", "licence: CC0-1.0\n")
		s.lines("sources/"+name+"/"+name+"_dataset.csv", columns+"\n", rows/sources,
			func(i int) string { return row{}.text(i) + "\n" })
	}
	s.text("dermset.yaml", "mapping: {workbook: mapping/workbook, tabs: {"+strings.Join(tabs, ", ")+"}}\n")
	s.workbook("mapping/workbook", 90, func(i int) string { return fmt.Sprintf("label %d,name,2C32,\n", i) })
	return s.err()
}

// lockDraft makes the next version one that is locked to the draft that is there.
func lockDraft(dir string) error {
	s := &sourceFiles{dir: dir}
	s.write("dermset.yaml", func(w *bufio.Writer) {
		fmt.Fprintln(w, "version: \"27.2\"\nmapping: {workbook: mapping/workbook}\nsplit: {lock: DXv27.1-draft, seed: 2}")
	})
	return s.err()
}
