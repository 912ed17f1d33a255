package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/workspace"
)

// TwinOptions say which pairs of images Twins shows, and where.
type TwinOptions struct {
	Sheet     string // path of a page with their pictures; empty: none
	Conflicts bool   // only those whose images are of different classes
	Most      int    // pairs; 0: all
}

// A twinPair is two images that show the same, as people compare them.
type twinPair struct {
	A, B                  string // image_ids
	Method                string
	Distance, Orientation int
	ClassA, ClassB        string // empty: none
	SamePatient           string // true, false or empty
	rank                  int    // 0: the worst
}

// The ranks of pairs, the worst first.
const (
	gravely   = iota // one is malignant, the other harmless
	otherwise        // of different classes
	unsure           // one has no class
	agreed
)

// Twins brings the splits up to date and shows the images that show the same, the worst first: one malignant and the
// other harmless, then other classes, the surest first. Of what people have judged already it shows nothing.
func Twins(ctx context.Context, w *workspace.Workspace, o TwinOptions) (workspace.Result, error) {
	if !w.HasPictures() {
		return workspace.Result{}, workspace.Usage(errors.New(
			"dermset.yaml: images.store: is empty, and without pictures there is nothing to compare"))
	}
	b := newBuild(ctx, w)
	result, err := b.run("split")
	if err != nil {
		return result, err
	}
	pairs, err := b.twinPairs(o.Conflicts)
	if err != nil {
		return workspace.Result{}, err
	}
	if all := len(pairs); o.Most > 0 && all > o.Most {
		pairs = pairs[:o.Most]
		result.Look = append(result.Look, fmt.Sprintf("the first %d of %s pairs are shown: --most 0 shows all",
			o.Most, workspace.Thousands(int64(all))))
	}
	result.Columns = TwinColumns
	result.Rows = make([][]string, len(pairs))
	for i, p := range pairs {
		result.Rows[i] = []string{p.A, p.B, p.Method, workspace.Number(int64(p.Distance)), turnedWords[p.Orientation],
			p.ClassA, p.ClassB, p.SamePatient}
	}
	if o.Sheet != "" {
		if err := b.writeTwinSheet(o.Sheet, pairs); err != nil {
			return workspace.Result{}, err
		}
		result.Look = append(result.Look, "the pictures are in "+o.Sheet+", with the lines to paste into "+
			workspace.VerdictsFile)
	}
	return result, nil
}

// TwinColumns are those of what Twins gives.
var TwinColumns = results.Columns{
	results.Text("image_a", "image_id of one"),
	results.Text("image_b", "image_id of the other"),
	results.Text("method", "what is the same: bytes, pixels, or nearly all (docs/twins.md)"),
	results.Whole("distance", "bits in which their hashes differ"),
	results.Text("turned", "how image_b must be turned to look like image_a").OrNone(),
	results.Text("class_a", "class of image_a").OrNone(),
	results.Text("class_b", "class of image_b").OrNone(),
	results.YesNo("same_patient", "both are of one patient").OrNone(),
}

// turnedWords say how image_b must be turned to look like image_a, by EXIF's Orientation.
var turnedWords = [9]string{2: "mirrored", 3: "by a half", 4: "mirrored, by a half", 5: "mirrored, to the left",
	6: "to the right", 7: "mirrored, to the right", 8: "to the left"}

// methods are the ways in which images are the same, the surest first.
var methods = []string{ledger.MethodBytes, ledger.MethodPixels, ledger.MethodNear}

// twinPairs are the pairs that split found and nobody has judged, the worst first.
func (b *build) twinPairs(conflicts bool) ([]twinPair, error) {
	dir, err := b.steps.Dir("split")
	if err != nil {
		return nil, err
	}
	var pairs []twinPair
	var numbers error
	err = csvio.EachRecord(filepath.Join(dir, duplicatesFile), duplicateColumns, func(r csvio.Record) {
		distance, err := strconv.Atoi(r.Fields[3])
		orientation, other := strconv.Atoi(r.Fields[4])
		numbers = errors.Join(numbers, err, other)
		pairs = append(pairs, twinPair{A: r.Fields[0], B: r.Fields[1], Method: r.Fields[2],
			Distance: distance, Orientation: orientation, SamePatient: r.Fields[6]})
	})
	if err := errors.Join(err, numbers); err != nil {
		return nil, err
	}
	gravity, at := mapping.NewGravity(b.release), 0
	err = csvio.EachRecord(filepath.Join(dir, classesFile), classColumns, func(r csvio.Record) {
		if at < len(pairs) {
			pairs[at].ClassA, pairs[at].ClassB = r.Fields[0], r.Fields[1]
			pairs[at].rank = b.rankOf(gravity, r.Fields[0], r.Fields[1])
		}
		at++
	})
	if err == nil && at != len(pairs) {
		err = fmt.Errorf("work/split: %s has %d lines, %s %d", duplicatesFile, len(pairs), classesFile, at)
	}
	judged := map[[2]string]bool{}
	for _, v := range b.verdicts {
		judged[[2]string{min(v.A, v.B), max(v.A, v.B)}] = true
	}
	pairs = slices.DeleteFunc(pairs, func(p twinPair) bool {
		return judged[[2]string{p.A, p.B}] || conflicts && p.rank > otherwise
	})
	slices.SortStableFunc(pairs, func(x, y twinPair) int {
		return cmp.Or(cmp.Compare(x.rank, y.rank), cmp.Compare(x.sureness(), y.sureness()))
	})
	return pairs, err
}

// sureness is smaller the surer it is that the images show the same.
func (p twinPair) sureness() int { return 100*slices.Index(methods, p.Method) + p.Distance }

// rankOf is how bad it is that images of two classes show the same.
func (b *build) rankOf(gravity *mapping.Gravity, classA, classB string) int {
	codes := func(class string) []string {
		if at, is := slices.BinarySearch(b.mapping.Names, class); is {
			return b.mapping.FinalCodes[at]
		}
		return nil
	}
	switch {
	case classA == "" || classB == "":
		return unsure
	case classA == classB:
		return agreed
	case gravity.Crosses(classA, codes(classA), classB, codes(classB)):
		return gravely
	}
	return otherwise
}

// Lines are what a person may paste into the file of verdicts, and complete.
func (p twinPair) Lines() []string {
	var lines []string
	for _, verdict := range []string{"same", "different"} {
		line := csvio.AppendRecord(nil, p.A, p.B, verdict, "YOU", "YYYY-MM-DD", "WHY")
		lines = append(lines, strings.TrimSuffix(string(line), "\n"))
	}
	return lines
}

// Same says that both images have the same class, Grave that one is malignant and the other harmless.
func (p twinPair) Same() bool  { return p.rank == agreed }
func (p twinPair) Grave() bool { return p.rank == gravely }

// How says in words how the two pictures are the same.
func (p twinPair) How() string {
	how := map[string]string{ledger.MethodBytes: "The same file", ledger.MethodPixels: "The same pixels in another file",
		ledger.MethodNear: fmt.Sprintf("Nearly the same: %d of the 64 bits of their hashes differ", p.Distance)}[p.Method]
	if turned := turnedWords[p.Orientation]; turned != "" {
		how += "; the second is turned: " + turned
	}
	if p.SamePatient == "true" {
		how += "; one patient"
	}
	return how + "."
}
