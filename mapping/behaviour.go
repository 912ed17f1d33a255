package mapping

import (
	"bytes"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/csvio"
)

// A behaviours is how a neoplasm behaves, as a text or a code says it: one, or several where it says "or"; 0 where it
// says nothing of it. The words are ICD-O's; unknown behaviour counts as uncertain.
type behaviours uint8

const (
	malignant behaviours = 1 << iota
	inSitu
	uncertain
	benign
	noNeoplasm // only a code says that
)

var behaviourWords = []string{"malignant", "in situ", "of uncertain behaviour", "benign", "not a neoplasm"}

func (b behaviours) String() string {
	var said []string
	for i, word := range behaviourWords {
		if b&(1<<i) != 0 {
			said = append(said, word)
		}
	}
	if b == noNeoplasm { // it may be a precursor of one, as actinic keratosis is
		return "outside ICD-11's chapter of neoplasms"
	}
	return strings.Join(said, " or ")
}

// harmless are not told apart: naevi, cysts and hamartomas stand in and out of the chapter of neoplasms.
const harmless = benign | noNeoplasm

// crosses reports whether both say something, and nothing that can be the same.
func (b behaviours) crosses(other behaviours) bool {
	if b == 0 || other == 0 || b&other != 0 {
		return false
	}
	return b&harmless == 0 || other&harmless == 0 // a benign one and none do not cross
}

//go:embed words/behaviour.csv
var behaviourFile []byte

// claims is the behaviour file, ready to be asked.
type claims struct {
	blocks, codes map[string]behaviours
	healthy       map[string]bool // bags of labels that name no disease
	endings       map[string]behaviours
	phrases       map[string][]claim // by their first word, the longest first
}

// A claim is what a phrase says.
type claim struct {
	words []string
	kind  string
	says  behaviours
}

// claimed is the behaviour file. One that cannot be read is a bug of the build.
var claimed = sync.OnceValue(func() *claims {
	table, err := csvio.Read(bytes.NewReader(behaviourFile), "behaviour.csv")
	if err != nil {
		panic(err)
	}
	c := &claims{map[string]behaviours{}, map[string]behaviours{}, map[string]bool{}, map[string]behaviours{},
		map[string][]claim{}}
	for _, r := range table.Records {
		kind, term, says := r.Fields[0], r.Fields[1], behaviourOf(r.Fields[2])
		switch kind {
		case "block":
			c.blocks[term] = says
		case "code":
			c.codes[term] = says
		case "nothing":
			c.healthy[strings.Join(wordsOf(term), " ")] = true
		case "ending":
			c.endings[stem(term)] = says
		default:
			words := wordsOf(term)
			c.phrases[words[0]] = append(c.phrases[words[0]], claim{words, kind, says})
		}
	}
	for _, list := range c.phrases {
		slices.SortStableFunc(list, func(a, b claim) int { return len(b.words) - len(a.words) })
	}
	return c
})

// nothing reports whether a label names no disease: normal skin, a remark.
func (c *claims) nothing(label string) bool { return c.healthy[strings.Join(wordsOf(label), " ")] }

// behaviourOf reads a cell of the behaviour file; "unsaid" is 0.
func behaviourOf(cell string) behaviours {
	i := slices.IndexFunc(behaviourWords, func(w string) bool {
		return strings.TrimPrefix(w, "of ") == cell ||
			w == "of "+cell+" behaviour"
	})
	if i < 0 {
		return 0
	}
	return 1 << i
}

// ofEntity is the behaviour of a category of the release: that of the nearest code or block above it which the file
// names; outside the chapter of neoplasms it is none.
func (c *claims) ofEntity(release *icd11.Release, e *icd11.Entity) behaviours {
	entities := release.Entities()
	for {
		if says, ok := c.codes[e.Code]; ok {
			return says
		}
		if says, ok := c.blocks[e.Code]; ok {
			return says
		}
		if e.Parent < 0 {
			break
		}
		e = &entities[e.Parent]
	}
	if e.Code == "02" {
		return 0
	}
	return noNeoplasm
}

// ofWords is what words claim: the gravest of their claims, for a melanoma in a naevus is a melanoma. "In situ" beside
// one that is malignant makes it in situ. Behind a word that denies, and beside one of doubt, nothing is claimed.
func (c *claims) ofWords(words []string) behaviours {
	var said behaviours
	turned, denied := false, false
	for at := 0; at < len(words); {
		p, n := c.at(words[at:])
		switch p.kind {
		case "doubt":
			return 0
		case "denies":
			denied = true
		case "turns":
			turned = true
		default:
			if !denied {
				said |= p.says
			}
		}
		at += n
	}
	if turned && said&malignant != 0 && !slices.Contains(words, "invasive") {
		said = said&^malignant | inSitu
	}
	return said & -said
}

// at is the claim that words begin with, and how many of them it takes: the longest phrase, else an ending.
func (c *claims) at(words []string) (claim, int) {
	for _, p := range c.phrases[words[0]] {
		if len(p.words) <= len(words) && slices.Equal(p.words, words[:len(p.words)]) {
			return p, len(p.words)
		}
	}
	if !strings.HasPrefix(words[0], "pseudo") && !strings.HasPrefix(words[0], "non") {
		for ending, says := range c.endings {
			if strings.HasSuffix(words[0], ending) {
				return claim{says: says}, 1
			}
		}
	}
	return claim{}, 1
}

// alternatives cuts a text where it says "or", for SCC/SCCIS is one or the other.
var alternatives = strings.NewReplacer("r/o ", "rule out ", "R/O ", "rule out ",
	"h/o ", "history of ", "H/O ", "history of ",
	" and/or ", "\x00", "/", "\x00", " or ", "\x00", " and ", "\x00", ";", "\x00",
	"|", "\x00")

// behaviour is what a label or name says of behaviour: its words, else those of what it means by the words file, else
// the categories whose titles it is. Where one of several meanings says nothing, nothing is said. A question claims
// nothing.
func (t *titles) behaviour(text string) (said behaviours) {
	if strings.ContainsAny(text, "?¿") {
		return 0
	}
	for part := range strings.SplitSeq(alternatives.Replace(text), "\x00") {
		said |= t.behaviourOfPart(part)
	}
	return said
}

func (t *titles) behaviourOfPart(text string) (said behaviours) {
	readings := words().readings(text)
	for _, group := range [][]reading{readings[:1], readings[1:], words().coded(readings)} {
		for _, r := range group {
			one := claimed().ofWords(r.words)
			if one == 0 && t != nil {
				one = t.behaviourOfTitles(t.called([]reading{r}))
			}
			if one == 0 && len(r.terms) > 0 && words().terms[r.terms[0]].kind == abbreviation {
				return 0
			}
			said |= one
		}
		if said != 0 {
			return said
		}
	}
	return 0
}

func (t *titles) behaviourOfTitles(all []title) (said behaviours) {
	for _, c := range all {
		said |= c.behaves
	}
	return said
}

// behaviourOfCodes is what codes say of behaviour: of a cluster its stem codes.
func (t *titles) behaviourOfCodes(codes []string) (said behaviours) {
	for _, code := range codes {
		said |= t.behaviourOfTitles(t.stems(code))
	}
	return said
}
