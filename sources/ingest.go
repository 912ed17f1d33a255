package sources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
)

// Options of Ingest.
type Options struct {
	Raw      string    // see Config.Raw
	DryRun   bool      // read and check everything (and run the script of exec:), write nothing
	Messages io.Writer // what a script of exec: prints; nil: nowhere
}

// Raw is the folder of the source's raw material: raw in the source's own folder, or below dir if that is not empty:
// the folder in it with the source's name if there is one, else dir itself.
func (c *Config) Raw(dir string) string {
	if dir == "" {
		return filepath.Join(c.Dir, "raw")
	}
	own := filepath.Join(dir, c.Name)
	if info, err := os.Stat(own); err == nil && info.IsDir() {
		return own
	}
	return dir
}

// Ingest makes the dataset CSV and the renaming CSV of a source from its raw material. The report is there whenever the
// raw material could be read, also beside an error. After an error neither file has changed.
func Ingest(ctx context.Context, c *Config, o Options) (*Report, error) {
	if !c.HasRaw() {
		return nil, fmt.Errorf(
			"%s: declares no raw material (files: or exec:); a dataset CSV that is written by hand is not ingested", c.Path)
	}
	dir := c.Raw(o.Raw)
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) && len(c.Exec) > 0 && o.Raw == "" {
		root, err = os.OpenRoot(c.Dir) // a script may need no raw material
	}
	if err != nil {
		return nil, fmt.Errorf("%s: raw material of %s: %w; put it there, or say where it is with --raw",
			dir, c.Name, withoutPath(err))
	}
	defer root.Close()
	out, err := newOutput(c, c.Dir, o.DryRun)
	if err != nil {
		return nil, err
	}
	defer out.discard()
	if len(c.Exec) > 0 {
		err = runScript(ctx, c, dir, o.Messages, out)
	} else {
		out.raw = dir
		g := &ingest{c: c, raw: &raw{root, dir}, out: out, refs: map[string]ref{}}
		err = g.run(ctx)
	}
	out.finish()
	if err == nil {
		err = out.errs.join()
	}
	if err == nil {
		err = out.publish()
	}
	return out.report, err
}

// An ingest is one run over the files of a source.
type ingest struct {
	c       *Config
	raw     *raw
	out     *output
	tables  []*table
	matches [][]int32 // per table: the row that joins to each row of the first table, or -1. Empty for the first
	used    [][]bool  // per table and row
	refs    map[string]ref
	walked  []Unused
	masks   *masks
	cells   []string
	entries []dataset.Entry
}

// A ref is a raw column: a table and its column.
type ref struct{ table, column int }

// masks are the files that the template of mask_path matches.
type masks struct {
	match *regexp.Regexp
	paths map[string]bool // path → an image has it
}

func (g *ingest) run(ctx context.Context) error {
	if err := g.load(); err != nil {
		return err
	}
	if err := g.resolve(); err != nil {
		return err
	}
	if err := g.join(); err != nil {
		return err
	}
	var extras []string
	for _, e := range g.c.extra {
		extras = append(extras, e.name)
	}
	g.out.header(extras)
	for i := range g.tables[0].rows {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		unused := g.row(i)
		if unused.Reason == "" {
			g.use(i)
			continue
		}
		unused.File, unused.Line = g.tables[0].rows[i].file, g.tables[0].rows[i].line
		g.out.report.UnusedRows = append(g.out.report.UnusedRows, unused)
	}
	g.account()
	return nil
}

// load reads all tables; what is wrong with them comes at once.
func (g *ingest) load() error {
	var errs errorList
	g.loadMasks(&errs)
	read := map[string]bool{} // metadata files are no images
	for _, f := range g.c.files {
		for _, path := range f.paths {
			names, _ := g.raw.expand(path) // an error is told by load
			for _, name := range names {
				read[name] = true
			}
		}
	}
	for i := range g.c.files {
		f := &g.c.files[i]
		want := g.wanted(f)
		var t *table
		var err error
		if f.walk != "" {
			except := func(name string) bool { return read[name] || g.masks != nil && g.masks.match.MatchString(name) }
			t, err = g.raw.walk(f, want, except, func(u Unused) { g.walked = append(g.walked, u) })
		} else {
			t, err = g.raw.load(f, want)
		}
		if err != nil {
			errs.add(err)
		}
		g.tables = append(g.tables, t)
	}
	return errs.join()
}

// wanted tells which columns of a file are in use: by their name alone, or behind the file's name and a dot.
func (g *ingest) wanted(f *file) func(string) bool {
	names := map[string]bool{}
	add := func(name string, _ int) {
		names[name] = true
		if rest, own := strings.CutPrefix(name, f.name+"."); own {
			names[rest] = true
		}
	}
	g.c.names(add)
	for _, other := range g.c.files {
		if other.join == nil {
			continue
		}
		for i := range other.join.left {
			add(other.join.left[i], 0)
			add(other.join.right[i], 0)
		}
	}
	return func(name string) bool { return names[name] }
}

func (g *ingest) loadMasks(errs *errorList) {
	col := g.c.columns[dataset.MaskPath]
	if col == nil || col.missing == "keep" || len(col.sources) != 1 {
		return
	}
	match, folder := compileMask(col.sources[0])
	files, _, err := g.raw.list(folder)
	if err != nil {
		errs.add(err)
		return
	}
	g.masks = &masks{match, map[string]bool{}}
	for _, name := range files {
		if match.MatchString(name) {
			g.masks.paths[name] = false
		}
	}
}

// resolve finds the column behind every name in source.yaml.
func (g *ingest) resolve() error {
	var errs errorList
	seen := map[string]bool{}
	g.c.names(func(name string, line int) {
		if seen[name] {
			return
		}
		seen[name] = true
		at, err := g.find(name, len(g.tables))
		if err != nil {
			errs.add(fmt.Errorf("%s:%d: %w", g.c.Path, line, err))
		}
		g.refs[name] = at
	})
	return errs.join()
}

// find looks for a column in the first tables.
func (g *ingest) find(name string, tables int) (ref, error) {
	var found []ref
	for i, t := range g.tables[:tables] {
		if column := t.column(name); column >= 0 && !(i > 0 && g.isKey(i, name)) {
			found = append(found, ref{i, column})
		}
		if rest, own := strings.CutPrefix(name, t.name+"."); own {
			if column := t.column(rest); column >= 0 {
				found = append(found, ref{i, column})
			}
		}
	}
	switch {
	case len(found) == 1, len(found) > 1 && slices.Contains(pathColumns, name):
		return found[0], nil
	case len(found) > 1:
		var names []string
		for _, at := range found {
			names = append(names, g.tables[at.table].name+"."+g.tables[at.table].columns[at.column])
		}
		return ref{}, fmt.Errorf("column %q is in several files, want one of %s", name, strings.Join(names, ", "))
	}
	if len(g.tables) == 1 && len(g.tables[0].rows) == 0 {
		return ref{}, fmt.Errorf("column %q is not there: %s has no rows", name, g.tables[0].name)
	}
	var all []string
	for _, t := range g.tables[:tables] {
		all = append(all, t.all...)
	}
	if len(all) == 0 {
		return ref{}, fmt.Errorf("there is no column %q in the raw material", name)
	}
	return ref{}, fmt.Errorf("there is no column %q in the raw material, only %s", name, strings.Join(all, ", "))
}

// isKey reports whether a column of a joined table only repeats a column of the same name before it.
func (g *ingest) isKey(table int, name string) bool {
	j := g.c.files[table].join
	for i, right := range j.right {
		if right == name && j.left[i] == name {
			return true
		}
	}
	return false
}

// cell is the cell of a raw column for row i of the first table.
func (g *ingest) cell(i int, name string) string {
	at := g.refs[name]
	if row := g.rowOf(at.table, i); row >= 0 {
		return g.tables[at.table].rows[row].cells[at.column]
	}
	return ""
}

func (g *ingest) rowOf(table, i int) int {
	if table == 0 {
		return i
	}
	return int(g.matches[table][i])
}

// join finds the rows of the further tables for each row of the first.
func (g *ingest) join() error {
	g.matches = make([][]int32, len(g.tables))
	var errs errorList
	for at := 1; at < len(g.tables); at++ {
		j, t := g.c.files[at].join, g.tables[at]
		var left []ref
		var right []int
		for i := range j.left {
			from, err := g.find(j.left[i], at)
			if err != nil {
				errs.add(fmt.Errorf("%s:%d: files before %s: %w", g.c.Path, j.line, t.name, err))
			}
			to := t.column(j.right[i])
			if to < 0 {
				errs.add(fmt.Errorf("%s:%d: there is no column %q in %s", g.c.Path, j.line, j.right[i], t.name))
			}
			left, right = append(left, from), append(right, to)
		}
		if len(errs.errs) > 0 {
			return errs.join()
		}
		index := g.index(t, right, j, &errs)
		g.matches[at] = make([]int32, len(g.tables[0].rows))
		for i := range g.matches[at] {
			key, ok := joinKey(len(left), func(k int) string {
				if row := g.rowOf(left[k].table, i); row >= 0 {
					return g.tables[left[k].table].rows[row].cells[left[k].column]
				}
				return ""
			})
			g.matches[at][i] = -1
			if row, found := index[key]; ok && found {
				g.matches[at][i] = row
			}
		}
	}
	return errs.join()
}

// index finds the table's rows by key; a key that stands twice is an error.
func (g *ingest) index(t *table, columns []int, j *join, errs *errorList) map[string]int32 {
	index := make(map[string]int32, len(t.rows))
	for i, row := range t.rows {
		key, ok := joinKey(len(columns), func(k int) string { return row.cells[columns[k]] })
		if !ok {
			continue
		}
		if first, twice := index[key]; twice {
			errs.add(fmt.Errorf("%s: key %s %q stands twice, first in %s: a row could not tell which one it joins",
				place{row.file, row.line}.in(g.raw.dir), strings.Join(j.right, ", "), strings.ReplaceAll(key, "\x00", ", "),
				place{t.rows[first].file, t.rows[first].line}.in(g.raw.dir)))
			continue
		}
		index[key] = int32(i)
	}
	return index
}

// joinKey makes one text of the key cells; ok is false if one is empty, for an empty key joins nothing.
func joinKey(cells int, cell func(int) string) (key string, ok bool) {
	if cells == 1 {
		key = cell(0)
		return key, key != ""
	}
	texts := make([]string, cells)
	for i := range texts {
		if texts[i] = cell(i); texts[i] == "" {
			return "", false
		}
	}
	return strings.Join(texts, "\x00"), true
}

// use marks row i of the first table and what joins to it as used.
func (g *ingest) use(i int) {
	if g.used == nil {
		g.used = make([][]bool, len(g.tables))
		for at, t := range g.tables {
			g.used[at] = make([]bool, len(t.rows))
		}
	}
	for at := range g.tables {
		if row := g.rowOf(at, i); row >= 0 {
			g.used[at][row] = true
		}
	}
}

// account lists what no row has used, and counts per file.
func (g *ingest) account() {
	r := g.out.report
	if g.used == nil {
		g.used = make([][]bool, len(g.tables))
	}
	for at, t := range g.tables {
		matched := make([]bool, len(t.rows))
		for _, row := range g.matches[at] {
			if row >= 0 {
				matched[row] = true
			}
		}
		files := map[string]int{}
		for i, row := range t.rows {
			path := row.file
			if g.c.files[at].walk != "" {
				path = g.c.files[at].walk
			}
			count, known := files[path]
			if !known {
				count = len(r.Files)
				files[path] = count
				r.Files = append(r.Files, File{Table: t.name, Path: path})
			}
			r.Files[count].Rows++
			switch {
			case g.used[at] != nil && g.used[at][i]:
				r.Files[count].Used++
			case at > 0 && matched[i]:
				r.UnusedRows = append(r.UnusedRows,
					Unused{row.file, row.line, "row_unused", "the rows that it joins to are unused"})
			case at > 0:
				r.UnusedRows = append(r.UnusedRows,
					Unused{row.file, row.line, "nothing_joins", "no row of " + g.tables[0].name + " has its key"})
			}
		}
	}
	if len(g.walked) > 0 {
		r.Files = append(r.Files, File{Table: "other files", Path: "", Rows: len(g.walked)})
		r.UnusedRows = append(r.UnusedRows, g.walked...)
	}
	g.accountMasks()
}

func (g *ingest) accountMasks() {
	if g.masks == nil {
		return
	}
	r := g.out.report
	count := File{Table: "masks", Rows: len(g.masks.paths)}
	var unused []Unused
	for name, used := range g.masks.paths {
		if used {
			count.Used++
		} else {
			unused = append(unused, Unused{File: name, Reason: "mask_without_image", Detail: "no image has this mask"})
		}
	}
	slices.SortFunc(unused, func(a, b Unused) int { return cmp.Compare(a.File, b.File) })
	r.Files = append(r.Files, count)
	r.UnusedRows = append(r.UnusedRows, unused...)
}
