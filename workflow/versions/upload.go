package versions

import (
	"context"
	"encoding/hex"
	"fmt"
	"path/filepath"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/workspace"
)

// marks say that a version is whole, each of all before it: who finds the manifest finds its sums and all files.
var marks = []string{releaseio.SumsName, releaseio.ManifestName}

// Upload puts a version of dist/ into the store at the URL to, below its name: every file of its manifest, and the
// manifest last. The files here must be as the manifest says. A draft in the store is replaced, whose manifest is taken
// away before anything else changes; any other version that is there with other bytes is an error that names the
// objects, and nothing is changed.
func Upload(ctx context.Context, w *workspace.Workspace, version, to string, dryRun bool) (workspace.Result, error) {
	v, err := Open(w, version)
	if err != nil {
		return workspace.Result{}, err
	}
	shown := w.Shown(v.Dir)
	verified, err := Verify(w, version)
	if class := fault.Of(err); class == fault.MayPass || class == fault.OfMachine { // which says nothing of the version
		return workspace.Result{}, fmt.Errorf("%s is not uploaded: %w", shown, err)
	}
	if err != nil {
		return workspace.Result{}, fmt.Errorf("%w\n%s is not uploaded: its files must be as its manifest says; build "+
			"it again, or bring it back from a copy", err, shown)
	}
	w.Log.Info(fmt.Sprintf("%s: %d files are as the manifest says", v.Name, verified.Files))
	dir := v.Dir
	from, err := blobio.OpenFolder(ctx, dir, blobio.Options{})
	if err != nil {
		return workspace.Result{}, err
	}
	manifest, err := releaseio.ReadManifest(dir)
	if err != nil {
		return workspace.Result{}, err
	}
	isDraft := manifest.State == releaseio.Draft
	set := transfer.Set{From: from, Prefix: v.Name + "/", Replace: isDraft, Sealed: !isDraft}
	for _, name := range marks {
		there, err := workspace.IsThere(filepath.Join(dir, name))
		if err != nil {
			return workspace.Result{}, err
		}
		if there {
			set.Last = append(set.Last, transfer.File{Path: name})
		}
	}
	for _, e := range manifest.Outputs {
		sum, err := hex.DecodeString(e.SHA256)
		if err != nil {
			return workspace.Result{}, fmt.Errorf("%s: %s: sha256 %q: %w",
				filepath.Join(dir, releaseio.ManifestName), e.Path, e.SHA256, err)
		}
		set.Files = append(set.Files, transfer.File{Path: e.Path, SHA256: sum})
	}
	store, err := w.OpenStore(ctx, to, dryRun)
	if err != nil {
		return workspace.Result{}, workspace.StoreError("--to", err)
	}
	if !dryRun {
		if err := noteUpload(w, v, store.Below(set.Prefix)); err != nil {
			return workspace.Result{}, err
		}
	}
	tally, err := store.Upload(ctx, set)
	result := store.Result(set.Prefix, tally, versionRemedy)
	tellTaken(w, tally, err != nil || tally.Failures() > 0, dryRun, &result)
	if err != nil {
		return workspace.IfKnown(result, tally), err
	}
	tellOthers(w, tally, &result)
	place := func(f transfer.Failure) string {
		if f.Side == transfer.Here {
			return filepath.Join(dir, filepath.FromSlash(f.Path))
		}
		return store.Below(set.Prefix) + f.Path
	}
	return result, workspace.UploadFailures(tally, place, versionRemedy)
}

func versionRemedy(c transfer.Cause) string {
	if c.Side == transfer.There && c.Reason == blobio.Changed {
		return "a finished version is never changed: publish this one under another number, or upload it elsewhere"
	}
	return c.Remedy()
}

// tellTaken says what was taken away of an older draft, and what it means where the new one is not whole.
func tellTaken(w *workspace.Workspace, t transfer.Tally, failed, dryRun bool, r *workspace.Result) {
	if len(t.Taken) == 0 {
		return
	}
	what, first := "taken away first", t.Taken[0].Key
	if dryRun {
		what = "to take away first"
	}
	r.Rows = append(r.Rows, []string{what, workspace.Number(int64(len(t.Taken))), "", first, ""})
	if failed && !dryRun {
		w.Log.Warn(first + " of the older draft was taken away before anything else: until an upload ends well, the store " +
			"holds no whole draft; upload again")
	}
}

// tellOthers names the objects of a version's prefix that are no part of it.
func tellOthers(w *workspace.Workspace, t transfer.Tally, r *workspace.Result) {
	var bytes int64
	for i, o := range t.Others {
		bytes += o.Size
		if i < maxLeftOver {
			w.Log.Warn("left over in the store, no part of this version: " + o.Key)
		}
	}
	if n := len(t.Others); n > 0 {
		r.Rows = append(r.Rows, []string{"left over", workspace.Number(int64(n)), workspace.Number(bytes), t.Others[0].Key,
			"remove from the store what nobody needs"})
	}
}

// maxLeftOver is how many left over objects are named.
const maxLeftOver = 100
