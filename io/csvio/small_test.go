package csvio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func writeSmall(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadTable(t *testing.T) {
	for name, text := range map[string]string{
		"in order":              "Source Label,Images\n\"a\nb\",1\n,2\n",
		"another order":         "Images,Source Label\n1,\"a\nb\"\n2,\n",
		"case, spaces, a BOM":   "\ufeffIMAGES , sourcelabel\r\n1,\"a\nb\"\r\n2,\r\n",
		"no line end, a header": "Images,Source Label\n1,\"a\nb\"\n2,",
	} {
		table, err := ReadTable(writeSmall(t, text), "Source Label", "Images")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff([]Record{{2, []string{"a\nb", "1"}}, {4, []string{"", "2"}}}, table.Records); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := cmp.Diff([]string{"Source Label", "Images"}, table.Header); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestReadTableRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"label\n", `t.csv:1: column "images" is missing`},
		{"images\n", `t.csv:1: column "label" is missing`},
		{"label,images,label\n", `t.csv:1: column "label" is there 2 times`},
		{"label,images,Lab el\n", `t.csv:1: column "label" is there 2 times`},
		{"label,images,note\n", `t.csv:1: unknown columns "note": want this line to be ` + "`label,images`"},
		{"label,images,\n,,\n", `t.csv:1: unknown columns "": want this line to be ` + "`label,images`"},
		{"l\u0430bel,images\n", `t.csv:1: column "label" is missing; unknown columns "l\u0430bel": want this line to be ` + "`label,images`"},
		{"label;images\n", `t.csv:1: its columns are parted by semicolons: want commas, so that this line is ` +
			`"label,images", and in all lines below`},
		{"label\timages\n", `t.csv:1: its columns are parted by tabs: want commas, so that this line is "label,images"`},
		{"", `t.csv:1:1: `},
		{"label,images\na\n", `t.csv:2:1: row has 1 fields, want 2`},
		{"label,images\na,\xff\n", `t.csv:2:3: is not UTF-8, but windows-1252 ("ÿ")`},
		{"\xff\xfel\x00a\x00b\x00e\x00l\x00", `t.csv:1:1: is not UTF-8, but utf-16: save it as CSV UTF-8 with commas`},
		{"label,images\ra,b\r", `t.csv:1: has lines that end with CR alone`},
		{"Study of 2021\nlabel,images\na,b\n", `t.csv:1: has its column names in line 2`},
		{"PK\x03\x04xl/workbook.xml", `t.csv:1: is a workbook of Excel (.xlsx), not CSV`},
	} {
		_, err := ReadTable(writeSmall(t, c.text), "label", "images")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
	dir := t.TempDir()
	if _, err := ReadTable(dir, "label"); err == nil ||
		!strings.Contains(err.Error(), "is a folder, want an ordinary file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := ReadTable(filepath.Join(dir, "none"), "label"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	large := writeSmall(t, "label\n")
	if err := os.Truncate(large, maxSmall+1); err != nil {
		t.Fatal(err)
	}
	const want = "t.csv: has 268435457 bytes, want at most 268435456"
	if _, err := ReadTable(large, "label"); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a file that is too large: %v", err)
	}
}

// A list that its reader works on may have columns of its own, even twice; those that are read must be there once.
func TestReadColumns(t *testing.T) {
	table, err := ReadColumns(writeSmall(t, "note,b,a,note\nx,2,1,y\n"), "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Record{{2, []string{"1", "2"}}}, table.Records); d != "" {
		t.Error(d)
	}
	_, err = ReadColumns(writeSmall(t, "a,b,A\n"), "a", "b", "c")
	if err == nil || !strings.Contains(err.Error(), `column "a" is there 2 times; column "c" is missing`) {
		t.Error(err)
	}
}

func TestTableTellsAllThatIsWrong(t *testing.T) {
	table, err := ReadTable(writeSmall(t, "a\n"+strings.Repeat("x\n", MaxErrors+2)), "a")
	if err != nil || table.Err() != nil {
		t.Fatal(err, table.Err())
	}
	for _, r := range table.Records {
		table.Failf(r, "%q is bad", r.Fields[0])
	}
	lines := strings.Split(table.Err().Error(), "\n")
	if len(lines) != MaxErrors+1 || !strings.HasSuffix(lines[0], `t.csv:2: "x" is bad`) ||
		!strings.HasSuffix(lines[MaxErrors], "t.csv: and 2 more like these") {
		t.Error(fmt.Sprint(len(lines)), lines[0], lines[len(lines)-1])
	}
}
