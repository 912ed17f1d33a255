package build

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// result is what the person who started the build is told: the way of the rows, and where to look.
func (b *build) result(until string) (workspace.Result, error) {
	found, err := b.allFindings()
	if err != nil {
		return workspace.Result{}, err
	}
	open, _ := findings.CountOpen(found)
	r := workspace.Result{Columns: []string{"stage", "what", "images", "classes"}, Findings: found, Open: open}
	if find := map[string]func() ([][]string, error){"describe": b.shownRows, "crops": b.cropRows}[until]; find != nil {
		r.Columns, r.Counts = shownColumns, "count"
		r.Rows, err = find()
		return r, err
	}
	if b.steps.Has("split") {
		decision, err := b.decided()
		if err != nil {
			return workspace.Result{}, err
		}
		r.Rows = b.funnel(decision)
	}
	if until == "publish" {
		where, err := b.publishedIn()
		if err != nil {
			return workspace.Result{}, err
		}
		r.Look = append(r.Look, where)
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
func (b *build) publishedIn() (string, error) {
	answer, err := steps.Answer[published](b.steps, "publish")
	if err != nil {
		return "", err
	}
	in := "the version is in " + b.Dist(answer.Folder)
	d, err := b.approved()
	if err != nil {
		return "", err
	}
	if d != nil {
		return fmt.Sprintf("%s: approved by %q on %s", in, d.Who, d.Day()), nil
	}
	why, err := b.whyDraft()
	return in + ": a draft, as " + why, err
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
