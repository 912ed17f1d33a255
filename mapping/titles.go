package mapping

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/dermset/dermset/icd11"
)

// A title is a category of the release as its words say it.
type title struct {
	entity *icd11.Entity
	words  []string // as wordsOf gives them

	behaves behaviours
}

// A titles is a release, ready to be asked by words. Chapter X adds to codes and says nothing alone (and has titles
// that are those of diseases); V and 26 are about functioning and traditional medicine. None of them is in it.
type titles struct {
	release *icd11.Release
	all     []title
	place   map[string]int32   // of codes, in all
	exact   map[string][]int32 // by words in their order
	byBag   map[string][]int32 // by bag, residual categories left out
	byRest  map[string][]int32 // "unspecified" categories by bag
	byWord  map[string][]int32 // by telling word
	opens   map[string]bool    // the words that titles begin with
}

// is reports whether a reading is the title word for word.
func (t title) is(r reading) bool { return slices.Equal(r.words, t.words) }

// other reports whether a title is for what its group holds besides: "other specified", but not "or other", which
// joins, nor "other or unspecified".
func (t title) other() bool {
	at := slices.Index(t.words, "other")
	return at >= 0 && (at == 0 || t.words[at-1] != "or" && t.words[at-1] != "and") &&
		!slices.Contains(t.words, "unspecified")
}

// lastTitles are the titles of the release that was asked last: a build asks the same one several times.
var lastTitles struct {
	sync.Mutex
	*titles
}

// titlesOf are the titles of a release, made once.
func titlesOf(release *icd11.Release) *titles {
	lastTitles.Lock()
	defer lastTitles.Unlock()
	if lastTitles.titles == nil || lastTitles.release != release {
		lastTitles.titles = newTitles(release)
	}
	return lastTitles.titles
}

func newTitles(release *icd11.Release) *titles {
	t := &titles{release: release, place: map[string]int32{}, exact: map[string][]int32{}, byBag: map[string][]int32{},
		byRest: map[string][]int32{}, byWord: map[string][]int32{}, opens: map[string]bool{}}
	entities := release.Entities()
	for i := range entities {
		e := &entities[i]
		if e.Kind != icd11.Category || e.Chapter == "X" || e.Chapter == "V" || e.Chapter == "26" {
			continue
		}
		at := int32(len(t.all))
		words := wordsOf(e.Title)
		t.all = append(t.all, title{e, words, claimed().ofEntity(release, e)})
		t.place[e.Code] = at
		if len(words) > 0 {
			t.opens[words[0]] = true
		}
		t.exact[strings.Join(words, " ")] = append(t.exact[strings.Join(words, " ")], at)
		key := bag(words)
		switch {
		case !e.Residual:
			t.byBag[key] = append(t.byBag[key], at)
		case strings.HasSuffix(e.Code, "Z"):
			t.byRest[key] = append(t.byRest[key], at)
		}
		for _, w := range telling(words) {
			if list := t.byWord[w]; len(list) == 0 || list[len(list)-1] != at {
				t.byWord[w] = append(list, at)
			}
		}
	}
	return t
}

// weight is how much a word tells: the logarithm of how rare it is among titles (inverse document frequency), so that
// "melanoma" counts three times as much as "acute". A word of no title is as rare as can be. Without a release all
// weigh the same.
func (t *titles) weight(word string) float64 {
	if t == nil {
		return 1
	}
	return math.Log(1 + float64(len(t.all))/float64(1+len(t.byWord[word])))
}

// share is how much of what the words tell is told by a word of by, from 0 to 1.
func (t *titles) share(words, by []string) float64 {
	found, total := 0.0, 0.0
	for _, w := range telling(words) {
		weight := t.weight(w)
		total += weight
		if slices.ContainsFunc(by, func(v string) bool { return sameWord(w, v) }) {
			found += weight
		}
	}
	if total == 0 {
		return 0
	}
	return found / total
}

// likeness is how alike two texts are, from 0 to 1: the share of what both tell together that both tell,
// counted as Dice does.
func (t *titles) likeness(a, b []string) float64 {
	there, back := t.share(a, b), t.share(b, a)
	if there+back == 0 {
		return 0
	}
	return 2 * there * back / (there + back)
}

// stems are the titles of a code, or of the stem codes of a cluster.
func (t *titles) stems(code string) []title {
	if t == nil {
		return nil
	}
	var all []title
	for _, part := range icd11.Parts(code) {
		if at, ok := t.place[part]; ok {
			all = append(all, t.all[at])
		}
	}
	return all
}

// called lists the categories whose titles are the readings of a text, the text itself first; of one reading those of
// the skin first. A text that names the skin is not called by a title that does not, and none by a contrary one.
func (t *titles) called(readings []reading) []title {
	var all []title
	for _, r := range readings {
		var general []title
		for _, at := range t.exact[strings.Join(r.words, " ")] {
			all = append(all, t.all[at])
		}
		if len(all) > 0 { // a title word for word, be it a residual category
			continue
		}
		for _, at := range t.byBag[bag(r.words)] {
			switch c := t.all[at]; {
			case contrary(r.words, c.words):
			case ofSkin(c.words):
				all = append(all, c)
			case !ofSkin(r.words):
				general = append(general, c)
			}
		}
		all = append(all, general...)
	}
	return all
}

// unspecified lists the residual categories whose titles are a text but for "unspecified".
func (t *titles) unspecified(r reading) (all []title) {
	for _, at := range t.byRest[bag(r.words)] {
		if c := t.all[at]; !contrary(r.words, c.words) && (ofSkin(c.words) || !ofSkin(r.words)) {
			all = append(all, c)
		}
	}
	return all
}

// holding lists the titles that hold every telling word of a text, as the same stems; the first mostHeld by length.
func (t *titles) holding(words []string) (all []title) {
	words = telling(words)
	if len(words) == 0 {
		return nil
	}
	rarest := slices.MinFunc(words, func(a, b string) int { return cmp.Compare(len(t.byWord[a]), len(t.byWord[b])) })
	for _, at := range t.byWord[rarest] {
		c := t.all[at]
		if !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(c.words, w) }) {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b title) int { return cmp.Compare(len(a.words), len(b.words)) })
	return all[:min(len(all), mostHeld)]
}

// mostHeld bounds how many titles that hold a text are looked at.
const mostHeld = 50

// mostJoined is the length of a title, in words, beyond which it is taken only as it is: each "or" doubles the ways.
const mostJoined = 24

// either lists the ways to take a title that joins things with "or" or "and": as it is, and with the word or all words
// on one side left out, for "flexural or intertriginous candidosis" is the title of each. A way that tells nothing, as
// is the cutaneous half of "cutaneous and subcutaneous xanthomata", is none.
func either(words []string) [][]string {
	all := joins(words)
	return append(all[:1], slices.DeleteFunc(all[1:], plainOnly)...)
}

// joins lists all ways to leave out a side of a title.
func joins(words []string) [][]string {
	all := [][]string{words}
	if len(words) > mostJoined {
		return all
	}
	for i, w := range words {
		if (w != "or" && w != "and") || i == 0 || i+1 == len(words) {
			continue
		}
		left, right := words[:i], words[i+1:]
		all = append(all, left)
		all = append(all, joins(right)...)
		all = append(all, joins(slices.Concat(left[:i-1], right))...)
		all = append(all, slices.Concat(left, right[1:]))
	}
	return all
}

// most is the number of near titles that near looks at more closely.
const most = 24

// leastLikeness is below which a title is not near. With less, what is common is a word such as
// "congenita" or "infection".
const leastLikeness = 0.6

// leastShare is the share of a text that a title as like as leastLikeness tells at least: 2as/(a+s)
// ≥ 0.6 with a ≤ 1 needs s ≥ 3/7.
const leastShare = leastLikeness / (2 - leastLikeness)

// A near title is one that is like a text.
type near struct {
	title
	likeness float64
}

// candidates lists the titles that hold words which tell at least leastShare of what all the words do, those that hold
// most first. It begins with the rarest words, and stops to take in new titles where the words that are left
// could not make up the share.
func (t *titles) candidates(words []string) []int32 {
	words = slices.Clone(telling(words))
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(t.byWord[a]), len(t.byWord[b])), strings.Compare(a, b))
	})
	words = slices.Compact(words)
	total := 0.0
	for _, w := range words {
		total += t.weight(w)
	}
	scores := map[int32]float64{}
	left := total
	for _, w := range words {
		weight := t.weight(w)
		for _, at := range t.byWord[w] {
			if score, in := scores[at]; in || left >= leastShare*total {
				scores[at] = score + weight
			}
		}
		left -= weight
	}
	var list []int32
	for at, score := range scores {
		if score >= leastShare*total {
			list = append(list, at)
		}
	}
	slices.SortFunc(list, func(a, b int32) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]),
			cmp.Compare(len(t.all[a].words), len(t.all[b].words)), cmp.Compare(a, b))
	})
	return list[:min(most, len(list))]
}

// near lists titles that are like the words, the best first; of equal ones the shorter code, so that a parent goes
// before its children. Residual categories come after all others.
func (t *titles) near(words []string) []near {
	var all []near
	for _, at := range t.candidates(words) {
		n := near{title: t.all[at]}
		for _, way := range either(n.words) {
			n.likeness = max(n.likeness, t.likeness(words, way))
		}
		if n.likeness >= leastLikeness {
			all = append(all, n)
		}
	}
	slices.SortStableFunc(all, func(a, b near) int {
		return cmp.Or(compareBool(a.entity.Residual, b.entity.Residual), cmp.Compare(b.likeness, a.likeness),
			cmp.Compare(len(a.entity.Code), len(b.entity.Code)), strings.Compare(a.entity.Code, b.entity.Code))
	})
	return all
}
