package workflow

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/rows"
)

// findAll adds up, once, what the mapping, the rows and the split gave to find, and which of it people have accepted.
func (b *build) findAll() error {
	if b.found {
		return nil
	}
	b.found = true
	_, b.findings = b.parseMapping(counted{b.answer.Labels, b.answer.Named, b.mappedImages()})
	b.findings = append(b.findings, b.idleWithdrawals()...)
	b.findings = append(b.findings, b.idleOverrides()...)
	for _, find := range []func() ([]mapping.Finding, error){b.badValues, b.badWeights} {
		found, err := find()
		if err != nil {
			return err
		}
		b.findings = append(b.findings, found...)
	}
	for _, found := range [][]rows.Finding{b.rowFindings(), b.splitFindings()} {
		found, err := b.ofRows(found)
		if err != nil {
			return err
		}
		b.findings = append(b.findings, found...)
	}
	mapping.Sort(b.findings)
	b.accept()
	return nil
}

// accept marks the findings that people have accepted, and says which acceptances are not needed any more.
func (b *build) accept() {
	for _, a := range mapping.Accept(b.findings, b.accepted) {
		b.Log.Warn(fmt.Sprintf("mapping/accepted_findings.csv:%d: %s of %q accepts nothing any more; take the line out", a.Line, a.Finding, a.Subject))
	}
}

// rowFindings are those of the rows. Where equal images joined groups, the giant ones are those that came of it.
func (b *build) rowFindings() []rows.Finding {
	if b.seen == nil || !b.seen.Joined {
		return b.answer.Findings
	}
	giant := func(f rows.Finding) bool { return f.ID == ledger.FindingGiantGroup }
	return append(slices.DeleteFunc(slices.Clone(b.answer.Findings), giant), b.seen.Findings...)
}

// splitFindings are those of the split, if it has run.
func (b *build) splitFindings() []rows.Finding {
	if b.decided == nil {
		return nil
	}
	return b.decided.Findings
}

// maxAlike is how many findings of one id are listed for one source; one more then says how many there are in all.
const maxAlike = 1000

// ofRows names the sources and places of what stages found among rows.
func (b *build) ofRows(found []rows.Finding) ([]mapping.Finding, error) {
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
	var all []mapping.Finding
	for _, f := range found {
		all = append(all, mapping.New(f.ID, places[f.Source][f.Row], b.sourceName(f.Source), f.Subject, f.Images, f.Detail))
	}
	return all, nil
}

func (b *build) sourceName(source int) string {
	if source < 0 {
		return ""
	}
	return b.sources[source].Name
}

func (b *build) badValues() ([]mapping.Finding, error) {
	var all []mapping.Finding
	for i, values := range b.answer.BadValues {
		rows := make([]int64, len(values))
		for j, v := range values {
			rows[j] = v.Row
		}
		places, err := b.places(b.sources[i], rows)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			subject := v.Column + "=" + v.Value
			detail := fmt.Sprintf("%s %q is not a value of this column; the cell counts as empty", v.Column, v.Value)
			if v.More {
				subject, detail = v.Column, fmt.Sprintf("more values of %s than are listed here are bad", v.Column)
			}
			all = append(all, mapping.New("bad_value", places[v.Row]+":"+v.Column, b.sources[i].Name, subject, v.Rows, detail))
		}
	}
	return all, nil
}

func (b *build) badWeights() ([]mapping.Finding, error) {
	var all []mapping.Finding
	for i, weights := range b.answer.BadWeights {
		if weights.Entries == 0 {
			continue
		}
		rows := make([]int64, len(weights.First))
		for j, w := range weights.First {
			rows[j] = w.Row
		}
		places, err := b.places(b.sources[i], rows)
		if err != nil {
			return nil, err
		}
		var some []string
		for _, w := range weights.First {
			some = append(some, fmt.Sprintf("%s (entry %d: %s)", places[w.Row], w.Entry+1, cmp.Or(w.Weight, "none")))
		}
		detail := fmt.Sprintf("%d entries of differentials have no weight above 0 and are dropped, first at %s", weights.Entries, strings.Join(some[:min(5, len(some))], ", "))
		all = append(all, mapping.New("bad_weight", places[weights.First[0].Row]+":"+dataset.Differentials, b.sources[i].Name, dataset.Differentials, weights.Rows, detail))
	}
	return all, nil
}

// allPlaces names rows of several sources.
func (b *build) allPlaces(rows map[int][]int64) (map[int]map[int64]string, error) {
	found := make([]map[int64]string, len(b.sources))
	err := b.each(len(b.sources), func(source int) (err error) {
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
func (b *build) places(source Source, rows []int64) (map[int64]string, error) {
	lines, err := b.linesOf(source, rows)
	places, csv := make(map[int64]string, len(lines)), b.inside(source.CSV)
	for row, line := range lines {
		places[row] = csv + ":" + strconv.Itoa(line)
	}
	return places, err
}

// linesOf is linesOf without reading the file, where as many lines as rows say that no row has more than one.
func (b *build) linesOf(source Source, rows []int64) (map[int64]int, error) {
	if source.Lines != b.answer.Ledger[source.Ordinal].Rows+1 {
		return linesOf(b.ctx, source.CSV, rows)
	}
	lines := make(map[int64]int, len(rows))
	for _, row := range rows {
		lines[row] = int(row) + 2 // behind the header, from 1
	}
	return lines, nil
}

// findingsFile is the CSV of findings that goes with a version.
var findingColumns = []string{"severity", "finding", "place", "source", "subject", "images", "detail", "remedy", "accepted_by", "accepted_on", "accepted_because"}

func (b *build) findingsTable() smallTable {
	t := smallTable{columns: findingColumns}
	for _, f := range b.findings {
		row := []string{f.Severity.String(), f.ID, f.Place, f.Source, f.Subject, number(f.Images), f.Detail, f.Remedy, "", "", ""}
		if f.Accepted != nil {
			row[8], row[9], row[10] = f.Accepted.Person, f.Accepted.Date, f.Accepted.Reason
		}
		t.rows = append(t.rows, row)
	}
	return t
}
