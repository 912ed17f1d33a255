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

// row makes the rows of the dataset from the row of the first table. The answer's Reason is empty
// if there is one at least.
func (g *ingest) row() Unused {
	for i, s := range g.stores {
		if g.c.files[i+1].join.inner && g.rows[i+1] == nil {
			return Unused{Reason: "no_match", Detail: "no row of " + s.file.name + " has its key"}
		}
	}
	for n := range g.c.where {
		if c := &g.c.where[n]; !c.holds(g.cell(c.column)) {
			return c.unused("where", g.cell(c.column))
		}
	}
	for n := range g.c.skip {
		if c := &g.c.skip[n]; c.holds(g.cell(c.column)) {
			return c.unused("skip", g.cell(c.column))
		}
	}
	// Every column gives one cell for the row, or one per image.
	g.made = slices.Grow(g.made[:0], len(dataset.Columns)+len(g.c.extra))[:len(dataset.Columns)+len(g.c.extra)]
	for at := range g.made {
		g.made[at] = g.made[at][:0]
		name, col := g.column(at)
		if col == nil {
			continue
		}
		cells, refused := g.values(g.made[at], name, col)
		if refused.Reason != "" {
			return refused
		}
		if col.isList() && at > 0 && len(cells) > 0 && len(cells) != len(g.made[0]) { // an empty cell stays empty
			return Unused{Reason: "list_length",
				Detail: fmt.Sprintf("%s has %d entries, image_path %d", name, len(cells), len(g.made[0]))}
		}
		g.made[at] = cells
	}
	return g.images()
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
func (g *ingest) images() Unused {
	at := g.rows[0].place()
	var bad *BadValue
	g.entries, bad = g.differentials(g.entries[:0])
	added, named := 0, 0
	var repeated []string
	for image, path := range g.made[0] {
		if path == "" {
			continue
		}
		named++
		g.cells = g.cells[:0]
		for at, cells := range g.made {
			cell := ""
			if _, col := g.column(at); len(cells) > 0 {
				cell = cells[0]
				if col.isList() {
					cell = cells[image]
				}
			}
			g.cells = append(g.cells, cell)
		}
		if bad != nil {
			g.cells[differentialsAt] = bad.Value
		}
		g.pairMask()
		if g.out.add(at, g.cells, g.entries) {
			added++
		} else {
			repeated = append(repeated, path)
		}
	}
	switch {
	case added > 0:
		if bad != nil {
			g.out.bad(*bad)
		}
		for _, path := range repeated {
			g.out.leaveOut(at, path)
		}
		return Unused{}
	case named > 0:
		return Unused{Reason: "repeated_image", Detail: "rows before name all of its images"}
	}
	return Unused{Reason: "no_image", Detail: "image_path is empty"}
}

func (c *condition) unused(reason, cell string) Unused {
	return Unused{Reason: reason, Detail: cmp.Or(c.reason, fmt.Sprintf("%s is %q", c.column, cell))}
}

// values appends the cells of one column for the row: one, or one per image of a list.
func (g *ingest) values(cells []string, name string, col *column) ([]string, Unused) {
	if col.oneHot != nil {
		label, refused := g.oneHot(col.oneHot)
		return append(cells, label), refused
	}
	var refused Unused
	if col.split != "" {
		cells, refused = g.fillEach(cells, name, col)
	} else {
		for _, source := range col.sources {
			cells = append(cells, g.fill(name, col, source))
		}
	}
	for at, cell := range cells {
		for _, pair := range col.replace {
			cell = strings.ReplaceAll(cell, pair[0], pair[1])
		}
		cells[at] = cell
	}
	if col.mapping == nil || refused.Reason != "" {
		return cells, refused
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
func (g *ingest) fill(name string, col *column, source origin) string {
	if len(source) == 1 {
		if source[0].column == "" {
			return source[0].text
		}
		cell := g.cell(source[0].column)
		g.checkOdd(name, source[0].column, col, cell)
		return cell
	}
	var text strings.Builder
	for _, p := range source {
		if p.column == "" {
			text.WriteString(p.text)
			continue
		}
		cell := g.cell(p.column)
		if cell == "" {
			return ""
		}
		g.checkOdd(name, p.column, col, cell)
		text.WriteString(cell)
	}
	return text.String()
}

// fillEach makes a text of every entry of a column with split. What the columns of its template hold is split each;
// one that has no list, or a list of one, goes with all entries of the others. A constant is split itself.
func (g *ingest) fillEach(cells []string, name string, col *column) ([]string, Unused) {
	source := col.sources[0]
	lists := make([][]string, len(source))
	length, longest := 1, ""
	for i, p := range source {
		whole := p.text
		if p.column != "" {
			whole = g.cell(p.column)
			g.checkOdd(name, p.column, col, whole)
		}
		switch list, err := splitPart(source, p, whole, col.split); {
		case err != nil:
			if len(source) > 1 {
				name = p.column
			}
			return nil, Unused{Reason: "value_rejected", Detail: fmt.Sprintf("%s is %q: %v", name, whole, err)}
		case len(list) == 0:
			return cells, Unused{} // a template with an empty column is empty
		case len(list) > 1 && length > 1 && len(list) != length:
			return nil, Unused{Reason: "list_length",
				Detail: fmt.Sprintf("%s: %s has %d entries, %s %d", name, p.column, len(list), longest, length)}
		default:
			if lists[i] = list; len(list) > length {
				length, longest = len(list), p.column
			}
		}
	}
	for entry := range length {
		cells = append(cells, joinParts(lists, entry))
	}
	return cells, Unused{}
}

// splitPart splits what a part of a template holds. A path is never a list, nor is the template's own text unless it is
// all there is. Beside other columns, a cell that is no JSON or Python list stands for itself.
func splitPart(source origin, p part, whole, separator string) ([]string, error) {
	literal := separator == "json" || separator == "python"
	columns := 0
	for _, p := range source {
		if p.column != "" {
			columns++
		}
	}
	switch {
	case p.column == "" && len(source) > 1, slices.Contains(pathColumns, p.column) && columns > 1:
		return []string{whole}, nil
	case literal && columns > 1 && whole != "" && !strings.ContainsAny(strings.TrimSpace(whole)[:1], "[("):
		return []string{whole}, nil
	}
	return splitList(whole, separator)
}

// joinParts is the text of one entry; empty if one of its parts is.
func joinParts(lists [][]string, entry int) string {
	if len(lists) == 1 {
		return lists[0][entry]
	}
	var text strings.Builder
	for _, list := range lists {
		part := list[0]
		if len(list) > 1 {
			part = list[entry]
		}
		if part == "" {
			return ""
		}
		text.WriteString(part)
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
func (g *ingest) oneHot(h *oneHot) (string, Unused) {
	label, set := h.none, ""
	for at, name := range h.columns {
		switch cell := g.cell(name); strings.ToLower(strings.TrimSpace(cell)) {
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

// differentials makes the entries of the row. What cannot be read is a bad value.
func (g *ingest) differentials(into []dataset.Entry) ([]dataset.Entry, *BadValue) {
	for n := range g.c.readers {
		r := &g.c.readers[n]
		var seen []string
		entries, err := r.entries(into, func(name string) string {
			cell := g.cell(name)
			g.checkOdd(dataset.Differentials, name, nil, cell)
			seen = append(seen, cell)
			return cell
		})
		if err != nil {
			at := g.rows[0].place()
			return into[:0], &BadValue{at.file, at.line, dataset.Differentials, strings.Join(seen, " | ")}
		}
		into = entries
	}
	return into, nil
}

// wholeColumns are those whose cells count byte for byte.
var wholeColumns = []string{dataset.Label, dataset.Differentials, dataset.PatientID, dataset.LesionID,
	dataset.ImagePath, dataset.MaskPath}

// checkOdd refuses a cell of a sheet that would not be what a person sees there: a label that is a number (2E63, 1-2),
// an id that is no whole number, an error such as #N/A, any formula without a value. In other columns an error is a bad
// value. A number or error whose text the column's map has is meant.
func (g *ingest) checkOdd(name, rawName string, col *column, cell string) {
	at := g.refs[rawName]
	r := g.rows[at.table]
	if r == nil || len(r.kinds) == 0 {
		return
	}
	kind := r.kind(at.column)
	if kind == sheetio.Text || cell == "" && kind != sheetio.FormulaWithoutValue {
		return
	}
	fail := func(why string) {
		g.out.fail(r.place(), fmt.Errorf("cell %s: %s %q is %s in the sheet, %s",
			r.cellName(at.column), name, cell, kind, why))
	}
	switch {
	case kind == sheetio.FormulaWithoutValue:
		fail("want its value: open the workbook, let it compute, save it")
	case col != nil && mapped(col, cell):
	case kind == sheetio.Failed && !slices.Contains(wholeColumns, name):
		g.out.bad(BadValue{r.name, r.line, name, cell})
	case kind == sheetio.Failed:
		fail("want text: mend what it is computed from, or say with map: what it means")
	case name == dataset.Label || name == dataset.Differentials:
		fail("want text: what was typed there is lost, so type it again in a cell formatted as text")
	case !slices.Contains(wholeColumns, name):
	case kind != sheetio.Number || !exactID(cell):
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
