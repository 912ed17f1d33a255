package sources

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSheet(t *testing.T) {
	const declaration = "files: {path: study.xlsx, header: 2}\n" +
		"columns: {image_path: \"{id}.jpg\", label: dx, patient_id: id, age: age}\n"
	s := newTrial(t, declaration, nil)
	path := filepath.Join(s.dir, "raw", "study.xlsx")
	workbook(t, path, [][]string{{"A study"}, {"id", "dx", "age"}, {"#1001", "2E63", "#41"}, {}, {"007", "x", ""}})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1001.jpg,2E63,,1001,,,41,,,,,", "007.jpg,x,,007,,,,,,,,"}, s.rows()); diff != "" {
		t.Error(diff)
	}
	workbook(t, path,
		[][]string{{"A study"}, {"id", "dx", "age"}, {"#1.5", "#2E+63", "#41"}, {"#1234567890123456", "#7", ""}})
	_, err := s.ingest(t)
	mustName(t, err, "Study!A3", "Study!B3", "Study!A4", "Study!B4", "is a number in the sheet")
	workbook(t, path, [][]string{{"A study"}, {"id", "dx", "age"}, {"!#DIV/0!", "!#N/A", "#41"}})
	_, err = s.ingest(t)
	mustName(t, err, `cell Study!B3: label "#N/A" is an error value in the sheet, want text: mend`,
		`cell Study!A3: patient_id "#DIV/0!" is an error value`)
	workbook(t, path, [][]string{{"A study"}, {"id", "dx", "age"}, {"x", "y", "!#N/A"}})
	report, err := s.ingest(t)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]BadValue{{"study.xlsx", 3, "age", "#N/A"}}, report.BadValues); diff != "" {
		t.Error(diff)
	}
	s = newTrial(t, "files: [study.xlsx, {path: people.xlsx, join: {on: id}}]\n"+
		"columns: {image_path: dx, sex: sex}\n", nil) // an error value is nobody's key, in neither file
	path = filepath.Join(s.dir, "raw", "study.xlsx")
	workbook(t, path, [][]string{{"id", "dx"}, {"!#N/A", "a.jpg"}, {"7", "b.jpg"}})
	workbook(t, filepath.Join(s.dir, "raw", "people.xlsx"), [][]string{{"id", "sex"}, {"7", "f"}, {"!#N/A", "m"}})
	_, err = s.ingest(t)
	mustName(t, err, `people.xlsx:3: cell Study!A3: "#N/A", a key of the join, is an error value in the sheet`)
	workbook(t, filepath.Join(s.dir, "raw", "people.xlsx"), [][]string{{"id", "sex"}, {"7", "f"}})
	_, err = s.ingest(t)
	mustName(t, err, `study.xlsx:2: cell Study!A2: "#N/A", a key of the join, is an error value in the sheet`)
	if err := os.WriteFile(filepath.Join(s.dir, "source.yaml"),
		[]byte("files: {path: study.xlsx, sheet: Stud}\ncolumns: {image_path: id}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = s.ingest(t)
	mustName(t, err, "sheet \"Stud\" is not there, but \"Study\" is: write `sheet: Study`")
}

// Google Sheets and Apache POI store the id 1 as 1.0: it is the id, the key of a join and what a map has.
func TestSheetOfFloats(t *testing.T) {
	s := newTrial(t, "files: [m.csv, {path: p.xlsx, join: {on: pid}}]\n"+
		"columns: {image_path: file, label: dx, patient_id: p.pid, age: age, "+
		"sex: {column: sex, map: {1: male, 2: female}, other: reject}}\n",
		map[string]string{"m.csv": "file,pid,dx\na,1,x\nb,12345678,y\n"})
	workbook(t, filepath.Join(s.dir, "raw", "p.xlsx"),
		[][]string{{"pid", "sex", "age"}, {"#1.0", "#2.0", "#40.0"}, {"#1.2345678E7", "#1.0", "#0.5"}})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a,x,,1,,female,40,,,,,", "b,y,,12345678,,male,0.5,,,,,"}, s.rows()); diff != "" {
		t.Error(diff)
	}
}

func TestSheetNumberThatTheMapHas(t *testing.T) {
	s := newTrial(t,
		"files: study.xlsx\ncolumns: {image_path: id, label: {column: dx, map: {1: nevus}, other: reject}}\n", nil)
	workbook(t, filepath.Join(s.dir, "raw", "study.xlsx"), [][]string{{"id", "dx"}, {"a", "#1"}})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a,nevus,,,,,,,,,,"}, s.rows()); diff != "" {
		t.Error(diff)
	}
}
