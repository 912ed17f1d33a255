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
			j := g.c.files[i+1].join
			return Unused{Reason: "no_match", Detail: j.noPartner(s.file.name, j.left,
				func(_ *column, name string) string { return g.text(g.joins[i][name]) })}
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
	g.out.differs = ""
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
		return Unused{Reason: "repeated_image", Detail: "rows before name all of its images" + g.out.unlike()}
	}
	return Unused{Reason: "no_image", Detail: "image_path is empty"}
}

func (c *condition) unused(reason, cell string) Unused {
	return Unused{Reason: reason, Detail: cmp.Or(c.reason, fmt.Sprintf("%s is %q", c.column, cell))}
}

// values appends the cells of one column for the row: one, or one per image of a list.
func (g *ingest) values(cells []string, name string, col *column) ([]string, Unused) {
	var refused Unused
	unknown := false // a cell is of a joined table without a row
	switch {
	case col.oneHot != nil:
		var value string
		value, refused = g.oneHot(col.oneHot, col.other)
		cells = append(cells, value)
	case col.split != "":
		cells, refused = g.fillEach(cells, name, col)
	default:
		for _, source := range col.sources {
			cells = append(cells, g.fill(name, col, source))
		}
		unknown = col.mapping != nil && slices.ContainsFunc(col.sources, g.isAlien)
	}
	if refused.Reason != "" {
		return cells, refused
	}
	for at, cell := range cells {
		if unknown && cell == "" && g.isAlien(col.sources[at]) { // map: says what an empty cell is, not what none is
			continue
		}
		shaped, why := col.shape(cell)
		if why != "" {
			return nil, Unused{Reason: "value_rejected", Detail: fmt.Sprintf("%s is %q, which %s", name, shaped, why)}
		}
		if name == dataset.SexColumn {
			g.out.sexes.see(g.rows[0].place(), cell, shaped)
		}
		cells[at] = shaped
	}
	return g.elseValues(cells, name, col)
}

// elseValues fills the cells that are empty from what else: says.
func (g *ingest) elseValues(cells []string, name string, col *column) ([]string, Unused) {
	if col.orElse == nil || len(cells) > 0 && !slices.Contains(cells, "") {
		return cells, Unused{}
	}
	others, refused := g.values(nil, name, col.orElse)
	switch {
	case refused.Reason != "":
		return nil, refused
	case len(cells) == 0 && (col.orElse.isList() || name == dataset.ImagePath):
		return others, Unused{}
	case len(cells) == 0: // of a list without entries, and one text stands for each
		return slices.Repeat(others, len(g.made[0])), Unused{}
	case col.orElse.isList() && len(others) > 0 && len(others) != len(cells):
		return nil, Unused{Reason: "list_length",
			Detail: fmt.Sprintf("%s has %d entries, its else: %d", name, len(cells), len(others))}
	}
	for at, cell := range cells {
		if cell == "" && len(others) > 0 {
			cells[at] = others[min(at, len(others)-1)]
		}
	}
	return cells, Unused{}
}

// isAlien reports whether a column of an origin is of a joined table that has no row for this one.
func (g *ingest) isAlien(source origin) bool {
	return slices.ContainsFunc(source, func(p part) bool { return p.column != "" && g.alien(p.column) })
}

// fill makes text of an origin; empty if one of its columns is.
func (g *ingest) fill(name string, col *column, source origin) string {
	return col.fill(source, func(column string) string {
		cell := g.cell(column)
		g.checkOdd(name, column, col, cell)
		return cell
	})
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
			if p.column != "" && col.stem {
				for at := range list {
					list[at] = stem(list[at])
				}
			}
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
	columns := source.columns()
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

// differentials makes the entries of the row. What cannot be read is a bad value.
func (g *ingest) differentials(into []dataset.Entry) ([]dataset.Entry, *BadValue) {
	for n := range g.c.readers {
		r := &g.c.readers[n]
		if h := cmp.Or(r.oneHot, r.shares); h != nil {
			made, why := g.hotEntries(into, r, h)
			if why != "" {
				at := g.rows[0].place()
				return into[:0], &BadValue{at.file, at.line, dataset.Differentials, why}
			}
			into = made
			continue
		}
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
	path := oneLine(filepath.Join(dir, filepath.FromSlash(p.file)))
	if p.line == 0 {
		return path
	}
	return fmt.Sprintf("%s:%d", path, p.line)
}

// lineEnds are what would make two lines of a message about a name.
var lineEnds = strings.NewReplacer("\n", `\n`, "\r", `\r`)

// oneLine is a name as a message has it.
func oneLine(name string) string { return lineEnds.Replace(name) }
