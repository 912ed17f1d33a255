package workflow

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/transfer"
)

// UploadOptions say what UploadSource reads.
type UploadOptions struct {
	Raw    string // folder of the pictures, see sources.Config.Raw; empty: the source's own
	DryRun bool   // look everything up and compare, write nothing
}

// tablesFolder is where a source's tables are in the store, below its prefix. A picture there is refused, so that none is in their way.
const tablesFolder = ".dermset"

// UploadSource puts every image and mask that a source's dataset CSV names into images.store, where fetch looks for it, and the source's
// tables beside them. Pictures of people who withdrew stay here. An object with other bytes is a failure, unless images.changed is accept;
// tables are replaced. What failed is the error, a line for each; the result says how much went all the same.
func (w *Workspace) UploadSource(ctx context.Context, name string, o UploadOptions) (Result, error) {
	if w.Config.Images.Store == "" {
		return Result{}, Usage(errors.New("dermset.yaml: images.store: is empty, want s3://bucket/prefix or a folder to upload to"))
	}
	if _, err := w.knownSources([]string{name}); err != nil {
		return Result{}, err
	}
	named, err := w.named(ctx, name)
	if err != nil {
		return Result{}, err
	}
	config := named.config
	pictures, err := blobio.OpenFolder(config.Raw(o.Raw))
	if err != nil {
		return Result{}, fmt.Errorf("%s: pictures of %s: %w; put them there, or say where they are with --raw", config.Raw(o.Raw), name, errors.Unwrap(err))
	}
	tables, err := blobio.OpenFolder(config.Dir)
	if err != nil {
		return Result{}, err
	}
	to, err := w.openStore(ctx, w.storeURL(), o.DryRun)
	if err != nil {
		return Result{}, Usage(fmt.Errorf("dermset.yaml: images.store: %w", err))
	}
	prefix := name + "/"
	tally, err := to.upload(ctx, transfer.Set{From: pictures, Prefix: prefix, Files: named.files, Replace: w.Config.Images.Changed == "accept"})
	if err == nil {
		var more transfer.Tally
		more, err = to.upload(ctx, transfer.Set{From: tables, Prefix: prefix + tablesFolder + "/", Files: named.tables, Replace: true})
		tally.Join(more)
	}
	for _, bad := range named.bad {
		tally.Fail(bad)
	}
	result := uploadResult(to.below(prefix), tally, o.DryRun, sourceRemedy)
	result.Rows = append(result.Rows, named.withdrawnRows(tally, prefix)...)
	if err != nil {
		return result.of(tally), err
	}
	places, err := named.places(ctx, tally)
	if err != nil {
		return result, err
	}
	return result, failures(tally, places, sourceRemedy)
}

// sourceRemedy is what to do about a file of a source.
func sourceRemedy(c transfer.Cause) string {
	if c.Side == transfer.There && c.Reason == blobio.Changed {
		return c.Remedy() + "; images.changed: accept in dermset.yaml lets the file here replace the object"
	}
	if c.Side == transfer.Here && c.Reason == blobio.Missing {
		return "put the file there, say with --raw where the pictures are, or correct the path in the dataset CSV"
	}
	return c.Remedy()
}

// namedFiles are what a source's dataset CSV names.
type namedFiles struct {
	config    *sources.Config
	csv       string
	files     []transfer.File // images and masks, once each, by row
	tables    []transfer.File
	bad       []transfer.Failure
	images    int64           // withdrawn, they or their person
	withdrawn map[string]bool // these and their masks
}

// named reads the dataset CSV of a source.
func (w *Workspace) named(ctx context.Context, name string) (*namedFiles, error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	configs, err := w.declarations(names)
	if err != nil {
		return nil, err
	}
	n, all := &namedFiles{withdrawn: map[string]bool{}}, make([]Source, len(configs))
	for i, config := range configs {
		all[i].Config = config
		if config.Name == name {
			n.config, n.csv = config, config.Dataset(config.Dir)
		}
	}
	withdrawn, err := w.readWithdrawals(all)
	if err != nil {
		return nil, err
	}
	for _, path := range []string{n.config.Path, n.csv, n.config.Renaming(n.config.Dir)} {
		if !modified(path).IsZero() {
			n.tables = append(n.tables, transfer.File{Path: filepath.Base(path), Row: -1})
		}
	}
	err = n.read(ctx, withdrawn)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: the source has no dataset CSV yet; run `dermset source ingest %s`", n.csv, name)
	}
	return n, err
}

func (n *namedFiles) read(ctx context.Context, withdrawn withdrawals) error {
	paths, patients := withdrawn.paths[n.config.Name], withdrawn.patients[n.config.PatientSpace]
	seen := map[string]bool{}
	add := func(path string, row int64) {
		if seen[path] {
			return
		}
		seen[path] = true
		f := transfer.File{Path: path, Row: row}
		if err := checkPicture(path); err != nil {
			n.bad = append(n.bad, transfer.Failure{Cause: transfer.Cause{Side: transfer.Here, Reason: blobio.BadKey}, Path: path, Row: row, Detail: err.Error()})
			return
		}
		n.files = append(n.files, f)
	}
	row, columns := int64(0), map[string]int(nil)
	err := eachRow(ctx, n.csv, func(r csvRow) bool {
		columns = r.columns
		image, mask, patient := r.cell(dataset.ImagePath), r.cell(dataset.MaskPath), r.cell(dataset.PatientID)
		_, byPath := paths[image]
		_, byPatient := patients[patient]
		if byPath || byPatient {
			n.images++
			n.withdrawn[image], n.withdrawn[mask] = true, true
		} else {
			add(image, row)
			if mask != "" {
				add(mask, row)
			}
		}
		row++
		return true
	})
	if _, is := columns[dataset.ImagePath]; err == nil && row > 0 && !is {
		return fmt.Errorf("%s:1: there is no column %q", n.csv, dataset.ImagePath)
	}
	return err
}

// withdrawnRows are the rows of the result about what is withdrawn: it stays here, and what an earlier run has uploaded is still in the store.
func (n *namedFiles) withdrawnRows(t transfer.Tally, prefix string) (rows [][]string) {
	if n.images > 0 {
		rows = append(rows, []string{"withdrawn, not uploaded", number(n.images), "", "", ""})
	}
	var there, bytes int64
	example := ""
	for _, o := range t.Others {
		if n.withdrawn[strings.TrimPrefix(o.Key, prefix)] {
			there, bytes = there+1, bytes+o.Size
			example = cmp.Or(example, o.Key)
		}
	}
	if there > 0 {
		rows = append(rows, []string{"withdrawn, and in the store", number(there), number(bytes), example, "remove them from the store"})
	}
	return rows
}

// checkPicture says what is wrong with the path of a picture that is to go into a store.
func checkPicture(path string) error {
	if err := dataset.CheckPath(path); err != nil {
		return err
	}
	if first, _, _ := strings.Cut(path, "/"); strings.EqualFold(first, tablesFolder) {
		return fmt.Errorf("path %q: the folder %s of a source is for its tables", path, tablesFolder)
	}
	return nil
}

// places says where the failed files are named, by row.
func (n *namedFiles) places(ctx context.Context, tally transfer.Tally) (func(transfer.Failure) string, error) {
	var rows []int64
	for _, failed := range tally.Failed {
		for _, f := range failed.First {
			if f.Row >= 0 {
				rows = append(rows, f.Row)
			}
		}
	}
	lines, err := linesOf(ctx, n.csv, rows)
	return func(f transfer.Failure) string {
		if f.Row < 0 {
			return filepath.Join(n.config.Dir, f.Path)
		}
		return fmt.Sprintf("%s:%d: %s", n.csv, lines[f.Row], f.Path)
	}, err
}

// UploadVersion puts a version of dist/ into the store at the URL to, below its name: every file of its manifest, and the manifest last. The
// files here must be as the manifest says. A draft in the store is replaced; any other version that is there with other bytes is an error that
// names the objects, and nothing is changed.
func (w *Workspace) UploadVersion(ctx context.Context, version, to string, dryRun bool) (Result, error) {
	files, err := w.Verify(version)
	if IsUsage(err) {
		return Result{}, err
	}
	if err != nil {
		return Result{}, fmt.Errorf("%w\ndist/%s is not uploaded: its files must be as its manifest says; build it again, or bring it back from a copy", err, version)
	}
	w.Log.Info(fmt.Sprintf("%s: %d files are as the manifest says", version, files))
	dir := w.dist(version)
	from, err := blobio.OpenFolder(dir)
	if err != nil {
		return Result{}, err
	}
	manifest, err := releaseio.ReadManifest(dir)
	if err != nil {
		return Result{}, err
	}
	set := transfer.Set{From: from, Prefix: version + "/", Last: &transfer.File{Path: releaseio.ManifestName}, Replace: manifest.State == releaseio.Draft, Sealed: manifest.State != releaseio.Draft}
	for _, e := range manifest.Outputs {
		sum, err := hex.DecodeString(e.SHA256)
		if err != nil {
			return Result{}, fmt.Errorf("%s: %s: sha256 %q: %w", filepath.Join(dir, releaseio.ManifestName), e.Path, e.SHA256, err)
		}
		set.Files = append(set.Files, transfer.File{Path: e.Path, SHA256: sum})
	}
	store, err := w.openStore(ctx, to, dryRun)
	if err != nil {
		return Result{}, Usage(fmt.Errorf("--to: %w", err))
	}
	tally, err := store.upload(ctx, set)
	result := uploadResult(store.below(set.Prefix), tally, dryRun, versionRemedy)
	if err != nil {
		return result.of(tally), err
	}
	w.tellOthers(tally, &result)
	place := func(f transfer.Failure) string {
		if f.Side == transfer.Here {
			return filepath.Join(dir, filepath.FromSlash(f.Path))
		}
		return store.below(set.Prefix) + f.Path
	}
	return result, failures(tally, place, versionRemedy)
}

func versionRemedy(c transfer.Cause) string {
	if c.Side == transfer.There && c.Reason == blobio.Changed {
		return "a finished version is never changed: publish this one under another number, or upload it elsewhere"
	}
	return c.Remedy()
}

// tellOthers names the objects of a version's prefix that are no part of it.
func (w *Workspace) tellOthers(t transfer.Tally, r *Result) {
	var bytes int64
	for i, o := range t.Others {
		bytes += o.Size
		if i < maxLeftOver {
			w.Log.Warn("left over in the store, no part of this version: " + o.Key)
		}
	}
	if n := len(t.Others); n > 0 {
		r.Rows = append(r.Rows, []string{"left over", number(int64(n)), number(bytes), t.Others[0].Key, "remove from the store what nobody needs"})
	}
}

// An uploader is a store that things go to.
type uploader struct {
	*Workspace
	store   blobio.Store
	options transfer.Options
}

func (w *Workspace) openStore(ctx context.Context, url string, dryRun bool) (*uploader, error) {
	atOnce := w.objectsAtOnce()
	pace := blobio.NewPace(atOnce)
	store, err := blobio.Open(ctx, url, blobio.Options{Connections: atOnce, Again: pace.Again})
	if err != nil {
		return nil, err
	}
	return &uploader{w, store, transfer.Options{AtOnce: atOnce, Pace: pace, DryRun: dryRun, Watch: w.Progress.transferred}}, nil
}

// below is where a prefix of the store is.
func (u *uploader) below(prefix string) string {
	return strings.TrimSuffix(u.store.String(), "/") + "/" + prefix
}

func (u *uploader) upload(ctx context.Context, set transfer.Set) (transfer.Tally, error) {
	u.Progress.begin("upload", "objects", 0)
	tally, err := transfer.Upload(ctx, u.store, set, u.options)
	if !u.options.DryRun {
		u.Progress.endTransfer(tally)
	}
	return tally, err
}

// uploadResult is a row for all that went, and one for each cause why files did not, with what to do about it.
func uploadResult(to string, t transfer.Tally, dryRun bool, remedy func(transfer.Cause) string) Result {
	sent, replaced := "uploaded", "replaced"
	if dryRun {
		sent, replaced = "to upload", "to replace"
	}
	r := Result{Columns: []string{"what", "objects", "bytes", "example", "what to do"}, Rows: [][]string{
		{"wanted in " + to, number(t.Wanted), "", "", ""},
		{"there already", number(t.Had), number(t.HadBytes), "", ""},
		{sent, number(t.Moved - t.Replaced), number(t.MovedBytes - t.ReplacedBytes), "", ""},
		{replaced, number(t.Replaced), number(t.ReplacedBytes), "", ""},
	}}
	r.Rows = append(r.Rows, failedRows(t, remedy)...)
	return r
}

// failedRows has a row for each cause why objects did not come or go, with the first of them and what to do about it.
func failedRows(t transfer.Tally, remedy func(transfer.Cause) string) (rows [][]string) {
	for _, c := range t.Causes() {
		failed := t.Failed[c]
		first := failed.First[0]
		rows = append(rows, []string{"failed: " + c.String(), number(failed.Objects), "", strings.TrimSuffix(first.Path+": "+first.Detail, ": "), remedy(c)})
	}
	return rows
}

// of is the result of a run that ended early: none if nothing is known.
func (r Result) of(t transfer.Tally) Result {
	if t.Done() == 0 {
		return Result{}
	}
	return r
}

// maxLeftOver is how many left over objects are named.
const maxLeftOver = 100

// failures is an error with a line for every file that failed and has a name.
func failures(t transfer.Tally, place func(transfer.Failure) string, remedy func(transfer.Cause) string) error {
	var errs []error
	for _, c := range t.Causes() {
		failed := t.Failed[c]
		for _, f := range failed.First {
			errs = append(errs, fmt.Errorf("%s: %s: %s; %s", place(f), c, f.Detail, remedy(c)))
		}
		if more := failed.Objects - int64(len(failed.First)); more > 0 {
			errs = append(errs, fmt.Errorf("%s: %s more files", c, thousands(more)))
		}
	}
	return errors.Join(errs...)
}
