package workspace

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/slips"
)

// VerdictsFile is where people say whether two images show the same.
const VerdictsFile = "curation/duplicate_verdicts.csv"

// VerdictColumns are its columns.
var VerdictColumns = []string{"image_a", "image_b", "verdict", "person", "date", "reason"}

// Verdicts are what people may say of two images.
var Verdicts = []string{"same", "different", "crop-of"}

// A Verdict is one line of the file.
type Verdict struct {
	Line      int
	A, B      string // image_ids
	Different bool   // else they show the same, or one is a part of the other
}

// ReadVerdicts reads curation/duplicate_verdicts.csv; without the file nobody has said anything. A row that compares an
// image with itself, says what nobody can say, is about a pair that another row is about, or does not say who says it,
// when and why, is an error with its line.
func (w *Workspace) ReadVerdicts() (verdicts []Verdict, err error) {
	rows, err := w.ReadTable(VerdictsFile, VerdictColumns)
	errs := []error{err}
	seen := map[[2]string]Verdict{}
	for _, row := range rows {
		v := Verdict{Line: row.Line, A: row.Fields[0], B: row.Fields[1], Different: row.Fields[2] == "different"}
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s:%d: %s", VerdictsFile, row.Line, fmt.Sprintf(format, args...)))
		}
		if v.A == "" || v.B == "" {
			fail("image_a and image_b must not be empty: each is <source>/<image_path>")
		} else if v.A == v.B {
			fail("%q is compared with itself; take the line out", v.A)
		}
		if !slices.Contains(Verdicts, row.Fields[2]) {
			fail("verdict %q, want same, different or crop-of (image_a is a part of image_b)%s", row.Fields[2],
				slips.Meant(row.Fields[2], Verdicts))
		}
		findings.CheckDecision(row.Fields[3], row.Fields[4], row.Fields[5], fail)
		pair := [2]string{min(v.A, v.B), max(v.A, v.B)}
		if before, again := seen[pair]; again {
			about := "stands there already"
			if before.Different != v.Different {
				about = "says the opposite"
			}
			fail("line %d is about the same two images and %s; keep one of them", before.Line, about)
		}
		seen[pair] = v
		verdicts = append(verdicts, v)
	}
	return verdicts, Usage(errors.Join(errs...))
}
