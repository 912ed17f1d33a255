package icd11

import (
	"fmt"
	"strings"
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
	// Leaf says that nothing finer can be coded: of a cluster, that this is so of all its stem codes. WHO codes deaths and cases with
	// leaves only; a class of images may well be a parent.
	Leaf bool
	// Title is the official one; of a cluster the titles of its parts, with & and / between them. Parts without a title are left out.
	Title string
	// Why says, for a person, what is wrong; empty if the code is valid.
	Why string
}

// Check looks a code or cluster up. Every part of a cluster is checked; the first that is wrong decides the status.
func (r *Release) Check(code string) Result {
	if block.MatchString(code) || chapter.MatchString(code) {
		return r.checkGroup(code)
	}
	result := Result{Code: code, Status: Valid, Leaf: true}
	var title strings.Builder
	for rest, joint := code, byte(0); ; {
		end := strings.IndexAny(rest, "&/")
		part := rest
		if end >= 0 {
			part = rest[:end]
		}
		status, e, why := r.checkPart(part, joint)
		if status != Valid && result.Status == Valid {
			result.Status, result.Why = status, why
		}
		if e != nil {
			if title.Len() > 0 {
				fmt.Fprintf(&title, " %c ", joint)
			}
			title.WriteString(e.Title)
			result.Leaf = result.Leaf && (e.Leaf || e.Extension())
		}
		if end < 0 {
			break
		}
		rest, joint = rest[end+1:], rest[end]
	}
	result.Title = title.String()
	result.Leaf = result.Leaf && result.Status == Valid
	return result
}

// checkGroup is Check for what is a block or a chapter by its form, whether the release has it or not.
func (r *Release) checkGroup(code string) Result {
	result := Result{Code: code, Status: IsBlock, Why: problem(code)}
	if chapter.MatchString(code) {
		result.Status = IsChapter
	}
	if e, ok := r.Entity(code); ok {
		result.Title = e.Title
	}
	return result
}

// checkPart judges one code that stands after the joint &, / or, at the beginning, 0.
func (r *Release) checkPart(part string, joint byte) (Status, *Entity, string) {
	e, known := r.Entity(part)
	why := problemOfPart(part, joint)
	switch {
	case !known && why == "":
		return Unknown, nil, fmt.Sprintf("%q is not in release %s", part, r.ID)
	case !known:
		if meant := suggestion(part); meant != "" {
			why += fmt.Sprintf("; did you mean %q?", meant)
		}
		return Unknown, nil, fmt.Sprintf("%q %s", part, why)
	case e.Kind == Block:
		return IsBlock, e, fmt.Sprintf("%q %s", part, why)
	case e.Kind == Chapter:
		return IsChapter, e, fmt.Sprintf("%q %s", part, why)
	case e.Extension() && joint != '&':
		return ExtensionAlone, e, fmt.Sprintf("%q %s", part, why)
	case why != "":
		return Unknown, e, fmt.Sprintf("%q %s", part, why)
	}
	return Valid, e, ""
}
