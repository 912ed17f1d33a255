package mapping

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/icd11"
)

// imported is the release that DERMSET_ICD11 names; without it the test is skipped, and says so.
func imported(t *testing.T) *icd11.Release {
	t.Helper()
	path := os.Getenv("DERMSET_ICD11")
	if path == "" {
		t.Skip("not run: WHO's release file is not part of this project: set DERMSET_ICD11 to the zip of release 2024-01")
	}
	release, err := icd11.OpenRelease(path)
	must(t, err)
	return release
}

// disagree are the titles of the chapter of neoplasms whose words say other than their place, each with why the
// place is right.
var disagree = map[string]string{
	"2B5H": "a well differentiated lipomatous tumour is a liposarcoma; its words are those of a lipoma",
}

func TestBehaviourOfEveryNeoplasm(t *testing.T) {
	agree, silent, unsaid := 0, 0, 0
	for _, c := range newTitles(imported(t)).all {
		if c.entity.Chapter != "02" {
			continue
		}
		switch said := claimed().ofWords(c.words); {
		case c.behaves == 0:
			unsaid++
		case said == 0:
			silent++
		case said == c.behaves:
			agree++
		case disagree[c.entity.Code] == "":
			t.Errorf("%s %q: the words say %s, the tree %s", c.entity.Code, c.entity.Title, said, c.behaves)
		}
	}
	// docs/mapping.md says these; they are those of release 2024-01
	if d := cmp.Diff([]int{1090, 101, 51}, []int{agree, silent, unsaid}); d != "" {
		t.Errorf("titles whose words agree, say nothing, of blocks that say nothing (-want +got):\n%s", d)
	}
}

// The same on a made-up excerpt.
func TestBehaviourByTheTree(t *testing.T) {
	titles := newTitles(releaseOf(t, []string{
		"02 Neoplasms",
		"- BlockL1-2A2 Neoplasms of blood",
		"- - 2A21 Mastocytosis",
		"- - - 2A21.1 Cutaneous mastocytosis",
		"- - 2B01 Mycosis fungoides",
		"- BlockL1-2B5 Malignant neoplasms",
		"- - 2C30 Melanoma of skin",
		"- - - 2C30.Z Melanoma of skin, unspecified",
		"- BlockL1-2E6 In situ neoplasms",
		"- - 2E63.00 Lentigo maligna",
		"- BlockL1-2E8 Benign neoplasms",
		"- - 2F20.1 Atypical melanocytic naevus",
		"- BlockL1-2F7 Neoplasms of uncertain behaviour",
		"- - 2F72 Neoplasms of uncertain behaviour of skin",
		"- BlockL1-2F9 Neoplasms of unknown behaviour",
		"- - 2F92 Neoplasms of unknown behaviour of skin",
		"14 Diseases of the skin",
		"- EA90 Psoriasis",
		"- EK92 Histiocytoses of uncertain malignant potential",
	}))
	for code, want := range map[string]behaviours{"2A21": 0, "2A21.1": uncertain, "2B01": malignant, "2C30": malignant,
		"2C30.Z": malignant, "2E63.00": inSitu, "2F20.1": benign, "2F72": uncertain, "2F92": uncertain, "EA90": noNeoplasm,
		"EK92": uncertain, "2C30/EA90": malignant | noNeoplasm, "2C30&XK8G": malignant} {
		if got := titles.behaviourOfCodes([]string{code}); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
	if got := titles.behaviour("psoriasis"); got != noNeoplasm {
		t.Errorf("a title outside the chapter is %s", got)
	}
}

func TestBehaviourOfWords(t *testing.T) {
	for text, want := range map[string]behaviours{
		"Melanoma": malignant, "malignant melanoma": malignant, "dermatofibrosarcoma": malignant, "BCC": malignant,
		"Basaliom": malignant, "carcinoma basocelular": malignant, "melanoma in congenital naevus": malignant,
		"malignant blue naevus": malignant, "T-cell lymphoma": malignant, "melanomas": malignant,
		"melanoma in situ": inSitu, "SCC in situ": inSitu, "Bowen's disease": inSitu, "lentigo maligna": inSitu,
		"lentigo maligna melanoma": malignant, "Intraepidermal squamous cell carcinoma": inSitu,
		"melanoma, invasive or in situ": malignant, "SCC/SCCIS": malignant | inSitu, "melanoma or naevus": malignant | benign,
		"nv": benign, "Clark nevi": benign, "dermatofibroma": benign, "atypical naevus": benign,
		"atypical melanocytic proliferation": uncertain, "AIMP": uncertain, "tumour of uncertain behaviour": uncertain,
		"pseudolymphoma": benign, "non-melanoma": 0, "no melanoma": 0, "rule out melanoma": 0, "melanoma?": 0, "r/o SCC": 0,
		"history of melanoma": 0, "naevus versus melanoma": 0, "scar, previous melanoma": 0, "suspicious naevus": 0,
		"sin melanoma": 0, "Verdacht auf Melanom": 0, "eczema": 0, "": 0, "melanosis": 0, "granuloma": 0, "haematoma": 0,
		"melanoma, not otherwise specified": malignant, "melanoma, NOS": malignant, "PG": 0,
	} {
		if got := (*titles)(nil).behaviour(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestCrosses(t *testing.T) {
	for _, c := range []struct {
		a, b behaviours
		want bool
	}{
		{malignant, benign, true}, {malignant, noNeoplasm, true}, {malignant, inSitu, true}, {uncertain, benign, true},
		{benign, noNeoplasm, false}, {malignant, 0, false}, {0, benign, false}, {malignant | inSitu, inSitu, false},
		{malignant | benign, noNeoplasm, false}, {malignant | inSitu, benign, true},
	} {
		if got := c.a.crosses(c.b); got != c.want || c.b.crosses(c.a) != got {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}
