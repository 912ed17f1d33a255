package build

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/annotations"
	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// allFindings are the findings of a run so far. Publish has them already, as they stand in its version.
func (b *build) allFindings() ([]findings.Finding, error) {
	if b.steps.Has("publish") {
		return steps.Left(b.steps, "publish", func(string) ([]findings.Finding, error) { return b.findAll() })
	}
	return b.findAll()
}

// findAll adds up what the mapping, the rows and the split gave to find, and which of it people have accepted.
// What has not run gave nothing.
func (b *build) findAll() ([]findings.Finding, error) {
	rows, err := b.generated()
	if err != nil {
		return nil, err
	}
	pictures, err := b.learned()
	if err != nil {
		return nil, err
	}
	twins, err := b.twinned()
	if err != nil {
		return nil, err
	}
	decision, err := b.decided()
	if err != nil {
		return nil, err
	}
	images := b.mappedImages(decision)
	before, err := b.before()
	if err != nil {
		return nil, err
	}
	counts := counted{rows.Labels, rows.More, rows.Named, images, before}
	_, all := b.parseMapping(counts)
	all = append(all, b.ofDecisions(counts)...)
	all = append(all, b.codesUnchecked(images)...)
	idle, err := b.idleWithdrawals(rows.Idle)
	if err != nil {
		return nil, err
	}
	all = append(all, idle...)
	all = append(all, b.idleOverrides(pictures.Idle)...)
	all = append(all, b.idleVerdicts(twins.Idle)...)
	for _, find := range []func(*generated) ([]findings.Finding, error){b.badValues, b.badWeights} {
		found, err := find(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	shown, err := b.ofPictures()
	if err != nil {
		return nil, err
	}
	all = append(all, b.unknownSites(rows)...)
	all = append(all, shown.others...)
	found, err := b.ofRows(slices.Concat(rowFindings(rows, twins), shown.rows, decision.Findings))
	if err != nil {
		return nil, err
	}
	all = append(all, found...)
	findings.Sort(all)
	findings.Apart(all)
	b.accept(all)
	return all, b.warnOfAlike()
}

// pictureFindings are those of what pictures show, and of what people drew on them.
type pictureFindings struct {
	rows   []rows.Finding
	others []findings.Finding // about annotations and predictions
}

// ofPictures are the findings of describe and crops: none where they have not run.
func (b *build) ofPictures() (found pictureFindings, err error) {
	if b.steps.Has("describe") {
		answer, err := steps.Answer[described](b.steps, "describe")
		if err != nil {
			return found, err
		}
		found.rows = append(found.rows, answer.Findings...)
		found.others = append(found.others, predictionFindings(answer.Predictions)...)
	}
	if !b.steps.Has("crops") {
		return found, nil
	}
	answer, err := steps.Answer[cropped](b.steps, "crops")
	if err != nil {
		return found, err
	}
	found.rows = append(found.rows, answer.Findings...)
	if err := b.matchAnnotations(); err != nil {
		return found, err
	}
	found.others = append(found.others, b.annotations.Findings()...)
	for _, source := range workspace.SortedKeys(answer.Assumed) {
		found.others = append(found.others, annotations.AssumedUpright(source, answer.Assumed[source]))
	}
	return found, nil
}

// unknownSites are the sites of the body that the vocabulary does not know.
func (b *build) unknownSites(rows *generated) []findings.Finding {
	var all []findings.Finding
	for i, sites := range rows.Sites {
		source := b.sources[i].Name
		for _, site := range sites.Sites {
			if _, known := b.sites.Part(site.Text); known {
				continue
			}
			detail := "no part of the body is known for this site; body_part stays empty"
			if nearest := b.sites.Nearest(site.Text); nearest != "" {
				detail += fmt.Sprintf("; nearest: %s", nearest)
			}
			all = append(all, findings.New("unknown_site", b.Inside(b.sources[i].CSV), source, site.Text, site.Rows, detail))
		}
		if more := sites.More; more > 0 {
			subject := fmt.Sprintf("%d more", more)
			all = append(all, findings.New("unknown_site", b.Inside(b.sources[i].CSV), source, subject, more,
				"rows of more sites than are told apart: look whether body_site holds something else"))
		}
	}
	return all
}

// generated is what generate found out.
func (b *build) generated() (*generated, error) { return steps.Answer[generated](b.steps, "generate") }

// learned is what pictures found out: nothing where it has not run.
func (b *build) learned() (*learned, error) {
	if !b.steps.Has("pictures") {
		return &learned{}, nil
	}
	return steps.Answer[learned](b.steps, "pictures")
}

// twinned is what twins found out: nothing where it has not run.
func (b *build) twinned() (*twinned, error) {
	if !b.steps.Has("twins") {
		return &twinned{}, nil
	}
	return steps.Answer[twinned](b.steps, "twins")
}

// decided is what split decided: nothing where it has not run.
func (b *build) decided() (*ledger.Decision, error) {
	if !b.steps.Has("split") {
		return &ledger.Decision{}, nil
	}
	return steps.Answer[ledger.Decision](b.steps, "split")
}

// accept marks the findings that people have accepted, and says which acceptances are not needed any more.
func (b *build) accept(found []findings.Finding) {
	var idle []string
	for _, a := range findings.Accept(found, b.accepted) {
		idle = append(idle, fmt.Sprintf("mapping/accepted_findings.csv:%d: %s of %q accepts nothing any more; take the line "+
			"out", a.Line, a.Finding, a.Subject))
	}
	b.WarnOf(idle)
}

// rowFindings are those of the rows. Where pictures joined groups, the giant ones are those that came of it.
func rowFindings(found *generated, twins *twinned) []rows.Finding {
	if !twins.Joined {
		return slices.Clone(found.Findings)
	}
	giant := func(f rows.Finding) bool { return f.ID == ledger.FindingGiantGroup }
	return append(slices.DeleteFunc(slices.Clone(found.Findings), giant), twins.Findings...)
}

// maxAlike is how many findings of one id are listed for one source; one more then says how many there are in all.
const maxAlike = 1000

// ofRows names the sources and places of what stages found among rows.
func (b *build) ofRows(found []rows.Finding) ([]findings.Finding, error) {
	rows := map[int][]int64{}
	for _, f := range found {
		if f.Row >= 0 {
			rows[f.Source] = append(rows[f.Source], f.Row)
		}
	}
	places, err := b.allPlaces(rows)
	if err != nil {
		return nil, err
	}
	var all []findings.Finding
	for _, f := range found {
		all = append(all, findings.New(f.ID, places[f.Source][f.Row], b.sourceName(f.Source), f.Subject, f.Images,
			f.Detail).Naming(f.About...))
	}
	return all, nil
}

func (b *build) sourceName(source int) string {
	if source < 0 {
		return ""
	}
	return b.sources[source].Name
}

func (b *build) badValues(rows *generated) ([]findings.Finding, error) {
	var all []findings.Finding
	for i, values := range rows.BadValues {
		numbers := make([]int64, len(values))
		for j, v := range values {
			numbers[j] = v.Row
		}
		places, err := b.places(b.sources[i], numbers)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			subject := v.Column + "=" + v.Value
			detail := fmt.Sprintf("%s %q is not a value of this column; the cell counts as empty", v.Column, v.Value)
			if v.More {
				subject, detail = v.Column, fmt.Sprintf("more values of %s than are listed here are bad", v.Column)
			}
			all = append(all, findings.New("bad_value", places[v.Row]+":"+v.Column, b.sources[i].Name, subject, v.Rows, detail))
		}
	}
	return all, nil
}

func (b *build) badWeights(rows *generated) ([]findings.Finding, error) {
	var all []findings.Finding
	for i, weights := range rows.BadWeights {
		if weights.Entries == 0 {
			continue
		}
		numbers := make([]int64, len(weights.First))
		for j, w := range weights.First {
			numbers[j] = w.Row
		}
		places, err := b.places(b.sources[i], numbers)
		if err != nil {
			return nil, err
		}
		var some []string
		for _, w := range weights.First {
			some = append(some, fmt.Sprintf("%s (entry %d: %s)", places[w.Row], w.Entry+1, cmp.Or(w.Weight, "none")))
		}
		detail := fmt.Sprintf("%d entries of differentials have no weight above 0 and are dropped, first at %s",
			weights.Entries, strings.Join(some[:min(5, len(some))], ", "))
		all = append(all, findings.New("bad_weight", places[weights.First[0].Row]+":"+dataset.Differentials,
			b.sources[i].Name, dataset.Differentials, weights.Rows, detail))
	}
	return all, nil
}

// allPlaces names rows of several sources.
func (b *build) allPlaces(rows map[int][]int64) (map[int]map[int64]string, error) {
	found := make([]map[int64]string, len(b.sources))
	err := b.Each(len(b.sources), func(source int) (err error) {
		found[source], err = b.places(b.sources[source], rows[source])
		return err
	})
	places := map[int]map[int64]string{}
	for source := range rows {
		places[source] = found[source]
	}
	return places, err
}

// places names rows of a dataset CSV as path:line.
func (b *build) places(source workspace.Source, rows []int64) (map[int64]string, error) {
	known, err := b.generated()
	if err != nil {
		return nil, err
	}
	lines, err := linesOf(b.ctx, source, known.Ledger[source.Ordinal].Rows, rows)
	places, csv := make(map[int64]string, len(lines)), b.Inside(source.CSV)
	for row, line := range lines {
		places[row] = csv + ":" + strconv.Itoa(line)
	}
	return places, err
}

// linesOf are the lines of rows. The file is not read where it has as many lines as rows,
// so that no row has more than one.
func linesOf(ctx context.Context, source workspace.Source, rowsIn int64, rows []int64) (map[int64]int, error) {
	if source.Lines != rowsIn+1 {
		return csvio.LinesOf(ctx, source.CSV, rows)
	}
	lines := make(map[int64]int, len(rows))
	for _, row := range rows {
		lines[row] = int(row) + 2 // behind the header, from 1
	}
	return lines, nil
}

// FindingColumns are those of findings, of a version's mapping/findings.csv too.
var FindingColumns = results.Columns{
	results.Text("severity", "error, review or info"),
	results.Text("finding", "its id (docs/findings.md)"),
	results.Text("place", "a cell of the workbook, or a file and line").OrNone(),
	results.Text("source", "the source that it is about").OrNone(),
	results.Text("subject", "what an acceptance names").OrNone(),
	results.Whole("images", "images that it touches"),
	results.Text("detail", "what is the case"),
	results.Text("remedy", "what to do"),
	results.Text("accepted_by", "who accepted it").OrNone(),
	results.Date("accepted_on", "when").OrNone(),
	results.Text("accepted_because", "why").OrNone(),
}

// FindingsTable is the table of findings that goes with a version.
func FindingsTable(found []findings.Finding) workspace.Table {
	t := workspace.Table{Columns: FindingColumns.Keys()}
	for _, f := range found {
		row := []string{f.Severity.String(), f.ID, f.Place, f.Source, f.Subject,
			workspace.Number(f.Images), f.Detail, f.Remedy, "", "", ""}
		if f.Accepted != nil {
			row[8], row[9], row[10] = f.Accepted.Person, f.Accepted.Date, f.Accepted.Reason
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// mappedImages are the rows of each Target Name, as stage 1 counts them; nil before the split, which counts.
func (b *build) mappedImages(decision *ledger.Decision) map[string]int64 {
	if !b.steps.Has("split") {
		return nil
	}
	images := make(map[string]int64, len(decision.Stage1))
	for _, class := range decision.Stage1 {
		images[b.mapping.Names[class.Name]] = class.Images
	}
	return images
}
