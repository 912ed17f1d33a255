package icd11

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/icd11/icd11test"
)

// skin are the entities of icd11test.Skin.
var skin = entitiesOf(icd11test.Skin())

func entitiesOf(rows []icd11test.Row) []Entity {
	kinds := map[string]Kind{"category": Category, "block": Block, "chapter": Chapter}
	var all []Entity
	for _, r := range rows {
		all = append(all, Entity{Code: r.Code, Title: r.Title, Kind: kinds[r.Kind], Leaf: r.Leaf, Residual: r.Residual,
			Parent: int32(r.Parent), Chapter: r.Chapter, ID: r.ID})
	}
	return all
}

func parsed(t testing.TB, data []byte) *Release {
	t.Helper()
	r, err := ParseRelease(data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func skinRelease(t testing.TB) *Release {
	t.Helper()
	return parsed(t, icd11test.Release("2025-01", icd11test.Skin()))
}

func TestReleaseIsRead(t *testing.T) {
	// a tab: an empty cell for the stamp
	for _, c := range []struct{ id, ends string }{{"2025-01", ""}, {"2026-01", ""}, {"2024-01", "\t"}} {
		table := icd11test.Table(c.id, icd11test.Skin())
		for _, row := range table[1:] {
			row[len(row)-1] += c.ends
		}
		path := filepath.Join(t.TempDir(), "list.zip")
		if err := os.WriteFile(path, icd11test.Zip(icd11test.Text(table)), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := OpenRelease(path)
		if err != nil {
			t.Fatal(err)
		}
		if r.ID != c.id || r.Stamp != icd11test.Stamp(c.id) || len(r.SHA256) != 64 {
			t.Errorf("release %q, stamp %q, sha256 %q; want %q, %q", r.ID, r.Stamp, r.SHA256, c.id, icd11test.Stamp(c.id))
		}
		if d := cmp.Diff(skin, r.Entities()); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.id, d)
		}
	}
}

func TestReleaseIsATree(t *testing.T) {
	r := skinRelease(t)
	e, _ := r.Entity("2C32")
	if got := codesOf(r.Parents(e)); got != "02 BlockL1-2B5" {
		t.Errorf("parents of 2C32: %s", got)
	}
	if got := codesOf(r.Children(e)); got != "2C32.0 2C32.Y 2C32.Z" {
		t.Errorf("children of 2C32: %s", got)
	}
	if e, _ = r.Entity("02"); codesOf(r.Children(e)) != "BlockL1-2B5" {
		t.Errorf("children of 02: %s", codesOf(r.Children(e)))
	}
	if e, _ = r.entityByID("1203447657/other"); r.Link(e) !=
		"https://icd.who.int/browse/2025-01/mms/en#1203447657%2Fother" {
		t.Errorf("link of 2C32.Y: %s", r.Link(e))
	}
	if _, ok := r.Entity("2c32"); ok {
		t.Error("2c32 is found")
	}
}

func codesOf(entities []*Entity) string {
	var all []string
	for _, e := range entities {
		all = append(all, e.Code)
	}
	return strings.Join(all, " ")
}

// Every fault of a file is an error that says what is wrong; the rows count from the header, which is 1.
func TestReleaseRefuses(t *testing.T) {
	good := func() [][]string { return icd11test.Table("2026-01", icd11test.Skin()) }
	set := func(row int, column, value string) [][]string {
		table := good()
		table[row-1][slices.Index(table[0], column)] = value
		return table
	}
	header := func(cells ...string) [][]string { return [][]string{cells} }
	const stamp = "Version:2025 Jan 24 - 22:30 UTC"
	cases := []struct {
		name  string
		table [][]string
		want  string
	}{
		{"stamp", header(icd11test.Columns("2026-01")...), `its last cell is "Parent", want the stamp`},
		{"month", header(append(icd11test.Columns("2026-01"), "Version:2025 Jam 24")...),
			`its stamp is "Version:2025 Jam 24"`},
		{"column", header("Code", "Title", stamp), `no column "Foundation URI"`},
		{"column twice", header("Code", "Code", stamp), `column "Code" is there twice`},
		{"no rows", good()[:1], "has a header and no rows"},
		{"cells", [][]string{good()[0], good()[1], {"a", "b"}}, "row 3: has 2 cells, want 19"},
		{"uri", set(4, "Linearization URI", "http://id.who.int/icd/release/11/mms/24/more"),
			`row 4: Linearization URI "http://id.who.int/icd/release/11/mms/24/more", want`},
		{"kind", set(4, "ClassKind", "group"), `row 4: ClassKind "group", want category, block or chapter`},
		{"no code", set(5, "Code", ""), `row 5: the category "Basal cell carcinoma of skin" has no code`},
		{"code of a block", set(3, "Code", "2C3"), `row 3: the block "Malignant neoplasms of skin" has the code "2C3"`},
		{"code twice", set(5, "Code", "2C30"), `row 5: the code "2C30" is there twice`},
		{"entity twice", set(5, "Linearization URI", "http://id.who.int/icd/release/11/mms/24"),
			`row 5: the entity "24" is there twice`},
		{"leaf", set(4, "isLeaf", "yes"), `row 4: isLeaf "yes", want True or False`},
		{"residual", set(4, "IsResidual", ""), `row 4: IsResidual "", want True or False`},
		{"title", set(4, "Title", `"- - Melanoma" of skin"`), "row 4: the cell"},
		{"no title", set(4, "Title", `"- - "`), `row 4: the entity "24" has no title`},
		{"depth", set(4, "Title", `"- - - Melanoma"`), `row 4: "Melanoma" stands at depth 3, which cannot follow depth 1`},
		{"depth of a category", set(4, "Title", "Melanoma"), `"Melanoma" stands at depth 0`},
		{"parent", set(4, "Parent", "http://id.who.int/icd/entity/5"),
			`row 4: "Melanoma of skin" is below "http://id.who.int/icd/entity/1706880799" by its dashes`},
	}
	for _, c := range cases {
		r, err := ParseRelease(icd11test.Zip(icd11test.Text(c.table)))
		if r != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want it to say %q", c.name, err, c.want)
		}
	}
}

// All faulty rows are told at once, up to a bound.
func TestReleaseTellsEveryFault(t *testing.T) {
	table := icd11test.Table("2025-01", icd11test.Skin())
	leaf := slices.Index(table[0], "isLeaf")
	table[3][leaf], table[5][leaf] = "?", "!"
	_, err := ParseRelease(icd11test.Zip(icd11test.Text(table)))
	if err == nil || !strings.Contains(err.Error(), `row 4: isLeaf "?"`) ||
		!strings.Contains(err.Error(), `row 6: isLeaf "!"`) {
		t.Error(err)
	}
	_, err = ParseRelease(icd11test.Zip(icd11test.Text(append(table[:1], make([][]string, 50)...))))
	if err == nil || strings.Count(err.Error(), "\n") != maxProblems ||
		!strings.Contains(err.Error(), "and 30 more rows") {
		t.Error(err)
	}
}

func TestZipRefuses(t *testing.T) {
	text := icd11test.Text(icd11test.Table("2025-01", icd11test.Skin()))
	good := icd11test.Zip(text)
	many := map[string][]byte{}
	for i := range maxZipEntries + 1 {
		many[fmt.Sprint(i)] = nil
	}
	files := func(name string, data []byte) []byte { return icd11test.ZipOf(map[string][]byte{name: data}) }
	cases := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "is not a zip"},
		{"text", text, "is not a zip"},
		{"truncated", good[:len(good)-30], "is cut short or damaged"},
		{"other language", files("SimpleTabulation-ICD-11-MMS-fr.txt", text),
			`it holds "SimpleTabulation-ICD-11-MMS-fr.txt"`},
		{"nothing", icd11test.ZipOf(nil), "it holds nothing"},
		{"twice", icd11test.ZipOf(map[string][]byte{releaseMember: text, "a/" + releaseMember: text}), "twice"},
		{"many", icd11test.ZipOf(many), "holds 65 files, more than the 64"},
		{"bomb", files(releaseMember, make([]byte, 8<<20)), "which no list of codes does"},
		{"claims too much", patched(good, 24, 0xfffffff0), "unpacks to more than the 268435456 bytes"},
		{"claims what it has not", patched(good, 20, 1<<20), "is longer than the whole zip"},
		{"claims too little", patched(good, 24, 10), "is damaged"},
		{"encrypted", patchedFlags(good), "is encrypted"},
		{"saved again", icd11test.Zip(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))),
			"its rows do not end with CR LF"},
		{"not UTF-8", icd11test.Zip(append([]byte("\xff"), text...)), "is not UTF-8"},
	}
	for _, c := range cases {
		r, err := ParseRelease(c.data)
		if r != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want it to say %q", c.name, err, c.want)
		}
	}
}

// patched overwrites four bytes of the tabulation's entry in the zip's directory.
func patched(data []byte, offset int, value uint32) []byte {
	data = bytes.Clone(data)
	binary.LittleEndian.PutUint32(data[entry(data)+offset:], value)
	return data
}

func patchedFlags(data []byte) []byte {
	data = bytes.Clone(data)
	data[entry(data)+8] |= 1
	return data
}

// entry is where the tabulation's entry in the zip's directory begins.
func entry(data []byte) int { return bytes.LastIndex(data, []byte(releaseMember)) - 46 }

func TestOpenReleaseRefuses(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.zip")
	if err := os.WriteFile(large, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxZipBytes+1); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir: "is a folder, want an ordinary file", large: "67108864 bytes are allowed",
		filepath.Join(dir, "none.zip"): "none.zip"} {
		if _, err := OpenRelease(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to say %q", path, err, want)
		}
	}
}

func TestCheck(t *testing.T) {
	r := skinRelease(t)
	cases := []Result{
		{Code: "2C30", Status: Valid, Leaf: true, Title: "Melanoma of skin"},
		{Code: "2C32", Status: Valid, Title: "Basal cell carcinoma of skin"},
		{Code: "2C32.Z", Status: Valid, Leaf: true, Title: "Basal cell carcinoma of skin, unspecified"},
		{Code: "2C31", Status: Unknown, Why: `"2C31" is not in release 2025-01`},
		{Code: "2c32", Status: Unknown, Why: `"2c32" has lower-case letters: codes are in capitals; did you mean "2C32"?`},
		{Code: "XK8G", Status: ExtensionAlone, Title: "Left", Why: `"XK8G" ` + problem("XK8G")},
		{Code: "XK8H", Status: Unknown, Why: `"XK8H" ` + problem("XK8H")},
		{Code: "2C30&XK8G", Status: Valid, Leaf: true, Title: "Melanoma of skin & Left"},
		{Code: "2C32&XK8G&XA9HN5/EK00", Status: Valid,
			Title: "Basal cell carcinoma of skin & Left & Skin - of nose / Allergic contact dermatitis"},
		{Code: "2C30&XK8H", Status: Unknown, Title: "Melanoma of skin", Why: `"XK8H" is not in release 2025-01`},
		{Code: "2C30/XK8G", Status: ExtensionAlone, Title: "Melanoma of skin / Left", Why: `"XK8G" ` + problem("XK8G")},
		{Code: "2C30&EK00", Status: Unknown, Title: "Melanoma of skin & Allergic contact dermatitis",
			Why: `"EK00" is a stem code: a further stem code is joined by /, not by &`},
		{Code: "2C30&", Status: Unknown, Title: "Melanoma of skin", Why: `"" ` + problemOfPart("", '&')},
		{Code: "02", Status: IsChapter, Title: "Neoplasms", Why: `"02" ` + problem("02")},
		{Code: "BlockL1-2B5", Status: IsBlock, Title: "Malignant neoplasms of skin",
			Why: `"BlockL1-2B5" ` + problem("BlockL1-2B5")},
		{Code: "EA80-EA8Z", Status: IsBlock, Why: `"EA80-EA8Z" ` + problem("EA80-EA8Z")},
		{Code: "", Status: Unknown, Why: `"" ` + problemOfPart("", 0)},
	}
	for _, want := range cases {
		if d := cmp.Diff(want, r.Check(want.Code)); d != "" {
			t.Errorf("Check(%q) (-want +got):\n%s", want.Code, d)
		}
	}
}

func TestSameTitle(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Atopic\u00a0eczema", "Atopic eczema", true},
		{"Atopic \u200beczema ", "Atopic eczema", true},
		{"Atopic eczema", "atopic eczema", false},
		{"Atopic eczema", "Atopic eczema, unspecified", false},
	} {
		if SameTitle(c.a, c.b) != c.same {
			t.Errorf("SameTitle(%q, %q) is %v", c.a, c.b, !c.same)
		}
	}
}

// A valid code is always one by the grammar, and its parts are in the release.
func FuzzCheck(f *testing.F) {
	r := skinRelease(f)
	for _, code := range []string{"2C30", "2C30&XK8G/EA80", "&", "XK8G", "02", "BlockL1-2B5", "2C30/", "2c3O"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		got := r.Check(code)
		if (got.Status == Valid) != (got.Why == "") {
			t.Fatalf("%+v", got)
		}
		if got.Status != Valid {
			return
		}
		if err := checkCode(code); err != nil {
			t.Fatalf("valid, but %v", err)
		}
		for _, part := range strings.FieldsFunc(code, func(r rune) bool { return r == '&' || r == '/' }) {
			if _, ok := r.Entity(part); !ok {
				t.Fatalf("valid, but %q is not in the release", part)
			}
		}
	})
}

// What is read of any file is a tree in the order of the file, and findable.
func FuzzParseRelease(f *testing.F) {
	f.Add(icd11test.Text(icd11test.Table("2025-01", icd11test.Skin())))
	f.Add(icd11test.Text(icd11test.Table("2026-01", icd11test.Skin())))
	f.Add([]byte("Code\tVersion:2025 Jan 24\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseTabulation(string(text))
		if err != nil {
			return
		}
		for i, e := range r.Entities() {
			if e.Parent >= int32(i) || (e.Parent < 0) != (e.Kind == Chapter) || e.Title == "" ||
				(e.Kind == Category && e.Code == "") {
				t.Fatalf("row %d: %+v", i, e)
			}
			if found, ok := r.entityByID(e.ID); !ok || *found != e {
				t.Fatalf("row %d: %+v is not found, %+v is", i, e, found)
			}
			if found, ok := r.Entity(e.Code); e.Code != "" && (!ok || *found != e) {
				t.Fatalf("row %d: %+v is not found, %+v is", i, e, found)
			}
		}
	})
}

// FuzzZip opens anything as a zip without harm.
func FuzzZip(f *testing.F) {
	good := icd11test.Release("2025-01", icd11test.Skin()[:2])
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(patched(good, 24, 0xfffffff0))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := ParseRelease(data); (r == nil) != (err != nil) {
			t.Fatalf("release %v, error %v", r, err)
		}
	})
}

// The file that WHO published holds what doc.go says of it.
func TestPublicRelease(t *testing.T) {
	data := os.Getenv("DERMSET_PUBLIC_DATA")
	if data == "" {
		t.Skip("WHO's list is not part of this project: set DERMSET_PUBLIC_DATA to a folder that has icd11_who_2024-01/")
	}
	r, err := OpenRelease(filepath.Join(data, "icd11_who_2024-01", "simple-tab-icd11-mms.zip"))
	if err != nil {
		t.Fatal(err)
	}
	codes, rows, leaves := 0, map[Kind]int{}, map[int32]bool{}
	for i, e := range r.Entities() {
		rows[e.Kind]++
		leaves[int32(i)] = true
		delete(leaves, e.Parent)
		if e.Kind != Category {
			continue
		}
		codes++
		want := Result{Code: e.Code, Status: Valid, Leaf: e.Leaf, Title: e.Title}
		if e.extension() {
			want.Status, want.Leaf, want.Why = ExtensionAlone, false, `"`+e.Code+`" `+problem(e.Code)
		}
		if d := cmp.Diff(want, r.Check(e.Code)); d != "" {
			t.Errorf("Check(%q) (-want +got):\n%s", e.Code, d)
		}
	}
	for i, e := range r.Entities() {
		if e.Leaf != leaves[int32(i)] {
			t.Errorf("%s: leaf is %v in the file, %v in the tree", e.Code, e.Leaf, leaves[int32(i)])
		}
	}
	if r.ID != "2024-01" || r.Stamp != "2024 Jan 21 - 22:30 UTC" || codes != 34663 ||
		rows[Block] != 1353 || rows[Chapter] != 28 {
		t.Errorf("release %q, stamp %q, %d codes, %v", r.ID, r.Stamp, codes, rows)
	}
}

func BenchmarkParseRelease(b *testing.B) {
	data := os.Getenv("DERMSET_PUBLIC_DATA")
	if data == "" {
		b.Skip("needs WHO's list: set DERMSET_PUBLIC_DATA")
	}
	zip, err := os.ReadFile(filepath.Join(data, "icd11_who_2024-01", "simple-tab-icd11-mms.zip"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(zip)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseRelease(zip); err != nil {
			b.Fatal(err)
		}
	}
}
