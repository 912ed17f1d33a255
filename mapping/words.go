package mapping

import (
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/slips"
)

// wordsOf splits a text into its words, each as its stem, so that spellings and forms of one word are equal: British
// and American (haemangioma, hemangioma), plural and singular (naevi, naevus), with and without accents. A stem is for
// comparing, not for reading. A prefix that stands alone (non, post, photo …) belongs to the word that follows it.
func wordsOf(text string) []string {
	key := spelling(text)
	if !dataset.IsASCII(key) {
		key = withoutAccents(key)
	}
	raw := strings.FieldsFunc(key, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
	words := make([]string, 0, len(raw))
	glued := ""
	for i, w := range raw {
		w = strings.Trim(strings.TrimSuffix(w, "'s"), "'")
		if glue[w] && i+1 < len(raw) {
			glued = w
			continue
		}
		if w != "" {
			words = append(words, stem(glued+strings.ReplaceAll(w, "'", "")))
		}
		glued = ""
	}
	return words
}

// glue are prefixes that are written with the next word, without it, or with a dash.
var glue = map[string]bool{"non": true, "post": true, "photo": true, "pseudo": true, "pre": true, "anti": true}

// ligatures have no accent to take off.
var ligatures = strings.NewReplacer("æ", "ae", "œ", "oe", "ø", "o")

func withoutAccents(text string) string { return slips.WithoutAccents(ligatures.Replace(text)) }

// endings are how the forms of a word end, and what each becomes; the first that fits counts.
var endings = [][2]string{
	{"igines", "igo"}, {"matous", "ma"}, {"mata", "ma"}, {"ides", "id"}, {"oses", "osis"}, {"ases", "asis"},
	{"yses", "ysis"}, {"otic", "osis"}, {"ies", "y"}, {"sses", "ss"}, {"xes", "x"}, {"ches", "ch"}, {"shes", "sh"},
	{"tre", "ter"}, {"bre", "ber"}, {"isation", "ization"}, {"ised", "ized"}, {"ising", "izing"}, {"ours", "or"},
	{"our", "or"}, {"ous", "ous"}, {"ss", "ss"}, {"us", "us"}, {"is", "is"}, {"s", ""},
}

// stem folds one word. Words of up to three letters stay as they are: they are abbreviations, or have no forms.
func stem(word string) string {
	if len(word) <= 3 {
		return word
	}
	if strings.HasSuffix(word, "ae") {
		word = word[:len(word)-1]
	}
	word = strings.ReplaceAll(strings.ReplaceAll(word, "ae", "e"), "oe", "e")
	if strings.HasSuffix(word, "evi") || strings.HasSuffix(word, "cci") ||
		strings.HasSuffix(word, "lli") || strings.HasSuffix(word, "phi") {
		word = word[:len(word)-1] + "us"
	}
	for _, e := range endings {
		if len(word) > len(e[0])+1 && strings.HasSuffix(word, e[0]) {
			return word[:len(word)-len(e[0])] + e[1]
		}
	}
	return word
}

// plain are the stems of words that tell no disease from another.
var plain = stemSet(`a acquired an and are as at but by due for from in into is it its no not of on or other the their to under which with without
	affecting any associated attributable attributed caused cause causing certain classified condition cutaneous cutis dermal disease disorder
	elsewhere finding following form inflammatory involving kind lesion membrane mucosal mucous nature nec neoplastic nonsyndromic nos of otherwise related site skin specific specified subcutaneous
	agent body dermatosis region syndrome tissue type uncertain undetermined unknown unspecified various aetiology`)

func stemSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[stem(w)] = true
	}
	return set
}

// sites are places, and courses, in which the same disease has another code.
// A code of such a place needs a label that names it.
var sites = stemSet(`anal anogenital anus bladder bone brain breast bronchus buccal colon conjunctiva cornea ear eye eyelid gastrointestinal genital gingiva
	laryngeal larynx lip lung lymph mouth mucosa nasal nasopharynx nipple nose ocular oesophagus oral orbit palate penile penis pharynx pulmonary
	respiratory retina salivary scrotum tongue urethra uterus vagina visceral vulva vulval vulvar
	cervix choroid heart iris kidney liver ovary pancreas parotid peritoneum prostate stomach testis thyroid
	ovarian uterine endometrial uveal testicular hepatic renal cardiac gastric balanoposthitis gingivostomatitis
	vulvovaginal vulvovaginitis
	napkin disseminated except excluding foetal maternal neonatal newborn pregnancy`)

// inner are sites that are not of the skin: what they name has no code of the skin.
var inner = stemSet(`bladder bone brain bronchus cervix choroid choroidal colon conjunctiva conjunctival cornea gastrointestinal
	heart iris kidney larynx laryngeal liver lung mouth ocular oesophagus oesophageal oral ovary palate pancreas pharynx prostate
	pulmonary retina retinal stomach uterus uveal visceral`)

// skin are words for the skin.
var skin = stemSet("skin cutaneous cutis")

func ofSkin(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return skin[w] })
}

// mucosa are words for what lines the mouth, the genitals and the like. They do not tell one disease from another where
// the skin stands beside them ("infection of skin or mucous membrane"); alone they name another disease: mucous
// membrane pemphigoid, mucosal melanoma.
var mucosa = stemSet("mucosa mucosal mucous")

// mucosal reports whether words name the mucous membranes alone.
func mucosal(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return mucosa[w] }) && !ofSkin(words)
}

// telling is the words that tell one disease from another; all of them where none does.
func telling(words []string) []string {
	var out []string
	for _, w := range words {
		if !plain[w] {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return words
	}
	return out
}

// bag is equal for texts of the same telling words, in whatever order and number.
func bag(words []string) string {
	out := slices.Clone(telling(words))
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

// forms are endings that make another form of a word of the same meaning.
var forms = func() map[string]bool {
	set := map[string]bool{"": true}
	for _, e := range strings.Fields(
		"a al ar ary asis ate ated atic ation e ed es ic ical ing inous is ity ment o osis osity ous tic um us y") {
		set[e] = true
	}
	return set
}()

// sameWord reports whether two stems are one word: equal, of one root with endings that only change the form (atrophy,
// atrophic), or a slip of the pen apart in a long word.
func sameWord(a, b string) bool {
	if a == b {
		return true
	}
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	if n >= 5 && forms[a[n:]] && forms[b[n:]] {
		return true
	}
	return min(len(a), len(b)) >= 7 && abs(len(a)-len(b)) <= 1 && !opposed(a, b) && slips.Count(a, b, 1) <= 1
}

func abs(n int) int { return max(n, -n) }

// opposites are words of which one makes the other wrong. Two texts of which one has one of a group and the other
// another, or none, are never nearly equal.
var opposites = []map[string]bool{
	stemSet("benign malignant"), stemSet("situ invasive"), stemSet("acute subacute chronic"),
	stemSet("congenital acquired"), stemSet("primary secondary tertiary"), stemSet("upper lower"),
	stemSet("infantile juvenile adult senile"), stemSet("superficial deep"), stemSet("localised generalised"),
	stemSet("male female"), stemSet("other"), stemSet("with"), stemSet("without"),
	stemSet("not no"), stemSet("early late"),
}

// prefixes turn a word into another one, mostly its opposite. Of hypo and hyper neither is the other's.
var prefixes = []string{"a", "an", "non", "hypo", "hyper", "anti", "un", "in", "pseudo", "para", "sub", "post", "pre"}

// opposed reports whether one word is the other with a prefix that changes its meaning.
func opposed(a, b string) bool {
	for _, p := range prefixes {
		switch len(p) {
		case len(a) - len(b):
			if strings.HasPrefix(a, p) && strings.HasSuffix(a, b) {
				return true
			}
		case len(b) - len(a):
			if strings.HasPrefix(b, p) && strings.HasSuffix(b, a) {
				return true
			}
		}
	}
	restA, hypo := strings.CutPrefix(a, "hypo")
	restB, hyper := strings.CutPrefix(b, "hyper")
	if !hypo || !hyper {
		restB, hypo = strings.CutPrefix(b, "hypo")
		restA, hyper = strings.CutPrefix(a, "hyper")
	}
	return hypo && hyper && restA == restB
}

// contrary reports whether two texts must not count as nearly equal, however few letters differ: one holds a word that
// the other holds the opposite of or lacks, or a number or a single letter (T-cell, B-cell) that it lacks, or only one
// is about mucous membranes.
func contrary(a, b []string) bool {
	if mucosal(a) != mucosal(b) {
		return true
	}
	for _, group := range opposites {
		for w := range group {
			if says(a, w) != says(b, w) {
				return true
			}
		}
	}
	for _, pair := range [2][2][]string{{a, b}, {b, a}} {
		for _, w := range pair[0] {
			if slices.Contains(pair[1], w) || skin[w] && ofSkin(pair[1]) {
				continue
			}
			if len(w) == 1 || '0' <= w[0] && w[0] <= '9' ||
				slices.ContainsFunc(pair[1], func(v string) bool { return opposed(w, v) && !(skin[v] && ofSkin(pair[0])) }) {
				return true
			}
		}
	}
	return false
}

// says reports whether words hold w. "Not elsewhere classified" and "not otherwise specified" deny nothing.
func says(words []string, w string) bool {
	for i, v := range words {
		if v == w && (w != "not" || i+1 == len(words) || words[i+1] != "elsewhere" && words[i+1] != "otherwise") {
			return true
		}
	}
	return false
}

// mostSlips is how many slips of the pen a text of n bytes may hold and still be nearly equal.
func mostSlips(n int) int { return 1 + n/6 }

// letters is a bit for each letter that a text holds. Texts d slips apart differ in at most 2d bits.
func letters(text string) (set uint64) {
	for i := range len(text) {
		set |= 1 << (text[i] & 63)
	}
	return set
}

// differing counts the letters that only one of two texts holds.
func differing(a, b uint64) int { return bits.OnesCount64(a ^ b) }
