package main

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

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
