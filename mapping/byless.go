package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// What a label may say beside its disease: brackets, something behind a dash or slash, a place or cause, and words
// before it that are of one image.
var (
	brackets = regexp.MustCompile(`\([^)]*\)|\[[^\]]*\]`)
	parted   = regexp.MustCompile(` - |/|: |;`)
	placed   = regexp.MustCompile(`(?i) (of|due to|caused by|in|on|without|with) `)
	leading  = regexp.MustCompile(`(?i)^(acute|chronic|and|or|on|diffuse|disseminated|localised|localized|infected|crusted|` +
		`pruritic|resolving|recurrent|cutaneous|multiple|severe|mild|early|late|inflamed|irritated|o/e|acute-on-chronic)[ -]+`)
)

// byLess finds a label of which nothing else is known by less of it: the first of these that is a title, a meaning of
// one, or coded under one. What is left out stands in the evidence.
func (s *suggester) byLess(label string, c candidates) {
	label = strings.TrimSpace(brackets.ReplaceAllString(label, " "))
	parts := parted.Split(label, -1)
	tries := []string{label, placed.Split(label, 2)[0], leading.ReplaceAllString(label, "")}
	for less := label; leading.MatchString(less); {
		less = leading.ReplaceAllString(less, "")
		tries = append(tries, less, placed.Split(less, 2)[0])
	}
	if fields := strings.Fields(label); len(fields) > 1 && len(words().short[spelling(fields[len(fields)-1])]) > 0 {
		s.byTitles(strings.Join(fields[:len(fields)-1], " "), c) // an abbreviation that follows what it stands for
	}
	if len(c) == 0 && len(parts) > 1 {
		s.byParts(parts, c)
	}
	for _, less := range tries {
		if len(c) > 0 {
			return
		}
		s.byPart(less, cause.MatchString(label), c)
	}
}

// byParts finds parts of a label; what more of them mean comes first, for SK/ISK is no solar keratosis.
func (s *suggester) byParts(parts []string, c candidates) {
	for _, part := range parts {
		found := candidates{}
		s.byPart(part, false, found)
		for key, one := range found {
			if old, ok := c[key]; ok {
				one = old
				one.Score++
			}
			c[key] = one
		}
	}
}

// byPart finds less of a label. A sign is no answer to a label that gives a cause, which is left out.
func (s *suggester) byPart(less string, caused bool, c candidates) {
	if less = strings.TrimSpace(less); less == "" || claimed().nothing(less) || vagueKinds[bag(wordsOf(less))] {
		return
	}
	found := candidates{}
	s.byExact(words().readings(less), found)
	for key, one := range found {
		if caused && len(one.Codes) > 0 && strings.HasPrefix(one.Codes[0], "M") {
			continue
		}
		one.Score = min(one.Score, holdsAll)
		one.Evidence += fmt.Sprintf("; read as %q", less)
		c[key] = one
	}
}

// vagueKinds are words for so much that nothing is meant by them alone: kinds, signs, places, causes and courses. A
// title that has one of them and says more is a guess (atypical Ebola disease for "atypical").
var vagueKinds = stemSet(`infection injury neoplasm tumour tumor growth mass lump bump swelling spot patch
	blister bulla vesicle pustule papule nodule plaque macule lesion erosion crust scab scale wound sore rash eruption
	allergic allergy reaction granuloma fibroma lichen pigment pigmentation pigmented vascular melanocytic keratinocytic
	epidermal dermal adnexal atypical dysplastic benign malignant premalignant suspicious bacterial viral fungal parasitic
	bullous vesicular animal bite sting cat dog tick spider flea worm insect drug diabetic pregnancy child newborn adult
	cold heat light sun friction pressure sweat hair neck back chest abdomen shoulder forearm elbow wrist thigh knee
	ankle cheek chin forehead left right red brown black white dark small large`)

// vague reports whether a text tells no more than one or two vague kinds or places: malignant lesion, rash of the ear.
func vague(words []string) bool {
	told := telling(words)
	return len(told) <= 2 && !slices.ContainsFunc(told, func(w string) bool {
		return !vagueKinds[w] && !plain[w] && !sites[w] && !parts[w]
	})
}
