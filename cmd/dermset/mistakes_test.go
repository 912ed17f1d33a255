package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/dermset/dermset/io/blobio/blobtest"
	"github.com/dermset/dermset/io/releaseio"
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

const sheetYAML = "files: m.xlsx\ncolumns: {image_path: file, label: diagnosis}\n"

const clinicSheet = "sources/clinic/raw/m.xlsx"

var rows = [][]any{{"file", "diagnosis"}, {"1.jpg", "wart"}}

var mistakesInRawFiles = []mistake{
	{name: "none", verb: ingests},
	{name: "wrong column", verb: ingests, exit: 1,
		files: map[string]string{clinicYAML: "files: m.csv\ncolumns: {image_path: file, label: diagnose}\n"},
		says:  []string{`sources/clinic/source.yaml:2: there is no column "diagnose" in the raw material: write diagnosis`}},
	{name: "column's case", verb: ingests, exit: 1,
		files: map[string]string{clinicYAML: "files: m.csv\ncolumns: {image_path: file, label: Diagnosis}\n"},
		says:  []string{`source.yaml:2: there is no column "Diagnosis" in the raw material: write diagnosis`}},
	{name: "column with a space behind", verb: ingests, exit: 1,
		files: map[string]string{clinicCSV: "file,diagnosis \n1.jpg,wart\n"},
		says:  []string{`source.yaml:3: there is no column "diagnosis" in the raw material: write "diagnosis "`}},
	{name: "column with a look-alike", verb: ingests, exit: 1,
		files: map[string]string{clinicCSV: "file,di\u0430gnosis\n1.jpg,wart\n"},
		says:  []string{`source.yaml:3: there is no column "diagnosis" in the raw material: write "di\u0430gnosis"`}},
	{name: "doubled header", verb: ingests, exit: 1,
		files: map[string]string{clinicCSV: "file,diagnosis,file\n1.jpg,wart,x\n"},
		says:  []string{`sources/clinic/raw/m.csv:1:16: column "file" stands twice, first as column 1: give one of them`}},
	{name: "missing file", verb: ingests, exit: 1,
		files: map[string]string{clinicCSV: gone, "sources/clinic/raw/M.csv": "file,diagnosis\n1.jpg,wart\n"},
		says:  []string{"sources/clinic/raw/m.csv: no such file or directory; there is \"M.csv\": write `path: \"M.csv\"`"}},
	{name: "file in a folder", verb: ingests, exit: 1,
		files: map[string]string{clinicCSV: gone, "sources/clinic/raw/tables/m.csv": "file,diagnosis\n1.jpg,wart\n"},
		says:  []string{"no such file or directory; there is \"tables/m.csv\": write `path: \"tables/m.csv\"`"}},
	{name: "wrong folder", verb: ingests + " --raw Raw", exit: 1, files: map[string]string{"raw/x": ""},
		says: []string{"Raw: raw material of clinic: no such file or directory; raw is there: write --raw raw"}},
	{name: "no raw folder", verb: ingests, exit: 1, files: map[string]string{"sources/clinic/raw": gone},
		says: []string{"sources/clinic/raw: raw material of clinic: no such file or directory; put it there, or say where " +
			"it is with --raw"}},
	{name: "sheet's case", verb: ingests, exit: 1, plant: sheet(clinicSheet, "Datos", rows),
		files: map[string]string{clinicYAML: "files: {path: m.xlsx, sheet: datos}\n" +
			"columns: {image_path: file, label: diagnosis}\n"},
		says: []string{clinicSheet + ": sheet \"datos\" is not there, but \"Datos\" is: write `sheet: Datos` in " +
			"source.yaml"}},
	{name: "sheet with a space behind", verb: ingests, exit: 1, plant: sheet(clinicSheet, "Datos ", rows),
		files: map[string]string{clinicYAML: "files: {path: m.xlsx, sheet: Datos}\n" +
			"columns: {image_path: file, label: diagnosis}\n"},
		says: []string{"sheet \"Datos\" is not there, but \"Datos \" is: write `sheet: \"Datos \"` in source.yaml"}},
	{name: "header row", verb: ingests, exit: 1, files: map[string]string{clinicYAML: sheetYAML},
		plant: sheet(clinicSheet, "Datos", [][]any{{"Hospital X, 2021"}, {}, {"file", "diagnosis"}, {"1.jpg", "wart"}}),
		says: []string{clinicSheet + ": sheet \"Datos\": row 1 has not the names of the columns, but row 3 has: write " +
			"`header: 3` beside its path: in source.yaml"}},
	{name: "merged cells", verb: ingests, exit: 1, files: map[string]string{clinicYAML: sheetYAML},
		plant: sheet(clinicSheet, "Datos", append(rows, []any{"2.jpg", nil}), "B2:B3"),
		says: []string{clinicSheet + `: sheet "Datos": merged cells B2:B3: only the first cell of each has a value, and the ` +
			`rows below would have none: write fill: down for this file`}},
	{name: "URL, absolute and Windows's paths", verb: ingests, exit: 1,
		files: map[string]string{clinicCSV: "file,diagnosis\n" +
			strings.Repeat("https://x.org/p/1.jpg,wart\n",
				998) + "https://x.org/2.jpg,wart\n/home/me/1.jpg,wart\nC:\\a\\b.jpg,wart\n"},
		says: []string{
			`m.csv:2: image_path: path "https://x.org/p/1.jpg" is a URL, want it relative to the source's root, such as "1.jpg"`,
			`m.csv:3, 4: image_path: path "https://x.org/p/1.jpg" is a URL`,
			`m.csv:1001: image_path: path "/home/me/1.jpg" is absolute`,
			`source.yaml: image_path: path is a URL, want it relative to the source's root in 996 more rows`,
			`m.csv:1002: image_path: path "C:\\a\\b.jpg" begins with a drive letter`,
			"source.yaml:3: columns.image_path: to mend these, write `image_path: {column: file, matches: " +
				`'^(?:https://x\.org/|/home/me/|C:\\a\\)(.*)$', to: '{1}', other: keep}` + "`",
			`m.csv:3: image "https://x.org/p/1.jpg" stands twice, first in sources/clinic/raw/m.csv:2`,
			`m.csv:4, 5: image "https://x.org/p/1.jpg" stands twice, first in sources/clinic/raw/m.csv:2`,
			`source.yaml: the image stands twice in 994 more rows`,
		}},
	{name: "duplicate path", verb: ingests, exit: 1,
		files: map[string]string{clinicCSV: "file,diagnosis\n1.jpg,wart\n1.jpg,wart\n"},
		says: []string{"m.csv:3: image \"1.jpg\" stands twice, first in sources/clinic/raw/m.csv:2: to keep the " +
			"first of each, " +
			"write `repeated_images: first` in source.yaml"}},
	{name: "ragged row", verb: ingests, exit: 1, files: map[string]string{clinicCSV: "file,diagnosis\n1.jpg,wart, " +
		"plane\n"},
		says: []string{"m.csv:2:1: row has 3 fields, want 2 as in the header: put quotes around a field that holds a comma"}},
	{name: "huge cell", verb: ingests, exit: 1,
		files: map[string]string{clinicCSV: "file,diagnosis\n1.jpg," + strings.Repeat("x", 2<<20) + "\n"},
		says:  []string{"m.csv:2:7: field is longer than 1 MiB: shorten it, or look for missing line ends"}},
	{name: "semicolons", verb: ingests, exit: 1, files: map[string]string{clinicCSV: "file;diagnosis\n1.jpg;wart\n"},
		says: []string{"m.csv: has fields separated by semicolons: write `{path: m.csv, delimiter: \";\"}` in " +
			"line 2 of source.yaml"}},
	{name: "UTF-16", verb: ingests, exit: 1, files: map[string]string{clinicCSV: utf16("file,diagnosis\n1.jpg,wart\n")},
		says: []string{"m.csv:1:1: is not UTF-8, but utf-16: write `{path: m.csv, encoding: utf-16}` in line 2 of " +
			"source.yaml"}},
	{name: "cp1252", verb: ingests, exit: 1, files: map[string]string{clinicCSV: "file,diagnosis\n1.jpg,L\xe9sion\n"},
		says: []string{"m.csv:2:8: is not UTF-8, but windows-1252 (\"Lésion\"), or macintosh (\"LÈsion\"), or " +
			"ibm850 (\"LÚsion\"): write `{path: m.csv, encoding: windows-1252}` in line 2 of source.yaml"}},
	{name: "CR only", verb: ingests, exit: 1, files: map[string]string{clinicCSV: "file,diagnosis\r1.jpg,wart\r"},
		says: []string{"m.csv: has lines that end with CR alone"}},
	{name: "byte order mark and CRLF, simply read", verb: ingests,
		files: map[string]string{clinicCSV: "\ufefffile,diagnosis\r\n1.jpg,wart\r\n"}},
	{name: "sep=, simply read", verb: ingests,
		files: map[string]string{clinicCSV: "sep=,\r\nfile,diagnosis\r\n1.jpg,wart\r\n"}},
	{name: "sep=;, simply read", verb: ingests,
		files: map[string]string{clinicCSV: "sep=;\r\nfile;diagnosis\r\n1.jpg;wart\r\n"}},
	{name: "old Excel file", verb: ingests, exit: 2, files: map[string]string{clinicYAML: "files: m.xls\n" +
		"columns: {image_path: file, label: diagnosis}\n", "sources/clinic/raw/m.xls": ole},
		says: []string{"source.yaml:1: files: \"m.xls\" is not read: open it in a spreadsheet program, save it as " +
			".xlsx, and write " +
			"path: m.xlsx"}},
	{name: "old Excel file that is called .xlsx", verb: ingests, exit: 1,
		files: map[string]string{clinicYAML: sheetYAML, clinicSheet: ole},
		says: []string{clinicSheet + ": is an old or protected workbook of Excel (.xls): open it in Excel or " +
			"LibreOffice and save it as .xlsx"}},
	{name: "workbook of OpenDocument that is called .xlsx", verb: ingests, exit: 1,
		files: map[string]string{clinicYAML: sheetYAML},
		plant: zipped(clinicSheet, "mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
		says: []string{clinicSheet + ": is a workbook of LibreOffice (.ods): open it in a spreadsheet program " +
			"and save it as .xlsx"}},
	{name: "workbook of Numbers that is called .xlsx", verb: ingests, exit: 1,
		files: map[string]string{clinicYAML: sheetYAML},
		plant: zipped(clinicSheet, "Index/Document.iwa", ""),
		says:  []string{clinicSheet + ": is a document of Numbers or Pages: export it there as Excel or CSV UTF-8"}},
	{name: "CSV that is called .xlsx", verb: ingests, exit: 1,
		files: map[string]string{clinicYAML: sheetYAML, clinicSheet: "file,diagnosis\n1.jpg,wart\n"},
		says:  []string{clinicSheet + ": is text, not xlsx: write `{path: m.xlsx, format: csv}` in line 1 of source.yaml"}},
	{name: "page of HTML that is called .xlsx", verb: ingests, exit: 1,
		files: map[string]string{clinicYAML: sheetYAML, clinicSheet: "<html><body><table>"},
		says: []string{clinicSheet + ": is a web page (HTML): it may be a page that asks to log in, or an error: " +
			"fetch the file again"}},
}

// ole is how a file of old Office begins, and an encrypted one of new.
var ole = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)

// utf16 is text as Excel saves "Unicode Text".
func utf16(text string) string {
	out := []byte("\xff\xfe")
	for _, r := range text {
		out = append(out, byte(r), byte(r>>8))
	}
	return string(out)
}

// zipped writes an archive of one file.
func zipped(name, inside, text string) func(*testing.T) {
	return func(t *testing.T) {
		var b bytes.Buffer
		archive := zip.NewWriter(&b)
		file, err := archive.CreateHeader(&zip.FileHeader{Name: inside, Method: zip.Store})
		if err == nil {
			_, err = file.Write([]byte(text))
		}
		if err == nil {
			err = archive.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		write(t, name, b.String())
	}
}

func settings(text string) map[string]string { return map[string]string{"dermset.yaml": text} }

func declared(text string) map[string]string { return map[string]string{clinicYAML: text} }

var mistakesInSettings = []mistake{
	{name: "tab", verb: builds, exit: 2, files: settings("version: \"0.1\"\nselect:\n\tmin_images: 1\n\tmin_groups: 1\n"),
		says: []string{"dermset.yaml:3:1: a tab before the line's text, and YAML wants spaces: write `  " +
			"min_images: 1`, and so on " +
			"(lines: 1 more)"}},
	{name: "tab in source.yaml", verb: ingests, exit: 2,
		files: declared("files: m.csv\ncolumns:\n\timage_path: file\n\tlabel: diagnosis\n"),
		says: []string{clinicYAML + ":3:1: a tab before the line's text, and YAML wants spaces: write `  " +
			"image_path: file`"}},
	{name: "typographic quotes", verb: builds, exit: 2, files: settings("version: “0.1”\n"),
		says: []string{`dermset.yaml:1: version: "“0.1”", want MAJOR.MINOR in quotes, such as "27.1"`}},
	{name: "NBSP at a line's beginning", verb: builds, exit: 2, files: settings("select:\n\u00a0\u00a0min_images: 1\n"),
		says: []string{"holds U+00A0: YAML wants spaces of the space bar before a key: write `  min_images:`"}},
	{name: "NBSP behind a colon", verb: builds, exit: 2, files: settings("version:\u00a0\"0.1\"\n"),
		says: []string{"dermset.yaml:1: \"version:\\u00a0\\\"0.1\\\"\", want keys with values: a space is missing " +
			"behind the colon: " +
			"write `version: \"0.1\"`"}},
	{name: "no space behind a colon", verb: builds, exit: 2, files: settings("select:\n  min_images:1\n"),
		says: []string{"dermset.yaml:2: select: \"min_images:1\", want keys with values: a space is missing " +
			"behind the colon: " +
			"write `min_images: 1`"}},
	{name: "colon in text", verb: ingests, exit: 2, files: declared("title: Clinic: skin\nfiles: m.csv\n"),
		says: []string{clinicYAML + ":1:8: text that YAML would take apart (it holds a colon, or begins with a " +
			"sign): put quotes " +
			"around it: write `title: \"Clinic: skin\"`"}},
	{name: "template without quotes", verb: ingests, exit: 2,
		files: declared("files: m.csv\ncolumns:\n  image_path: {file}.jpg\n  label: diagnosis\n"),
		says:  []string{clinicYAML + ":3:15: text that YAML would take apart", "write `  image_path: \"{file}.jpg\"`"}[:1]},
	{name: "backslashes in double quotes", verb: builds, exit: 2, files: settings(`images: {store: "C:\Users\me"}` + "\n"),
		says: []string{"dermset.yaml:1:17: a backslash inside double quotes means something else: single ones " +
			"keep it: write " +
			`` + "`images: {store: 'C:\\Users\\me'}`"}},
	{name: "yes", verb: builds, exit: 2, files: settings("soft: {wide: yes}\n"),
		says: []string{`dermset.yaml:1: soft.wide: "yes", want true or false: write true`}},
	{name: "key twice", verb: builds, exit: 2, files: settings("soft: {wide: true}\nsoft: {wide: true}\n"),
		says: []string{"dermset.yaml:2: soft: stands twice, first in line 1"}},
	{name: "byte order mark, CRLF, UTF-16 and CR only, simply read", verb: "source list",
		files: map[string]string{"dermset.yaml": utf16("version: \"0.1\"\r\n"), clinicYAML: "\ufefftitle: " +
			"x\r\nicd11: yes\r\n",
			"sources/hand/source.yaml": "title: x\ricd11: yes\r"}},
	{name: "cp1252", verb: ingests, exit: 2, files: declared("files: m.csv\ncolumns: {image_path: file, label: " +
		"diagn\xf3stico}\n"),
		says: []string{clinicYAML + ":2:41: byte 0xf3 is not UTF-8: save the file as UTF-8; of windows-1252, the " +
			"line would be " +
			"`columns: {image_path: file, label: diagnóstico}`"}},
	{name: "merge key", verb: ingests, exit: 2, files: declared("title: &t x\ndescription: *t\n"),
		says: []string{clinicYAML + ":2: description: an alias (*name) is not allowed, write the value out"}},
	{name: "bracket that is not closed", verb: builds, exit: 2,
		files: settings("version: \"0.1\"\nselect: {min_images: 1\nsoft: {wide: true}\n"),
		says:  []string{"dermset.yaml:2:23: a bracket that is not closed, or closed twice: write `select: {min_images: 1}`"}},
	{name: "quote that is not closed", verb: builds, exit: 2, files: settings("version: \"0.1\nselect: {min_images: 1}\n"),
		says: []string{"dermset.yaml:1:14: a quote that is not closed: write `version: \"0.1\"`"}},
	{name: "other spaces", verb: builds, exit: 2, files: settings("select:\n  min_images: 1\n   min_groups: 1\n"),
		says: []string{"dermset.yaml:3:3: other spaces at the line's beginning than the lines above have: write ` " +
			" min_groups: 1`"}},
	{name: "unknown key", verb: builds, exit: 2, files: settings("select: {min_image: 1}\n"),
		says: []string{"dermset.yaml:1:10: select.min_image: unknown key; did you mean min_images?"}},
	{name: "unknown key of a source", verb: ingests, exit: 2,
		files: declared("files: m.csv\ncolumn: {image_path: file, label: diagnosis}\n"),
		says:  []string{clinicYAML + ":2:1: column: unknown key; did you mean columns?"}},
	{name: "ratios as fractions", verb: builds, exit: 2,
		files: settings("split: {ratios: {train: 0.7, val: 0.15, test: 0.15}}\n"), says: []string{
			`dermset.yaml:1: split.ratios.train: "0.7", want a whole number: of per cents write 70`,
			`dermset.yaml:1: split.ratios.val: "0.15", want a whole number: of per cents write 15`,
			`dermset.yaml:1: split.ratios.test: "0.15", want a whole number: of per cents write 15`}},
	{name: "ratios that do not add up", verb: builds, exit: 2,
		files: settings("split: {ratios: {train: 70, val: 15, test: 10}}\n"),
		says: []string{"dermset.yaml:1: split.ratios: train 70 + val 15 + test 10 = 95, want whole per cents that " +
			"add up to 100: " +
			"write all three, such as `ratios: {train: 70, val: 15, test: 15}`"}},
	{name: "ratio that is left out", verb: builds, exit: 2, files: settings("split: {ratios: {train: 80, test: 20}}\n"),
		says: []string{"dermset.yaml:1: split.ratios: train 80 + val 15 + test 20 = 115, want whole per cents " +
			"that add up to 100: " +
			"write `ratios: {train: 80, val: 0, test: 20}`, for what is left out has its default"}},
	{name: "version with its dataset", verb: builds, exit: 2, files: settings("version: DXv27.1\n"),
		says: []string{`dermset.yaml:1: version: "DXv27.1", want MAJOR.MINOR in quotes, such as "27.1"`}},
	{name: "key of a section", verb: builds, exit: 2, files: settings("seed: 1\n"),
		says: []string{"dermset.yaml:1:1: seed: unknown key here: it stands below split: write `split: {seed: 1}`"}},
}

// dataset is the dataset CSV of the source that is written by hand.
func dataset(text string) map[string]string { return map[string]string{handCSV: text} }

// rowsOf is a dataset CSV of these rows.
func rowsOf(rows ...string) map[string]string {
	return dataset("image_path,label\n" + strings.Join(rows, "\n") + "\n")
}

const goodTab = workbookHeader + "wart,Viral wart,1E80,\nmole,Naevus,2F20,\n"

var header = []any{"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification"}

func tab(text string) map[string]string { return tabAs(workbookHeader + text) }

func tabAs(text string) map[string]string { return map[string]string{handTab: text} }

func withdrawn(text string) map[string]string {
	return map[string]string{"curation/withdrawn.csv": text}
}

// pictured has a store with the pictures that the rows name, further settings, and a file.
func pictured(more, name, text string) map[string]string {
	return map[string]string{"dermset.yaml": goodWorkspace["dermset.yaml"] + "images: {store: store}\n" + more, name: text,
		"store/hand/1.jpg": "x", "store/hand/2.jpg": "y"}
}

func stored(url string) map[string]string {
	return settings(goodWorkspace["dermset.yaml"] + "images: {store: '" + url + "'}\n")
}

// amazon has what programs of AWS look at in the environment, but for one variable.
func amazon(name, value string) func(*testing.T) {
	return func(t *testing.T) {
		blobtest.Environment(t)
		t.Setenv(name, value)
	}
}

// bucketless names a bucket that the server does not have.
func bucketless(t *testing.T) {
	blobtest.Environment(t)
	url := blobtest.Serve(t, blobtest.Server(t))
	write(t, "dermset.yaml", stored("s3://buckets/x?endpoint=" + url)["dermset.yaml"])
}

// locked is another run.
func locked(t *testing.T) {
	lock, err := releaseio.TakeLock(".dermset.lock", "build", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Release() })
}

var mistakesInDatasets = []mistake{
	{name: "none", verb: builds},
	{name: "URL, absolute and a backslash", verb: builds, exit: 1,
		files: rowsOf("https://x.org/1.jpg,wart", "/home/x/2.jpg,wart", `a\3.jpg,wart`, "./4.jpg,wart"),
		says: []string{
			"sources/hand/hand_dataset.csv:2: path \"https://x.org/1.jpg\" is a URL, want it relative to the source's " +
				"root, such as \"1.jpg\"",
			"sources/hand/hand_dataset.csv:3: path \"/home/x/2.jpg\" is absolute, want it relative to the source's root, " +
				"such as \"2.jpg\"",
			"sources/hand/hand_dataset.csv:4: path \"a\\\\3.jpg\" holds a backslash, want parts separated by /: write " +
				"\"a/3.jpg\"",
			"sources/hand/hand_dataset.csv:5: path \"./4.jpg\" has the part \".\": write \"4.jpg\"",
		}},
	{name: "duplicate path in many rows", verb: builds, exit: 1,
		files: rowsOf(strings.Split(strings.Repeat("1.jpg,wart ", 1000), " ")[:1000]...),
		says: []string{
			"sources/hand/hand_dataset.csv:3: image_path \"1.jpg\" is used by an earlier row: a picture stands in a " +
				"source once, so keep one of the rows",
			"sources/hand/hand_dataset.csv:4, 5: image_path \"1.jpg\" is used by an earlier row",
			"sources/hand/hand_dataset.csv: a path is used by an earlier row in 996 more rows",
		}},
	{name: "doubled header", verb: builds, exit: 1,
		files: dataset("image_path,label,age,age\n1.jpg,wart,,\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1:22: column \"age\" is named twice, first as column 3: rename or remove one",
		}},
	{name: "wrong column", verb: builds, exit: 1,
		files: dataset("image_path,lable\n1.jpg,wart\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1:12: column \"lable\": did you mean \"label\"? rename it; extra.lable keeps " +
				"it as a further column",
		}},
	{name: "no header", verb: builds, exit: 1,
		files: dataset("1.jpg,wart\n2.jpg,wart\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1:1: line 1 has no name of a column of a dataset, but \"1.jpg\": write the " +
				"names above it, such as `image_path,label`",
		}},
	{name: "ragged rows", verb: builds, exit: 1,
		files: dataset("image_path,label\n1.jpg,wart, plane\n" + strings.Repeat("2.jpg\n", 50)),
		says: []string{
			"hand: sources/hand/hand_dataset.csv:2:1: row has 3 fields, want 2 as in the header: put quotes around a " +
				"field that holds a comma",
			"hand: sources/hand/hand_dataset.csv:3:1: row has 1 fields, want 2 as in the header: add the missing ones, " +
				"or put quotes around a field that holds a line end",
			"hand: sources/hand/hand_dataset.csv:4:1, 5:1, 6:1, 7:1, 8:1, ",
		}},
	{name: "huge cell", verb: builds, exit: 1,
		files: rowsOf("1.jpg," + strings.Repeat("x", 2<<20)),
		says: []string{
			"hand: sources/hand/hand_dataset.csv:2:7: field is longer than 1 MiB: shorten it, or look for missing line " +
				"ends",
		}},
	{name: "semicolons", verb: builds, exit: 1,
		files: dataset("image_path;label\n1.jpg;wart\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1:1: its columns are parted by semicolons: want commas, as in " +
				"\"image_path,label\"",
		}},
	{name: "UTF-16", verb: builds, exit: 1,
		files: dataset(utf16("image_path,label\n1.jpg,wart\n")),
		says: []string{
			"sources/hand/hand_dataset.csv:1: is not UTF-8, but utf-16: save it as CSV UTF-8 with commas, and the column " +
				"names in line 1",
		}},
	{name: "cp1252", verb: builds, exit: 1,
		files: dataset("image_path,label\n1.jpg,caf\xe9\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:2:10: is not UTF-8, but windows-1252 (\"café\"): save it as CSV UTF-8 with " +
				"commas, and the column names in line 1",
		}},
	{name: "semicolons and cp1252", verb: builds, exit: 1,
		files: dataset("image_path;label\n1.jpg;caf\xe9\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1: is not UTF-8, but windows-1252 (\"café\"); has fields separated by " +
				"semicolons: save it as CSV UTF-8 with commas, and the column names in line 1",
		}},
	{name: "CR only", verb: builds, exit: 1,
		files: dataset("image_path,label\r1.jpg,wart\r"),
		says: []string{
			"sources/hand/hand_dataset.csv:1: has lines that end with CR alone, as on an old Mac: save it as CSV UTF-8 " +
				"with commas, and the column names in line 1",
		}},
	{name: "lines before the header", verb: builds, exit: 1,
		files: dataset("Study of 2021,\nimage_path,label\n1.jpg,wart\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1: has its column names in line 2: save it as CSV UTF-8 with commas, and the " +
				"column names in line 1",
		}},
	{name: "byte order mark and CRLF, simply read", verb: builds,
		files: dataset("\ufeffimage_path,label\r\n1.jpg,wart\r\n")},
	{name: "sep=, simply read", verb: builds,
		files: dataset("sep=,\r\nimage_path,label\r\n1.jpg,wart\r\n")},
	{name: "workbook that is called .csv", verb: builds, exit: 1,
		files: dataset("PK\x03\x04 xl/workbook.xml"),
		says: []string{
			"sources/hand/hand_dataset.csv:1: is a workbook of Excel (.xlsx), not CSV: open it in a spreadsheet program " +
				"and save it as CSV UTF-8",
		}},
	{name: "semicolons, by another verb", verb: "source list", exit: 1,
		files: dataset("image_path;label\n1.jpg;wart\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1:1: its columns are parted by semicolons: want commas, as in " +
				"\"image_path,label\"",
		}},
	{name: "no dataset CSV", verb: builds, exit: 1,
		files: dataset(gone),
		says: []string{
			"sources/hand/hand_dataset.csv: the source has no dataset CSV yet; run `dermset source ingest hand`",
		}},
}

var mistakesInTheMapping = []mistake{
	{name: "none", verb: checks},
	{name: "trailing space", verb: checks, exit: 3,
		files: tab("wart ,Viral wart,1E80,\nmole,Naevus,2F20,\n"),
		says: []string{
			"review,unmapped_label,hand,hand,wart,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A2,hand,wart,1,\"is not in the tab, but \"\"wart \"\" is, which differs only in how it " +
				"is written; \"\"wart \"\" ends with a space; that one is mapped to \"\"Viral wart\"\"\",\"map it as the " +
				"other one is mapped, if it means the same\"",
		}},
	{name: "NBSP", verb: checks, exit: 3,
		files: tab("wart,Viral wart,1E80,\nmole\u00a0,Naevus,2F20,\n"),
		says: []string{
			"review,unmapped_label,hand,hand,mole,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A3,hand,mole,1,\"is not in the tab, but \"\"mole\\u00a0\"\" is, which differs only in " +
				"how it is written; \"\"mole\\u00a0\"\" holds U+00A0 (no-break space), which looks like a space; that one " +
				"is mapped to \"\"Naevus\"\"\",\"map it as the other one is mapped, if it means the same\"",
		}},
	{name: "zero width space", verb: checks, exit: 3,
		files: tab("wart,Viral wart,1E80,\nmo\u200ble,Naevus,2F20,\n"),
		says: []string{
			"review,unmapped_label,hand,hand,mole,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A3,hand,mole,1,\"is not in the tab, but \"\"mo\\u200ble\"\" is, which differs only in " +
				"how it is written; \"\"mo\\u200ble\"\" holds U+200B (zero width space), which cannot be seen; that one is " +
				"mapped to \"\"Naevus\"\"\",\"map it as the other one is mapped, if it means the same\"",
		}},
	{name: "look-alike", verb: checks, exit: 3,
		files: tab("w\u0430rt,Viral wart,1E80,\nmole,Naevus,2F20,\n"),
		says: []string{
			"review,unmapped_label,hand,hand,wart,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A2,hand,wart,1,\"is not in the tab, but \"\"wаrt\"\" is, which differs only in how it " +
				"is written; \"\"wаrt\"\" holds U+0430 (Cyrillic), which looks like a; that one is mapped to \"\"Viral " +
				"wart\"\"\",\"map it as the other one is mapped, if it means the same\"",
		}},
	{name: "NFC and NFD", verb: checks, exit: 3,
		files: map[string]string{handTab: workbookHeader + "caf\u00e9,Viral wart,1E80,\nmole,Naevus,2F20,\n",
			handCSV: "image_path,label\n1.jpg,cafe\u0301\n2.jpg,mole\n"},
		says: []string{
			"review,unmapped_label,hand,hand,café,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A2,hand,café,1,\"is not in the tab, but \"\"café\"\" is, which differs only in how it " +
				"is written; its é is U+0065 U+0301, that of the other U+00E9; that one is mapped to \"\"Viral " +
				"wart\"\"\",\"map it as the other one is mapped, if it means the same\"",
		}},
	{name: "capitals", verb: checks, exit: 3,
		files: tab("Wart,Viral wart,1E80,\nmole,Naevus,2F20,\n"),
		says: []string{
			"review,unmapped_label,hand,hand,wart,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A2,hand,wart,1,\"is not in the tab, but \"\"Wart\"\" is, which differs only in how it " +
				"is written: in small and capital letters; that one is mapped to \"\"Viral wart\"\"\",\"map it as the " +
				"other one is mapped, if it means the same\"",
		}},
	{name: "renamed tab", verb: checks, exit: 3,
		files: map[string]string{handTab: gone, "mapping/workbook/Study 1.csv": goodTab},
		says: []string{
			"error,missing_tab,hand,hand,hand,2,\"the workbook has no tab \"\"hand\"\", but one called \"\"Study 1\"\", " +
				"which has 2 of its 2 labels: rename it, or write `tabs: {hand: \"\"Study 1\"\"}` below mapping: in " +
				"dermset.yaml\",\"run mapping merge, which adds the tab, or name the tab in mapping.tabs\"",
			"info,unused_tab,Study 1,,Study 1,0,no source has a tab of this name,\"name it in mapping.tabs, or remove " +
				"it\"",
		}},
	{name: "tab's case", verb: checks, exit: 3,
		files: map[string]string{handTab: gone, "mapping/workbook/Hand.csv": goodTab},
		says: []string{
			"error,missing_tab,hand,hand,hand,2,\"the workbook has no tab \"\"hand\"\", but one called \"\"Hand\"\": " +
				"rename it, or write `tabs: {hand: \"\"Hand\"\"}` below mapping: in dermset.yaml\",\"run mapping merge, " +
				"which adds the tab, or name the tab in mapping.tabs\"",
			"info,unused_tab,Hand,,Hand,0,no source has a tab of this name,\"name it in mapping.tabs, or remove it\"",
		}},
	{name: "header row", verb: checks, exit: 3,
		files: tabAs("Mapping of 2021,,,\n" + goodTab),
		says: []string{
			"error,bad_header,hand,hand,hand,2,row 2 has the columns: delete the rows above it,\"give the tab its " +
				"columns in the first row, each once\"",
		}},
	{name: "header's names", verb: checks, exit: 3,
		files: tabAs("Source label,Target,ICD-11 Codes,Notes\nwart,Viral wart,1E80,\n"),
		says: []string{
			"error,bad_header,hand,hand,hand,2,\"column \"\"Target Name\"\" is missing, but one is called " +
				"\"\"Target\"\": write \"\"Target Name\"\" there; column \"\"ICD-11 Code(s)\"\" is missing, but one is " +
				"called \"\"ICD-11 Codes\"\": write \"\"ICD-11 Code(s)\"\" there; column \"\"Notes/Justification\"\" is " +
				"missing, but one is called \"\"Notes\"\": write \"\"Notes/Justification\"\" there\",\"give the tab its " +
				"columns in the first row, each once\"",
		}},
	{name: "code in small letters, O for 0", verb: checks, exit: 3,
		files: tab("wart,Viral wart,1e80,\nmole,Naevus,2F2O,\n"),
		says: []string{
			"error,invalid_code,hand!C3,hand,mole,1,\"code \"\"2F2O\"\" holds the letter O or I, which no ICD-11 code " +
				"has (the digits 0 and 1 do); did you mean \"\"2F20\"\"?\",\"correct the cell: one code such as 2C32, " +
				"several as EA80;EK00\"",
			"error,invalid_code,hand!C2,hand,wart,1,\"code \"\"1e80\"\" has lower-case letters: codes are in capitals; " +
				"did you mean \"\"1E80\"\"?\",\"correct the cell: one code such as 2C32, several as EA80;EK00\"",
		}},
	{name: "number as code in a CSV", verb: checks, exit: 3,
		files: tab("wart,Viral wart,2E+63,\nmole,Naevus,2F20,\n"),
		says: []string{
			"error,invalid_code,hand!C2,hand,wart,1,\"code \"\"2E+63\"\" is not an ICD-11 code: want four characters, " +
				"the second a letter and the third a digit, perhaps with a point and one or two more, such as 2C32 or " +
				"2C32.Z; a spreadsheet takes 2E63 for a number: write 2E63 into a cell of text\",\"correct the cell: one " +
				"code such as 2C32, several as EA80;EK00\"",
		}},
	{name: "semicolons", verb: checks, exit: 3,
		files: tabAs(strings.ReplaceAll(goodTab, ",", ";")),
		says: []string{
			"error,bad_header,hand,hand,hand,2,\"its columns are parted by semicolons: want commas, so that this line is " +
				"\"\"Source Label,Target Name,ICD-11 Code(s),Notes/Justification\"\", and in all lines below\",\"give the " +
				"tab its columns in the first row, each once\"",
		}},
	{name: "UTF-16", verb: checks, exit: 1,
		files: tabAs(utf16(goodTab)),
		says: []string{
			"mapping/workbook/hand.csv:1:1: is not UTF-8, but utf-16: save it as CSV UTF-8 with commas, and the column " +
				"names in line 1",
		}},
	{name: "cp1252", verb: checks, exit: 1,
		files: tab("caf\xe9,Viral wart,1E80,\n"),
		says: []string{
			"mapping/workbook/hand.csv:2:4: is not UTF-8, but windows-1252 (\"café\"): save it as CSV UTF-8 with commas, " +
				"and the column names in line 1",
		}},
	{name: "CR only", verb: checks, exit: 1,
		files: tabAs(strings.ReplaceAll(goodTab, "\n", "\r")),
		says: []string{
			"mapping/workbook/hand.csv:1: has lines that end with CR alone, as on an old Mac: save it as CSV UTF-8 with " +
				"commas, and the column names in line 1",
		}},
	{name: "byte order mark and CRLF, simply read", verb: checks,
		files: tabAs("\ufeff" + strings.ReplaceAll(goodTab, "\n", "\r\n"))},
	{name: "sep=, simply read", verb: checks,
		files: tabAs("sep=,\n" + goodTab)},
	{name: "ragged row", verb: checks, exit: 1,
		files: tab("wart,Viral wart,1E80,,\n"),
		says: []string{
			"mapping/workbook/hand.csv:2:1: row has 5 fields, want 4 as in the header: put quotes around a field that " +
				"holds a comma",
		}},
	{name: "huge cell", verb: checks, exit: 1,
		files: tab("wart," + strings.Repeat("x", 2<<20) + ",,\n"),
		says: []string{
			"mapping/workbook/hand.csv:2:6: field is longer than 1 MiB: shorten it, or look for missing line ends",
		}},
	{name: "number as code, date as label", verb: checks, exit: 3,
		files: settings("version: \"0.1\"\nmapping: {workbook: mapping/w.xlsx}\n"),
		plant: sheet("mapping/w.xlsx", "hand", [][]any{header, {"wart", "Viral wart", 2e63},
			{time.Date(2021, 3, 4, 0, 0, 0, 0, time.UTC), "Naevus", "2F20"}}),
		says: []string{
			"error,missing_tab,Pathologies to exclude and merge,,Pathologies to exclude and merge,0,\"the workbook has " +
				"no tab \"\"Pathologies to exclude and merge\"\"\",\"run mapping merge, which adds the tab, or name the " +
				"tab in mapping.tabs\"",
			"error,number_cell,hand!A3,hand,2021-03-04,0,\"Source Label holds a date, \"\"2021-03-04\"\", not " +
				"text\",format the cell as text and type it again",
			"error,number_cell,hand!C2,hand,wart,1,\"ICD-11 Code(s) holds a number, \"\"2E+63\"\", not text; probably " +
				"the code 2E63 was meant\",format the cell as text and type it again",
			"review,unmapped_label,hand,hand,mole,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
		}},
	{name: "merged cells", verb: checks, exit: 3,
		files: settings("version: \"0.1\"\nmapping: {workbook: mapping/w.xlsx}\n"),
		plant: sheet("mapping/w.xlsx", "hand", [][]any{header, {"wart", "Viral wart", "1E80"}, {"mole"}}, "B2:B3"),
		says: []string{
			"error,merged_cell,hand!B2,hand,wart,1,\"Target Name is in the merged cells B2:B3, of which only the first " +
				"has a value: the others count as empty\",unmerge the cells and fill in each row",
			"error,missing_tab,Pathologies to exclude and merge,,Pathologies to exclude and merge,0,\"the workbook has " +
				"no tab \"\"Pathologies to exclude and merge\"\"\",\"run mapping merge, which adds the tab, or name the " +
				"tab in mapping.tabs\"",
			"review,unmapped_label,hand!B3,hand,mole,1,has no Target Name,\"run mapping merge and fill in the Target " +
				"Name, or - to leave the label's images out\"",
		}},
	{name: "old workbook", verb: checks, exit: 1,
		files: map[string]string{"dermset.yaml": "mapping: {workbook: mapping/w.xls}\n", "mapping/w.xls": ole},
		says: []string{
			"mapping/w.xls: is an old .xls or another Office file: open it in a spreadsheet program, and save it as .xlsx",
		}},
	{name: "workbook of LibreOffice", verb: checks, exit: 1,
		files: settings("mapping: {workbook: mapping/w.ods}\n"),
		plant: zipped("mapping/w.ods", "mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
		says: []string{
			"mapping/w.ods: is a workbook of LibreOffice (.ods), and is not an XLSX file: open it in a spreadsheet " +
				"program and save it as .xlsx or as CSV UTF-8",
		}},
	{name: "workbook's name", verb: checks, exit: 2,
		files: settings("version: \"0.1\"\n"),
		says: []string{
			"dermset.yaml: mapping.workbook: there is no mapping/workbook.xlsx; mapping/workbook is there: write " +
				"`mapping: {workbook: mapping/workbook}`, or name the XLSX or the folder of CSVs, or make one with " +
				"`dermset mapping merge`",
		}},
}

var mistakesInLists = []mistake{
	{name: "tab in people.yaml", verb: "review export --role primary --to ana", exit: 2,
		files: map[string]string{"people.yaml": "- id: ana\n\tname: Ana\n"},
		says: []string{
			"people.yaml:2:1: a tab before the line's text, and YAML wants spaces: write `  name: Ana`",
		}},
	{name: "role and day of a person", verb: "review export --role primary --to ana", exit: 2,
		files: map[string]string{
			"people.yaml": "- {id: ana, name: Ana, role: data scientist, valid_from: 1.2.2024}\n"},
		says: []string{
			"people.yaml:1: [1].valid_from: \"1.2.2024\", want a day such as 2026-03-31",
			"people.yaml:1: [1]: has no role",
			"people.yaml:1:30: [1].role: \"data scientist\": want one of data_scientist, dermatologist, approver; did " +
				"you mean data_scientist?",
		}},
	{name: "keys for a list of people", verb: "review export --role primary --to ana", exit: 2,
		files: map[string]string{"people.yaml": "people:\n- {id: ana}\n"},
		says: []string{
			"people.yaml:1: is keys with values, want a list",
		}},
	{name: "people.yml", verb: "review export --role primary --to ana", exit: 2,
		files: map[string]string{"people.yml": "- {id: ana}\n"},
		says: []string{
			"there is no people.yaml, which says who may review and approve (docs/review.md shows one): rename " +
				"people.yml to people.yaml",
		}},
	{name: "semicolons in withdrawals", verb: builds, exit: 1,
		files: withdrawn("source;source_path;patient_id;person;date;reason\nhand;1.jpg;;ana;2024-01-01;x\n"),
		says: []string{
			"curation/withdrawn.csv:1: its columns are parted by semicolons: want commas, so that this line is " +
				"\"source,source_path,patient_id,person,date,reason\", and in all lines below",
		}},
	{name: "UTF-16 in withdrawals", verb: builds, exit: 1,
		files: withdrawn(utf16("source,source_path,patient_id,person,date,reason\nhand,1.jpg,,ana,2024-01-01,x\n")),
		says: []string{
			"curation/withdrawn.csv:1:1: is not UTF-8, but utf-16: save it as CSV UTF-8 with commas, and the column " +
				"names in line 1",
		}},
	{name: "cp1252 in withdrawals", verb: builds, exit: 1,
		files: withdrawn("source,source_path,patient_id,person,date,reason\nhand,1.jpg,,ana,2024-01-01,caf\xe9\n"),
		says: []string{
			"curation/withdrawn.csv:2:31: is not UTF-8, but windows-1252 (\"café\"): save it as CSV UTF-8 with commas, " +
				"and the column names in line 1",
		}},
	{name: "source's case and a day in withdrawals", verb: builds, exit: 1,
		files: withdrawn("source,source_path,patient_id,person,date,reason\nHand,1.jpg,,ana,31/12/2024,x\n"),
		says: []string{
			"curation/withdrawn.csv:2: there is no source \"Hand\" under sources/; did you mean hand?",
			"curation/withdrawn.csv:2: date \"31/12/2024\": want a date such as 2026-03-31: write 2024-12-31",
		}},
	{name: "wrong column in withdrawals", verb: builds, exit: 1,
		files: withdrawn("source,path,patient,person,date,reason\nhand,1.jpg,,ana,2024-01-01,x\n"),
		says: []string{
			"curation/withdrawn.csv:1: column \"source_path\" is missing; column \"patient_id\" is missing; unknown " +
				"columns \"path\", \"patient\": want this line to be `source,source_path,patient_id,person,date,reason`",
		}},
	{name: "withdrawals in the wrong folder", verb: builds, exit: 2,
		files: map[string]string{"withdrawn.csv": ""},
		says: []string{
			"withdrawn.csv: nobody reads it there: move it to curation/withdrawn.csv",
		}},
	{name: "withdrawals under another name", verb: builds, exit: 2,
		files: map[string]string{"curation/withdrawal.csv": ""},
		says: []string{
			"curation/withdrawal.csv: nobody reads a file of this name: is it curation/withdrawn.csv? Rename it, or take " +
				"it out of curation/",
		}},
	{name: "verdict in capitals", verb: builds, exit: 2,
		files: map[string]string{"curation/duplicate_verdicts.csv": "image_a,image_b,verdict,person,date,reason\n" +
			"hand/1.jpg,hand/2.jpg,Same,ana,2024-01-01,x\n"},
		says: []string{
			"curation/duplicate_verdicts.csv:2: verdict \"Same\", want same, different or crop-of (image_a is a part of " +
				"image_b); did you mean same?",
		}},
	{name: "part of the body that is none", verb: builds, exit: 2,
		files: map[string]string{"curation/body_sites.csv": "body_site,body_part,person,date,reason\n" +
			"arm,Upper limbs,ana,2024-01-01,x\n"},
		says: []string{
			"curation/body_sites.csv:2: body_part \"Upper limbs\" is unknown, did you mean upper limb? want one of head " +
				"and neck, head, scalp",
		}},
	{name: "finding that is none", verb: builds, exit: 1,
		files: map[string]string{"mapping/accepted_findings.csv": "finding,source,subject,person,date,reason\n" +
			"new-category,,Naevus,ana,2024-01-01,x\n"},
		says: []string{
			"mapping/accepted_findings.csv:2: finding \"new-category\" is unknown, `dermset findings` lists them; did " +
				"you mean new_category?",
		}},
	{name: "semicolons in known categories", verb: builds, exit: 1,
		files: map[string]string{"mapping/known_categories.csv": "Target Name;ICD-11 Code(s);Since version\n"},
		says: []string{
			"mapping/known_categories.csv:1: its columns are parted by semicolons: want commas, so that this line is " +
				"\"Target Name,ICD-11 Code(s),Since version\", and in all lines below",
		}},
	{name: "semicolons in predictions", verb: builds, exit: 2,
		files: pictured("describe: {image_type: p.csv}\n", "p.csv", "image_id;value;confidence\n"),
		says: []string{
			"p.csv:1: its columns are parted by semicolons: want commas, so that this line is " +
				"\"image_id,value,confidence\" or \"sha256,value,confidence\", and in all lines below",
		}},
	{name: "tab in a model card", verb: builds, exit: 2,
		files: pictured("describe: {image_type: m.yaml}\n", "m.yaml", "name: x\n\tfile: y\n"),
		says: []string{
			"m.yaml:2:1: a tab before the line's text, and YAML wants spaces: write `file: y`",
		}},
	{name: "semicolons in overrides", verb: builds, exit: 2,
		files: pictured("", "curation/image_overrides.csv", "source;source_path;person;date;reason\n"),
		says: []string{
			"curation/image_overrides.csv:1: its columns are parted by semicolons: want commas, so that this line is " +
				"\"source,source_path,person,date,reason\", and in all lines below",
		}},
	{name: "semicolons in annotations", verb: builds, exit: 2,
		files: pictured("", "annotations/a.csv", "source;source_path\n"),
		says: []string{
			"annotations/a.csv:1: its columns are parted by semicolons: want commas, so that this line is " +
				"\"source,source_path,x,y,width,height,annotator,date,note\", and in all lines below",
		}},
	{name: "semicolons in a renaming CSV", verb: ingests, exit: 1,
		files: map[string]string{"sources/clinic/clinic_renaming.csv": "Source Label;Target Name;ICD-11 Code(s);" +
			"Notes/Justification;Images\nwart;;;;1\n"},
		says: []string{
			"sources/clinic/clinic_renaming.csv:1: its columns are parted by semicolons: want commas, so that this line " +
				"is \"Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Images\", and in all lines below",
		}},
}

var mistakesOfPlaces = []mistake{
	{name: "folder of a workspace", verb: "build --workspace sources/hand", exit: 2,
		says: []string{
			"stat sources/hand/dermset.yaml: no such file or directory (the workspace is above: write --workspace .)",
		}},
	{name: "folder that is not there", verb: "build --workspace Sources", exit: 2,
		says: []string{
			"stat Sources/dermset.yaml: no such file or directory (the workspace is above: write --workspace .)",
		}},
	{name: "dermset.yml", verb: builds, exit: 2,
		files: map[string]string{"dermset.yaml": gone, "dermset.yml": ""},
		says: []string{
			"stat dermset.yaml: no such file or directory (dermset.yml is there: rename it to dermset.yaml)",
		}},
	{name: "workspace below", verb: builds, exit: 2,
		files: map[string]string{"dermset.yaml": gone, "inside/dermset.yaml": ""},
		says: []string{
			"stat dermset.yaml: no such file or directory (the workspace is below: write --workspace inside)",
		}},
	{name: "two runs", verb: builds, exit: 1,
		plant: locked,
		says: []string{
			".dermset.lock: run \"build\" of process ",
		}},
	{name: "store that is not there", verb: builds, exit: 2,
		files: settings(goodWorkspace["dermset.yaml"] + "images: {store: stores}\n"),
		says: []string{
			"dermset.yaml:4: images.store: open stores: no such file or directory; correct the folder's name, or mount " +
				"what should be there",
		}},
	{name: "store without a region", verb: builds, exit: 2,
		files: stored("s3://bucket/x"),
		plant: amazon("AWS_REGION", ""),
		says: []string{
			"dermset.yaml:4: images.store: s3://bucket/x/: no region is set; set AWS_REGION, or put ?region=NAME behind " +
				"the URL of the store (images.store, --to)",
		}},
	{name: "store without credentials", verb: builds, exit: 1,
		files: stored("s3://bucket/x?endpoint=http://127.0.0.1:9&region=eu-west-1"),
		plant: amazon("AWS_ACCESS_KEY_ID", ""),
		says: []string{
			"set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and look at the machine's clock; for a " +
				"public bucket put ?anonymous=true behind the URL of the store",
		}},
	{name: "endpoint that is no URL", verb: builds, exit: 2,
		files: stored("s3://bucket/x"),
		plant: amazon("AWS_ENDPOINT_URL", "127.0.0.1:9"),
		says: []string{
			"dermset.yaml:4: images.store: s3://bucket/x/: its endpoint (AWS_ENDPOINT_URL): want a URL such as " +
				"https://s3.example.org, without a password and a question mark",
		}},
	{name: "bucket that is not there", verb: builds, exit: 1,
		plant: bucketless,
		says: []string{
			"no_bucket: 404 Not Found, NoSuchBucket; correct the bucket's name in the URL of the store (images.store, " +
				"--to)",
		}},
	{name: "no such source", verb: "source ingest lesions", exit: 2,
		says: []string{
			"there is no source \"lesions\" under sources/; make it with `dermset source new lesions`",
		}},
	{name: "source's case", verb: "source ingest Clinic", exit: 2,
		says: []string{
			"there is no source \"Clinic\" under sources/; did you mean clinic?",
		}},
	{name: "path for a source", verb: "source ingest sources/clinic", exit: 2,
		says: []string{
			"there is no source \"sources/clinic\" under sources/; did you mean clinic?",
		}},
	{name: "folder without a source.yaml", verb: builds, exit: 2,
		files: map[string]string{"sources/new/x": ""},
		says: []string{
			"sources/new/source.yaml: the source is not declared; write this file, `dermset source new NAME` makes one " +
				"to start from",
		}},
	{name: "source that is pinned", verb: builds, exit: 2,
		files: settings(goodWorkspace["dermset.yaml"] + "split: {pin: {Hand: test}}\n"),
		says: []string{
			"dermset.yaml:4: split.pin: there is no source \"Hand\" under sources/; did you mean hand?",
		}},
}
