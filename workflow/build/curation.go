package build

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// A withdrawalCheck notes which withdrawals name an image that is there: one that names none takes nothing out,
// and may be a typing error.
type withdrawalCheck struct {
	paths, patients workspace.Sets
}

// sink looks at a source's rows behind Join.
func (c *withdrawalCheck) sink(source workspace.Source, withdrawn workspace.Withdrawals,
	joined *arrow.Schema) engine.Sink {
	paths, patients := withdrawn.Paths[source.Name], withdrawn.Patients[source.PatientSpace]
	pathAt, patientAt := joined.FieldIndices(rows.ColImagePath)[0], joined.FieldIndices(rows.ColPatient)[0]
	type found struct{ paths, patients []string }
	look := func(batch arrow.RecordBatch) (found, error) {
		return found{among(batch.Column(pathAt), paths), among(batch.Column(patientAt), patients)}, nil
	}
	take := func(part found) error {
		for _, path := range part.paths {
			c.paths.Put(source.Name, path)
		}
		for _, patient := range part.patients {
			c.patients.Put(source.PatientSpace, patient)
		}
		return nil
	}
	return engine.Survey[found]{Name: "withdrawals", OnLook: look, OnTake: take}
}

// among are the texts of a column that are wanted.
func among(column arrow.Array, wanted map[string]struct{}) (found []string) {
	for _, text := range placesAmong(column, wanted) {
		found = append(found, text)
	}
	return found
}

// placesAmong gives the texts of a column that are wanted, and their places.
func placesAmong(column arrow.Array, wanted map[string]struct{}) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		if len(wanted) == 0 {
			return
		}
		texts := column.(*array.String)
		for i := range texts.Len() {
			if _, is := wanted[texts.Value(i)]; is && texts.IsValid(i) && !yield(i, strings.Clone(texts.Value(i))) {
				return
			}
		}
	}
}

// idle are the lines of withdrawals that name no image.
func (c *withdrawalCheck) idle(withdrawn workspace.Withdrawals) []int {
	var lines []int
	for _, w := range withdrawn.Lines {
		_, path := c.paths[w.Source][w.Path]
		_, patient := c.patients[w.Space][w.Patient]
		if w.Path != "" && !path || w.Patient != "" && !patient {
			lines = append(lines, w.Line)
		}
	}
	return lines
}

// idleWithdrawals are the findings about withdrawals that take nothing out.
func (b *build) idleWithdrawals(lines []int) (all []findings.Finding, err error) {
	idle := slices.DeleteFunc(slices.Clone(b.withdrawn.Lines),
		func(w workspace.Withdrawal) bool { return !slices.Contains(lines, w.Line) })
	near, err := versions.NearWithdrawn(b.ctx, b.sources, idle, false)
	for _, w := range idle {
		all = append(all, findings.New("withdrawn_unknown", fmt.Sprintf("%s:%d", workspace.WithdrawnFile, w.Line), w.Source,
			w.Name, 0, "names no image of its source or patient space"+near[w.Line]))
	}
	return all, err
}

// keepsNothing are the lines of overrides that keep no image: it is not known or does not count,
// is fit for use anyway, or cannot be kept.
func (b *build) keepsNothing(known *knownPictures) (lines []int, err error) {
	if len(b.overrides.Lines) == 0 {
		return nil, nil
	}
	keeps := map[string]bool{}
	for group, err := range b.wanted(false) {
		if err != nil {
			return nil, err
		}
		source := strings.TrimSuffix(group.Prefix, "/")
		for _, key := range group.Keys {
			path := key[len(group.Prefix):]
			if _, kept := b.overrides.Paths[source][path]; kept {
				p, is := known.of(source, path)
				keeps[key] = is && p.verdict.Keepable()
			}
		}
	}
	for _, line := range b.overrides.Lines {
		if !keeps[line.Source+"/"+line.Path] {
			lines = append(lines, line.Line)
		}
	}
	return lines, nil
}

// idleOverrides are the findings about overrides that keep nothing.
func (b *build) idleOverrides(lines []int) []findings.Finding {
	var all []findings.Finding
	for _, o := range b.overrides.Lines {
		if slices.Contains(lines, o.Line) {
			all = append(all, findings.New("override_unknown", fmt.Sprintf("%s:%d", workspace.OverridesFile, o.Line), o.Source,
				o.Path, 0, "names no image with a verdict that can be overridden"))
		}
	}
	return all
}
