package icd11

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The columns of a tabulation that are read. Releases differ in the others (2026-01 has CodingNote and Parent besides).
const (
	columnFoundation = "Foundation URI"
	columnURI        = "Linearization URI"
	columnCode       = "Code"
	columnBlock      = "BlockId"
	columnTitle      = "Title"
	columnKind       = "ClassKind"
	columnResidual   = "IsResidual"
	columnChapter    = "ChapterNo"
	columnLeaf       = "isLeaf"
	columnParent     = "Parent" // not in every release
)

var requiredColumns = []string{columnFoundation, columnURI, columnCode, columnBlock, columnTitle, columnKind,
	columnResidual, columnChapter, columnLeaf}

const recordEnd = "\r\n"

var (
	stampForm = regexp.MustCompile(`^Version:\s*(20[0-9]{2} [A-Z][a-z]{2}) [0-9]{1,2}\b.*$`)
	mmsURI    = regexp.MustCompile(`/mms/([0-9]+(?:/other|/unspecified)?)$`)
)

// A tabulation is a SimpleTabulation file while it is read. Its records end with CR LF and its cells with a tab; a line
// feed alone is part of a cell (CodingNote has them, without quotes). A cell in quotes doubles the quotes inside. The
// last cell of the header is not a column but says when the file was made. Depth is told by dashes before the title,
// one for each level, and rows come after what they lie in.
type tabulation struct {
	columns map[string]int
	fields  int // of a row, which has none for the stamp
	release *Release
	problems

	above      []int32  // the row's place and those above it, the chapter first
	foundation []string // foundation URI of each entity, for the column Parent
}

// parseTabulation reads the text of a release.
func parseTabulation(text string) (*Release, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("%s: is not UTF-8: want the file as WHO publishes it", releaseMember)
	}
	header, rest, found := strings.Cut(text, recordEnd)
	if !found || strings.Contains(header, "\n") {
		return nil, fmt.Errorf("%s: its rows do not end with CR LF: it was saved again by another program; want the file "+
			"as WHO publishes it", releaseMember)
	}
	rows := strings.Count(rest, recordEnd) + 1
	t := &tabulation{release: &Release{
		entities: make([]Entity, 0, rows), byCode: make(map[string]int32, rows), byID: make(map[string]int32, rows),
	}}
	if err := t.header(header); err != nil {
		return nil, fmt.Errorf("%s: header: %w", releaseMember, err)
	}
	var cells []string
	for row := 2; len(rest) > 0; row++ {
		var record string
		record, rest, _ = strings.Cut(rest, recordEnd)
		cells = slices.AppendSeq(cells[:0], strings.SplitSeq(record, "\t"))
		t.row(row, cells)
	}
	if err := t.err(); err != nil {
		return nil, err
	}
	if len(t.release.entities) == 0 {
		return nil, fmt.Errorf("%s: has a header and no rows: download the zip again", releaseMember)
	}
	return t.release, nil
}

func (t *tabulation) header(record string) error {
	cells := strings.Split(strings.TrimRight(record, "\t"), "\t")
	last := strings.TrimSpace(cells[len(cells)-1])
	stamp := stampForm.FindStringSubmatch(last)
	if stamp == nil {
		return fmt.Errorf("its last cell is %q, want the stamp of the release such as %q",
			last, "Version:2025 Jan 24 - 22:30 UTC")
	}
	month, err := time.Parse("2006 Jan", stamp[1])
	if err != nil {
		return fmt.Errorf("its stamp is %q, want one such as %q", last, "Version:2025 Jan 24 - 22:30 UTC")
	}
	t.release.ID = month.Format("2006-01")
	t.release.Stamp = strings.TrimSpace(strings.TrimPrefix(last, "Version:"))
	t.columns = map[string]int{}
	for i, name := range cells[:len(cells)-1] {
		if _, twice := t.columns[name]; twice {
			return fmt.Errorf("the column %q is there twice", name)
		}
		t.columns[name] = i
	}
	for _, name := range requiredColumns {
		if _, ok := t.columns[name]; !ok {
			return fmt.Errorf("there is no column %q: want WHO's SimpleTabulation of the MMS", name)
		}
	}
	return nil
}

// row adds one entity. The first row says whether rows have a cell for the stamp; all must have the same number.
func (t *tabulation) row(row int, cells []string) {
	if t.fields == 0 && (len(cells) == len(t.columns) || len(cells) == len(t.columns)+1) {
		t.fields = len(cells)
	}
	if len(cells) != t.fields {
		t.add(row, "has %d cells, want %d as the header has: the file is cut short or damaged, download the zip again",
			len(cells), max(t.fields, len(t.columns)))
		return
	}
	e, depth, err := t.entity(cells)
	if err != nil {
		t.add(row, "%w", err)
		return
	}
	if depth > len(t.above) || (depth == 0) != (e.Kind == Chapter) {
		t.add(row, "%q stands at depth %d, which cannot follow depth %d: a row is missing before it",
			e.Title, depth, len(t.above)-1)
		return
	}
	at := int32(len(t.release.entities))
	e.Parent = -1
	if t.above = t.above[:depth]; depth > 0 {
		e.Parent = t.above[depth-1]
	}
	if parent := t.cell(cells, columnParent); parent != "" && e.Parent >= 0 && parent != t.foundation[e.Parent] {
		t.add(row, "%q is below %q by its dashes, but its column %s says %q",
			e.Title, t.foundation[e.Parent], columnParent, parent)
		return
	}
	t.above = append(t.above, at)
	t.foundation = append(t.foundation, t.cell(cells, columnFoundation))
	if err := t.release.index(e, at); err != nil {
		t.add(row, "%w", err)
	}
	t.release.entities = append(t.release.entities, e)
}

// index makes the entity findable.
func (r *Release) index(e Entity, at int32) error {
	if e.Code != "" {
		if _, twice := r.byCode[e.Code]; twice {
			return fmt.Errorf("the code %q is there twice", e.Code)
		}
		r.byCode[e.Code] = at
	}
	if _, twice := r.byID[e.ID]; twice {
		return fmt.Errorf("the entity %q is there twice", e.ID)
	}
	r.byID[e.ID] = at
	return nil
}

// cell is a cell of a column that may not be there.
func (t *tabulation) cell(cells []string, column string) string {
	i, ok := t.columns[column]
	if !ok {
		return ""
	}
	return cells[i]
}

// entity reads a row's cells; the parent is not known yet. Texts are copied, so that the file need not stay in memory.
func (t *tabulation) entity(cells []string) (e Entity, depth int, err error) {
	title, err := unquote(t.cell(cells, columnTitle))
	if err != nil {
		return e, 0, err
	}
	for strings.HasPrefix(title, "- ") {
		title, depth = title[2:], depth+1
	}
	uri := t.cell(cells, columnURI)
	id := mmsURI.FindStringSubmatch(uri)
	if id == nil {
		return e, 0, fmt.Errorf("%s %q, want one that ends with /mms/ and a number", columnURI, uri)
	}
	e = Entity{Title: strings.Clone(title), Chapter: strings.Clone(t.cell(cells, columnChapter)), ID: strings.Clone(id[1])}
	if e.Title == "" || e.Chapter == "" {
		return e, 0, fmt.Errorf("the entity %q has no title or no chapter", e.ID)
	}
	code := t.cell(cells, columnCode)
	switch kind := t.cell(cells, columnKind); kind {
	case "category":
		if code == "" {
			return e, 0, fmt.Errorf("the category %q has no code", e.Title)
		}
		e.Code = strings.Clone(code)
	case "block":
		e.Kind, e.Code = Block, strings.Clone(t.cell(cells, columnBlock))
	case "chapter":
		e.Kind, e.Code = Chapter, e.Chapter
	default:
		return e, 0, fmt.Errorf("%s %q, want category, block or chapter", columnKind, kind)
	}
	if e.Kind != Category && code != "" {
		return e, 0, fmt.Errorf("the %s %q has the code %q, want none", e.Kind, e.Title, code)
	}
	if e.Leaf, err = truth(columnLeaf, t.cell(cells, columnLeaf)); err != nil {
		return e, 0, err
	}
	e.Residual, err = truth(columnResidual, t.cell(cells, columnResidual))
	return e, depth, err
}

// unquote is a cell without its quotes, if it has any.
func unquote(cell string) (string, error) {
	if !strings.HasPrefix(cell, `"`) {
		return cell, nil
	}
	inside, ended := strings.CutSuffix(cell[1:], `"`)
	if !ended || strings.Contains(strings.ReplaceAll(inside, `""`, ""), `"`) {
		return "", fmt.Errorf("the cell %s has a quote too many or too few", cell)
	}
	return strings.ReplaceAll(inside, `""`, `"`), nil
}

func truth(column, cell string) (bool, error) {
	switch cell {
	case "True":
		return true, nil
	case "False":
		return false, nil
	}
	return false, fmt.Errorf("%s %q, want True or False", column, cell)
}
