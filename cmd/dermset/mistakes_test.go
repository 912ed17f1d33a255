package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// A mistake is one of those that people make again and again: what is planted in a good workspace, the verb that they
// run then, and what they are told: the place, the cause, and the very line to write.
type mistake struct {
	name  string
	files map[string]string // over those of goodWorkspace; gone: none
	plant func(t *testing.T)
	verb  string
	exit  int
	says  []string // the errors and findings, a line each, with this in it; there are no others
}

const gone = "\x00"

const datasetHeader = "image_path,label,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,image_type," +
	"diagnosis_method,mask_path\n"

const workbookHeader = "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n"

// goodWorkspace has a source that is written by hand, and one that is ingested, of which only its verbs know.
var goodWorkspace = map[string]string{
	"dermset.yaml": "version: \"0.1\"\nmapping: {workbook: mapping/workbook}\n" +
		"select: {min_images: 1, min_groups: 1}\n",
	"sources/hand/source.yaml": "title: Hand\n",
	"sources/hand/hand_dataset.csv": datasetHeader + "1.jpg,wart,,p1,,,,,,,,\n" +
		"2.jpg,mole,,p2,,,,,,,,\n",
	"mapping/workbook/hand.csv":                             workbookHeader + "wart,Viral wart,1E80,\nmole,Naevus,2F20,\n",
	"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
	"mapping/known_categories.csv": "Target Name,ICD-11 Code(s),Since " +
		"version\nNaevus,2F20,0.0\nViral wart,1E80,0.0\n",
	"sources/clinic/source.yaml": "status: pending\nfiles: m.csv\ncolumns: " +
		"{image_path: file, label: diagnosis}\n",
	"sources/clinic/raw/m.csv": "file,diagnosis\n1.jpg,wart\n",
}

const (
	clinicYAML = "sources/clinic/source.yaml"
	clinicCSV  = "sources/clinic/raw/m.csv"
	handCSV    = "sources/hand/hand_dataset.csv"
	handTab    = "mapping/workbook/hand.csv"
	ingests    = "source ingest clinic"
	builds     = "build"
	checks     = "mapping check --format csv"
)

func TestMistakes(t *testing.T) {
	for where, mistakes := range map[string][]mistake{"raw": mistakesInRawFiles, "settings": mistakesInSettings,
		"dataset": mistakesInDatasets, "mapping": mistakesInTheMapping, "list": mistakesInLists, "place": mistakesOfPlaces} {
		for _, m := range mistakes {
			t.Run(where+"/"+m.name, m.told)
		}
	}
}

// told makes the mistake, and holds what is said against what should be.
func (m mistake) told(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, files := range []map[string]string{goodWorkspace, m.files} {
		for name, text := range files {
			write(t, name, text)
		}
	}
	if m.plant != nil {
		m.plant(t)
	}
	var out, messages bytes.Buffer
	if exit := run(strings.Fields(m.verb), strings.NewReader(""), &out, &messages); exit != m.exit {
		t.Errorf("exits %d, want %d", exit, m.exit)
	}
	var said []string
	for line := range strings.Lines(messages.String()) {
		if strings.HasPrefix(line, "error: ") {
			said = append(said, line)
		}
	}
	if m.verb == checks && len(said) == 0 {
		said = append(said, strings.SplitAfter(strings.TrimSpace(out.String()), "\n")[1:]...)
		said = slices.DeleteFunc(said, func(line string) bool { return strings.HasPrefix(line, "info,codes_unchecked,") })
	}
	if !slices.EqualFunc(said, m.says, strings.Contains) {
		t.Errorf("says\n%s\nwant\n%s", strings.Join(said, ""), strings.Join(m.says, "\n"))
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if text == gone {
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// sheet writes a workbook of one tab.
func sheet(name, tab string, rows [][]any, merged ...string) func(*testing.T) {
	return func(t *testing.T) {
		book := excelize.NewFile()
		defer book.Close()
		if err := book.SetSheetName("Sheet1", tab); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			cell, err := excelize.CoordinatesToCellName(1, i+1)
			if err == nil {
				err = book.SetSheetRow(tab, cell, &row)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, cells := range merged {
			from, to, _ := strings.Cut(cells, ":")
			if err := book.MergeCell(tab, from, to); err != nil {
				t.Fatal(err)
			}
		}
		write(t, name, "")
		if err := book.SaveAs(name); err != nil {
			t.Fatal(err)
		}
	}
}
