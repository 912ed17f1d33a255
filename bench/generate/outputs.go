package main

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dermset/dermset/io/csvio"
)

// An output is one form of the rows and of the mapping.
type output interface {
	tables(*world) error
	source(*source) (*file, error)
	row(dst []byte, s *source, r *row) []byte
}

// A file is written line by line.
type file struct {
	file *os.File
	to   *bufio.Writer
	line []byte
}

func newFile(path string, header ...string) (*file, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	made := &file{file: f, to: bufio.NewWriterSize(f, 1<<20)}
	return made, made.record(header...)
}

func (f *file) record(fields ...string) error {
	f.line = csvio.AppendRecord(f.line[:0], fields...)
	return f.write()
}

func (f *file) write() error {
	_, err := f.to.Write(f.line)
	return err
}

// close may be called again; then it does nothing.
func (f *file) close() error {
	if f.file == nil {
		return nil
	}
	err := errors.Join(f.to.Flush(), f.file.Close())
	f.file = nil
	return err
}

// writeTable writes a small file.
func writeTable(path string, header []string, rows [][]string) error {
	f, err := newFile(path, header...)
	for i := 0; i < len(rows) && err == nil; i++ {
		err = f.record(rows[i]...)
	}
	if f == nil {
		return err
	}
	return errors.Join(err, f.close())
}

// workspace is a dermset workspace: select.min_groups is 1 and weights are given, as the peers have it.
type workspace struct{ dir string }

const (
	settings = "dataset: DX\nversion: \"27.1\"\nmapping: {workbook: mapping/workbook}\n" +
		"select: {min_images: 20, min_groups: 1}\nsplit: {seed: 7}\n"
	declaration = "title: invented rows\nkind: archive\nlicence: CC0-1.0\ndifferentials: {weights: given}\n"
)

func (o workspace) tables(w *world) error {
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	errs := []error{os.WriteFile(filepath.Join(o.dir, "dermset.yaml"), []byte(settings), 0o644)}
	tab := func(name string) string { return filepath.Join(o.dir, "mapping", "workbook", name+".csv") }
	for i := range w.sources {
		s := &w.sources[i]
		var rows [][]string
		for l, label := range s.labels {
			if name, codes, is := w.target(s.mapped[l]); is {
				rows = append(rows, []string{label, name, codes, ""})
			}
		}
		errs = append(errs,
			writeTable(tab(s.name), []string{"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification"}, rows))
	}
	var rows [][]string
	for _, r := range w.refine {
		rows = append(rows, append(w.refined(r), "invented"))
	}
	errs = append(errs,
		writeTable(tab("Pathologies to exclude and merge"), []string{"Category", "Action", "Merge into", "Reason"}, rows))
	return errors.Join(errs...)
}

// target is the name and the codes of a label's name; is: the mapping has a row for it.
func (w *world) target(name int) (text, codes string, is bool) {
	switch name {
	case unmapped:
		return "", "", false
	case noDiagnosis:
		return "-", "", true
	}
	return w.names[name], w.codes[name], true
}

func (w *world) refined(r refinement) []string {
	if r.into < 0 {
		return []string{w.names[r.name], "exclude", ""}
	}
	return []string{w.names[r.name], "merge", w.names[r.into]}
}

func (o workspace) source(s *source) (*file, error) {
	dir := filepath.Join(o.dir, "sources", s.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "source.yaml"), []byte(declaration), 0o644); err != nil {
		return nil, err
	}
	return newFile(filepath.Join(dir, s.name+"_dataset.csv"), "image_path", "label", "differentials", "patient_id",
		"lesion_id", "sex", "age", "body_site", "fitzpatrick", "image_type", "diagnosis_method", "mask_path")
}

func (o workspace) row(dst []byte, s *source, r *row) []byte {
	dst = append(r.path(dst, s), ',')
	dst = append(csvio.AppendField(dst, r.label), ',')
	if len(r.differential) > 0 {
		cell := []byte{'['}
		for i, d := range r.differential {
			if i > 0 {
				cell = append(cell, ',')
			}
			cell = append(strconv.AppendQuote(append(cell, `{"label":`...), d.label), `,"weight":`...)
			cell = append(d.appendWeight(cell), '}')
		}
		dst = csvio.AppendField(dst, string(append(cell, ']')))
	}
	dst = append(r.facts(append(dst, ',')), ",,,,"...)
	return append(dst, '\n')
}

// facts are patient, lesion, sex, age and site; neither form needs quotes.
func (r *row) facts(dst []byte) []byte {
	dst = append(append(dst, r.patient...), ',')
	dst = append(append(dst, r.lesion...), ',')
	dst = append(append(dst, r.sex...), ',')
	if r.age > 0 {
		dst = strconv.AppendInt(dst, int64(r.age), 10)
	}
	return append(append(dst, ','), r.site...)
}

// appendWeight writes 0.05 to 0.99, or 1 for none.
func (d diagnosis) appendWeight(dst []byte) []byte {
	if d.weight == 0 {
		return append(dst, '1')
	}
	return append(dst, '0', '.', '0'+byte(d.weight/10), '0'+byte(d.weight%10))
}

// peers are the files that the programs in bench/peers read. They have the image_id and the source, which a workspace
// knows from the place of its files, as columns.
type peers struct{ dir string }

func (o peers) tables(w *world) error {
	var mapping, merge [][]string
	for _, s := range w.sources {
		for l, label := range s.labels {
			if name, codes, is := w.target(s.mapped[l]); is {
				mapping = append(mapping, []string{s.name, label, name, codes})
			}
		}
	}
	for _, r := range w.refine {
		merge = append(merge, w.refined(r))
	}
	return errors.Join(
		writeTable(filepath.Join(o.dir, "mapping.csv"),
			[]string{"source", "source_label", "target_name", "icd11_codes"}, mapping),
		writeTable(filepath.Join(o.dir, "merge.csv"), []string{"target_name", "action", "into"}, merge),
	)
}

func (o peers) source(s *source) (*file, error) {
	return newFile(filepath.Join(o.dir, "src", s.name+".csv"), "image_id", "source", "image_path", "source_label",
		"patient_id", "lesion_id", "sex", "age", "body_site", "differential")
}

func (o peers) row(dst []byte, s *source, r *row) []byte {
	dst = append(append(dst, s.name...), '/')
	dst = append(r.path(dst, s), ',')
	dst = append(append(dst, s.name...), ',')
	dst = append(r.path(dst, s), ',')
	dst = append(csvio.AppendField(dst, r.label), ',')
	dst = append(r.facts(dst), ',')
	var cell []byte
	for i, d := range r.differential {
		if i > 0 {
			cell = append(cell, ';')
		}
		cell = append(cell, d.label...)
		if d.weight > 0 {
			cell = d.appendWeight(append(cell, ':'))
		}
	}
	return append(csvio.AppendField(dst, string(cell)), '\n')
}
