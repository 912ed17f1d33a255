package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/transfer"
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
// and the source's tables beside them. Pictures of people who withdrew stay here. An object with other bytes is a
// failure, unless images.changed is accept; tables are replaced. What failed is the error, a line for each; the result
// says how much went all the same.
func UploadSource(ctx context.Context, w *workspace.Workspace, name string, o UploadOptions) (workspace.Result, error) {
	if w.Config.Images.Store == "" {
		return workspace.Result{},
			workspace.Usage(errors.New("dermset.yaml: images.store: is empty, want s3://bucket/prefix or a folder to upload to"))
	}
	if _, err := w.KnownSources([]string{name}); err != nil {
		return workspace.Result{}, err
	}
	named, err := readNamed(ctx, w, name)
	if err != nil {
		return workspace.Result{}, err
	}
	config := named.config
	pictures, err := blobio.OpenFolder(ctx, config.Raw(o.Raw), blobio.Options{})
	if err != nil {
		if path, is := errors.AsType[*fs.PathError](err); is && fault.Of(err) == fault.OfSettings {
			err = fmt.Errorf("%w; put them there, or say where they are with --raw", path.Err)
		}
		return workspace.Result{}, fmt.Errorf("%s: pictures of %s: %w", config.Raw(o.Raw), name, err)
	}
	tables, err := blobio.OpenFolder(ctx, config.Dir, blobio.Options{})
	if err != nil {
		return workspace.Result{}, err
	}
	to, err := w.OpenStore(ctx, w.StoreURL(), o.DryRun)
	if err != nil {
		return workspace.Result{}, workspace.StoreError("dermset.yaml: images.store", err)
	}
	prefix := name + "/"
	tally, err := to.Upload(ctx,
		transfer.Set{From: pictures, Prefix: prefix, Files: named.files, Replace: w.Config.Images.Changed == "accept"})
	if err == nil {
		var more transfer.Tally
		more, err = to.Upload(ctx,
			transfer.Set{From: tables, Prefix: prefix + tablesFolder + "/", Files: named.tables, Replace: true})
		tally.Join(more)
	}
	for _, bad := range named.bad {
		tally.Fail(bad)
	}
	result := to.Result(prefix, tally, sourceRemedy)
	result.Rows = append(result.Rows, named.withdrawnRows(tally, prefix)...)
	if err != nil {
		return workspace.IfKnown(result, tally), err
	}
	places, err := named.places(ctx, tally)
	if err != nil {
		return result, err
	}
	return result, workspace.UploadFailures(tally, places, sourceRemedy)
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

// readNamed reads the dataset CSV of a source.
func readNamed(ctx context.Context, w *workspace.Workspace, name string) (*namedFiles, error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	configs, err := w.Declarations(names)
	if err != nil {
		return nil, err
	}
	n, all := &namedFiles{withdrawn: map[string]bool{}}, make([]workspace.Source, len(configs))
	for i, config := range configs {
		all[i].Config = config
		if config.Name == name {
			n.config, n.csv = config, config.Dataset(config.Dir)
		}
	}
	withdrawn, err := w.ReadWithdrawals(all)
	if err != nil {
		return nil, err
	}
	for _, path := range []string{n.config.Path, n.csv, n.config.Renaming(n.config.Dir)} {
		there, err := workspace.IsThere(path)
		if err != nil {
			return nil, err
		}
		if there {
			n.tables = append(n.tables, transfer.File{Path: filepath.Base(path), Row: -1})
		}
	}
	err = n.read(ctx, withdrawn)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: the source has no dataset CSV yet; run `dermset source ingest %s`", n.csv, name)
	}
	return n, err
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
	return csvio.EachRow(ctx, n.csv, columns, func(r csvio.Row) bool {
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
