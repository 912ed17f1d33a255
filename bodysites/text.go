package bodysites

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// A text is what a source states as a site: the sites that it names, each as its words.
type text struct {
	pieces [][]string
	blank  bool   // nothing is stated
	plain  string // of a text without words that count: the text itself
}

// textOf reads a text without regard to case, accents, spaces and signs, the side of the body, words that say nothing,
// and plurals. Sites are parted by , ; / | + & and by words for and and or.
func textOf(site string) (t text) {
	t.blank = strings.TrimSpace(site) == ""
	t.plain = cases.Fold().String(strings.TrimSpace(site))
	var piece []string
	end := func() {
		if len(piece) > 0 {
			t.pieces = append(t.pieces, piece)
		}
		piece = nil
	}
	for _, word := range words(site) {
		switch {
		case word == "/" || links[word]:
			end()
		case !sides[word] && !fillers[singular(word)]:
			piece = append(piece, singular(word))
		}
	}
	end()
	return t
}

// key is equal for texts that mean the same.
func (t text) key() string {
	if len(t.pieces) == 0 {
		return "=" + t.plain // no word has this sign: the text itself
	}
	keys := make([]string, len(t.pieces))
	for i, piece := range t.pieces {
		keys[i] = join(piece)
	}
	return strings.Join(keys, " / ")
}

func join(words []string) string { return strings.Join(words, " ") }

// words are the words of a text in lower case without accents; what parts sites is the word "/".
func words(site string) []string {
	var into strings.Builder
	for _, r := range cases.Fold().String(norm.NFKD.String(site)) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			into.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // the accent of a letter
		case strings.ContainsRune(",;/|+&\n", r):
			into.WriteString(" / ")
		default:
			into.WriteByte(' ')
		}
	}
	return strings.Fields(into.String())
}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(words) {
		all[word] = true
	}
	return all
}

var (
	// links part sites, in English and Spanish.
	links = set("and or y e o u")
	// sides of the body: a part has two.
	sides = set(`left right l r lt rt both bilateral unilateral side
		izquierda izquierdo izquierdas izquierdos derecha derecho derechas derechos izq izda izdo der dcha dcho
		ambas ambos bilaterales lado`)
	// fillers say nothing about where.
	fillers = set("the of on in at body part skin region area zone site de del la las el los en piel zona parte cuerpo")
	// positions say where in a part: the anterior neck is of the neck.
	positions = set(`anterior posterior lateral medial upper lower dorsal ventral proximal distal inner outer front
		central mid middle superior inferior internal external interno interna externo externa media medio alta baja`)
)

func without(words []string, drop map[string]bool) []string {
	var left []string
	for _, word := range words {
		if !drop[word] {
			left = append(left, word)
		}
	}
	return left
}

// singular is equal for one and several of a thing, in the words of the tables; it need not be a word.
func singular(word string) string {
	if stem, is := strings.CutSuffix(word, "ies"); is && len(stem) > 2 {
		return stem + "y"
	}
	if len(word) > 3 && !strings.HasSuffix(word, "ss") {
		return strings.TrimSuffix(word, "s")
	}
	return word
}
