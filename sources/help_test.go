package sources

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A trial is a source in a folder of its own.
type trial struct {
	dir string
	csv string // the dataset CSV after ingest
	ren string // the renaming CSV after ingest
}

// files writes files, by slash-separated path, below the source's raw folder.
func (s *trial) files(t *testing.T, files map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(s.dir, "raw", filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755),
			os.WriteFile(path, []byte(files[name]), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

func newTrial(t *testing.T, declaration string, files map[string]string) *trial {
	t.Helper()
	s := &trial{dir: filepath.Join(t.TempDir(), "clinic")}
	s.files(t, files)
	if err := os.MkdirAll(filepath.Join(s.dir, "raw"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "source.yaml"), []byte(declaration), 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}

// ingest runs the source. It sees that rows add up, and that nothing is left lying about.
func (s *trial) ingest(t *testing.T) (*Report, error) {
	t.Helper()
	c, err := Load(s.dir)
	if err != nil {
		return nil, err
	}
	report, err := Ingest(context.Background(), c, Options{})
	csv, _ := os.ReadFile(c.Dataset(s.dir))
	ren, _ := os.ReadFile(c.Renaming(s.dir))
	s.csv, s.ren = string(csv), string(ren)
	if err == nil {
		if report.RawRows != report.Used+report.Unused {
			t.Errorf("%d raw rows, but %d used and %d unused", report.RawRows, report.Used, report.Unused)
		}
		if lines := strings.Count(s.csv, "\n"); lines != report.Rows+1 {
			t.Errorf("%d lines for %d rows", lines, report.Rows)
		}
	}
	entries, _ := os.ReadDir(s.dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			t.Errorf("%s is left behind", entry.Name())
		}
	}
	return report, err
}

// rows is the dataset CSV without its header.
func (s *trial) rows() []string {
	lines := strings.Split(strings.TrimSuffix(s.csv, "\n"), "\n")
	return lines[1:]
}

// texts is one text for each.
func texts(unused []Unused) []string {
	var all []string
	for _, u := range unused {
		all = append(all, fmt.Sprintf("%s:%d %s: %s", u.File, u.Line, u.Reason, u.Detail))
	}
	return all
}

// mustName fails unless the error names all of the texts.
func mustName(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that names %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error does not name %q:\n%v", text, err)
		}
	}
}

// workbook makes an XLSX file of one sheet, and of merged cells. A cell that begins with # is a number, one that begins
// with ! an error.
func workbook(t *testing.T, path string, rows [][]string, merged ...string) {
	t.Helper()
	var sheet strings.Builder
	sheet.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	for r, row := range rows {
		fmt.Fprintf(&sheet, `<row r="%d">`, r+1)
		for c, cell := range row {
			name := fmt.Sprintf("%c%d", 'A'+c, r+1)
			if number, is := strings.CutPrefix(cell, "#"); is {
				fmt.Fprintf(&sheet, `<c r="%s"><v>%s</v></c>`, name, number)
			} else if failed, is := strings.CutPrefix(cell, "!"); is {
				fmt.Fprintf(&sheet, `<c r="%s" t="e"><v>%s</v></c>`, name, failed)
			} else {
				fmt.Fprintf(&sheet, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, name, cell)
			}
		}
		sheet.WriteString(`</row>`)
	}
	sheet.WriteString(`</sheetData><mergeCells>`)
	for _, cells := range merged {
		fmt.Fprintf(&sheet, `<mergeCell ref="%s"/>`, cells)
	}
	sheet.WriteString(`</mergeCells></worksheet>`)
	const relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	parts := [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` +
			relation + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` +
			relation + `"><sheets><sheet name="Study" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` +
			relation + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", sheet.String()},
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(file)
	for _, part := range parts {
		out, err := w.Create(part[0])
		if err == nil {
			_, err = out.Write([]byte(part[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
}
