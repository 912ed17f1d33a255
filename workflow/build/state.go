package build

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// Parts of the state that are no files of the workspace. All others are called by their path.
const (
	partMapping    = "mapping/normalised.csv"             // as the version keeps it
	partExclusions = "mapping/exclusions_and_mergers.csv" // likewise
	partSettings   = "settings"                           // all but images.store, as JSON
	partPictures   = "pictures"                           // what is known of the image of each row: content, size, verdict
	partObjects    = "objects"                            // what the store has of each image and mask that counts
	partKey        = "key of pseudonyms"                  // its fingerprint, where there are any
)

// noParts says of which inputs nothing is bound: the workbook, of which the normalised mapping is, settings, whose
// values are, what grows after an approval, and what is kept in a version but changes nothing in it.
func (b *build) noParts() []string {
	none := []string{"dermset.yaml", workspace.PeopleFile, workspace.DecisionsFile}
	for _, file := range b.book.Files {
		none = append(none, b.workbookPath(file))
	}
	for _, source := range b.sources {
		none = append(none, b.Inside(source.Renaming(source.Dir)))
	}
	return none
}

// fixedParts are the parts of the state that are known before any step runs.
func (b *build) fixedParts() (decisions.Parts, error) {
	parts := decisions.Parts(b.inputs.sums()).Without(b.noParts()...)
	if err := b.disguiseParts(parts); err != nil {
		return nil, err
	}
	settings := b.Config
	settings.Images.Store = ""
	text, err := workspace.JSONText(settings)
	if err != nil {
		return nil, err
	}
	parts[partSettings] = workspace.Sum(text)
	for name, write := range map[string]func(io.Writer) error{partMapping: b.normalised, partExclusions: b.exclusions} {
		var table strings.Builder
		if err := write(&table); err != nil {
			return nil, err
		}
		parts[name] = workspace.Sum([]byte(table.String()))
	}
	return parts, nil
}

// disguiseParts calls files as the version does, for a log of decisions leaves as it is.
func (b *build) disguiseParts(parts decisions.Parts) error {
	d, err := b.disguised()
	if d == nil || err != nil {
		return err
	}
	for _, e := range b.inputs.entries() {
		if sum, is := parts[e.Path]; is {
			delete(parts, e.Path)
			parts[d.input(e).Path] = sum
		}
	}
	parts[partKey] = workspace.Sum([]byte(d.fingerprint()))
	return nil
}

// state are all parts of the state; known is false while nobody knows the pictures. Without the key of pseudonyms that
// it wants there is none.
func (b *build) state() (parts decisions.Parts, known bool, err error) {
	if b.partsErr != nil {
		return nil, false, b.partsErr
	}
	if !b.HasPictures() {
		return b.parts, true, nil
	}
	if stands, err := b.steps.Stands("pictures"); !stands || err != nil {
		return nil, false, err
	}
	pictures, err := steps.Answer[learned](b.steps, "pictures")
	if err != nil {
		return nil, false, err
	}
	parts = maps.Clone(b.parts)
	parts[partPictures], parts[partObjects] = pictures.Known.SHA256, b.steps.Name("fetch")
	return parts, true, nil
}

// readDecisions reads people and their log. A log that is not whole stops no draft.
func (b *build) readDecisions() (err error) {
	if b.people, err = b.People(); err != nil {
		return err
	}
	if b.log, b.logErr = b.Decisions(); b.log == nil {
		return b.logErr // it could not even be read
	}
	if b.asOf = b.log; b.logErr != nil {
		b.asOf, _ = decisions.Parse(nil, nil, time.Time{})
		b.Log.Warn(fmt.Sprintf("%s: is not whole, so that nothing of it counts; `dermset log --verify` says what is wrong",
			workspace.DecisionsFile))
	}
	return nil
}

// approvals are those of this version that were not taken back, as far as a log tells that may not be whole.
func (b *build) approvals() (all []decisions.Decision) {
	standing := b.log.Approvals()
	if b.logErr != nil {
		standing = b.log.Claimed()
	}
	for _, d := range standing {
		if d.Approval.Version == b.Config.VersionName() {
			all = append(all, d)
		}
	}
	return all
}

// approved is the approval of today's state; nil without one. As long as nobody knows the pictures, it is one that
// stands but for them. The error is for an approval that cannot be relied on: its log is not whole.
func (b *build) approved() (*decisions.Decision, error) {
	parts, known, err := b.state()
	if err != nil {
		return nil, err
	}
	for _, d := range b.approvals() {
		if known && d.Approval.State != parts.Sum() || !known && !b.butForPictures(d) ||
			b.logErr == nil && b.refused(d) != nil {
			continue
		}
		if b.logErr != nil {
			return nil, fmt.Errorf("this state was approved by %q on %s, and a log that is not whole proves nothing: %w",
				d.Who, d.Day(), b.logErr)
		}
		return &d, nil
	}
	return nil, nil
}

// wantApproval is approved where a draft is an error.
func (b *build) wantApproval() (*decisions.Decision, error) {
	d, err := b.approved()
	if err != nil || d != nil || !b.approvedOnly {
		return d, err
	}
	why, err := b.whyDraft()
	return nil, errors.Join(err, fmt.Errorf("--require-approval: the state is not approved: %s", why))
}

// planApproval is the row of a plan that says whether a build gives an approved version; none where nobody has approved
// anything yet.
func (b *build) planApproval() ([][]string, error) {
	if len(b.approvals()) == 0 && b.logErr == nil && b.takenBack() == "" {
		return nil, nil
	}
	row := []string{"approval", "Publish " + b.Config.VersionName() + " for good, and no draft"}
	d, err := b.approved()
	switch _, known, knownErr := b.state(); {
	case b.logErr != nil:
		return [][]string{append(row, "no", workspace.DecisionsFile+" is not whole; see `dermset log --verify`")}, nil
	case err != nil || knownErr != nil:
		return nil, errors.Join(err, knownErr)
	case d == nil:
		why, err := b.whyDraft()
		return [][]string{append(row, "no", why)}, err
	case !known:
		return [][]string{append(row, "perhaps", "if the pictures are those that "+fmt.Sprintf("%q", d.Who)+" approved")}, nil
	default:
		return [][]string{append(row, "yes", fmt.Sprintf("%q approved it on %s", d.Who, d.Day()))}, nil
	}
}

// butForPictures says whether an approval is of today's state, whatever the pictures are.
func (b *build) butForPictures(d decisions.Decision) bool {
	return maps.Equal(d.Approval.Parts.Without(partPictures, partObjects), b.parts)
}

// refused says why an approval does not hold before the people of today or of its day.
func (b *build) refused(d decisions.Decision) error {
	if b.people == nil {
		return fmt.Errorf("there is no %s", workspace.PeopleFile)
	}
	return decisions.HoldsThroughout(d, b.people)
}

// whyDraft says why today's state is not approved, and which change of it ended the last approval.
func (b *build) whyDraft() (string, error) {
	parts, known, err := b.state()
	if err != nil {
		return "", err
	}
	if b.logErr != nil {
		return workspace.DecisionsFile + " is not whole", nil
	}
	all := b.approvals()
	if len(all) == 0 {
		return cmp.Or(b.takenBack(), "nobody has approved it"), nil
	}
	if !known {
		parts = b.parts
	}
	last := all[len(all)-1]
	for _, d := range all {
		if known && d.Approval.State == parts.Sum() || !known && b.butForPictures(d) {
			return fmt.Sprintf("the approval of %s by %q does not hold: %v", d.Day(), d.Who, b.refused(d)), nil
		}
	}
	since := last.Approval.Parts
	if !known {
		since = since.Without(partPictures, partObjects)
	}
	return fmt.Sprintf("the approval of %s by %q ended: %s changed", last.Day(), last.Who,
		b.inWords(parts.Changed(since), last.Approval.State)), nil
}

// takenBack says who took the last approval of the version back, when and why; empty if nobody has.
func (b *build) takenBack() string {
	for _, d := range slices.Backward(b.log.Decisions) {
		if d.Act == decisions.Withdraw && d.Approval.Version == b.Config.VersionName() {
			return fmt.Sprintf("%q took the approval back on %s: %s", d.Who, d.Day(), d.Why)
		}
	}
	return ""
}

// inWords names parts that changed since a state, and the rows in which tables differ, where a version of that state is
// still there and whole enough to tell.
func (b *build) inWords(changed []string, state string) string {
	tables := map[string]func(io.Writer) error{partMapping: b.normalised, partExclusions: b.exclusions}
	for _, folder := range []string{b.Config.VersionName(), draftOf(b.Config.VersionName())} {
		manifest, err := releaseio.ReadManifest(b.Dist(folder))
		if err != nil || manifest.StateSum != state {
			continue
		}
		for i, name := range changed {
			if write := tables[name]; write != nil {
				changed[i] += rowsDiffer(filepath.Join(b.Dist(folder), filepath.FromSlash(name)), write)
			}
		}
		break
	}
	return strings.Join(changed, ", ")
}

// mostNamed is how many rows are named as examples.
const mostNamed = 3

// rowsDiffer names the rows in which a table differs from the one in a file, by label and source or by category, in
// brackets; nothing where the file cannot be read.
func rowsDiffer(file string, write func(io.Writer) error) string {
	var now strings.Builder
	text, err := fileio.Read(file)
	if err = errors.Join(err, write(&now)); err != nil {
		return ""
	}
	count := map[[2]string]int{} // the row's name, and all its cells
	for n, table := range []string{now.String(), string(text)} {
		parsed, err := csvio.Read(strings.NewReader(table), file)
		if err != nil || len(parsed.Header) < 2 {
			return ""
		}
		for _, r := range parsed.Records {
			name := fmt.Sprintf("%q", r.Fields[0])
			if parsed.Header[1] == "source_label" {
				name = fmt.Sprintf("%q of %q", r.Fields[1], r.Fields[0])
			}
			count[[2]string{name, strings.Join(r.Fields, "\x00")}] += 1 - 2*n
		}
	}
	named := map[string]bool{}
	for row, n := range count {
		if n != 0 {
			named[row[0]] = true
		}
	}
	return " (row " + some(workspace.SortedKeys(named)) + ")"
}

// some names the first of several things, and how many more there are.
func some(names []string) string {
	text := strings.Join(names[:min(mostNamed, len(names))], ", ")
	if more := len(names) - mostNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// exclusions are the exclusions and mergers as a version keeps them.
func (b *build) exclusions(w io.Writer) error {
	_, err := w.Write(b.refinements().Text())
	return err
}

func draftOf(version string) string { return version + "-draft" }

// pin makes the inputs of a version those of its approval: the log up to its line, and the people as they were, so that
// what was decided later changes nothing. It returns their bytes, by their place in the workspace.
func (b *build) pin(d *decisions.Decision, in inputs) map[string][]byte {
	text, _ := b.log.UpTo(d.Number)
	pinned := map[string][]byte{workspace.DecisionsFile: text, workspace.PeopleFile: []byte(d.Approval.People)}
	for path, text := range pinned {
		in[path] = releaseio.Entry{Path: path, Bytes: int64(len(text)), SHA256: workspace.Sum(text)}
	}
	return pinned
}
