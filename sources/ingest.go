package sources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/fileio"
)

// Options of Ingest.
type Options struct {
	Raw       string    // see Config.Raw
	DryRun    bool      // read and check everything (and run the script of exec:), write nothing
	Force     bool      // overwrite a dataset CSV that is not what Ingest wrote last
	Messages  io.Writer // what a script of exec: prints; nil: nowhere
	Unused    io.Writer // every unused row, as CSV: file,line,reason,detail; nil: nowhere
	BadValues io.Writer // every bad value, as CSV: file,line,column,value; nil: nowhere
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
// raw material could be read, also beside an error. After an error neither file has changed. Raw material that makes no
// image is an error, and so is a dataset CSV that would be overwritten and is not what Ingest wrote last.
func Ingest(ctx context.Context, c *Config, o Options) (*Report, error) {
	if !c.HasRaw() {
		return nil, fmt.Errorf(
			"%s: declares no raw material (files: or exec:); a dataset CSV that is written by hand is not ingested", c.Path)
	}
	dir := c.Raw(o.Raw)
	root, err := fileio.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) && len(c.Exec) > 0 && o.Raw == "" {
		root, err = fileio.OpenRoot(c.Dir) // a script may need no raw material
	}
	if err != nil {
		return nil, fmt.Errorf("%s: raw material of %s: %w%s", dir, c.Name, withoutPath(err), noFolder(dir))
	}
	defer root.Close()
	out, err := newOutput(c, o)
	if err != nil {
		return nil, err
	}
	defer out.discard()
	if len(c.Exec) > 0 {
		err = runScript(ctx, c, dir, o.Messages, out)
	} else {
		out.raw = dir
		g := &ingest{c: c, raw: &raw{root: root, dir: dir}, out: out}
		err = g.run(ctx)
	}
	err = errors.Join(err, out.finish())
	if err == nil {
		err = out.wrong()
	}
	if err == nil && out.report.Rows == 0 {
		err = out.noRow()
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
	first   *table
	stores  []*store         // of the further tables
	joins   []map[string]ref // of each further table: the columns before it that its key is made of, by name
	rows    []*row           // the row of each table that the row being made is of; nil: none
	at      []int            // their numbers in the stores, or -1
	refs    map[string]ref
	broken  errorList // what is wrong with source.yaml's names
	left    []string  // files that a pattern matches, and that a system left
	masks   *masks
	key     []byte
	cells   []string
	made    [][]string
	set     []int // columns of a one_hot that are set
	entries []dataset.Entry
}

// A ref is a raw column: a table and its column. Or is another column that may be meant, or -1: of records of JSON that
// are being read one of the two is there and the other is empty, or their end tells that both are there.
type ref struct{ table, column, or int }

func (g *ingest) run(ctx context.Context) error {
	var errs errorList
	g.c.look()
	g.loadMasks(&errs)
	g.open(&errs)
	for _, s := range g.stores {
		defer func() { _ = s.spill.free() }()
		errs.add(s.load())
	}
	loaded := len(errs.errs) == 0
	first := newFileCounts(g.first)
	err := g.first.each(func() { g.begin(&errs) }, func(r *row) bool {
		if ctx.Err() != nil {
			return false
		}
		if len(errs.errs)+len(g.broken.errs) == 0 { // else it is read to find what else is wrong
			first.count(r, g.take(r))
		}
		return true
	})
	for _, s := range g.stores {
		errs.add(s.err)
	}
	errs.first(err)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if loaded && err == nil && (g.first.loose() || len(g.broken.errs) > 0) {
		g.resolve() // now it is known which columns there are, and where names stand in another row
	}
	if _, elsewhere := errors.AsType[*headerElsewhere](errs.join()); elsewhere {
		g.broken = errorList{} // it says why the columns are not there
	}
	g.explainBroken()
	if err := errors.Join(errs.join(), g.broken.join()); err != nil {
		return err
	}
	g.out.report.Doubts = g.raw.doubts
	return errors.Join(g.account(first), g.out.place(func(see func(place) bool) error {
		return g.first.each(func() {}, func(r *row) bool { return see(r.place()) })
	}))
}

// explainBroken says, where columns are missing, which files are not what source.yaml declares: then nobody knows their
// columns.
func (g *ingest) explainBroken() {
	if len(g.broken.errs) == 0 {
		return
	}
	var seen errorList
	told := false
	for i := range g.c.files {
		if t := g.table(i); t.file.walk == "" && !t.told {
			names, _ := g.raw.filesOf(t.file)
			for _, name := range names[:min(1, len(names))] {
				if like := t.looksLike(name, false); like != "" {
					seen.add(fmt.Errorf("%s: %s", g.raw.path(name), like))
				}
			}
		} else {
			told = told || t.told
		}
	}
	if told || len(seen.errs) > 0 {
		g.broken = seen
	}
}

// open makes the tables.
func (g *ingest) open(errs *errorList) {
	metadata := map[string]bool{} // which is no image
	for _, f := range g.c.files {
		for _, path := range f.paths {
			names, left, _ := g.raw.expand(path) // an error is told when the table is read
			for _, name := range names {
				metadata[name] = true
			}
			g.left = append(g.left, left...)
		}
	}
	except := func(name string) bool {
		return metadata[name] || g.masks != nil && g.masks.match.MatchString(name) && !leftBySystem(name)
	}
	share := int64(storeBytes)
	for i := range g.c.files {
		t := &table{raw: g.raw, file: &g.c.files[i], want: g.wanted(&g.c.files[i]), except: except}
		if i == 0 {
			g.first = t
		} else {
			g.stores = append(g.stores, &store{table: t, spill: &spill{dir: g.out.temp, share: &share}})
		}
	}
	g.rows, g.at = make([]*row, len(g.c.files)), make([]int, len(g.c.files))
}

// storeBytes is how much of the cells of joined tables stays in memory.
const storeBytes = 128 << 20

// begin finds the columns, once those of the first table are known too, and begins the dataset CSV.
func (g *ingest) begin(errs *errorList) {
	if len(errs.errs) > 0 {
		return
	}
	g.resolve()
	for i, s := range g.stores {
		if len(g.broken.errs) == 0 {
			s.makeIndex(g.c.files[i+1].join, errs)
		}
	}
	var extras []string
	for _, e := range g.c.extra {
		extras = append(extras, e.name)
	}
	g.out.header(extras)
}

// take makes rows of the dataset of a row of the first table. It reports whether there is one at least.
func (g *ingest) take(r *row) bool {
	g.rows[0] = r
	g.out.number++
	for i, s := range g.stores {
		g.rows[i+1], g.at[i+1] = nil, -1
		var ok bool
		j := g.c.files[i+1].join
		if g.key, ok = j.key(g.key[:0], j.left, g.leftCell(i)); !ok {
			continue
		}
		if at := s.find(g.key); at >= 0 {
			g.rows[i+1], g.at[i+1] = s.fetch(at), at
		}
	}
	unused := g.row()
	state := joined
	if unused.Reason == "" {
		state |= used
	} else {
		unused.File, unused.Line = r.name, r.line
		g.out.unused(unused)
	}
	for i, s := range g.stores {
		if at := g.at[i+1]; at >= 0 {
			s.uses[at] |= state
		} else if state&used != 0 {
			g.lone(i, r.place())
		}
	}
	return unused.Reason == ""
}

// leftCell gives the cells that the key of further table i is made of, in the row of the first table.
func (g *ingest) leftCell(i int) func(col *column, name string) string {
	return func(col *column, name string) string {
		at := g.joins[i][name]
		if r := g.rows[at.table]; r != nil {
			if err := r.noKey(col, at.column); err != nil {
				g.out.fail(r.place(), err)
			}
		}
		return g.text(at)
	}
}

// table is one of all tables, in order.
func (g *ingest) table(i int) *table {
	if i == 0 {
		return g.first
	}
	return g.stores[i-1].table
}

// wanted tells which columns of a file are in use: by their name alone, or behind the file's name and a dot.
func (g *ingest) wanted(f *file) wanted {
	names := wanted{}
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
			other.join.left[i].names(add)
			other.join.right[i].names(add)
		}
	}
	return names
}

// resolve finds the column behind every name in source.yaml. What is wrong is in g.broken.
func (g *ingest) resolve() {
	g.broken, g.joins = errorList{}, nil
	for i, s := range g.stores {
		j := g.c.files[i+1].join
		left := map[string]ref{}
		for k := range j.left {
			j.left[k].names(func(name string, line int) {
				from, err := g.find(name, i+1)
				if err != nil {
					g.broken.add(fmt.Errorf("%s:%d: files before %s: %w", g.c.Path, line, s.file.name, err))
				}
				left[name] = from
			})
			j.right[k].names(func(name string, line int) {
				if s.column(name) < 0 {
					g.broken.add(fmt.Errorf("%s:%d: there is no column %q in %s, only %s",
						g.c.Path, line, name, s.file.name, strings.Join(s.all, ", ")))
				}
			})
		}
		g.joins = append(g.joins, left)
	}
	g.refs = map[string]ref{}
	g.c.names(func(name string, line int) {
		if _, seen := g.refs[name]; seen {
			return
		}
		at, err := g.find(name, len(g.c.files))
		if err != nil {
			g.broken.add(fmt.Errorf("%s:%d: %w", g.c.Path, line, err))
		}
		g.refs[name] = at
	})
}

// find looks for a column in the first tables.
func (g *ingest) find(name string, tables int) (ref, error) {
	var found []ref
	for i := range tables {
		t := g.table(i)
		if column := t.column(name); column >= 0 && !(i > 0 && g.isKey(i, name)) {
			found = append(found, ref{i, column, -1})
		}
		if rest, own := strings.CutPrefix(name, t.file.name+"."); own {
			if column := t.column(rest); column >= 0 {
				found = append(found, ref{i, column, -1})
			}
		}
	}
	ofEach := slices.Contains(pathColumns, name) // then the first table's is meant
	if g.first.loose() && !g.first.read && !ofEach {
		found = likely(found)
	}
	switch {
	case len(found) == 1, len(found) > 1 && ofEach:
		return found[0], nil
	case len(found) > 1:
		var names []string
		for _, at := range found {
			t := g.table(at.table)
			names = append(names, t.file.name+"."+t.columns[at.column])
		}
		return ref{}, fmt.Errorf("column %q is in several files, want one of %s", name, strings.Join(names, ", "))
	}
	if len(g.stores) == 0 && g.first.rows == 0 && g.first.read {
		return ref{}, fmt.Errorf("column %q is not there: %s has no rows", name, g.first.file.name)
	}
	var all []string
	for i := range tables {
		t := g.table(i)
		if row := t.astray[name]; row > 0 {
			return ref{}, fmt.Errorf("there is no column %q in row %d of %s, but row %d has the name: names over several "+
				"rows are not read: write all of them into one row of the sheet, and `header:` with its number", name,
				max(1, t.file.header), t.file.name, row)
		}
		all = append(all, t.all...)
	}
	if len(all) == 0 {
		return ref{}, fmt.Errorf("there is no column %q in the raw material", name)
	}
	return ref{}, noColumn(name, all)
}

// likely are the columns of which one is meant if the first table, of which nothing is read yet, has no more than it
// must: one of another table, or either of two of its own.
func likely(found []ref) []ref {
	others := slices.DeleteFunc(slices.Clone(found), func(at ref) bool { return at.table == 0 })
	if len(others) > 0 {
		return others
	}
	if len(found) == 2 {
		return []ref{{0, found[0].column, found[1].column}}
	}
	return found
}

// isKey reports whether a column of a joined table only repeats a column of the same name before it.
func (g *ingest) isKey(table int, name string) bool {
	j := g.c.files[table].join
	for i, right := range j.right {
		if right.raw() == name && j.left[i].raw() == name {
			return true
		}
	}
	return false
}

// cell is the cell of a raw column for the row of the first table.
func (g *ingest) cell(name string) string { return g.text(g.refs[name]) }

// alien reports whether a raw column is of a joined table that has no row for this one: nothing is known of its cell.
func (g *ingest) alien(name string) bool { return g.rows[g.refs[name].table] == nil }

func (g *ingest) text(at ref) string {
	r := g.rows[at.table]
	if r == nil {
		return ""
	}
	if at.or >= 0 && r.cells[at.column] == "" {
		return r.cells[at.or]
	}
	return r.cells[at.column]
}

// fileCounts count the rows of a table by the file where they stand; all files of a walk are one.
type fileCounts struct {
	table *table
	files []File
	at    map[string]int
}

func newFileCounts(t *table) *fileCounts { return &fileCounts{table: t, at: map[string]int{}} }

func (f *fileCounts) count(r *row, used bool) {
	path := r.name
	if f.table.file.walk != "" {
		path = f.table.file.walk
	}
	i, known := f.at[path]
	if !known {
		i = len(f.files)
		f.at[path] = i
		f.files = append(f.files, File{Table: f.table.file.name, Path: path})
	}
	f.files[i].Rows++
	if used {
		f.files[i].Used++
	}
}

// account lists what no row has used, and counts per file.
func (g *ingest) account(first *fileCounts) error {
	r := g.out.report
	r.Files = append(r.Files, first.files...)
	var errs errorList
	for n, s := range g.stores {
		files := newFileCounts(s.table)
		for i, state := range s.uses {
			row := s.fetch(i)
			if row == nil {
				return s.err
			}
			files.count(row, state&used != 0)
			switch {
			case state&used != 0:
			case state&joined != 0:
				g.out.unused(Unused{row.name, row.line, "row_unused", "the rows that it joins to are unused"})
			default:
				j := s.file.join
				cell := func(_ *column, name string) string { return row.cells[s.column(name)] }
				g.out.unused(Unused{row.name, row.line, "nothing_joins", j.noPartner(g.first.file.name, j.right, cell)})
				if len(s.lonely) > 0 {
					if key, ok := j.key(nil, j.right, cell); ok {
						s.nearly(key)
					}
				}
			}
		}
		r.Files = append(r.Files, files.files...)
		if s.alone > 0 {
			used := 0
			for _, f := range first.files {
				used += f.Used
			}
			errs.add(g.alone(n, used))
		}
	}
	r.Idle = g.c.idle()
	return errors.Join(errs.join(), g.accountOthers(), g.accountMasks())
}

// accountOthers lists the files below walks that are no images, and metadata files that a system left.
func (g *ingest) accountOthers() error {
	others := File{Table: "other files"}
	list := func(u Unused) {
		others.Rows++
		g.out.unused(u)
	}
	var errs []error
	for i := range g.c.files {
		if t := g.table(i); t.others > 0 {
			errs = append(errs, t.eachOther(list))
		}
	}
	for _, name := range g.left {
		if !g.walked(name) {
			list(Unused{File: name, Reason: "system_file", Detail: bySystem})
		}
	}
	if others.Rows > 0 {
		g.out.report.Files = append(g.out.report.Files, others)
	}
	return errors.Join(errs...)
}

// walked reports whether a file is below a walk, which lists it.
func (g *ingest) walked(name string) bool {
	return slices.ContainsFunc(g.c.files, func(f file) bool {
		if f.walk == "" {
			return false
		}
		w, err := compileWalk(f.walk)
		return err == nil && (w.folder == "." || strings.HasPrefix(name, w.folder+"/"))
	})
}
