package icd11

import (
	"fmt"
	"regexp"
	"strings"
)

const alphabet = `0-9A-HJ-NP-Z` // without I and O

var (
	stem      = regexp.MustCompile(`^[1-9A-HJ-NP-WYZ][A-HJ-NP-Z][0-9][` + alphabet + `](\.[` + alphabet + `]{1,2})?$`)
	extension = regexp.MustCompile(`^X[A-HJ-NP-Z][0-9][` + alphabet + `]{1,3}$`)
	block     = regexp.MustCompile(`(?i)^(block.*|[0-9A-Z]{4}\s*[-‐‑‒–—]\s*[0-9A-Z]{4})$`)
	chapter   = regexp.MustCompile(`(?i)^([0-9]{1,2}|V|X)$`)
	icd10     = regexp.MustCompile(`(?i)^[A-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?$`)
)

// checkCode reports what keeps code from being a code or a cluster by the grammar of the package comment; nil means
// that nothing does. The error quotes code, says what is allowed and, where only the spelling is wrong, what was
// probably meant. Nothing is trimmed or folded.
func checkCode(code string) error {
	why := problem(code)
	if why == "" {
		return nil
	}
	if meant := suggestion(code); meant != "" {
		return fmt.Errorf("code %q %s; did you mean %q?", code, why, meant)
	}
	return fmt.Errorf("code %q %s", code, why)
}

// problem says in words what is wrong with a code or cluster; empty: nothing.
func problem(code string) string {
	if code == "" {
		return "is empty"
	}
	if !strings.ContainsAny(code, "&/") {
		return problemOfPart(code, 0)
	}
	if strings.ContainsRune("&/", rune(code[len(code)-1])) {
		return "ends with a joining mark: an extension or stem code must follow & or /"
	}
	var wrong []string
	for part, joint := range parts(code) {
		if why := problemOfPart(part, joint); why != "" {
			wrong = append(wrong, fmt.Sprintf("holds the part %q, which %s", part, why))
		}
	}
	return strings.Join(wrong, ", and ")
}

// problemOfPart judges one code that stands after the joint &, / or, at the beginning, 0.
func problemOfPart(part string, joint byte) string {
	switch {
	case part == "":
		return "is empty: want a code before and after & and /"
	case extension.MatchString(part):
		if joint == '&' {
			return ""
		}
		return "is an extension code and cannot stand alone: want a stem code before it, joined by & (2C25.Z&XK8G)"
	case stem.MatchString(part):
		if joint == '&' {
			return "is a stem code: a further stem code is joined by /, not by &"
		}
		return ""
	case chapter.MatchString(part):
		return "is a chapter, not a code: want a code of four or more characters such as 2C32"
	case block.MatchString(part):
		return "is a block, not a code: want single codes such as EA80"
	case strings.ToUpper(part) != part:
		return "has lower-case letters: codes are in capitals"
	case strings.ContainsAny(part, "OI"):
		return "holds the letter O or I, which no ICD-11 code has (the digits 0 and 1 do)"
	case icd10.MatchString(part):
		return "looks like an ICD-10 code: want an ICD-11 code such as 2C32 or 2C32.Z"
	}
	return "is not an ICD-11 code: want four characters, the second a letter and the third a digit, perhaps with a " +
		"point and one or two more, such as 2C32 or 2C32.Z"
}

// suggestion is the one code that code becomes by repairing case, spaces and the letters O, I and a small L, which is
// the digit 1 in a code of capitals and digits; empty if there is none.
func suggestion(code string) string {
	meant := strings.Join(strings.Fields(code), "")
	if strings.ToUpper(strings.ReplaceAll(meant, "l", "")) == strings.ReplaceAll(meant, "l", "") {
		meant = strings.ReplaceAll(meant, "l", "1")
	}
	meant = strings.NewReplacer("O", "0", "I", "1").Replace(strings.ToUpper(meant))
	meant = strings.TrimRight(meant, "&/")
	if meant == code || problem(meant) != "" {
		return ""
	}
	return meant
}
