package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// UploadOptions say what UploadSource reads.
type UploadOptions struct {
	Raw    string // folder of the pictures, see sources.Config.Raw; empty: the source's own
	DryRun bool   // look everything up and compare, write nothing
}

// tablesFolder is where a source's tables are in the store, below its prefix. A picture there is refused,
// so that none is in their way.
const tablesFolder = ".dermset"

// UploadSource puts every image and mask that a source's dataset CSV names into images.store, where fetch looks for it,
// and the source's tables beside them. Pictures of people who withdrew stay here, and a source without pictures has
// only tables. An object with other bytes is a failure, unless images.changed is accept; tables are replaced. What
// failed is the error, a line for each; the result says how much went all the same.
func UploadSource(ctx context.Context, w *workspace.Workspace, name string, o UploadOptions) (workspace.Result, error) {
	if _, err := w.KnownSources([]string{name}); err != nil {
		return workspace.Result{}, errors.Join(wantStore(w), err)
	}
	u, err := newUploading(ctx, w, o)
	if err != nil {
		return workspace.Result{}, err
	}
	return u.source(ctx, name)
}

// UploadAllColumns are those of UploadAll.
var UploadAllColumns = slices.Concat(results.Columns{results.Text("source", "whose objects they are")},
	workspace.ObjectColumns)

// UploadAll is UploadSource for every source. It goes on after a source that fails, which has a row that says why, and
// ends where the store cannot be used for any: the sources after it have a row that says so.
func UploadAll(ctx context.Context, w *workspace.Workspace, o UploadOptions) (workspace.Result, error) {
	u, err := newUploading(ctx, w, o)
	if err != nil {
		return workspace.Result{}, err
	}
	all := workspace.Result{Columns: UploadAllColumns}
	var errs []error
	for _, config := range u.configs {
		if gone := len(errs) > 0 && storeGone(errs[len(errs)-1]) || ctx.Err() != nil; gone {
			all.Rows = append(all.Rows, []string{config.Name, "not tried", "", "", "", "run it again"})
			continue
		}
		result, err := u.source(ctx, config.Name)
		for _, row := range result.Rows {
			all.Rows = append(all.Rows, append([]string{config.Name}, row...))
		}
		if err != nil {
			errs = append(errs, err)
		}
		if err != nil && len(result.Rows) == 0 {
			first, _, _ := strings.Cut(err.Error(), "\n")
			all.Rows = append(all.Rows, []string{config.Name, "failed", "", "", first, "mend it and run it again"})
		}
	}
	return all, errors.Join(errs...)
}

// storeGone says whether a source's upload failed for what every other would fail for.
func storeGone(err error) bool {
	switch reason := blobio.ReasonOf(err); reason {
	case blobio.Busy, blobio.Stalled, blobio.Cut:
		return true
	default:
		return reason.OfStore()
	}
}

func wantStore(w *workspace.Workspace) error {
	if w.Config.Images.Store != "" {
		return nil
	}
	return workspace.Usage(
		errors.New("dermset.yaml: images.store: is empty, want s3://bucket/prefix or a folder to upload to"))
}

// An uploading is what all sources have in common.
type uploading struct {
	*workspace.Workspace
	UploadOptions
	configs   []*sources.Config
	withdrawn workspace.Withdrawals
	to        *workspace.Uploader // opened by the first source that has something to send
}

// newUploading reads what is said of all sources: who withdrew from one may have images in another.
func newUploading(ctx context.Context, w *workspace.Workspace, o UploadOptions) (*uploading, error) {
	if err := wantStore(w); err != nil {
		return nil, err
	}
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	u := &uploading{Workspace: w, UploadOptions: o}
	if u.configs, err = w.Declarations(names); err != nil {
		return nil, err
	}
	all := make([]workspace.Source, len(u.configs))
	for i, config := range u.configs {
		all[i].Config = config
	}
	u.withdrawn, err = w.ReadWithdrawals(all)
	return u, err
}

// source uploads one.
func (u *uploading) source(ctx context.Context, name string) (workspace.Result, error) {
	at := slices.IndexFunc(u.configs, func(c *sources.Config) bool { return c.Name == name })
	named, err := readNamed(ctx, u.configs[at], u.withdrawn)
	if err != nil {
		return workspace.Result{}, err
	}
	tables, err := blobio.OpenFolder(ctx, named.config.Dir, blobio.Options{})
	if err != nil {
		return workspace.Result{}, err
	}
	prefix := name + "/"
	sets := []transfer.Set{{From: tables, Prefix: prefix + tablesFolder + "/", Files: named.tables, Replace: true}}
	if named.config.HasPictures() {
		pictures, err := u.pictures(ctx, named.config)
		if err != nil {
			return workspace.Result{}, err
		}
		sets = slices.Insert(sets, 0, transfer.Set{From: pictures, Prefix: prefix, Files: named.files,
			Replace: u.Config.Images.Changed == "accept"})
	}
	if u.to == nil {
		if u.to, err = u.OpenStore(ctx, u.StoreURL(), u.DryRun); err != nil {
			return workspace.Result{}, workspace.StoreError("dermset.yaml: images.store", err)
		}
	}
	return u.send(ctx, named, prefix, sets)
}

// pictures is the folder of a source's pictures.
func (u *uploading) pictures(ctx context.Context, config *sources.Config) (*blobio.Folder, error) {
	pictures, err := blobio.OpenFolder(ctx, config.Raw(u.Raw), blobio.Options{})
	if err == nil {
		return pictures, nil
	}
	if path, is := errors.AsType[*fs.PathError](err); is && fault.Of(err) == fault.OfSettings {
		err = fmt.Errorf("%w; put them there, or say where they are with --raw", path.Err)
	}
	return nil, fmt.Errorf("%s: pictures of %s: %w", config.Raw(u.Raw), config.Name, err)
}

// send puts sets of files into the store, one after the other.
func (u *uploading) send(ctx context.Context, named *namedFiles, prefix string,
	sets []transfer.Set) (workspace.Result, error) {
	var tally transfer.Tally
	var err error
	for i, set := range sets {
		var more transfer.Tally
		if more, err = u.to.Upload(ctx, set); i == 0 {
			tally = more
		} else {
			tally.Join(more)
		}
		if err != nil {
			break
		}
	}
	for _, bad := range named.bad {
		tally.Fail(bad)
	}
	named.tellNear(ctx, tally, sets[0].From, u.Inside(named.config.Path))
	result := u.to.Result(prefix, tally, named.remedy)
	result.Rows = append(result.Rows, named.withdrawnRows(tally, prefix)...)
	if err != nil {
		return workspace.IfKnown(result, tally), err
	}
	places, err := named.places(ctx, tally)
	if err != nil {
		return result, err
	}
	return result, workspace.UploadFailures(tally, places, named.remedy)
}

// remedy is what to do about a file of the source.
func (n *namedFiles) remedy(c transfer.Cause) string {
	if c.Side == transfer.There && c.Reason == blobio.Changed {
		return c.Remedy() + "; images.changed: accept in dermset.yaml lets the file here replace the object"
	}
	if c.Side == transfer.Here && c.Reason == blobio.Missing {
		where := "the dataset CSV"
		if n.config.HasRaw() { // which the next ingest would write again
			where = "source.yaml, and ingest again"
		}
		return "put the file there, say with --raw where the pictures are, or correct the path in " + where
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

// readNamed reads the dataset CSV of a source.
func readNamed(ctx context.Context, config *sources.Config, withdrawn workspace.Withdrawals) (*namedFiles, error) {
	n := &namedFiles{config: config, csv: config.Dataset(config.Dir), withdrawn: map[string]bool{}}
	for _, path := range []string{config.Path, n.csv, config.Renaming(config.Dir)} {
		there, err := workspace.IsThere(path)
		if err != nil {
			return nil, err
		}
		if there {
			n.tables = append(n.tables, transfer.File{Path: filepath.Base(path), Row: -1})
		}
	}
	if there, err := workspace.IsThere(n.csv); err != nil || !there {
		return nil, cmp.Or(err,
			fmt.Errorf("%s: the source has no dataset CSV yet; run `dermset source ingest %s`", n.csv, config.Name))
	}
	if !config.HasPictures() { // whatever its columns name
		return n, nil
	}
	return n, n.read(ctx, withdrawn)
}

// tellNear says of pictures that are not in their folder which names are there in their place, and of the first that
// differs in one way what to write.
func (n *namedFiles) tellNear(ctx context.Context, tally transfer.Tally, folder *blobio.Folder, sourceYAML string) {
	missing := tally.Failed[transfer.Cause{Side: transfer.Here, Reason: blobio.Missing}].First
	if len(missing) == 0 {
		return
	}
	wanted, paths := map[string]bool{}, []string(nil)
	for _, f := range n.files {
		wanted[f.Path] = true
	}
	for _, f := range missing {
		paths = append(paths, f.Path)
	}
	if !n.config.HasRaw() {
		sourceYAML = ""
	}
	told := map[transfer.Difference]bool{}
	near := transfer.NearNames(ctx, folder, "", paths, func(name string) bool { return wanted[name] })
	for i, f := range missing {
		if is, found := near[f.Path]; found {
			missing[i].Detail += fmt.Sprintf("; there is %+q (other %s)", is.Name, is.By)
			if !told[is.By] {
				told[is.By] = true
				missing[i].Detail += ": " + n.nearRemedy(sourceYAML, f.Path, is, tally)
			}
		}
	}
}

// nearRemedy is what to write so that a picture is found under the name that is there. Where others are found with its
// suffix, no replacement fits all.
func (n *namedFiles) nearRemedy(sourceYAML, path string, near transfer.Near, tally transfer.Tally) string {
	alike := int64(0)
	for _, f := range n.files {
		if filepath.Ext(f.Path) == filepath.Ext(path) {
			alike++
		}
	}
	missing := tally.Failed[transfer.Cause{Side: transfer.Here, Reason: blobio.Missing}].Objects
	if strings.EqualFold(path, near.Name) && sourceYAML != "" && alike > missing {
		return fmt.Sprintf("others are there as they are named: take the paths from the files, by a walk: in %s to "+
			"which the table is joined by $file with ignore_case: yes (docs/pictures.md), or rename the file", sourceYAML)
	}
	return build.NearRemedy(n.config.Name, sourceYAML, path, near, "file")
}

func (n *namedFiles) read(ctx context.Context, withdrawn workspace.Withdrawals) error {
	paths, patients := withdrawn.Paths[n.config.Name], withdrawn.Patients[n.config.PatientSpace]
	seen := map[string]bool{}
	add := func(path string, row int64) {
		if seen[path] {
			return
		}
		seen[path] = true
		f := transfer.File{Path: path, Row: row}
		if err := checkPicture(path); err != nil {
			n.bad = append(n.bad, transfer.Failure{
				Cause: transfer.Cause{Side: transfer.Here, Reason: blobio.BadKey}, Path: path, Row: row, Detail: err.Error(),
			})
			return
		}
		n.files = append(n.files, f)
	}
	row := int64(0)
	columns := []string{dataset.ImagePath, dataset.MaskPath, dataset.PatientID}
	return dataset.EachRow(ctx, n.csv, columns, func(r csvio.Row) bool {
		image, mask, patient := r.Cell(0), r.Cell(1), r.Cell(2)
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
}

// withdrawnRows are the rows of the result about what is withdrawn: it stays here,
// and what an earlier run has uploaded is still in the store.
func (n *namedFiles) withdrawnRows(t transfer.Tally, prefix string) (rows [][]string) {
	if n.images > 0 {
		rows = append(rows, []string{"withdrawn, not uploaded", workspace.Number(n.images), "", "", ""})
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
		rows = append(rows, []string{"withdrawn, and in the store", workspace.Number(there), workspace.Number(bytes),
			example, "remove them from the store"})
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
	lines, err := csvio.LinesOf(ctx, n.csv, rows)
	return func(f transfer.Failure) string {
		if f.Row < 0 {
			return filepath.Join(n.config.Dir, f.Path)
		}
		return fmt.Sprintf("%s:%d: %s", n.csv, lines[f.Row], f.Path)
	}, err
}
