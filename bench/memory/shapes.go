package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const million = 1_000_000

// shapes are what is measured, in order.
var shapes = []shape{
	{verb: "ingest", name: "12 columns, a joined table", rows: 6 * million, make: joined, args: ingest},
	{verb: "ingest", name: "12 columns", rows: 3 * million, make: wide, args: ingest},
	{verb: "ingest", name: "every label another", rows: million, make: labels, args: ingest},
	{verb: "ingest", name: "labels of 1 MB", rows: 2000, make: longLabels, args: ingest},
	{verb: "ingest", name: "a label over 1 MiB", rows: 10, make: tooLongLabel, args: ingest, refused: "1 MiB"},
	{verb: "ingest", name: "ids of 900 bytes", rows: million, make: longIDs, args: ingest},
	{verb: "ingest", name: "joined cells of 900 bytes", rows: 2 * million, make: joinedLong, args: ingest},
	{verb: "ingest", name: "no row used", rows: 3 * million, make: unused, args: ingest, refused: "no row"},
	{verb: "ingest", name: "every row bad", rows: 3 * million, make: bad, args: ingest},
	{verb: "ingest", name: "every image twice", rows: 3 * million, make: repeated, args: ingest},
	{verb: "ingest", name: "JSON", rows: million, make: jsonList, args: ingest},
	{verb: "ingest", name: "JSON Lines, UTF-16", rows: million, make: jsonLines, args: ingest},
	{verb: "ingest", name: "Parquet", rows: 3 * million, make: parquetFile, args: ingest},
	{verb: "ingest", name: "XLSX at its limit", rows: 190_000, make: sheet, args: ingest},
	{verb: "ingest", name: "a walk", rows: million, make: walk, args: ingest},
	{verb: "ingest", name: "a script", rows: 3 * million, make: script, args: ingest},
}

// ingest is the verb on the only source.
var ingest = []string{"source", "ingest", "s", "--raw", "raw"}

// A sourceFiles makes one workspace of one source: a declaration, and raw files that are written row by row.
type sourceFiles struct {
	dir  string
	errs []error
}

// begin writes the settings and the declaration of the source s.
func begin(dir, declaration string) *sourceFiles {
	s := &sourceFiles{dir: dir}
	s.text("dermset.yaml", "mapping: {workbook: mapping/workbook}\n")
	s.text("sources/s/source.yaml", declaration)
	return s
}

func (s *sourceFiles) text(path, text string) {
	s.write(path, func(w *bufio.Writer) { _, _ = w.WriteString(text) })
}

// lines writes a header and a line for each row.
func (s *sourceFiles) lines(path, header string, rows int, line func(i int) string) {
	s.write(path, func(w *bufio.Writer) {
		_, _ = w.WriteString(header)
		for i := range rows {
			_, _ = w.WriteString(line(i)) // Flush has the error
		}
	})
}

func (s *sourceFiles) write(path string, fill func(*bufio.Writer)) {
	path = filepath.Join(s.dir, filepath.FromSlash(path))
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		var file *os.File
		if file, err = os.Create(path); err == nil {
			w := bufio.NewWriterSize(file, 1<<20)
			fill(w)
			err = errors.Join(w.Flush(), file.Close())
		}
	}
	s.errs = append(s.errs, err)
}

func (s *sourceFiles) err() error { return errors.Join(s.errs...) }

const plain = "files: m.csv\ncolumns: {image_path: \"{file}.jpg\", label: dx, patient_id: patient, lesion_id: lesion}\n"

// all declares every column of m.csv.
const all = `columns: {image_path: "{file}.jpg", label: dx, patient_id: patient, lesion_id: lesion, sex: sex, age: age,
  body_site: site, fitzpatrick: skin, image_type: kind, diagnosis_method: method, mask_path: "masks/{file}.png"}
extra: [note]
`

const header = "file,dx,patient,lesion,sex,age,site,skin,kind,method,note\n"

func line(i int) string {
	return fmt.Sprintf("folder/picture%09d,label %d,patient%d,lesion%d,male,%d,left arm,III,dermoscopy,consensus,"+
		"seen %d\n", i, i%1000, i/3, i, i%100, i)
}

func wide(dir string, rows int) error {
	s := begin(dir, "files: m.csv\n"+all)
	s.lines("raw/m.csv", header, rows, line)
	return s.err()
}

func joined(dir string, rows int) error {
	s := begin(dir, "files:\n- m.csv\n- {path: n.csv, join: {on: {file: key}}}\n"+
		strings.Replace(all, "[note]", "[note, a, b, c]", 1))
	s.lines("raw/m.csv", header, rows/2, line)
	s.lines("raw/n.csv", "key,a,b,c\n", rows/2, func(i int) string {
		return fmt.Sprintf("folder/picture%09d,first %d,second %d,third\n", rows/2-1-i, i, i%7)
	})
	return s.err()
}

func labels(dir string, rows int) error {
	s := begin(dir, plain)
	s.lines("raw/m.csv", "file,dx,patient,lesion\n", rows, func(i int) string {
		return fmt.Sprintf("%d,an unusual diagnosis of which there is only this one %d,p%d,\n", i, i, i/2)
	})
	return s.err()
}

func longLabels(dir string, rows int) error {
	s := begin(dir, plain)
	long := strings.Repeat("x", 1_000_000)
	s.lines("raw/m.csv", "file,dx,patient,lesion\n", rows, func(i int) string {
		return fmt.Sprintf("%d,%d%s,p,\n", i, i, long)
	})
	return s.err()
}

func tooLongLabel(dir string, rows int) error {
	s := begin(dir, plain)
	long := strings.Repeat("x", 1<<20+1)
	s.lines("raw/m.csv", "file,dx,patient,lesion\n", rows, func(i int) string {
		return fmt.Sprintf("%d,%s,p,\n", i, long)
	})
	return s.err()
}

func longIDs(dir string, rows int) error {
	s := begin(dir, plain)
	long := strings.Repeat("i", 900)
	s.lines("raw/m.csv", "file,dx,patient,lesion\n", rows, func(i int) string {
		return fmt.Sprintf("%s%d,acne,%s%d,%s%d\n", long[:800], i, long, i, long, i)
	})
	return s.err()
}

func joinedLong(dir string, rows int) error {
	s := begin(dir, "files:\n- m.csv\n- {path: n.csv, join: {on: {file: key}}}\n"+
		"columns: {image_path: file, label: dx, patient_id: n.patient}\nextra: [note]\n")
	long := strings.Repeat("i", 900)
	s.lines("raw/m.csv", "file,dx\n", rows/2, func(i int) string { return fmt.Sprintf("%d,acne\n", i) })
	s.lines("raw/n.csv", "key,patient,note\n", rows/2, func(i int) string {
		return fmt.Sprintf("%d,%s%d,%s\n", i*7919%(rows/2), long, i, long)
	})
	return s.err()
}

func unused(dir string, rows int) error {
	s := begin(dir, "files: m.csv\nwhere: {column: dx, is: psoriasis}\n"+all)
	s.lines("raw/m.csv", header, rows, line)
	return s.err()
}

func bad(dir string, rows int) error {
	s := begin(dir, "files: m.csv\n"+strings.Replace(all, "fitzpatrick: skin", "fitzpatrick: note", 1))
	s.lines("raw/m.csv", header, rows, line)
	return s.err()
}

func repeated(dir string, rows int) error {
	s := begin(dir, "files: m.csv\nrepeated_images: first\n"+all)
	s.lines("raw/m.csv", header, rows, func(i int) string { return line(i / 2) })
	return s.err()
}

func jsonLine(i int) string {
	return fmt.Sprintf(`{"file": "folder/picture%09d", "meta": {"dx": "label %d", "patient": "patient%d", `+
		`"lesion": %d}, "dropped": [1, 2, {"a": "%d"}]}`, i, i%1000, i/3, i, i)
}

const ofJSON = "columns: {image_path: \"{file}.jpg\", label: meta.dx, patient_id: meta.patient, " +
	"lesion_id: meta.lesion}\n"

func jsonList(dir string, rows int) error {
	s := begin(dir, "files: {path: m.json, records: data.images}\n"+ofJSON)
	s.lines("raw/m.json", "{\"other\": [], \"data\": {\"images\": [\n{}", rows, func(i int) string {
		if i == rows-1 {
			return ",\n" + jsonLine(i) + "]}}\n"
		}
		return ",\n" + jsonLine(i)
	})
	return s.err()
}

func jsonLines(dir string, rows int) error {
	s := begin(dir, "files: {path: m.jsonl, encoding: utf-16}\n"+ofJSON)
	s.lines("raw/m.jsonl", "\xff\xfe", rows, func(i int) string {
		return strings.Join(strings.Split(jsonLine(i)+"\n", ""), "\x00") + "\x00"
	})
	return s.err()
}

// walk is a folder of empty pictures, 10,000 in each folder below it.
func walk(dir string, rows int) error {
	s := begin(dir, "files: {walk: \"{label}/*\"}\ncolumns: {image_path: $file, label: label}\n")
	for i := range rows {
		folder := filepath.Join(dir, "raw", fmt.Sprint("label ", i/10_000))
		if i%10_000 == 0 {
			s.errs = append(s.errs, os.MkdirAll(folder, 0o755))
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("a picture with a name %07d.jpg", i)), nil, 0o644); err != nil {
			return err
		}
	}
	return s.err()
}

// script has the dataset CSV made by a program that copies it.
func script(dir string, rows int) error {
	s := begin(dir, "exec: [sh, -c, 'cp \"$DERMSET_RAW/m.csv\" \"$DERMSET_OUT\"']\n")
	s.lines("raw/m.csv", "image_path,label,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,"+
		"image_type,diagnosis_method,mask_path\n", rows, func(i int) string {
		return fmt.Sprintf("picture%09d.jpg,label %d,\"[\"\"label %d\"\",\"\"other\"\"]\",patient%d,%d,f,%d,arm,2,,,"+
			"\n", i, i%1000, i%1000, i/3, i, i%100)
	})
	return s.err()
}
