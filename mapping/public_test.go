package mapping

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/sheetio"
)

// The workbook of examples/public against the release that it names: no finding is left but the one that is accepted
// there, and the two wrong codes that a check of existence passes are found.
func TestPublicWorkbook(t *testing.T) {
	data := os.Getenv("DERMSET_PUBLIC_DATA")
	if data == "" {
		t.Skip("WHO's release file is not part of this project: set DERMSET_PUBLIC_DATA to a folder that has " +
			"icd11_who_2024-01/simple-tab-icd11-mms.zip")
	}
	release, err := icd11.OpenRelease(filepath.Join(data, "icd11_who_2024-01", "simple-tab-icd11-mms.zip"))
	must(t, err)
	folder := filepath.Join("..", "examples", "public", "mapping")
	known, err := ReadCategories(filepath.Join(folder, "known_categories.csv"))
	must(t, err)
	accepted, err := findings.ReadAccepted(filepath.Join(folder, "accepted_findings.csv"))
	must(t, err)
	check := func(name, code, wrong string) []string {
		book, err := sheetio.Read(filepath.Join(folder, "workbook"))
		must(t, err)
		var sources []Source
		for _, sheet := range book.Sheets {
			if sheet.Name != RefineTab {
				sources = append(sources, Source{Name: sheet.Name})
			}
			for _, row := range sheet.Rows {
				if len(row) > 2 && row[1].Text == name {
					codes, err := icd11.ParseCell(row[2].Text)
					must(t, err)
					if i := slices.Index(codes, code); i >= 0 {
						codes[i] = wrong
						row[2].Text = CodesText(codes)
					}
				}
			}
		}
		_, told := Parse(book, sources, Given{Known: known, Release: release})
		if unused := findings.Accept(told, accepted); len(unused) > 0 {
			t.Errorf("unused acceptances %+v", unused)
		}
		var open []string
		for _, f := range told {
			if f.Accepted == nil {
				open = append(open, f.ID+" "+f.Subject+" "+f.Code)
			}
		}
		return open
	}
	for _, c := range []struct {
		name, code, wrong string
		want              []string
	}{
		{"", "", "", nil},
		{"Basal cell carcinoma", "2C32", "2C30", []string{
			"codes_changed Basal cell carcinoma ", "title_mismatch Basal cell carcinoma 2C30"}},
		{"Eczematous dermatitis", "EA80", "EA81", []string{
			"codes_changed Eczematous dermatitis ", "title_mismatch Eczematous dermatitis EA81"}},
	} {
		if d := cmp.Diff(c.want, check(c.name, c.code, c.wrong)); d != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.name, c.wrong, d)
		}
	}
}
