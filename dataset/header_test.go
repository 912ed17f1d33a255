package dataset

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/csvio"
)

func TestHeader(t *testing.T) {
	whole := strings.Join(Columns, ",")
	for _, c := range []struct {
		header  string
		want    string // places of Columns, x for one that the file lacks, then those of further columns
		problem []string
	}{
		{whole, "0 1 2 3 4 5 6 7 8 9 10 11;", nil},
		{"label,image_path", "1 0 x x x x x x x x x x;", nil},
		{"image_path,differentials,z,mask_path,a", "0 x 1 x x x x x x x x 3; 2 4", nil},
		{whole + ",Label,gender,lables", "0 1 2 3 4 5 6 7 8 9 10 11; 12 13 14", nil}, // nothing is lacking
		{"image_path,label,extra.sx,extra.Age,page,stage,sex_at_birth", "0 1 x x x x x x x x x x; 2 3 4 5 6", nil},
		{"image_path,label,extra.label,extra.sex", "0 1 x x x x x x x x x x; 2 3", nil},
		{"Image_Path,label", "", []string{`1:1: column "Image_Path": did you mean "image_path"?`}},
		{"image_path,lable,Patient ID,fitzpatrik", "", []string{`1:12: column "lable": did you mean "label"?`,
			`1:18: column "Patient ID": did you mean "patient_id"?`,
			`1:29: column "fitzpatrik": did you mean "fitzpatrick"? rename it; extra.fitzpatrik keeps it`}},
		{"file,diagnosis,gender,site", "", []string{`1:1: column "file": did you mean "image_path"?`,
			`1:6: column "diagnosis": did you mean "label"?`, `1:16: column "gender": did you mean "sex"?`,
			`1:23: column "site": did you mean "body_site"?`}},
		{"image_path,lаbel,sеx", "", []string{`did you mean "label"?`, `did you mean "sex"?`}}, // Cyrillic letters
		{"image_path,age", "", []string{`1:1: column "label" is missing, and "differentials" too`}},
		{"label", "", []string{`1:1: column "image_path" is missing`}},
		{"a,a,image_path,label,sex,sex,b,extra.b", "", []string{`1:3: column "a" is named twice, first as column 1`,
			`1:26: column "sex" is named twice, first as column 5`, `1:32: column "extra.b" is named twice, first as column 7`}},
		{"image_path;label", "", []string{"parted by semicolons: want commas"}},
		{"image_path\tlabel", "", []string{"parted by tabs: want commas"}},
	} {
		path := filepath.Join(t.TempDir(), "x_dataset.csv")
		if err := os.WriteFile(path, []byte(c.header+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		err := CheckHeader(path)
		for _, problem := range c.problem {
			if err == nil || !strings.Contains(err.Error(), problem) {
				t.Errorf("%s: %v, want %s", c.header, err, problem)
			}
		}
		if err != nil {
			if lines := strings.Count(err.Error(), "\n") + 1; lines != len(c.problem) {
				t.Errorf("%s: %d errors, want %d:\n%v", c.header, lines, len(c.problem), err)
			}
			continue
		}
		header, err := csvio.ReadHeader(path)
		if err != nil {
			t.Fatal(err)
		}
		at, further, err := Header(path, header)
		if diff := cmp.Diff(c.want, places(at)+";"+strings.TrimSuffix(" "+places(further), " ")); diff != "" || err != nil {
			t.Errorf("%s: %v %s", c.header, err, diff)
		}
	}
}

func places(of []int) string {
	var all []string
	for _, at := range of {
		if at < 0 {
			all = append(all, "x")
		} else {
			all = append(all, strconv.Itoa(at))
		}
	}
	return strings.Join(all, " ")
}

// Columns that a file lacks are empty.
func TestEachRow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x_dataset.csv")
	if err := os.WriteFile(path, []byte("label,image_path\nnevus,a.jpg\n\"x,y\",b.jpg\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := EachRow(t.Context(), path, []string{ImagePath, PatientID, Label}, func(r csvio.Row) bool {
		got = append(got, r.Cell(0)+"|"+r.Cell(1)+"|"+r.Cell(2))
		return true
	})
	if diff := cmp.Diff([]string{"a.jpg||nevus", "b.jpg||x,y"}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if err := os.WriteFile(path, []byte("label,image_path,patient\nnevus,a.jpg,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err = EachRow(t.Context(), path, []string{ImagePath, PatientID}, func(csvio.Row) bool { return true })
	if err == nil || !strings.Contains(err.Error(), `did you mean "patient_id"`) {
		t.Error(err)
	}
}
