package sources

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/dataset/literal"
	"github.com/dermset/dermset/io/sheetio"
)

// row makes the rows of the dataset from row i of the first table. The answer's Reason is empty
// if there is one at least.
func (g *ingest) row(i int) Unused {
	for at := 1; at < len(g.tables); at++ {
		if g.c.files[at].join.inner && g.matches[at][i] < 0 {
			return Unused{Reason: "no_match", Detail: "no row of " + g.tables[at].name + " has its key"}
		}
	}
	for n := range g.c.where {
		if c := &g.c.where[n]; !c.holds(g.cell(i, c.column)) {
			return c.unused("where", g.cell(i, c.column))
		}
	}
	for n := range g.c.skip {
		if c := &g.c.skip[n]; c.holds(g.cell(i, c.column)) {
			return c.unused("skip", g.cell(i, c.column))
		}
	}
	// Every column gives one cell for the row, or one per image.
	made := make([][]string, len(dataset.Columns)+len(g.c.extra))
	for at := range made {
		name, col := g.column(at)
		if col == nil {
			continue
		}
		cells, refused := g.values(i, name, col)
		if refused.Reason != "" {
			return refused
		}
		if col.isList() && len(cells) != len(made[0]) && at > 0 {
			return Unused{Reason: "list_length",
				Detail: fmt.Sprintf("%s has %d entries, image_path %d", name, len(cells), len(made[0]))}
		}
		made[at] = cells
	}
	return g.images(i, made)
}

// column is the name of a column of the dataset CSV and how it is made; nil for a column that is empty,
// or made elsewhere.
func (g *ingest) column(at int) (string, *column) {
	if at < len(dataset.Columns) {
		return dataset.Columns[at], g.c.columns[dataset.Columns[at]]
	}
	e := g.c.extra[at-len(dataset.Columns)]
	return e.name, e.from
}

// images adds a row per image.
func (g *ingest) images(i int, made [][]string) Unused {
	raw := &g.tables[0].rows[i]
	var bad []BadValue
	g.entries, bad = g.differentials(i, g.entries[:0])
	added, named := 0, 0
	var repeated []Unused
	for image, path := range made[0] {
		if path == "" {
			continue
		}
		named++
		g.cells = g.cells[:0]
		for at, cells := range made {
			cell := ""
			if _, col := g.column(at); len(cells) > 0 {
				cell = cells[0]
				if col.isList() {
					cell = cells[image]
				}
			}
			g.cells = append(g.cells, cell)
		}
		for _, value := range bad {
			g.cells[differentialsAt] = value.Value
		}
		g.pairMask(raw)
		if g.out.add(place{raw.file, raw.line}, g.cells, g.entries) {
			added++
		} else {
			first := g.out.images[path].in("")
			repeated = append(repeated, Unused{raw.file, raw.line, "repeated_image", path + ", first in " + first})
		}
	}
	switch {
	case added > 0:
		g.out.report.BadValues = append(g.out.report.BadValues, bad...)
		g.out.report.Repeated = append(g.out.report.Repeated, repeated...)
		return Unused{}
	case named > 0:
		return Unused{Reason: "repeated_image", Detail: "rows before name all of its images"}
	}
	return Unused{Reason: "no_image", Detail: "image_path is empty"}
}

// maskAt is the index of mask_path in dataset.Columns.
var maskAt = slices.Index(dataset.Columns, dataset.MaskPath)

// pairMask looks whether the mask of the row in g.cells is there.
func (g *ingest) pairMask(raw *row) {
	mask := g.cells[maskAt]
	if g.masks == nil {
		return
	}
	if _, there := g.masks.paths[mask]; there {
		g.masks.paths[mask] = true
		return
	}
	if g.c.columns[dataset.MaskPath].missing == "error" {
		g.out.fail(place{raw.file, raw.line}, fmt.Errorf("mask %s of image %q is not there (missing: empty lets it be)",
			g.raw.path(mask), g.cells[0]))
		return
	}
	g.cells[maskAt] = ""
}

func (c *condition) unused(reason, cell string) Unused {
	return Unused{Reason: reason, Detail: cmp.Or(c.reason, fmt.Sprintf("%s is %q", c.column, cell))}
}

// values makes the cells of one column for row i: one, or one per image of a list.
func (g *ingest) values(i int, name string, col *column) ([]string, Unused) {
	if col.oneHot != nil {
		label, refused := g.oneHot(i, col.oneHot)
		return []string{label}, refused
	}
	cells := make([]string, 0, len(col.sources))
	for _, source := range col.sources {
		cells = append(cells, g.fill(i, name, col, source))
	}
	if col.split != "" {
		whole := cells[0]
		var err error
		if cells, err = splitList(whole, col.split); err != nil {
			return nil, Unused{Reason: "value_rejected", Detail: fmt.Sprintf("%s is %q: %v", name, whole, err)}
		}
	}
	for at, cell := range cells {
		for _, pair := range col.replace {
			cell = strings.ReplaceAll(cell, pair[0], pair[1])
		}
		cells[at] = cell
	}
	if col.mapping == nil {
		return cells, Unused{}
	}
	for at, cell := range cells {
		mapped, known := col.mapping[cell]
		switch {
		case known:
			cells[at] = mapped
		case cell == "" || col.other == "keep":
		case col.other == "empty":
			cells[at] = ""
		default:
			return nil, Unused{Reason: "value_rejected", Detail: fmt.Sprintf("%s is %q, which map: does not have", name, cell)}
		}
	}
	return cells, Unused{}
}

// fill makes text of an origin; empty if one of its columns is.
func (g *ingest) fill(i int, name string, col *column, source origin) string {
	if len(source) == 1 {
		if source[0].column == "" {
			return source[0].text
		}
		cell := g.cell(i, source[0].column)
		g.checkOdd(i, name, source[0].column, col, cell)
		return cell
	}
	var text strings.Builder
	for _, p := range source {
		if p.column == "" {
			text.WriteString(p.text)
			continue
		}
		cell := g.cell(i, p.column)
		if cell == "" {
			return ""
		}
		g.checkOdd(i, name, p.column, col, cell)
		text.WriteString(cell)
	}
	return text.String()
}

func splitList(cell, separator string) ([]string, error) {
	if strings.TrimSpace(cell) == "" {
		return nil, nil
	}
	r := reader{format: "delimited", separator: separator}
	if separator == "json" || separator == "python" {
		r.format = separator
	}
	texts, _, err := r.texts(cell, literal.String)
	return texts, err
}

// oneHot is the label whose column is set.
func (g *ingest) oneHot(i int, h *oneHot) (string, Unused) {
	label, set := h.none, ""
	for at, name := range h.columns {
		switch cell := g.cell(i, name); strings.ToLower(strings.TrimSpace(cell)) {
		case "1", "1.0", "true", "yes":
			if set != "" {
				return "", Unused{Reason: "one_hot", Detail: fmt.Sprintf("both %s and %s are set", set, name)}
			}
			label, set = h.labels[at], name
		case "0", "0.0", "false", "no", "":
		default:
			return "", Unused{Reason: "one_hot", Detail: fmt.Sprintf("%s is %q, want 1 or 0, true or false", name, cell)}
		}
	}
	return label, Unused{}
}

// differentials makes the entries of row i. What cannot be read is a bad value.
func (g *ingest) differentials(i int, into []dataset.Entry) ([]dataset.Entry, []BadValue) {
	for n := range g.c.readers {
		r := &g.c.readers[n]
		var seen []string
		entries, err := r.entries(into, func(name string) string {
			cell := g.cell(i, name)
			g.checkOdd(i, dataset.Differentials, name, nil, cell)
			seen = append(seen, cell)
			return cell
		})
		if err != nil {
			at := g.tables[0].rows[i]
			return into[:0], []BadValue{{at.file, at.line, dataset.Differentials, strings.Join(seen, " | ")}}
		}
		into = entries
	}
	return into, nil
}

// checkOdd refuses a cell of a sheet that would not be what a person sees there: a label that is a number (2E63, 1-2),
// an id that is no whole number, any formula without a value. A number whose text the column's map has is meant.
func (g *ingest) checkOdd(i int, name, rawName string, col *column, cell string) {
	at := g.refs[rawName]
	t := g.tables[at.table]
	if len(t.odd) == 0 {
		return
	}
	row := g.rowOf(at.table, i)
	odd, is := t.odd[cellPlace{row, at.column}]
	if row < 0 || !is || cell == "" && odd.kind != sheetio.FormulaWithoutValue {
		return
	}
	fail := func(why string) {
		r := t.rows[row]
		g.out.fail(place{r.file, r.line}, fmt.Errorf("cell %s: %s %q is %s in the sheet, %s",
			odd.place, name, cell, kindText(odd.kind), why))
	}
	switch {
	case odd.kind == sheetio.FormulaWithoutValue:
		fail("want its value: open the workbook, let it compute, save it")
	case col != nil && mapped(col, cell):
	case name == dataset.Label || name == dataset.Differentials:
		fail("want text: what was typed there is lost, so type it again in a cell formatted as text")
	case name != dataset.PatientID && name != dataset.LesionID && name != dataset.ImagePath && name != dataset.MaskPath:
	case odd.kind != sheetio.Number || !exactID(cell):
		fail("want text, or a whole number of at most 15 digits")
	}
}

func mapped(col *column, cell string) bool {
	_, known := col.mapping[cell]
	return known
}

// exactID reports whether a number of a sheet is a whole one that a float64 holds exactly.
func exactID(cell string) bool {
	return strings.Trim(cell, "0123456789") == "" && len(cell) <= 15
}

// A place is where a row comes from.
type place struct {
	file string
	line int
}

func (p place) in(dir string) string {
	path := filepath.Join(dir, filepath.FromSlash(p.file))
	if p.line == 0 {
		return path
	}
	return fmt.Sprintf("%s:%d", path, p.line)
}
