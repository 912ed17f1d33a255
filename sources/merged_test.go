package sources

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Merged cells of columns that are used are errors that name them, or filled down where source.yaml says so; what is
// not clear even then is an error all the same. Nothing is said of cells that nobody reads.
func TestMergedCells(t *testing.T) {
	study := [][]string{{"file", "dx", "pid", "note"}, {"a", "nevus", "P1", "n"}, {"b", "", "", ""},
		{"c", "melanoma", "#2.0", ""}, {"d", "x", "", ""}}
	for name, c := range map[string]struct {
		rows   [][]string
		merged string // ranges
		header string // key of source.yaml
		down   []string
		plain  string // error without fill: down; empty: none
		err    string // error with it
	}{
		"nothing merged": {study, "", "", []string{"a,nevus,P1", "b,,", "c,melanoma,2", "d,x,"}, "", ""},
		"patients": {study, "C2:C3 C4:C5", "", []string{"a,nevus,P1", "b,,P1", "c,melanoma,2", "d,x,2"},
			"merged cells C2:C3, C4:C5: only the first cell of each has a value, and the rows below would have none: " +
				"write fill: down for this file", ""},
		"labels too": {study, "C2:C3 B2:B3", "", []string{"a,nevus,P1", "b,nevus,P1", "c,melanoma,2", "d,x,"},
			"merged cells B2:B3, C2:C3", ""},
		"a column not used": {study, "D2:D5", "", []string{"a,nevus,P1", "b,,", "c,melanoma,2", "d,x,"}, "", ""},
		"nothing in them":   {study, "B3:B3 C3:C3", "", []string{"a,nevus,P1", "b,,", "c,melanoma,2", "d,x,"}, "", ""},
		"empty ones": {[][]string{{"file", "dx", "pid"}, {"a", "x", ""}, {"b", "y", ""}}, "C2:C3", "",
			[]string{"a,x,", "b,y,"}, "", ""},
		"down to rows without a cell": {study, "C4:C9", "", []string{"a,nevus,P1", "b,,", "c,melanoma,2", "d,x,2"},
			"merged cells C4:C9", ""},
		"over columns": {study, "B2:C3", "", nil, "merged cells B2:C3",
			"merged cells B2:C3: they lie over several columns"},
		"over a column that is not used": {study, "C2:D2", "", []string{"a,nevus,P1", "b,,", "c,melanoma,2", "d,x,"}, "",
			""},
		"down and over": {study, "C4:D5", "", []string{"a,nevus,P1", "b,,", "c,melanoma,2", "d,x,2"},
			"merged cells C4:D5", ""},
		"from the names into the rows": {study, "A1:A1 C1:C3", "", nil, "merged cells C1:C3",
			"merged cells C1:C3: they reach from the column names into the rows below"},
		"names of two rows": {[][]string{{"file", "Diagnosis", "pid"}, {"", "dx", ""}, {"a", "nevus", "P1"}},
			"A1:A2 C1:C2 B1:B1", "header: 2, ", []string{"a,nevus,P1"}, "merged cells A1:A2, C1:C2: only the first", ""},
		"a title over all columns": {[][]string{{"A study"}, {"file", "dx", "pid"}, {"a", "nevus", "P1"}}, "A1:C1",
			"header: 2, ", []string{"a,nevus,P1"}, "", ""},
		"a text below": {[][]string{{"file", "dx", "pid"}, {"a", "x", "P1"}, {"b", "y", "P2"}}, "C2:C3", "", nil,
			"merged cells C2:C3: cells below",
			"merged cells C2:C3: cells below the one that is seen hold another text"},
		"the same text below": {[][]string{{"file", "dx", "pid"}, {"a", "x", "P1"}, {"b", "y", "P1"}}, "C2:C3", "",
			[]string{"a,x,P1", "b,y,P1"}, "", ""},
	} {
		for _, fill := range []string{"", "fill: down, "} {
			s := newTrial(t, "files: {"+c.header+fill+"path: m.xlsx}\n"+
				"columns: {image_path: file, label: dx, patient_id: pid}\n", nil)
			workbook(t, filepath.Join(s.dir, "raw", "m.xlsx"), c.rows, strings.Fields(c.merged)...)
			_, err := s.ingest(t)
			want := c.plain
			if fill != "" {
				want = c.err
			}
			if want != "" {
				if err == nil || !strings.Contains(err.Error(), `sheet "Study": `+want) {
					t.Errorf("%s %s: %v, want it to say %q", name, fill, err, want)
				}
				continue
			}
			var rows []string
			for _, row := range s.rows() {
				cells := strings.Split(row, ",")
				rows = append(rows, cells[0]+","+cells[1]+","+cells[3])
			}
			if diff := cmp.Diff(c.down, rows); diff != "" || err != nil {
				t.Errorf("%s %s: %v (-want +got):\n%s", name, fill, err, diff)
			}
		}
	}
}

// A number below which cells are merged is as odd in each of their rows.
func TestMergedNumber(t *testing.T) {
	s := newTrial(t, "files: {path: m.xlsx, fill: down}\ncolumns: {image_path: file, label: dx}\n", nil)
	workbook(t, filepath.Join(s.dir, "raw", "m.xlsx"), [][]string{{"file", "dx"}, {"a", "#2E+63"}, {"b"}}, "B2:B3")
	_, err := s.ingest(t)
	mustName(t, err, `m.xlsx:2: cell Study!B2: label "2E+63" is a number`, `m.xlsx:3: cell Study!B3: label "2E+63" is a number`)
}
