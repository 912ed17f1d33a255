package findings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says what a finding asks for.
type Severity uint8

// The severities, gravest first.
const (
	Error  Severity = iota // must be mended before the state can be approved
	Review                 // must be mended, or accepted by a person
	Info                   // may be of interest
)

// String is the word of the catalogue.
func (s Severity) String() string { return [...]string{"error", "review", "info"}[s] }

// A Finding is something a person should look at.
type Finding struct {
	ID       string
	Severity Severity
	Blocks   bool     // no dataset is built before it is mended
	Place    string   // tab!cell, a tab, or path:line
	Source   string   // empty: not of one source
	Subject  string   // the label or category it is about; of a finding about a tab, the tab
	About    []string // the image_ids that Subject begins with, " and " between them
	Images   int64    // images (rows) it touches
	Detail   string   // what is wrong here
	Remedy   string   // what to do about findings of this id
	Code     string   // of title_mismatch: the code, which whoever accepts it must name
	Grave    bool     // comes before others of its id

	Accepted *Accepted // by whom and why, if it was
}

// New makes a finding: the catalogue says the rest about its id. An id that the catalogue does not have is a bug and
// panics.
func New(id, place, source, subject string, images int64, detail string) Finding {
	e, ok := Lookup(id)
	if !ok {
		panic(fmt.Sprintf("findings: id %q is not in the catalogue", id))
	}
	return Finding{
		ID: id, Severity: e.Severity, Blocks: e.Blocks, Place: place, Source: source, Subject: subject, Images: images,
		Detail: detail, Remedy: e.Remedy,
	}
}

// Naming is the finding with the image_ids that its subject begins with.
func (f Finding) Naming(images ...string) Finding {
	f.About = images
	return f
}

// Sort orders findings by severity, id, whether they are grave, source, subject, place (cells by row, then column;
// numbers by value), detail: the order does not follow the rows of a workbook that is sorted anew.
func Sort(all []Finding) {
	order := make([]int32, len(all))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		if c := compare(&all[a], &all[b]); c != 0 {
			return c
		}
		return cmp.Compare(a, b) // equal ones stay as they were
	})
	sorted := make([]Finding, len(all))
	for i, at := range order {
		sorted[i] = all[at]
	}
	copy(all, sorted)
}

// apart are the findings of which each is accepted by itself, though several may be alike: two annotations of a picture
// may have one fault.
var apart = []string{"bad_annotation", "bad_mask", "bad_prediction"}

// Apart numbers the subjects of sorted findings about pictures, masks, annotations and predictions that have the same,
// from the second on, so that who accepts one accepts no other.
func Apart(all []Finding) {
	type key struct{ id, source, subject string }
	seen := map[key]int{}
	for i := range all {
		f := &all[i]
		if !slices.Contains(apart, f.ID) {
			continue
		}
		k := key{f.ID, f.Source, f.Subject}
		if seen[k]++; seen[k] > 1 {
			f.Subject += fmt.Sprintf(" (%d)", seen[k])
		}
	}
}

// Compare orders findings as Sort does.
func Compare(a, b Finding) int { return compare(&a, &b) }

func compare(a, b *Finding) int {
	if c := cmp.Or(cmp.Compare(a.Severity, b.Severity), strings.Compare(a.ID, b.ID),
		before(a.Grave, b.Grave), strings.Compare(a.Source, b.Source), strings.Compare(a.Subject, b.Subject)); c != 0 {
		return c
	}
	return cmp.Or(ComparePlaces(a.Place, b.Place), strings.Compare(a.Detail, b.Detail))
}

// before orders what is so before what is not.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// CountOpen counts the findings that wait for a person (unaccepted errors and reviews) and those of them that block.
func CountOpen(all []Finding) (open, blocking int) {
	for _, f := range all {
		if f.Severity != Info && f.Accepted == nil {
			open++
			if f.Blocks {
				blocking++
			}
		}
	}
	return open, blocking
}

// ComparePlaces orders places as Sort does: cells of a tab by row, then column, numbers by value.
func ComparePlaces(a, b string) int {
	tabA, cellA := cutTab(a)
	tabB, cellB := cutTab(b)
	if c := compareNatural(tabA, tabB); c != 0 {
		return c
	}
	lettersA, digitsA := cutCell(cellA)
	lettersB, digitsB := cutCell(cellB)
	return cmp.Or(compareNumbers(digitsA, digitsB), cmp.Compare(len(lettersA), len(lettersB)),
		strings.Compare(lettersA, lettersB))
}

func cutTab(place string) (tab, cell string) {
	i := strings.LastIndex(place, "!")
	if i < 0 {
		return place, ""
	}
	return place[:i], place[i+1:]
}

func cutCell(cell string) (letters, digits string) {
	i := strings.IndexAny(cell, "0123456789")
	if i < 0 {
		return cell, ""
	}
	return cell[:i], cell[i:]
}

// compareNumbers compares runs of digits by value.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// compareNatural compares text bytewise, but runs of digits by value; of texts that differ only in leading zeros,
// bytewise.
func compareNatural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		if isDigit(x[0]) && isDigit(y[0]) {
			i, j := digits(x), digits(y)
			if c := compareNumbers(x[:i], y[:j]); c != 0 {
				return c
			}
			x, y = x[i:], y[j:]
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// digits counts the digits that s begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
