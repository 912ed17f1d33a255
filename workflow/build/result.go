package build

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// StageColumns are those of the way of the rows, which most steps give.
var StageColumns = results.Columns{
	results.Text("stage", "in, map, image, refine, threshold or split"),
	results.Text("what", "what is counted: the rows that are left, those that are rejected and why, or a split"),
	results.Whole("images", "how many"),
	results.Whole("classes", "classes that are left").OrNone(),
}

// result is what the person who started the build is told: the way of the rows, and where to look.
func (b *build) result(until string) (workspace.Result, error) {
	found, err := b.allFindings()
	if err != nil {
		return workspace.Result{}, err
	}
	open, _ := findings.CountOpen(found)
	r := workspace.Result{Columns: StageColumns, Findings: found, Open: open}
	if find := map[string]func() ([][]string, error){"describe": b.shownRows, "crops": b.cropRows}[until]; find != nil {
		r.Columns = ShownColumns
		r.Rows, err = find()
		return r, err
	}
	if b.steps.Has("split") {
		decision, err := b.decided()
		if err != nil {
			return workspace.Result{}, err
		}
		r.Rows = b.funnel(decision)
		r.Classes = b.classSummary(decision, until == "publish")
		for _, name := range workspace.SortedKeys(b.pictureless(decision)) {
			r.Look = append(r.Look, fmt.Sprintf("%s: %s selected rows have no pictures (its source.yaml says pictures: none)",
				name, workspace.Thousands(b.pictureless(decision)[name])))
		}
	}
	if until == "publish" {
		if err := b.publishedIn(&r); err != nil {
			return workspace.Result{}, err
		}
		if b.HasPictures() && !b.Config.PublishesPictures() {
			r.Look = append(r.Look, "it has no pictures: images.layout is none")
		}
		for _, f := range found {
			if f.ID == findingCodesUnchecked {
				r.Look = append(r.Look, f.Detail)
			}
		}
	}
	if until == "soft" {
		r.Look = append(r.Look, "the soft labels are in "+b.Work("soft"))
	}
	return r, nil
}

// publishedIn says where the version is, and what makes it a draft or not.
func (b *build) publishedIn(r *workspace.Result) error {
	answer, err := steps.Answer[published](b.steps, "publish")
	if err != nil {
		return err
	}
	r.Version, r.Path = answer.Folder, b.Dist(answer.Folder)
	d, err := b.approved()
	if err != nil {
		return err
	}
	if d != nil {
		r.Look = append(r.Look, fmt.Sprintf("the version is in %s: approved by %q on %s", r.Path, d.Who, d.Day()))
		return nil
	}
	why, err := b.whyDraft()
	r.Look = append(r.Look, "the version is in "+r.Path+": a draft, as "+why)
	return err
}

// funnel is a row per way that images went.
func (b *build) funnel(d *ledger.Decision) [][]string {
	lines := [][]string{{"in", "rows of " + workspace.Number(int64(len(b.sources))) + " sources",
		workspace.Number(d.Funnel.Rows), ""}}
	classes := map[string]int{"map": len(d.Stage1), "refine": len(d.Stage2), "threshold": len(d.Stage3)}
	left := d.Funnel.Rows
	ways := []string{"map", "refine", "threshold"}
	if b.HasPictures() {
		ways = slices.Insert(ways, 1, "image")
	}
	for _, stage := range ways {
		for reason, n := range d.Funnel.Rejected {
			if r := rows.Reason(reason); r != rows.Alive && r.Stage() == stage && n > 0 {
				lines = append(lines,
					[]string{stage, "rejected: " + strings.ReplaceAll(r.String(), "_", " "), workspace.Number(n), ""})
				left -= n
			}
		}
		counted := "" // at stage image nobody counts classes
		if n, is := classes[stage]; is {
			counted = workspace.Number(int64(n))
		}
		lines = append(lines, []string{stage, "left", workspace.Number(left), counted})
	}
	for split, name := range dataset.Splits {
		lines = append(lines, []string{"split", name, workspace.Number(d.Split.Images[split]), ""})
	}
	return lines
}
