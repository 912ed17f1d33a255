package desk

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/people"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// ReviewOptions say for whom a review workbook is made, and how.
type ReviewOptions struct {
	Role       string // primary, secondary or sample
	To         string // an id of people.yaml
	Open       bool   // a secondary reviewer sees the proposals
	NoPictures bool
	CSV        bool   // a folder of CSVs, not an XLSX
	Out        string // empty: named by version, role, person and sheet, in the current folder
	DryRun     bool
	Sample     int   // of the role sample: how many rows
	Seed       int64 // and what they are drawn by
}

// ReviewColumns are those of ExportReview.
var ReviewColumns = results.Columns{
	results.Text("tab", "a tab of the review workbook"),
	results.Whole("rows", "rows to review"),
	results.Whole("questions", "of them with an open question"),
	results.Whole("pictures", "sample pictures"),
}

// mostSampleBytes bounds the pictures of a workbook, and mostSamples their number: beyond it a workbook opens slowly.
const (
	mostSampleBytes = 32 << 20
	mostSamples     = 6000
)

// ExportReview makes a review workbook for one person and writes into the log that it was made. It returns a row for
// each tab. A person who may not give such a review, and a file that is there, are errors of usage; nothing is written
// then, and nothing where no row waits for the person.
func ExportReview(ctx context.Context, w *workspace.Workspace, o ReviewOptions) ([][]string, error) {
	now := time.Now().UTC()
	if err := o.check(w, now); err != nil {
		return nil, workspace.Usage(err)
	}
	r, err := readReview(ctx, w, now)
	if err != nil {
		return nil, err
	}
	book, err := r.book(o)
	if err != nil || len(book.Made()) == 0 {
		return nil, err
	}
	if !o.NoPictures && !o.CSV {
		if err := r.addPictures(book); err != nil {
			return nil, err
		}
	}
	rows := book.Counts()
	if o.DryRun {
		return rows, nil
	}
	book.Meta.Secret = rand.Text()
	book.Meta.Sheet, err = r.log.Add(decisions.Decision{Who: o.To, Role: o.Role, Act: decisions.Export,
		Made: &decisions.Made{Version: book.Meta.Version, For: o.To, As: o.Role, Open: o.Open, Rows: book.Made(),
			Secret: book.Meta.Secret}}, now)
	if err != nil {
		return nil, err
	}
	path, err := o.write(w, book, func() error { return w.SaveDecisions(r.log) })
	if err != nil {
		return nil, err
	}
	w.Log.Info(fmt.Sprintf("review export: %s is for %s; `dermset review import` takes it back", path, o.To))
	return rows, nil
}

// check refuses what a person asked for before anything is read, and names the person who alone can be meant.
func (o *ReviewOptions) check(w *workspace.Workspace, now time.Time) error {
	role := review.RoleFor(o.Role)
	switch {
	case !slices.Contains([]string{decisions.Primary, decisions.Secondary, decisions.Sampler}, o.Role):
		return fmt.Errorf("--role %q: want primary or secondary%s", o.Role,
			slips.Meant(o.Role, []string{decisions.Primary, decisions.Secondary}))
	case o.Open && o.Role == decisions.Primary:
		return errors.New("--open: is for a secondary review; a primary one always shows the proposals")
	case o.Role == decisions.Sampler && o.Sample < 1:
		return fmt.Errorf("%d rows: want at least 1", o.Sample)
	case o.Out != "" && o.CSV == strings.EqualFold(filepath.Ext(o.Out), ".xlsx"):
		return fmt.Errorf("--out %q: want a name that ends in .xlsx, or --csv and the name of a folder", o.Out)
	}
	if o.Out != "" {
		there, err := workspace.IsThere(o.Out)
		if err != nil {
			return err
		}
		if there {
			return fmt.Errorf("--out %q: is there; name another file", o.Out)
		}
		if there, err := workspace.IsThere(filepath.Dir(o.Out)); err != nil || !there {
			return cmp.Or(err, fmt.Errorf("--out %q: there is no such folder", o.Out))
		}
	}
	all, err := people.Read(w.Path(people.FileName))
	if err != nil {
		return err
	}
	if o.To == "" {
		return o.onlyOne(all, role, now)
	}
	_, err = all.Holds(o.To, role, now.Format(time.DateOnly))
	return err
}

// onlyOne is for whom it is where nobody is named: who alone holds the role today.
func (o *ReviewOptions) onlyOne(all *people.People, role people.Role, now time.Time) error {
	var ids []string
	for _, person := range all.All() {
		holds, err := all.Holds(person.ID, role, now.Format(time.DateOnly))
		if err == nil && holds.Line == person.Line {
			ids = append(ids, person.ID)
		}
	}
	if len(ids) != 1 {
		return fmt.Errorf("--to: want for whom it is; by %s these hold the role %s today: %s", people.FileName, role,
			cmp.Or(strings.Join(ids, ", "), "nobody"))
	}
	o.To = ids[0]
	return nil
}

// A reviewing is what reviews are made of.
type reviewing struct {
	ctx     context.Context
	w       *workspace.Workspace
	now     time.Time
	log     *decisions.Log
	given   review.Given
	rows    []review.Row
	known   []mapping.Category
	release *icd11.Release
}

// readReview reads log, workbook and labels. What is wrong with any of it comes at once.
func readReview(ctx context.Context, w *workspace.Workspace, now time.Time) (*reviewing, error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	configs, labels, labelsErr := allLabels(ctx, w, names)
	r := &reviewing{ctx: ctx, w: w, now: now}
	var logErr, bookErr, knownErr, releaseErr error
	r.log, logErr = decisions.Read(w.Path("mapping"), now)
	book, bookErr := w.Workbook()
	r.known, knownErr = mapping.ReadCategories(w.Path("mapping/known_categories.csv"))
	r.release, releaseErr = w.Release()
	if err := errors.Join(labelsErr, logErr, bookErr, knownErr, releaseErr, ctx.Err()); err != nil {
		return nil, err
	}
	sources, images := make([]mapping.Source, len(configs)), map[string]map[string]int64{}
	for i, config := range configs {
		counts := map[string]int64{}
		for _, row := range labels[i] {
			counts[row.Label] = row.Images
		}
		sources[i] = mapping.Source{Name: config.Name, Tab: w.Config.Mapping.Tabs[config.Name], Pending: config.Pending(),
			Labels: counts}
		images[config.Name] = counts
	}
	m, _ := mapping.Parse(book, sources, mapping.Given{Known: r.known, OnlyBlocking: true})
	r.given = review.Given{Mapping: m, Images: images, Log: r.log}
	var torn []decisions.Row
	r.rows, torn = r.given.Rows()
	var several []string
	for _, row := range torn {
		several = append(several, fmt.Sprintf("review: %q in tab %q: stands there several times, not alike, and cannot be "+
			"reviewed: keep one of the rows", row.Label, row.Tab))
	}
	w.WarnOf(several)
	r.rows = slices.DeleteFunc(r.rows, func(row review.Row) bool {
		err := row.Fits()
		if err != nil {
			w.Log.Warn(fmt.Sprintf("review: a row of tab %q fits into no spreadsheet and cannot be reviewed: %v", row.Tab, err))
		}
		return err != nil
	})
	return r, nil
}

// book is what goes into the workbook, without pictures.
func (r *reviewing) book(o ReviewOptions) (*review.Book, error) {
	picked, left := review.For(o.Role, o.To, r.rows)
	r.tell(o, picked, left)
	b := &review.Book{Title: r.title, Names: r.names(), Meta: review.Meta{Version: r.w.Config.VersionName(), Role: o.Role,
		Person: o.To, Open: o.Open, Made: r.now.Format(time.RFC3339)}}
	if o.Role == decisions.Sampler {
		b.Rows = review.Draw(picked, o.Sample, o.Seed)
		return b, nil
	}
	b.Rows, b.Questions = picked, review.Asked(r.rows)
	if !b.Meta.Shows() || len(picked)+len(b.Questions) == 0 {
		return b, nil
	}
	if r.release == nil {
		r.w.Log.Info(fmt.Sprintf("review: release %s of ICD-11 has not been imported (dermset codes import), so no title "+
			"stands beside its code", r.w.Config.ICD11.Release))
	}
	reached, err := build.Reached(r.ctx, r.w)
	stages := map[string]review.Reach{}
	for name, reach := range reached {
		stages[name] = review.Reach(reach)
	}
	b.Categories = slices.DeleteFunc(r.given.Mapped(stages),
		func(c review.Mapped) bool { return sheetio.CheckText(c.Name) != nil })
	return b, err
}

// tell says what is not in the workbook, and what others were given too.
func (r *reviewing) tell(o ReviewOptions, picked []review.Row, left review.Left) {
	if left.NoAnnotator > 0 {
		r.w.Log.Warn(fmt.Sprintf("review: proposed rows without an Annotator, which cannot be reviewed: %d; fill in the "+
			"id of who proposed them", left.NoAnnotator))
	}
	if left.Own > 0 {
		r.w.Log.Info(fmt.Sprintf("review: rows that wait, but in which %s took part, and which are left out: %d", o.To,
			left.Own))
	}
	if len(picked) == 0 {
		r.w.Log.Info(fmt.Sprintf("review: no row waits for %s in the role %s; see `dermset review status`", o.To, o.Role))
	}
	waiting := map[decisions.Row]bool{}
	for _, row := range picked {
		waiting[row.Row] = true
	}
	others, last := map[string]int{}, map[decisions.Row]int64{}
	for _, d := range r.log.Decisions {
		if d.Act == decisions.Review {
			last[*d.Row] = d.Number
		}
	}
	for _, d := range r.log.Decisions {
		if d.Act != decisions.Export || d.Made.As != o.Role || d.Made.For == o.To || o.Role == decisions.Sampler {
			continue
		}
		n := 0
		for _, row := range d.Made.Rows {
			if waiting[row] && last[row] < d.Number { // what was reviewed since is refused from that workbook
				n++
			}
		}
		others[d.Made.For] = max(others[d.Made.For], n)
	}
	for _, other := range slices.Sorted(maps.Keys(others)) {
		if others[other] > 0 {
			r.w.Log.Warn(fmt.Sprintf("review: in a workbook of %s too: %d of the rows; of two reviews in one role the first "+
				"that is imported counts, the other is refused", other, others[other]))
		}
	}
}

// names are what the drop-downs offer.
func (r *reviewing) names() []string {
	all := map[string]bool{}
	for _, c := range r.known {
		all[c.Name] = true
	}
	for _, name := range r.given.Mapping.Names {
		all[name] = true
	}
	maps.DeleteFunc(all, func(name string, _ bool) bool { return sheetio.CheckText(name) != nil })
	return slices.Sorted(maps.Keys(all))
}

// title is the official title of a code; empty without a release.
func (r *reviewing) title(code string) string {
	if r.release == nil {
		return ""
	}
	return r.release.Check(code).Title
}

// addPictures puts samples beside the labels, if there is a store: the first rows have them where there are too many.
func (r *reviewing) addPictures(b *review.Book) error {
	if !r.w.HasPictures() {
		return nil
	}
	var labels []build.Label
	var of []decisions.Row
	for _, row := range b.Rows {
		if row.Kind == review.Labels {
			labels, of = append(labels, build.Label{Sources: row.Sources, Text: row.Label}), append(of, row.Row)
		}
	}
	if len(labels) == 0 {
		return nil
	}
	each := max(1, min(review.MostPictures, mostSamples/len(labels)))
	labels = labels[:min(len(labels), mostSamples)]
	found, err := build.Samples(r.ctx, r.w, labels, each, sheetio.FormPictureSide)
	b.Pictures = map[decisions.Row][]review.Thumbnail{}
	left := mostSampleBytes
	for i, samples := range found {
		for _, s := range samples {
			if left -= len(s.Data); left >= 0 {
				b.Pictures[of[i]] = append(b.Pictures[of[i]], review.Thumbnail(s))
			}
		}
	}
	return err
}

// write writes the workbook where it was asked for, once what it is was kept, and returns where that is.
func (o *ReviewOptions) write(w *workspace.Workspace, b *review.Book, keep func() error) (string, error) {
	path := o.Out
	if path == "" {
		path = fmt.Sprintf("%s_%s_%s_%s", b.Meta.Version, o.Role, asName(o.To), b.Meta.Sheet[:8])
		if !o.CSV {
			path += ".xlsx"
		}
	}
	if o.CSV {
		files, err := b.Folder()
		if err != nil {
			return "", err
		}
		if err := keep(); err != nil {
			return "", err
		}
		return path, releaseio.WriteFolder(path, files)
	}
	var text bytes.Buffer
	if err := sheetio.WriteForm(&text, b.Sheets()); err != nil {
		return "", err
	}
	if err := keep(); err != nil {
		return "", err
	}
	return path, releaseio.WriteFile(path, text.Bytes())
}

// asName is an id as part of a file's name.
func asName(id string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-') {
			return r
		}
		return '_'
	}, id)
}
