package mapping

import (
	"fmt"
	"strings"
	"unicode"
)

// lookalikes are the Cyrillic and Greek letters that a person cannot tell from a Latin one, as small letters, for capitals are folded
// first; some look alike as capitals only (Unicode Technical Standard 39, confusables.txt). Greek letters that stand for themselves in
// medical terms (β, γ, μ) are not among them.
var lookalikes = map[rune]rune{
	'а': 'a', 'в': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'н': 'h', 'һ': 'h', 'і': 'i', 'ј': 'j', 'к': 'k', 'м': 'm', 'о': 'o', 'р': 'p', 'ԛ': 'q',
	'ѕ': 's', 'т': 't', 'ѵ': 'v', 'ԝ': 'w', 'х': 'x', 'у': 'y',
	'ε': 'e', 'ι': 'i', 'κ': 'k', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'y', 'χ': 'x', 'ı': 'i',
}

// lookalike is the Latin letter that looks like r, else r.
func lookalike(r rune) rune {
	if latin, ok := lookalikes[r]; ok {
		return latin
	}
	return r
}

// unseen names the characters of texts that a person does not see or takes for others, for a finding about texts that look alike; empty
// if there are none.
func unseen(texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		for i, r := range []rune(text) {
			small := unicode.ToLower(r)
			what := ""
			switch {
			case lookalike(small) != small:
				what = fmt.Sprintf("looks like %q", lookalike(small))
			case unicode.Is(unicode.Cf, r):
				what = "is invisible"
			case unicode.IsSpace(r) && r != ' ':
				what = "is no plain space"
			default:
				continue
			}
			fmt.Fprintf(&b, "; character %d of %q, %U, %s", i+1, text, r, what)
		}
	}
	return b.String()
}
