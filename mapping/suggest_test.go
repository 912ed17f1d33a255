package mapping

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/dermset/dermset/io/sheetio"
)

// suggested makes suggestions for labels of the source New, whose tab is empty,
// from a tab with rows and the small release.
func suggested(t testing.TB, rows []string, crosswalks []Crosswalk, labels ...string) []Suggestion {
	t.Helper()
	book := &sheetio.Book{Sheets: []sheetio.Sheet{lines("A", append([]string{head}, rows...)...),
		lines("New", head), lines(RefineTab, refineHead)}}
	asked := source(labels...)
	asked.Name = "New"
	known := []Category{{Name: "Granuloma annulare", Codes: []string{"EE80.0"}}}
	all, _ := Suggest(Request{Book: book, Sources: []Source{{Name: "A"}, asked}, Known: known,
		Release: releaseOf(t, skinTitles), Crosswalks: crosswalks, Limit: 3})
	return all
}

func TestSuggest(t *testing.T) {
	rows := []string{
		"bcc|Basal cell carcinoma|2C32|", "Seborrhoeic wart|Seborrhoeic keratosis|2F21.0|",
		"eczema|Eczematous dermatitis|EA80;EK00|look alike", "melanoma|Melanoma|2C30|",
		"melanoma in situ|Melanoma in situ|2E63.0|", "itch|-||", "acute urticaria|Urticaria|EB00|", "open||2C30|",
		"T-cell lymphoma|T-cell lymphoma|2B0Z|", "Hailey-Hailey disease|Hailey-Hailey disease|EC20.2|",
		"Haemangioma|Haemangioma|2F25|", "syringoma|Syringoma|2F22|no code of its own",
		"arsenical keratosis|Keratosis by arsenic|EK90.0|", "cyst|Cyst|EK70|", "pemphigoid|Pemphigoid|EB41|",
	}
	cases := []struct{ label, want string }{ // the first suggestion
		{"bcc", `Basal cell carcinoma 2C32, same label: "bcc" in tab "A"`},
		{"itch", `- , same label: "itch" in tab "A"`},
		{"Melanoma", `Melanoma 2C30, same name: Target Name "Melanoma"`},
		{"MELANOMA\u200b", `Melanoma 2C30, same spelling`},
		{"hemangiomas", `Haemangioma 2F25, same words`},
		{"Disease, Hailey-Hailey", `Hailey-Hailey disease EC20.2, same words`},
		{"granuloma_annulare", `Granuloma annulare EE80.0, same spelling: known category "Granuloma annulare"`},
		{"SK", `Seborrhoeic keratosis 2F21.0, same meaning: Target Name "Seborrhoeic keratosis"; by the word list of dermset: abbreviation SK = seborrhoeic keratosis (Also solar keratosis)`},
		{"Hailey-Hayley diseese", `Hailey-Hailey disease EC20.2, nearly the same`},
		{"Psoriasis", `Psoriasis EA90, official title: EA90 is "Psoriasis"`},
		{"Solar keratosis", `Actinic keratosis EK90.0, official title by meaning: EK90.0 is "Actinic keratosis"; by the word list of dermset: synonym solar keratosis = actinic keratosis`},
		{"Atopic eczema", `Eczematous dermatitis EA80;EK00, official title`}, // the name that joins the code with others
		{"psoriasis, pustular, of foot", `Pustular psoriasis EA90.4, similar title`},
		{"posriasis", `Psoriasis EA90, similar title`},
		{"nail dystrophy", `Nail dystrophy, not otherwise specified EE10.5, official title`},
		{"neoplasm of epidermal appendages, benign", `Benign neoplasms of epidermal appendages 2F22, official title: 2F22 is "Benign neoplasms of epidermal appendages"; the workbook gives this code to "Syringoma"`},
		{"AK", `Actinic keratosis EK90.0, official title by meaning`}, // not arsenical keratosis or another rare one
	}
	for _, c := range cases {
		all := suggested(t, rows, nil, c.label)
		if len(all) == 0 {
			t.Errorf("%q: nothing", c.label)
			continue
		}
		s := all[0]
		got := fmt.Sprintf("%s %s, %s: %s", s.Target, strings.Join(s.Codes, ";"), s.Reason, s.Evidence)
		if !strings.HasPrefix(got, c.want) || s.Label != c.label || s.Rank != 1 || s.Source != "New" || s.Tab != "New" {
			t.Errorf("%q: %s %+v, want %s", c.label, got, s, c.want)
		}
	}
	never := []struct{ label, target string }{ // one word makes them another disease
		{"melanoma in situ of nose", "Melanoma"}, {"non-melanoma", "Melanoma"}, {"chronic urticarea", "Urticaria"},
		{"B-cell lymphomma", "T-cell lymphoma"},
		{"melasma", "Melanoma"}, {"other psoriasis", "Psoriasis"},
		{"postinflammatory hypomelanosis", "Postinflammatory hypermelanosis"}, {"xyz", "Psoriasis"},
		{"left", "Left"}, {"lipoma", "Lipoma"}, // of chapter X
		{"mucosal melanoma", "Melanoma"}, {"mucous membrane pemphigoid", "Pemphigoid"}, {"mucocele", "Cyst"},
		{"neoplasm of epidermal appendages, benign", "Syringoma"},
	}
	for _, c := range never {
		if slices.ContainsFunc(suggested(t, rows, nil, c.label), func(s Suggestion) bool {
			return s.Label == c.label && s.Target == c.target
		}) {
			t.Errorf("%q: %q is suggested", c.label, c.target)
		}
	}
	both := suggested(t, append(rows, "x|Solar keratosis|EK90.0|"), nil, "SK")
	if len(both) < 2 || !strings.Contains(both[0].Evidence, "Also solar keratosis") &&
		!strings.Contains(both[0].Evidence, "Also seborrhoeic keratosis") {
		t.Errorf("an abbreviation of two meanings gives %+v", both)
	}
}

// Suggestions go by images, then label; of one label by rank, at most as many as asked for; residual categories last.
func TestSuggestOrder(t *testing.T) {
	all := suggested(t, []string{"a|N|2C32|"}, nil, "carcinoma of skin, basal cell", "naevus melanocytic", "a")
	if !slices.IsSortedFunc(all, func(a, b Suggestion) int { return int(b.Images - a.Images) }) {
		t.Errorf("not by images: %+v", all)
	}
	ranks := map[string]int{}
	for _, s := range all {
		if ranks[s.Label]++; s.Rank != ranks[s.Label] || s.Rank > 3 {
			t.Errorf("rank %d of %q comes as number %d", s.Rank, s.Label, ranks[s.Label])
		}
		if len(s.Codes) == 1 && strings.HasSuffix(s.Codes[0], ".Y") && s.Rank == 1 {
			t.Errorf("a residual category comes first: %+v", s)
		}
	}
}

func TestCrosswalks(t *testing.T) {
	dir := t.TempDir()
	who := "\ufeff10ClassKind\t10DepthInKind\ticd10Code\ticd10Chapter\ticd10Title\t11ClassKind\ticd11Code\t" +
		"icd11Chapter\ticd11Title\t2026-Jan-17\r\n" +
		"category\t1\tL40\tXII\tPsoriasis \"of man\"\tcategory\tEA90\t14\tPsoriasis\r\n" +
		"category\t1\tL41\tXII\t\"Psoriasis, \"\"left\"\"\"\tcategory\tEA90&XK8G\t14\tPsoriasis, left\r\n" +
		"block\t1\tL80-L99\tXII\tSkin\tblock\t\t14\tSkin\r\ncategory\t1\tL99\tXII\tOther\t\tNo Mapping\t\t\r\n"
	must(t, os.WriteFile(filepath.Join(dir, "10To11MapToOneCategory.txt"), []byte(who), 0o666))
	must(t, os.WriteFile(filepath.Join(dir, "snomed.csv"), []byte("from,term,to,relation\n"+
		"400010006,Tinea of nowhere,1F23.1,narrower\n9014002,Psoriasis,EA90,equivalent\n1,,ZZ99,\n"), 0o666))
	must(t, os.WriteFile(filepath.Join(dir, "notes.md"), []byte("not read"), 0o666))
	table, err := ReadCrosswalks(dir)
	must(t, err)
	if len(table) != 5 {
		t.Fatalf("%+v", table)
	}
	cases := []struct{ label, want string }{
		{"L40", `EA90 crosswalk 10To11MapToOneCategory.txt:2: L40 "Psoriasis \"of man\"" to EA90`},
		{"L41", `EA90&XK8G crosswalk 10To11MapToOneCategory.txt:3: L41 "Psoriasis, \"left\"" to EA90&XK8G`},
		{"9014002 (disorder)", `EA90 crosswalk snomed.csv:3: 9014002 "Psoriasis" to EA90, equivalent`},
		{"Tinea of nowhere", `1F23.1 crosswalk snomed.csv:2: 400010006 "Tinea of nowhere" to 1F23.1, narrower`},
	}
	for _, c := range cases {
		all := suggested(t, nil, table, c.label)
		got := ""
		if len(all) > 0 {
			got = strings.Join([]string{strings.Join(all[0].Codes, ";"), all[0].Reason, all[0].Evidence}, " ")
		}
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.label, got, c.want)
		}
	}
	if all := suggested(t, nil, table, "1"); len(all) != 0 {
		t.Errorf("a code that the release lacks is suggested: %+v", all)
	}
	none, err := ReadCrosswalks(filepath.Join(dir, "none"))
	if err != nil || none != nil {
		t.Errorf("%v, %v", none, err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "bad.tsv"), []byte("a\tb\n1\t2\n"), 0o666))
	must(t, os.WriteFile(filepath.Join(dir, "short.txt"), []byte("from\tto\tstamp\n1\t2\n3\n"), 0o666))
	_, err = ReadCrosswalks(dir)
	for _, want := range []string{"bad.tsv:1: the columns are a, b: want from and to",
		"short.txt:3: has 1 cells, the header 3"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %q", err, want)
		}
	}
}

// WHO's list in another language, here a made-up excerpt, leads from its titles to the codes.
func TestTitlesOfAnotherLanguage(t *testing.T) {
	dir := t.TempDir()
	who := "\ufeffFoundation URI\tCode\tTitle\tClassKind\tCodingNote\tVersion:2026 Jan 17\r\n" +
		"u\t\t\"Enfermedades de la piel\"\tchapter\t\r\nu\tEA90\t\"- Soriasis inventada\"\tcategory\tuna\nnota\r\n" +
		"u\tEB41\t\"- - Penfigoide ampolloso inventado\"\tcategory\t\r\nu\tXK8G\t\"- Izquierda\"\tcategory\t\r\n"
	must(t, os.WriteFile(filepath.Join(dir, "SimpleTabulation-ICD-11-MMS-es.txt"), []byte(who), 0o666))
	table, err := ReadCrosswalks(dir)
	must(t, err)
	for label, want := range map[string]string{"soriasis inventada": "EA90", "PENFIGOIDE AMPOLLOSO INVENTADO": "EB41",
		"inventado penfigóide ampolloso": "EB41", "izquierda": ""} {
		got := ""
		if all := suggested(t, nil, table, label); len(all) > 0 {
			got = all[0].Codes[0]
		}
		if got != want {
			t.Errorf("%q: %q, want %q", label, got, want)
		}
	}
}

// list writes a list of choices.
func list(t *testing.T, rows ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.csv")
	must(t,
		os.WriteFile(path, []byte("rank,tab,label,target_name,icd11_codes,evidence\n"+strings.Join(rows, "\n")+"\n"), 0o666))
	return path
}

func TestApply(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "Tab.csv")
	old := "\ufeffReview,ICD-11 Code(s),Source Label,Target Name,Notes/Justification\r\nx,,a,,\"n\r\n,\"\"\"\r\n" +
		",,b,\"\",\r\n,EA80,c,,\r\n,,d,D,\r\n,2C32,e,E,\r\n,,a,,\r\n,,out,,\r\n,,f,F,\r\n"
	must(t, os.WriteFile(path, []byte(old), 0o666))
	must(t, os.WriteFile(filepath.Join(dir, RefineTab+".csv"),
		[]byte("Category,Action,Merge into,Reason\nB,,,\n"), 0o666))
	choices, err := ReadChoices(list(t, "1,Tab,a,\"N, with comma\",EK00;EA80,", "1,Tab,b,N,,", "1,Tab,c,N,2C32,",
		"1,Tab,d,D,2C32,", "1,Tab,e,Other,2C30,", "2,Tab,out,-,,", "1,Tab,f,F,,"))
	must(t, err)
	done, files, err := Apply(dir, choices, "")
	must(t, err)
	var got []string
	for _, d := range done {
		got = append(got, fmt.Sprintf("%d %s: %s", d.Line, d.Label, d.What))
	}
	want := []string{"2 a: filled Tab!B2 and Tab!D2", "2 a: filled Tab!B7 and Tab!D7", "3 b: filled Tab!D3",
		`4 c: left as it is: Tab!B4 holds "EA80"`, "5 d: filled Tab!B5", `6 e: left as it is: Tab!D6 holds "E"`,
		"7 out: filled Tab!D8", "8 f: was so already"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	after := "\ufeffReview,ICD-11 Code(s),Source Label,Target Name,Notes/Justification\r\n" +
		"x,EA80;EK00,a,\"N, with comma\",\"n\r\n,\"\"\"\r\n,,b,N,\r\n,EA80,c,,\r\n,2C32,d,D,\r\n,2C32,e,E,\r\n" +
		",EA80;EK00,a,\"N, with comma\",\r\n,,out,-,\r\n,,f,F,\r\n"
	if len(files) != 1 || files[0].Path != path || string(files[0].Data) != after {
		t.Errorf("%+v", files)
	}
	must(t, os.WriteFile(path, files[0].Data, 0o666))
	done, files, err = Apply(dir, choices, "")
	if err != nil || len(files) != 0 || done[0].What != "was so already" {
		t.Errorf("the second time %v %v %v", done, files, err)
	}
	_, _, err = Apply(dir,
		[]Choice{{Tab: "None", Label: "a", Target: "N", Line: 2}, {Tab: "Tab", Label: "zz", Target: "N", Line: 3},
			{Tab: RefineTab, Label: "B", Target: "N", Line: 4}}, "")
	for _, want := range []string{`line 4: tab "Pathologies to exclude and merge": is no source's`,
		`line 2: the workbook has no tab "None": run mapping merge`,
		`line 3: tab "Tab" has no label "zz"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %q", err, want)
		}
	}
}

func TestApplyXLSX(t *testing.T) {
	x := excelize.NewFile()
	must(t, x.SetSheetName("Sheet1", "Tab"))
	for i, text := range []string{"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification"} {
		must(t, x.SetCellValue("Tab", sheetio.CellName(0, i), text))
	}
	must(t, x.SetCellValue("Tab", "A2", "a"))
	must(t, x.SetCellValue("Tab", "C2", 2e63))
	must(t, x.SetCellValue("Tab", "A3", "b"))
	path := filepath.Join(t.TempDir(), "workbook.xlsx")
	must(t, x.SaveAs(path))
	done, files, err := Apply(path,
		[]Choice{{Tab: "Tab", Label: "a", Target: "N", Codes: "2E63"},
			{Tab: "Tab", Label: "b", Target: "N", Codes: "2E63"}}, "")
	must(t, err)
	if len(done) != 2 || !strings.HasPrefix(done[0].What, "left as it is: Tab!C2 holds") ||
		done[1].What != "filled Tab!B3 and Tab!C3" || len(files) != 1 {
		t.Fatalf("%+v", done)
	}
	book, err := sheetio.Open(path, files[0].Data)
	must(t, err)
	if c := book.Sheets[0].Cell(2, 2); c != (sheetio.Cell{Text: "2E63"}) {
		t.Errorf("the code is stored as %+v", c)
	}
}

func TestReadChoicesRefuses(t *testing.T) {
	_, err := ReadChoices(list(t, "1,T,a,N,x9,", "1,T,b,,2C32,", "1,T,c,-,2C32,", "1,T,d,N,,", "2,T,d,M,,"))
	for _, want := range []string{`csv:2: code "x9"`, "csv:3: tab, label and target_name", `csv:4: label "c" is left out`,
		`csv:6: label "d" of tab "T" is in line 5 too`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %q", err, want)
		}
	}
	if _, err := ReadChoices("none.csv"); err == nil ||
		!strings.Contains(err.Error(), "is not there: write one with mapping suggest") {
		t.Errorf("%v", err)
	}
}

// BenchmarkSuggest asks for 500 labels, misspelt, abbreviated and long ones among them, against 36,000 titles,
// the length of a release.
func BenchmarkSuggest(b *testing.B) {
	kinds := strings.Fields(
		"acute chronic recurrent familial actinic bullous nodular pustular follicular localised generalised infantile")
	roots := strings.Fields("melanoma eczema psoriasis dermatitis urticaria keratosis carcinoma naevus folliculitis " +
		"vasculitis panniculitis ichthyosis porokeratosis")
	places := strings.Fields("scalp face neck trunk arm hand leg foot nail back lip ear")
	titles := []string{"14 Diseases of the skin"}
	for i := range 36_000 {
		titles = append(titles, fmt.Sprintf("- %c%c%c%c.%c%c %s %s of %s type%d",
			"ABCDEF"[i/36%6], "ABCDEFGH"[i%8], '0'+i/288%10, "0123456789ABCDEFGH"[i/2880%18], '0'+i%10,
			"0123456789ABCDEFGHJK"[i/10%20], kinds[i%12], roots[i/12%13], places[i/156%12], i))
	}
	seen := map[string]bool{}
	titles = slices.DeleteFunc(titles, func(line string) bool {
		code := strings.Fields(line)[1]
		dup := seen[code]
		seen[code] = true
		return dup && strings.HasPrefix(line, "-")
	})
	release := releaseOf(b, titles)
	rows := []string{head}
	labels := map[string]int64{}
	for i := range 6000 {
		rows = append(rows, fmt.Sprintf("%s %s number %d|Name %d|2C32|", kinds[i%12], roots[i%13], i, i%300))
	}
	for i := range 500 {
		label := fmt.Sprintf("%s %s of the %s, %d", roots[i%13], kinds[i%12], places[i%12], i)
		if i%2 == 0 {
			label = label[:3] + label[4:] // a slip
		}
		labels[label] = int64(i)
	}
	book := &sheetio.Book{Sheets: []sheetio.Sheet{lines("A", rows...), lines("New", head), lines(RefineTab, refineHead)}}
	r := Request{Book: book, Sources: []Source{{Name: "A"}, {Name: "New", Labels: labels}}, Release: release, Limit: 5}
	b.ReportMetric(float64(len(titles)), "titles")
	for b.Loop() {
		Suggest(r)
	}
}

// Whatever a table holds, reading it ends with lines that have a code on both sides, or with an error that names it.
func FuzzCrosswalk(f *testing.F) {
	f.Add("icd10Code\ticd10Title\ticd11Code\t2026-Jan-17\r\nL40\t\"a\"\"b\"\tEA90\r\n", false)
	f.Add("from,to\n1,2\n", true)
	f.Add("from\tto\n\n1\t\n\t2", false)
	f.Fuzz(func(t *testing.T, text string, commas bool) {
		read := readTabbed
		if commas {
			read = readCommas
		}
		table, err := read([]byte(text), "t")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "t:") {
				t.Fatalf("%v does not name the file", err)
			}
			return
		}
		for _, r := range table.Records {
			if len(r.Fields) != len(table.Header) {
				t.Fatalf("a row of %d cells below a header of %d", len(r.Fields), len(table.Header))
			}
		}
	})
}

// Of very many labels, those of most images get suggestions, and the others are counted.
func TestSuggestForManyLabels(t *testing.T) {
	book := &sheetio.Book{Sheets: []sheetio.Sheet{lines("A", head, "acne|Acne|ED80|"), lines("New", head)}}
	asked := Source{Name: "New", Labels: map[string]int64{"Acne": 1, "ACNE": 3}}
	for i := range mostSuggested - 1 {
		asked.Labels[fmt.Sprint("label ", i)] = 2
	}
	all, left := Suggest(Request{Book: book, Sources: []Source{{Name: "A"}, asked}, Limit: 1})
	if left != 1 || len(all) != 1 || all[0].Label != "ACNE" {
		t.Errorf("%d left, suggestions %+v", left, all)
	}
}

// neoplasms is a small release of both behaviours and some neighbours.
var neoplasms = []string{
	"02 Neoplasms",
	"- BlockL1-2B5 Malignant neoplasms",
	"- - 2C30 Melanoma of skin",
	"- - - 2C30.0 Superficial spreading melanoma, primary",
	"- - - 2C30.2 Lentigo maligna melanoma, primary",
	"- - - 2C30.Y Other specified melanoma of skin",
	"- - - 2C30.Z Melanoma of skin, unspecified",
	"- - 2C33 Adnexal carcinoma of skin",
	"- - 2C32 Basal cell carcinoma of skin",
	"- - 2B60.1 Squamous cell carcinoma of lip",
	"- BlockL1-2E6 In situ neoplasms",
	"- - 2E63.00 Lentigo maligna",
	"- BlockL1-2E8 Benign neoplasms",
	"- - 2F20 Benign cutaneous melanocytic neoplasms",
	"- - - 2F20.1 Atypical melanocytic naevus",
	"- - - 2F20.2 Congenital melanocytic naevus",
	"- - - 2F20.Y Other specific types of melanocytic naevus",
	"- - - 2F20.Z Melanocytic naevus, unspecified",
	"14 Diseases of the skin",
	"- ED61 Acquired melanotic macules or lentigines",
	"- ED91 Disorders of the sebaceous gland",
	"- EK70.1 Trichilemmal cyst",
	"- EF70 Lower limb venous eczema",
	"- ED52 Porokeratosis",
	"- EE80.0 Granuloma annulare",
	"13 Diseases of the digestive system",
	"- DA26 Vascular disorders of the oesophagus",
	"- DA01.30 Cellulitis or abscess of soft tissues of the mouth",
	"01 Infections",
	"- 1B70 Bacterial cellulitis, erysipelas or lymphangitis",
	"- 1E80 Common warts",
	"- 1D4D Ross River disease",
	"- 1A95.1 Genital warts",
	"21 Signs",
	"- LD44.7 Deletions of chromosome 7",
}

// proposed is what is suggested for labels from a release alone: code, then what is said, for each.
func proposed(t *testing.T, release []string, labels ...string) map[string][]Suggestion {
	t.Helper()
	asked := source(labels...)
	all, _ := Suggest(Request{Book: &sheetio.Book{Sheets: []sheetio.Sheet{lines("A", head), okRefine}},
		Sources: []Source{asked}, Release: releaseOf(t, release), Limit: 5})
	out := map[string][]Suggestion{}
	for _, s := range all {
		out[s.Label] = append(out[s.Label], s)
	}
	return out
}

// What is first for labels that an issue has named, and for others of their kinds; empty: nothing is proposed.
func TestSuggestByMeaning(t *testing.T) {
	wants := map[string]string{
		"Lentigo maligna melanoma": "2C30.2", "Superficial spreading melanoma": "2C30.0", "lentigo maligna": "2E63.00",
		"Sebaceous carcinoma": "2C33", "Trichilemmal carcinoma": "2C33", "Amelanotic melanoma": "2C30.Y",
		"melanoma in congenital naevus": "", "nv": "2F20.Z", "nevus": "2F20.Z", "Blue nevus": "2F20.Y",
		"dysplastic nevus": "2F20.1", "melanoma": "2C30", "lentigo": "ED61", "venous eczema": "EF70",
		"vascular lesion": "", "SCC of the lip": "2B60.1", "SCC": "2C32",
		"cellulitis": "1B70", "wart": "1E80", "7": "", "normal skin": "", "other": "",
		"benign": "", "piel normal": "", "unauffällig": "", "not gradable": "",
		"carcinoma basocelular": "2C32", "Basaliom": "2C32", "carcinome basocellulaire": "2C32", "CBC": "2C32",
		"nevo melanocítico": "2F20.Z", "nævus mélanocytaire": "2F20.Z", "Nävuszellnävus": "2F20.Z",
		"granuloma anular": "EE80.0", "melanoma (0.76 to 1.5 mm)": "2C30", "Parakeratosis": "", "Ross syndrome": "",
		"AKV - lentigo": "ED61", "Cellulitis of hand": "1B70", "Acute venous eczema": "EF70", "nevus nv": "2F20.Z",
		"léntigo maligno": "2E63.00", "Melanom": "2C30",
	}
	got := proposed(t, neoplasms, slices.Collect(maps.Keys(wants))...)
	for label, want := range wants {
		first := ""
		if all := got[label]; len(all) > 0 {
			first = all[0].Codes[0]
		}
		if first != want {
			t.Errorf("%q: %q, want %q: %+v", label, first, want, got[label])
		}
	}
	for _, label := range []string{"SCC", "wart", "vascular lesion", "cellulitis"} { // no site is invented
		for _, s := range got[label] {
			if slices.Contains([]string{"2B60.1", "1A95.1", "DA26", "DA01.30"}, s.Codes[0]) {
				t.Errorf("%q: %+v", label, s)
			}
		}
	}
	around := got["dysplastic nevus"][0].Around
	want := `in 2F20 Benign cutaneous melanocytic neoplasms; beside it 2F20.2 is "Congenital melanocytic naevus", ` +
		`2F20.Y is "Other specific types of melanocytic naevus", 2F20.Z is "Melanocytic naevus, unspecified"`
	if around != want {
		t.Errorf("around it lies %s, want %s", around, want)
	}
}

// places is a release of diseases of several organs.
var places = []string{
	"02 Neoplasms",
	"- BlockL1-2A2 Neoplasms of lymphoid tissues",
	"- - 2A81.9 Primary effusion lymphoma",
	"- - 2B00 Primary cutaneous T-cell lymphoma of unspecified type",
	"- BlockL1-2B5 Malignant neoplasms",
	"- - 2C30 Melanoma of skin",
	"- - 2C33 Adnexal carcinoma of skin",
	"- BlockL1-2E8 Benign neoplasms",
	"- - 2E83 Benign osteogenic tumours",
	"- - 2E88 Benign endometrial stromal nodule",
	"- - 2F32.1 Uterine fibroma",
	"- - 2F21.0 Seborrhoeic keratosis",
	"- - 2F22 Benign neoplasms of epidermal appendages",
	"04 Immune system",
	"- 4B20 Sarcoidosis",
	"- - 4B20.5 Cutaneous sarcoidosis",
	"01 Infections",
	"- 1B10 Tuberculosis",
	"- - 1B12.8 Cutaneous tuberculosis",
	"- 1B98 Cat-scratch disease",
	"- 1H00 Infection",
	"- 1F23 Candidosis",
	"- - 1F23.11 Candida balanoposthitis",
	"- - 1F28.0 Dermatophytosis of scalp",
	"- 1D60.03 Atypical Ebola disease",
	"11 Vessels",
	"- BD74.1 Lower limb varicose veins",
	"14 Diseases of the skin",
	"- EH40.02 Psoriasiform napkin dermatitis",
	"- EH92.1 Friction blister",
	"- EK90.0 Actinic keratosis",
	"21 Signs",
	"- ME66.60 Localised eruption",
}

// A disease of the skin comes before that of no place, and no other place, kind, cause or behaviour is made up.
func TestSuggestForTheSkin(t *testing.T) {
	wants := map[string]string{
		"atypical": "", "nodule": "", "blister": "", "malignant lesion": "", "allergic reaction": "", "fibroma": "",
		"uterine fibroma": "2F32.1", "friction blister": "EH92.1", "benign tumour": "",
		"Inflammatory dermatosis of scalp": "", "candida": "1F23",
		"sarcoidosis": "4B20.5", "Tuberculosis of skin and subcutaneous tissue": "1B12.8", "tuberculosis": "1B12.8",
		"Primary cutaneous lymphoma": "2B00", "choroidal melanoma": "", "SK": "2F21.0", "SK/ISK": "2F21.0",
		"ISK/SK":             "2F21.0",
		"Cat scratch injury": "", "cat scratch": "1B98", "Psoriasiform eruption": "", "tumor": "", "infection": "1H00",
		"Infection of toe web": "", "pigmentation due to varicose veins of lower limb": "", "localised eruption": "ME66.60",
		"Localised eruption due to medicaments": "", "Adnexal neoplasm": "2F22", "Adnexal lesion": "",
	}
	got := proposed(t, places, slices.Collect(maps.Keys(wants))...)
	for label, want := range wants {
		first := ""
		if all := got[label]; len(all) > 0 {
			first = all[0].Codes[0]
		}
		if first != want {
			t.Errorf("%q: %q, want %q: %+v", label, first, want, got[label])
		}
	}
}

// No proposal is of another behaviour than its label's without saying so, and none of these is the first.
func TestSuggestionsKeepBehaviour(t *testing.T) {
	titles := newTitles(releaseOf(t, neoplasms))
	words := []string{"melanoma", "naevus", "carcinoma", "lentigo", "maligna", "in situ", "congenital", "trichilemmal",
		"sebaceous", "atypical", "melanocytic", "spreading", "superficial", "cyst", "nv", "adnexal", "lesion"}
	rapid.Check(t, func(r *rapid.T) {
		label := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 4).Draw(r, "words"), " ")
		said := titles.behaviour(label)
		for _, s := range proposed(t, neoplasms, label)[label] {
			warned := s.Rank > 1 && strings.Contains(s.Evidence, "but the label")
			if said.crosses(titles.behaviourOfCodes(s.Codes)) && !warned {
				r.Fatalf("%q, %s: %d %+v", label, said, s.Rank, s)
			}
		}
	})
}

// Labels that are none: of any length and script, they are read in bounded ways, and nothing wild is proposed for them.
func TestLabelsThatAreNone(t *testing.T) {
	labels := []string{strings.Repeat("melanoma ", 1200), strings.Repeat("!?;.", 2500), strings.Repeat("مرض جلدي ", 500),
		strings.Repeat("皮肤病", 3000), strings.Repeat("e\u0301", 5000), strings.Repeat("a/b or ", 1500), "皮肤病", "مرض",
		"\u202emelanoma\u202c?", "…", "12345", "''", "\u0301\u0301"}
	got := proposed(t, neoplasms, labels...)
	for _, label := range labels {
		if all := got[label]; len(all) > 0 && !strings.Contains(label, "\u202e") {
			t.Errorf("%.20q: %+v", label, all)
		}
		if n := len(words().readings(label)); n > mostReadings {
			t.Errorf("%.20q has %d readings", label, n)
		}
	}
	rows := []string{head}
	for i, label := range labels {
		rows = append(rows, strings.ReplaceAll(label, "|", "")+fmt.Sprintf("|N%d %s|2C30|%s", i, label, label))
	}
	book := &sheetio.Book{Sheets: []sheetio.Sheet{lines("A", rows...), okRefine}}
	m, _ := Parse(book, []Source{source(labels...)}, Given{Release: releaseOf(t, neoplasms)})
	if len(m.Rows) != len(labels) {
		t.Errorf("%d rows of %d", len(m.Rows), len(labels))
	}
}

// However many names there are, one is compared with few.
func TestNearNamesAreFew(t *testing.T) {
	var names []string
	for i := range 20_000 {
		names = append(names, fmt.Sprintf("Psoriasis %d", i))
	}
	near := newNearNames(names)
	most := 0
	for _, list := range near.cut {
		most = max(most, len(list))
	}
	if got := near.find("Psorasis 12345"); got != "Psoriasis 12345" || most > mostNear {
		t.Errorf("%q, of at most %d that share a key", got, most)
	}
}

// A code that the source itself gives, in the column of codes or in one of its own, is evidence.
func TestSuggestBySourcesOwnCode(t *testing.T) {
	tab := lines("A", "Source Label|Target Name|ICD-11 Code(s)|Notes/Justification|icd-11 of the clinic|other",
		"x1|||| 4B20.5|EK90.0", "x2||EK90.0||nothing|", "x3||||4B99|", `x4||||["EK90.0","2C33"]|`, "naevus x||||2C30|")
	all, _ := Suggest(Request{Book: &sheetio.Book{Sheets: []sheetio.Sheet{tab, okRefine}},
		Sources: []Source{source("x1", "x2", "x3", "x4", "naevus x")}, Release: releaseOf(t, places), Limit: 5})
	got := map[string][]string{}
	for _, s := range all {
		got[s.Label] = append(got[s.Label], fmt.Sprintf("%s %s: %s", s.Reason, s.Codes, s.Evidence))
	}
	want := map[string][]string{
		"x1": {`source's own code [4B20.5]: 4B20.5 stands in column "icd-11 of the clinic" of its row ("Cutaneous sarcoidosis")`},
		"x2": {`source's own code [EK90.0]: EK90.0 stands in its row ("Actinic keratosis")`},
		"x4": {`source's own code [EK90.0]: EK90.0 stands in column "icd-11 of the clinic" of its row ("Actinic keratosis")`,
			`source's own code [2C33]: 2C33 stands in column "icd-11 of the clinic" of its row ("Adnexal carcinoma of skin")`},
	} // x3 is no code of the release; a naevus is not malignant, so that 2C30 is not offered as the only one
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
