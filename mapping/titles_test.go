package mapping

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/icd11/icd11test"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/slips"
)

// skinTitles is a small release: depth as dashes, the code, the id of a block or the number of a chapter, the title. A
// code that ends in .Y or .Z is residual.
var skinTitles = []string{
	"02 Neoplasms",
	"- BlockL1-2B5 Malignant neoplasms",
	"- - 2C30 Melanoma of skin",
	"- - 2C31 Squamous cell carcinoma of skin",
	"- - 2C32 Basal cell carcinoma of skin",
	"- - - 2C32.1 Sclerosing basal cell carcinoma of skin",
	"- - - 2C32.Z Basal cell carcinoma of skin, unspecified",
	"- - 2B60.1 Squamous cell carcinoma of lip",
	"- BlockL1-2E6 In situ neoplasms",
	"- - 2E64.0 Intraepidermal squamous cell carcinoma",
	"- BlockL1-2E8 Benign neoplasms",
	"- - 2F20 Benign cutaneous melanocytic neoplasms",
	"- - - 2F20.1 Atypical melanocytic naevus",
	"- - - 2F20.Y Other specific types of melanocytic naevus",
	"- - 2F22 Benign neoplasms of epidermal appendages",
	"- - 2F25 Cherry angioma",
	"14 Diseases of the skin",
	"- EA80 Atopic eczema",
	"- EA81 Seborrhoeic dermatitis and related conditions",
	"- - EA81.1 Seborrhoeic dermatitis of face",
	"- EA82 Nummular dermatitis",
	"- EA90 Psoriasis",
	"- - EA90.4 Pustular psoriasis",
	"- EA91 Lichen planus",
	"- - EA91.42 Oral lichen planus, unspecified",
	"- ED60.2 Postinflammatory hypermelanosis",
	"- ED63.2 Postinflammatory hypomelanosis",
	"- EK00 Allergic contact dermatitis",
	"- EK90.0 Actinic keratosis",
	"- EB04 Idiopathic angioedema",
	"- 4A00.15 Acquired angioedema",
	"- EB41 Pemphigoid",
	"- - EB41.1 Mucous membrane pemphigoid",
	"- EE10.5 Nail dystrophy, not otherwise specified",
	"- 1F23.1 Candidosis of skin or mucous membranes",
	"- 1F23 Candidosis",
	"- ED90 Glandular disorders",
	"- - ED90.0 Rosacea",
	"- EF30 Purpura",
	"- - EF30.1 Traumatic purpura",
	"- - EF30.2 Purpura or bruising due to disorders of coagulation",
	"- - EF30.3 Cutaneous and subcutaneous xanthomata",
	"- - EF30.Y Other specified purpura",
	"- - EF30.Z Purpura, unspecified",
	"- EL10 Cutaneous markers of internal malignancy",
	"- EE12.0 Acute bacterial paronychia",
	"- EE13.2 Chronic paronychia",
	"- BD74.1 Lower limb varicose veins",
	"- JA61.0 Varicose veins of lower extremity in pregnancy",
	"X Extension Codes",
	"- XK8G Left",
	"- XH1234 Lipoma",
}

// releaseOf makes a release of such lines.
func releaseOf(t testing.TB, lines []string) *icd11.Release {
	t.Helper()
	var rows []icd11test.Row
	var above []int // places of what the row lies in
	for i, line := range lines {
		depth := strings.Count(line, "- ")
		code, title, _ := strings.Cut(line[2*depth:], " ")
		row := icd11test.Row{Code: code, Title: title, Kind: "category", Leaf: true, Parent: -1,
			Chapter: code, ID: fmt.Sprint(1000 + i)}
		above = append(above[:depth], i)
		if depth > 0 {
			row.Parent = above[depth-1]
			row.Chapter = rows[row.Parent].Chapter
			rows[row.Parent].Leaf = false
		}
		switch {
		case depth == 0:
			row.Kind = "chapter"
		case strings.HasPrefix(code, "Block"):
			row.Kind = "block"
		case strings.HasSuffix(code, ".Y"):
			row.Residual, row.ID = true, row.ID+"/other"
		case strings.HasSuffix(code, ".Z"):
			row.Residual, row.ID = true, row.ID+"/unspecified"
		}
		rows = append(rows, row)
	}
	var text bytes.Buffer
	text.WriteString("\ufeff")
	for _, cells := range icd11test.Table("2025-01", rows) {
		text.WriteString(strings.Join(cells, "\t") + "\r\n")
	}
	r, err := icd11.ParseRelease(icd11test.Zip(text.Bytes()))
	must(t, err)
	return r
}

// found checks one tab against the small release and gives the findings of an id as "place subject: detail".
func found(t *testing.T, id string, rows ...string) []string {
	t.Helper()
	book := &sheetio.Book{Sheets: []sheetio.Sheet{lines("A", append([]string{head}, rows...)...),
		lines(RefineTab, refineHead)}}
	_, told := Parse(book, []Source{source("A")}, Given{Release: releaseOf(t, skinTitles)})
	var out []string
	for _, f := range told {
		if f.ID == id {
			out = append(out, fmt.Sprintf("%s %s: %s", f.Place, f.Subject, f.Detail))
		}
	}
	return out
}

func TestTitleMismatch(t *testing.T) {
	cases := []struct {
		why  string
		rows []string
		want []string // parts of the findings, one for each
	}{
		{"a neighbour's code", []string{"bcc|Basal cell carcinoma|2C30|"},
			[]string{`A!C2 Basal cell carcinoma: 2C30 is "Melanoma of skin", but 2C32 is "Basal cell carcinoma of skin"`}},
		{"the right one", []string{"bcc|Basal cell carcinoma|2C32|"}, nil},
		{"of pregnancy", []string{"Varicose veins of lower extremity|Varicose veins|JA61.0|"}, []string{"JA61.0 is"}},
		{"one word in common", []string{"eczema|Eczema|EA81|"},
			[]string{"neither the Target Name nor its labels and notes say"}},
		{"a common word in one of several", []string{
			"eczema|Eczematous dermatitis|EA80;EA81;EK00|atopic and allergic contact eczema look alike"}, []string{"EA81 is"}},
		{"explained by the note",
			[]string{"eczema|Eczematous dermatitis|EA80;EK00|atopic and allergic contact eczema look alike"}, nil},
		{"explained by a label", []string{"Nummular eczema|Eczema|EA82|"}, nil},
		{"British spelling", []string{"x|Seborrheic dermatitis|EA81|"}, nil},
		{"abbreviation", []string{"x|BCC|2C32|"}, nil},
		{"synonym", []string{"x|Solar keratosis|EK90.0|"}, nil},
		{"child for parent", []string{"x|Psoriasis|EA90.4|"}, []string{"but EA90 is"}},
		{"the unspecified one is the same", []string{"x|Basal cell carcinoma|2C32.Z|"}, nil},
		{"a parent, by what its child is called", []string{"Atypical melanocytic naevus|Naevus|2F20|"}, nil},
		{"of mucous membranes for the skin", []string{"x|Pemphigoid|EB41.1|"},
			[]string{`EB41.1 is "Mucous membrane pemphigoid", but EB41 is "Pemphigoid"`}},
		{"of mucous membranes, as one of several", []string{"x|Pemphigoid|EB41;EB41.1|"}, []string{"EB41.1 is"}},
		{"of mucous membranes, said by a note", []string{"x|Pemphigoid|EB41;EB41.1|also of mucous membranes"}, nil},
		{"an acquired form is not all of it", []string{"x|Angioedema|4A00.15|"}, []string{"4A00.15 is"}},
		{"a residual category, by its parent", []string{"Halo nevus|Melanocytic naevus|2F20.Y|"}, nil},
		{"wrong site", []string{"x|Lichen planus or lichenoid eruption|EA91;EA91.42|"}, []string{"EA91.42 is"}},
		{"right site", []string{"x|Lichen planus|EA91;EA91.42|also of the mouth: oral lichen planus"}, nil},
		{"hypo for hyper", []string{"x|Postinflammatory hypermelanosis|ED63.2|"}, []string{"but ED60.2 is"}},
		{"no code of its own, said in a note",
			[]string{"x|Syringoma|2F22|Has no code of its own: benign neoplasms of epidermal appendages."}, nil},
		{"no code of its own, known to the words file", []string{"x|Syringoma|2F22|"}, nil},
		{"no code of its own, not said", []string{"x|Folliculoma|2F22|"}, []string{"2F22 is"}},
		{"beside what the words file codes it under", []string{"x|Halo naevus|2F20.1|"}, []string{"but 2F20.Y is"}},
		{"beside what a note says", []string{"x|Oddoma|2C32.Z|Sclerosing basal cell carcinoma of skin."},
			[]string{`but a note says "Sclerosing basal cell carcinoma of skin", which is 2C32.1`}},
		{"beside what a part of the name is", []string{
			"x|Traumatic purpura or psoriasis|EF30.2;EA90|bruising due to disorders of coagulation"},
			[]string{`but EF30.1 is "Traumatic purpura"`}},
		{"what a note says of another code", []string{"vasc|Vascular lesion|EF30.2|" +
			"ED60.2 is purpura or bruising due to disorders of coagulation."}, []string{"EF30.2 is"}},
		{"what a note says of the code", []string{"vasc|Vascular lesion|EF30.2|" +
			"EF30.2 is purpura or bruising due to disorders of coagulation."}, nil},
		{"what a note says before it names another code", []string{"vasc|Vascular lesion|EF30.2|" +
			"bruising due to disorders of coagulation, else rosacea (ED90.0)"}, nil},
		{"what a note gives for an alternative", []string{"vasc|Vascular lesion|EF30.2|" +
			"Alternative: purpura or bruising due to disorders of coagulation."}, []string{"EF30.2 is"}},
		{"what has a name of its own", []string{"vasc|Vascular lesion|EF30.2|" +
			"Bruising due to disorders of coagulation has a name of its own."}, []string{"EF30.2 is"}},
		{"beside what a note says, by its code", []string{
			"x|Bruise or psoriasis|EF30.2;EA90|Of coagulation; EF30.1 is traumatic purpura."},
			[]string{`but a note says "Traumatic purpura", which is EF30.1`}},
		{"the half of a title that tells nothing", []string{"x|Cutaneous oddoma|EF30.3|"}, []string{"EF30.3 is"}},
		{"other specified, and nobody says so", []string{"x|Purpura|EF30.Y|"}, []string{`nor notes say that; EF30.Z is "Purp`}},
		{"other specified, says a note", []string{"x|Purpura|EF30.Y|other forms"}, nil},
		{"other specified, for there is no code of its own", []string{"x|Purpura|EF30.Y|has no code of its own"}, nil},
		{"other specified, as the rest of a group", []string{
			"x|Purpura|EF30.1;EF30.2;EF30.Y|traumatic, and bruising by disorders of coagulation"}, nil},
		{"one side of an or", []string{"x|Cutaneous candidosis|1F23.1|"}, nil},
		{"a cluster by its stem", []string{"x|Psoriasis|EA90&XK8G|"}, nil},
		{"left out", []string{"x|-|EA90|"}, nil},
	}
	for _, c := range cases {
		got := found(t, "title_mismatch", c.rows...)
		ok := len(got) == len(c.want)
		for i := range min(len(got), len(c.want)) {
			ok = ok && strings.Contains(got[i], c.want[i])
		}
		if !ok {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

// A name that has the code already is not told to take it.
func TestHintIsAnotherCode(t *testing.T) {
	got := found(t, "title_mismatch", "chronic paronychia|Paronychia|EE12.0;EE13.2|")
	want := []string{`A!C2 Paronychia: EE12.0 is "Acute bacterial paronychia", which neither the Target Name nor its labels ` +
		"and notes say"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestParentForNamed(t *testing.T) {
	cases := []struct{ why, row, want string }{
		{"of the name", "x|Sclerosing basal cell carcinoma|2C32|", `A!C2 Sclerosing basal cell carcinoma: 2C32 is "Basal cell ` +
			`carcinoma of skin", a parent of 2C32.1, "Sclerosing basal cell carcinoma of skin", which the name is`},
		{"of the name, by a synonym", "x|Dysplastic naevus|2F20|", "a parent of 2F20.1"},
		{"of the name, of mucous membranes", "x|Mucous membrane pemphigoid|EB41|", "a parent of EB41.1"},
		{"of a name without a code of its own", "x|Halo naevus|2F20|", "a parent of 2F20.Y"},
		{"of what a note says", "x|Oddoma|2C32|Sclerosing basal cell carcinoma of skin.", "which a note says"},
		{"of what the rows say", "rosacea|Red face|ED90|", `they say ED90.0 below it, "Rosacea"`},
		{"of the label", "pustular psoriasis|Psoriasis|EA90|", `A!C2 pustular psoriasis: EA90 is "Psoriasis", a parent of ` +
			`EA90.4 "Pustular psoriasis", which the label is`},
		{"of a part of the name", "x|Rosacea or psoriasis|ED90;EA90|Glandular disorders.",
			`a parent of ED90.0, "Rosacea", which the name says`},
		{"of a part of the name, meant", "x|Rosacea or psoriasis|ED90;EA90|Parent categories: glandular disorders.", ""},
		{"of what a note says, by its code", "x|BCC or oddoma|2C32|Mostly 2C32.1, sclerosing basal cell carcinoma of skin.",
			"which a note says"},
		{"of a kind in a note", "x|Basal cell carcinoma|2C32|Some are a sclerosing basal cell carcinoma of skin.", ""},
		{"with a note", "pustular psoriasis|Psoriasis|EA90|All forms.", ""},
		{"meant, as a note says", "rosacea|Red face|ED90|Parent category.", ""},
		{"the title itself", "x|Psoriasis|EA90|", ""},
	}
	for _, c := range cases {
		got := strings.Join(found(t, "parent_for_named", c.row), "; ")
		if !strings.Contains(got, c.want) || (got != "") != (c.want != "") {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

// A code that is not that of known_categories.csv is found where that file gives one.
func TestCodesChanged(t *testing.T) {
	for codes, want := range map[string]bool{"2C32": false, "2C30": true, "": false} {
		book := &sheetio.Book{Sheets: []sheetio.Sheet{lines("A", head, "a|N|"+codes+"|", "b|M|2C30|"), okRefine}}
		known := []Category{{Name: "N", Codes: []string{"2C32"}}, {Name: "M"}}
		_, told := Parse(book, []Source{source("a", "b")}, Given{Known: known, NoCode: []string{"N"}})
		got := slices.ContainsFunc(told, func(f findings.Finding) bool { return f.ID == "codes_changed" && f.Subject == "N" })
		if got != want || len(told) > 1 {
			t.Errorf("%q: %q", codes, short(told))
		}
	}
}

// Codes whose behaviour is neither the name's nor said by a note.
func TestBehaviourOfCodes(t *testing.T) {
	for row, want := range map[string]string{
		"x|Melanoma|2F20.1|":                                        `A!C2 Melanoma: the Target Name is malignant, but 2F20.1 "Atypical melanocytic naevus" is benign`,
		"x|Melanocytic naevus|2C30|":                                "the Target Name is benign, but 2C30",
		"mel|Dark lesion|2F20.1|":                                   "what its labels say is malignant, but 2F20.1",
		"x|Melanoma|2C30;2E64.0|":                                   "but 2E64.0",
		"x|Melanoma|2C30;2E64.0|also in situ carcinoma of the skin": "",
		"x|Melanoma|2C30|":                                          "",
		"x|Dark lesion|2C30|":                                       "",
		"x|Psoriasis|2C30|":                                         "outside ICD-11's chapter of neoplasms, but 2C30",
		"x|Cutaneous markers of internal malignancy|EL10|":          "", // the title itself, whatever its words claim
		"Becker spot|Melanoma|2C30|":                                `the label says nothing of its Target Name "Melanoma" (2C30 "Melanoma of skin"), which is malignant`,
		"Becker spot|Melanocytic naevus|2F20|":                      "",
		"superficial melanoma|Melanoma|2C30|":                       "",
		"lesion 7|Melanoma|2C30|":                                   "", // a number is no word
	} {
		got := strings.Join(found(t, "behaviour_crossed", row), "; ")
		if !strings.Contains(got, want) || (got != "") != (want != "") {
			t.Errorf("%s: %q, want %q", row, got, want)
		}
	}
}

func TestInvalidCodeByRelease(t *testing.T) {
	cases := []struct{ name, codes, want string }{
		{"Actinic keratosis", "EK90.7",
			`A!C2 x: code "EK90.7" is not in release 2025-01; the nearest is EK90.0, "Actinic keratosis"`},
		{"Psoriasis", "EA09", `the nearest is EA90, "Psoriasis"`},
		{"Psoriasis", "EA90&XK8G", ""},
		{"Psoriasis", "EA90&XK9G", `"XK9G" is not in release 2025-01`},
		{"Psoriasis", "9Z99;EA90", `"9Z99" is not in release`},
		{"Psoriasis", "9Z99;ea90;2C3O", `did you mean "EA90"?; code "2C3O" holds the letter O or I, which no ICD-11 code has ` +
			`(the digits 0 and 1 do); did you mean "2C30"?; code "9Z99" is not in release 2025-01`},
		{"Psoriasis", "EA90&XK9G&XK7G", `"XK9G" is not in release 2025-01; "XK7G" is not in release 2025-01`},
		{"-", "EK90.7", `EK90.7`},
	}
	for _, c := range cases {
		got := strings.Join(found(t, "invalid_code", "x|"+c.name+"|"+c.codes+"|"), "; ")
		if !strings.Contains(got, c.want) || (got != "") != (c.want != "") {
			t.Errorf("%s %s: %q, want %q", c.name, c.codes, got, c.want)
		}
	}
}

func TestVagueWithoutNote(t *testing.T) {
	cases := []struct{ row, want string }{
		{"Halo nevus|Melanocytic naevus|2F20|",
			`A!D2 Halo nevus: 2F20 is a parent category, "Benign cutaneous melanocytic neoplasms", and no note`},
		{"Halo nevus|Halo naevus|2F20.Y|", "a category for what has none of its own"},
		{"Halo nevus|Halo naevus|2F20.Y|has none of its own", ""},
		{"psoriasis|Psoriasis|EA90|", ""},                                          // a parent, but just what the label says
		{"guttate|Psoriasis|EA90|", ""},                                            // what the name says
		{"x|Pustular psoriasis|EA90.4|", ""},                                       // a leaf
		{"atypical melanocytic naevus|Melanocytic naevus|2F20;2F20.1|", "2F20 is"}, // of several the one
		{"x|Psoriasis|EA90;2F20|", ""},                                             // 2F20 is wrong, as title_mismatch says
		{"pustular psoriasis|Melanocytic naevus|2F20|", ""},                        // the name is, as label_names_other says
		{"rosacea|Red face|ED90|", ""},                                             // as parent_for_named says
		{"x|-|2F20|", ""},
	}
	for _, c := range cases {
		got := strings.Join(found(t, "vague_without_note", c.row), "; ")
		if !strings.Contains(got, c.want) || (got != "") != (c.want != "") {
			t.Errorf("%s: %q, want %q", c.row, got, c.want)
		}
	}
}

// Without a release nothing is said of titles; with one the order of rows does not matter.
func TestTitlesDoNotDependOnOrder(t *testing.T) {
	rows := []string{"a|Eczema|EA81|", "b|Eczema|EA81;EK90.7|", "c|Eczema|EA81|because", "d|Basal cell carcinoma|2C30|"}
	back := slices.Clone(rows)
	slices.Reverse(back)
	place := func(texts []string) []string { // without the cell
		var out []string
		for _, text := range texts {
			_, rest, _ := strings.Cut(text, " ")
			out = append(out, rest)
		}
		return out
	}
	for _, id := range []string{"title_mismatch", "invalid_code", "vague_without_note"} {
		if d := cmp.Diff(place(found(t, id, rows...)), place(found(t, id, back...))); d != "" {
			t.Errorf("%s: %s", id, d)
		}
	}
}

func TestWordsOf(t *testing.T) {
	same := [][2]string{
		{"Haemangioma", "hemangiomas"}, {"naevi", "nevus"}, {"Seborrhoeic keratoses", "seborrheic keratosis"},
		{"Oedema", "edema"}, {"tumours", "tumor"}, {"xanthomata", "xanthoma"}, {"lentigines", "lentigo"},
		{"eczematous", "eczema"}, {"Behçet's disease", "Behcet disease"}, {"Spitz nævus", "spitz naevus"},
		{"keratinisation", "keratinization"}, {"papillae", "papilla"}, {"photo-allergic", "photoallergic"},
		{"post-inflammatory", "postinflammatory"}, {"port wine stain", "port-wine stain"},
		{"basal\u00a0cell  carcinoma", "basal_cell/carcinoma"}, {"callosities", "callosity"}, {"fibre", "fiber"},
	}
	for _, c := range same {
		if a, b := strings.Join(wordsOf(c[0]), " "), strings.Join(wordsOf(c[1]), " "); a != b {
			t.Errorf("%q is %q, %q is %q", c[0], a, c[1], b)
		}
	}
	for _, c := range [][2]string{{"hypomelanosis", "hypermelanosis"}, {"pemphigus", "pemphigoid"},
		{"melanoma", "melanocytic"}, {"typical", "atypical"}, {"lichen", "lichenoid"},
		{"sarcoma", "liposarcoma"}, {"acne", "acneform"}} {
		if sameWord(wordsOf(c[0])[0], wordsOf(c[1])[0]) {
			t.Errorf("%q and %q count as one word", c[0], c[1])
		}
	}
	for _, c := range [][2]string{{"atrophic", "atrophy"}, {"candidal", "candidosis"},
		{"melonoma", "melanoma"}, {"traumatic", "trauma"}} {
		if !sameWord(wordsOf(c[0])[0], wordsOf(c[1])[0]) {
			t.Errorf("%q and %q do not count as one word", c[0], c[1])
		}
	}
}

func TestContrary(t *testing.T) {
	for _, c := range [][2]string{{"benign tumour", "malignant tumour"}, {"melanoma in situ", "melanoma"},
		{"invasive carcinoma", "carcinoma"}, {"acute urticaria", "chronic urticaria"}, {"melanoma", "non-melanoma"},
		{"hypomelanosis", "hypermelanosis"}, {"typical naevus", "atypical naevus"}, {"other eczema", "eczema"},
		{"T-cell lymphoma", "B-cell lymphoma"}, {"neurofibromatosis type 1", "neurofibromatosis type 2"},
		{"pressure ulcer stage 2", "pressure ulcer"}, {"scar without infection", "scar"}, {"mucosal melanoma", "melanoma"},
		{"mucous membrane pemphigoid", "pemphigoid"}} {
		if !contrary(wordsOf(c[0]), wordsOf(c[1])) || !contrary(wordsOf(c[1]), wordsOf(c[0])) {
			t.Errorf("%q and %q are not contrary", c[0], c[1])
		}
	}
	for _, c := range [][2]string{{"Haemangioma", "hemangioma"}, {"psoraisis", "psoriasis"},
		{"acute urticaria", "urticaria, acute"}, {"scar", "scar, not elsewhere classified"},
		{"candidosis", "candidosis of skin or mucous membranes"}} {
		if contrary(wordsOf(c[0]), wordsOf(c[1])) {
			t.Errorf("%q and %q are contrary", c[0], c[1])
		}
	}
}

// Texts are as many slips apart as they differ in letters, or more.
func TestLetters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.StringMatching("[a-e]{0,60}").Draw(t, "a")
		b := rapid.StringMatching("[a-e]{0,60}").Draw(t, "b")
		if d := slips.Count(a, b, 60); differing(letters(a), letters(b)) > 2*d {
			t.Fatalf("%q and %q are %d apart and differ in more letters", a, b, d)
		}
	})
}

// Every term can be used: it has words, a kind, a meaning that is another text, and stands there once.
// Abbreviations of two meanings say so.
func TestWordsFile(t *testing.T) {
	meanings := map[string][]term{}
	seen := map[string]bool{}
	for _, term := range words().terms {
		if len(term.words) == 0 || len(term.means) == 0 || strings.Join(term.words, " ") == strings.Join(term.means, " ") {
			t.Errorf("%q means %q", term.text, term.meaning)
		}
		if !slices.Contains([]string{abbreviation, synonym, whole, under, foreign}, term.kind) {
			t.Errorf("%q is of kind %q", term.text, term.kind)
		}
		key := spelling(term.text) + "|" + spelling(term.meaning)
		if seen[key] {
			t.Errorf("%q = %q is there twice", term.text, term.meaning)
		}
		seen[key] = true
		if term.kind == abbreviation {
			meanings[spelling(term.text)] = append(meanings[spelling(term.text)], term)
		}
	}
	if n := len(words().terms); n < 150 {
		t.Errorf("%d terms, want at least 150", n)
	}
	for text, terms := range meanings {
		for _, term := range terms {
			if len(terms) > 1 && term.note == "" {
				t.Errorf("%s has %d meanings, and the note of %q does not say so", text, len(terms), term.meaning)
			}
		}
	}
}

// Weights fall with the number of titles that hold a word, and shares lie between 0 and 1.
func TestWeights(t *testing.T) {
	all := newTitles(releaseOf(t, skinTitles))
	if !(all.weight("unheard") > all.weight("psoriasis") && all.weight("psoriasis") > all.weight("carcinoma")) {
		t.Errorf("unheard %v, psoriasis %v, carcinoma %v",
			all.weight("unheard"), all.weight("psoriasis"), all.weight("carcinoma"))
	}
	if _, ok := all.place["XH1234"]; ok {
		t.Error("a title of chapter X is there")
	}
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOf(rapid.SampledFrom([]string{"basal", "cell", "carcinoma", "eczema", "of", "skin", "other"})).Draw(t,
			"a")
		b := rapid.SliceOf(rapid.SampledFrom([]string{"basal", "cell", "carcinoma", "eczema", "of", "skin", "other"})).Draw(t,
			"b")
		if l := all.likeness(a, b); math.IsNaN(l) || l < 0 || l > 1+1e-9 || math.Abs(l-all.likeness(b, a)) > 1e-9 {
			t.Fatalf("likeness of %q and %q is %v", a, b, l)
		}
	})
}

// A word is its own stem's stem, whatever the text, and no text makes reading it loop or panic.
func FuzzWordsOf(f *testing.F) {
	for _, text := range []string{"Haemangioma", "SCC in situ", "TMEP - telangiectasia", "naevi naevi naevi", "''s", "non",
		"post non", "ß", "\xff´", "BCC, MF (PXE) like", "candidosis or candidosis and"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, w := range wordsOf(text) {
			if w == "" {
				t.Fatalf("%q holds an empty word", text)
			}
		}
		for _, r := range words().readings(text) {
			if len(r.terms) > 2 {
				t.Fatalf("%q was read with %d terms", text, len(r.terms))
			}
			words().why(r)
		}
	})
}

func TestEither(t *testing.T) {
	ways := either(strings.Fields("flexural or intertriginous candidosis"))
	for _, want := range []string{"flexural or intertriginous candidosis", "flexural",
		"intertriginous candidosis", "flexural candidosis"} {
		if !slices.ContainsFunc(ways, func(way []string) bool { return strings.Join(way, " ") == want }) {
			t.Errorf("%q is no way to take it", want)
		}
	}
	if ways := either(strings.Fields("cutaneous and subcutaneous xanthoma")); slices.ContainsFunc(ways,
		func(way []string) bool { return !slices.Contains(way, "xanthoma") }) {
		t.Errorf("a way tells nothing: %q", ways)
	}
	if n := len(either(strings.Fields(strings.Repeat("a or ", 500)))); n != 1 {
		t.Errorf("a very long title has %d ways", n)
	}
}

// A label that is the title of a category which its name has nothing of is told, though no name has that category.
func TestLabelIsATitle(t *testing.T) {
	for row, want := range map[string]string{
		"atopic eczema|Rosacea|ED90.0|":                           `is "Atopic eczema", EA80, but is mapped to "Rosacea" (ED90.0 "Rosacea")`,
		"atopic eczema|Rosacea|ED90.0|so said":                    `is "Atopic eczema", EA80`, // as of another row
		"atopic eczema|Rosacea|ED90.0|not told apart from eczema": "",
		"atopic eczema|Rosacea|ED90.0|WHO has EA80":               "",
		"neurodermatitis|Rosacea|ED90.0|so said":                  `is "Atopic eczema", EA80`,
		"pustular psoriasis|Psoriasis|EA90|":                      "", // parent_for_named tells
		"psoriasis|Psoriasis|EA90.4|":                             "", // title_mismatch tells
	} {
		got := strings.Join(found(t, "label_names_other", row), "; ")
		if !strings.Contains(got, want) || (got != "") != (want != "") {
			t.Errorf("%s: %q, want %q", row, got, want)
		}
	}
}

// Of behaviours that cross, malignant against benign comes first.
func TestGraveFirst(t *testing.T) {
	got := found(t, "behaviour_crossed", "Bowen disease|Atypical melanocytic naevus|2F20.1|",
		"melanoma of the back|Atypical melanocytic naevus|2F20.1|")
	if len(got) != 2 || !strings.Contains(got[0], "melanoma") {
		t.Errorf("%q", got)
	}
}
