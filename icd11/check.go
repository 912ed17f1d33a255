package icd11

import (
	"fmt"
	"iter"
	"strings"
	"unicode"
)

// Status is what a release says of a code (spec 6).
type Status uint8

// What a code can be.
const (
	Unknown        Status = iota // neither it nor, in a cluster, one of its parts is in the release
	Valid                        // a category that can stand where it stands
	IsBlock                      // a block or a range of codes
	IsChapter                    // the number of a chapter
	ExtensionAlone               // of chapter X, without a stem code before it
)

func (s Status) String() string {
	return [...]string{"unknown", "valid", "block", "chapter", "extension_alone"}[s]
}

// A Result is what a release says of a code or cluster.
type Result struct {
	Code   string
	Status Status
	// Leaf says that nothing finer can be coded: of a cluster, that this is so of all its stem codes. WHO codes deaths and
	// cases with leaves only; a class of images may well be a parent.
	Leaf bool
	// Title is the official one; of a cluster the titles of its parts, with & and / between them.
	// Parts without a title are left out.
	Title string
	// Why says, for a person, what is wrong; empty if the code is valid.
	Why string
}

// Check looks a code or cluster up. Every part of a cluster is checked and told; the first that is wrong decides the
// status.
func (r *Release) Check(code string) Result {
	return check(code, "release "+r.ID, r.Entity)
}

// check is Check with any list of entities; name is what the list is called.
func check(code, name string, find func(part string) (*Entity, bool)) Result {
	if isGroup(code) {
		return checkGroup(code, find)
	}
	result := Result{Code: code, Status: Valid, Leaf: true}
	var title strings.Builder
	var wrong []string
	for part, joint := range parts(code) {
		e, known := find(part)
		status, why := judge(part, joint, e, known)
		if status == Unknown && why == "" {
			why = "is not in " + name
		}
		if status != Valid {
			wrong = append(wrong, fmt.Sprintf("%q %s", part, why))
			if result.Status == Valid {
				result.Status = status
			}
		}
		if !known {
			continue
		}
		if title.Len() > 0 {
			fmt.Fprintf(&title, " %c ", joint)
		}
		title.WriteString(e.Title)
		result.Leaf = result.Leaf && (e.Leaf || e.extension())
	}
	result.Title, result.Why = title.String(), strings.Join(wrong, "; ")
	result.Leaf = result.Leaf && result.Status == Valid
	return result
}

// parts are the codes of a cluster, each with the joint before it: &, / or, at the beginning, 0.
func parts(code string) iter.Seq2[string, byte] {
	return func(yield func(string, byte) bool) {
		joint := byte(0)
		for {
			end := strings.IndexAny(code, "&/")
			if end < 0 {
				yield(code, joint)
				return
			}
			if !yield(code[:end], joint) {
				return
			}
			code, joint = code[end+1:], code[end]
		}
	}
}

// Parts are the single codes of a cluster; of a single code, itself.
func Parts(code string) []string {
	var all []string
	for part := range parts(code) {
		all = append(all, part)
	}
	return all
}

// isGroup says whether code is a block or a chapter by its form.
func isGroup(code string) bool { return block.MatchString(code) || chapter.MatchString(code) }

// checkGroup is check for a block or a chapter, whether it is in the list or not.
func checkGroup(code string, find func(string) (*Entity, bool)) Result {
	result := Result{Code: code, Status: IsBlock, Why: fmt.Sprintf("%q %s", code, problemOfPart(code, 0))}
	if chapter.MatchString(code) {
		result.Status = IsChapter
	}
	if e, ok := find(code); ok {
		result.Title = e.Title
	}
	return result
}

// judge is the status of one code after the joint, and what is wrong with it;
// of a code that is only not known, nothing.
func judge(part string, joint byte, e *Entity, known bool) (Status, string) {
	why := problemOfPart(part, joint)
	switch {
	case !known:
		if meant := suggestion(part); meant != "" {
			why += fmt.Sprintf("; did you mean %q?", meant)
		}
		return Unknown, why
	case e.Kind == Block:
		return IsBlock, why
	case e.Kind == Chapter:
		return IsChapter, why
	case e.extension() && joint != '&':
		return ExtensionAlone, why
	case why != "":
		return Unknown, why
	}
	return Valid, ""
}

// SameTitle reports whether two titles differ in nothing but spaces and marks that cannot be seen:
// WHO's own lists differ in those.
func SameTitle(a, b string) bool { return plainSpaces(a) == plainSpaces(b) }

func plainSpaces(title string) string {
	visible := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, title)
	return strings.Join(strings.Fields(visible), " ")
}
