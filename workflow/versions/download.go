package versions

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/portable"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/workspace"
)

// Download brings a version from the store at the URL from, where it is below its name, into dist/: the twin of Upload.
// It appears under dist/ whole or not at all, when every file has the size and SHA-256 that the manifest says, that is
// what manifest.sha256 says, and the approval of one that is approved holds. What has come of one that is not whole
// yet waits beside it, and is not asked for again. A version that is there already stays: equal, there is nothing to
// do; another one is an error. Only the holder of the workspace's lock may do this, or a dry run.
func Download(ctx context.Context, w *workspace.Workspace, version, from string, dryRun bool) (
	r workspace.Result, err error) {
	if !workspace.VersionForm.MatchString(version) {
		return r, workspace.Usage(fmt.Errorf("%q is not a version, want the name of one, such as DXv27.1 or DXv27.1-draft",
			version))
	}
	if from == "" {
		return r, workspace.Usage(fmt.Errorf("--from is missing, want s3://bucket/prefix or a folder to download from: %s",
			downloadLines(w, version)))
	}
	store, err := w.OpenStore(ctx, from, dryRun)
	if err != nil {
		return r, workspace.StoreError("--from", err)
	}
	d := &download{Workspace: w, store: store, name: version, from: from, prefix: version + "/", dryRun: dryRun}
	if err := d.readManifest(ctx); err != nil {
		return r, err
	}
	there, err := d.isThere()
	if err != nil || there {
		return r, err
	}
	return d.bring(ctx)
}

type download struct {
	*workspace.Workspace
	store      *workspace.Uploader
	name, from string
	prefix     string
	dryRun     bool

	text     releaseio.Foreign
	manifest releaseio.Manifest
	sum      string // SHA-256 of the manifest
}

// readManifest reads what the store says the version is. Nothing of it is believed that can be held against something.
func (d *download) readManifest(ctx context.Context) (err error) {
	if d.text.Manifest, err = d.read(ctx, releaseio.ManifestName); blobio.ReasonOf(err) == blobio.Missing {
		return d.noManifest(ctx)
	}
	if err != nil {
		return err
	}
	if d.text.Sums, err = d.read(ctx, releaseio.SumsName); err != nil && blobio.ReasonOf(err) != blobio.Missing {
		return err
	}
	refused := func(err error) error {
		return fmt.Errorf("%s%w; nothing was downloaded: upload the version again, from where it is whole",
			d.store.Below(d.prefix), err)
	}
	if text := bytes.TrimLeft(d.text.Manifest, " \t\r\n\ufeff"); len(text) > 0 && text[0] != '{' {
		return fmt.Errorf("%s%s: is no manifest but begins with %.20q: where that is a page, a login or a proxy answered in "+
			"place of the store; check the address and the credentials", d.store.Below(d.prefix), releaseio.ManifestName, text)
	}
	if d.manifest, d.sum, err = d.text.Read(); err != nil {
		return refused(err)
	}
	if m := d.manifest; !calledAs(m, d.name) {
		return refused(fmt.Errorf("%s: is of %sv%s, %s, and not of %s", releaseio.ManifestName, m.Dataset, m.Version, m.State,
			d.name))
	}
	if err := wantPortable(d.manifest.Outputs); err != nil {
		return refused(err)
	}
	return nil
}

// calledAs says whether a folder of this name is that of the version of a manifest.
func calledAs(m releaseio.Manifest, name string) bool {
	return m.Dataset+"v"+m.Version == strings.TrimSuffix(name, "-draft") &&
		(m.State == releaseio.Draft) == strings.HasSuffix(name, "-draft")
}

// renamed is the error of a version whose folder is not called as its manifest says: its files would be looked for
// under names that they do not have.
func (v Version) renamed(w *workspace.Workspace, m releaseio.Manifest) error {
	if calledAs(m, v.Name) {
		return nil
	}
	name := m.Dataset + "v" + m.Version
	if m.State == releaseio.Draft {
		name += "-draft"
	}
	return fmt.Errorf("%s: its manifest is of %s: somebody renamed the folder; call it %[2]s again", w.Shown(v.Dir), name)
}

func (d *download) read(ctx context.Context, name string) ([]byte, error) {
	data, err := d.store.ReadObject(ctx, d.prefix+name, releaseio.MaxManifest)
	if reason := blobio.ReasonOf(err); reason.OfStore() {
		return nil, workspace.StoreError("--from", err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s%s: %w; %s", d.store.Below(d.prefix), name, err,
			downloadRemedy(transfer.Cause{Reason: blobio.ReasonOf(err)}))
	}
	return data, nil
}

// wantPortable refuses files whose names some system takes for one: the later would take the place of the earlier.
func wantPortable(outputs []releaseio.Entry) error {
	names := map[string]string{}
	for _, e := range outputs {
		for name := e.Path; name != "."; name = path.Dir(name) {
			key := portable.Key(name)
			if other, is := names[key]; is && other != name {
				return fmt.Errorf("%s: %q and %q are one name where upper and lower case do not count",
					releaseio.ManifestName, other, name)
			}
			names[key] = name
		}
	}
	return nil
}

// mostListed is how many keys are looked at to say what there is in place of a version.
const mostListed = 10_000

// noManifest says why there is no version.
func (d *download) noManifest(ctx context.Context) error {
	below, objects, n := d.store.Below(d.prefix), 0, 0
	var others []string
	err := d.store.EachKey(ctx, d.prefix, func(string) bool {
		objects++
		return objects < mostListed
	})
	if err == nil && objects == 0 {
		err = d.store.EachKey(ctx, "", func(key string) bool {
			name, rest, _ := strings.Cut(key, "/")
			if rest == releaseio.ManifestName && workspace.VersionForm.MatchString(name) {
				others = append(others, name)
			}
			n++
			return n < mostListed
		})
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("%s: there is no %s, and the store does not say what else is there: %w", below,
			releaseio.ManifestName, err)
	case objects > 0:
		return fmt.Errorf("%s: an upload has not ended: there are files, and no %s, which comes last; run `dermset upload "+
			"%s` again where the version is, then download it", below, releaseio.ManifestName, d.name)
	case strings.HasSuffix(strings.TrimRight(d.store.Below(""), "/"), "/"+d.name):
		above := strings.TrimSuffix(strings.TrimRight(d.store.Below(""), "/"), "/"+d.name)
		return workspace.Usage(fmt.Errorf("--from: there is no %s: the URL ends in the version's own folder, want that "+
			"above it: `dermset download %s --from %s`", below, d.name, above))
	}
	words := "; there is no version at all"
	if len(others) > 0 {
		words = othersWords(d.name, others)
	}
	return workspace.Usage(fmt.Errorf("--from: there is no version %q below %s%s", d.name, d.store.Below(""), words))
}

// isThere says whether the version is under dist/ already. Another one of that name is an error.
func (d *download) isThere() (bool, error) {
	dir := d.Dist(d.name)
	if _, err := os.Lstat(dir); err != nil {
		if fault.Of(err) == fault.NotThere {
			return false, nil
		}
		return false, err
	}
	stays := fmt.Sprintf("it stays as it is, and nothing was downloaded; to have that of the store, move %s away and "+
		"download again", d.Shown(dir))
	v, err := Open(d.Workspace, d.name)
	if err != nil {
		return false, fmt.Errorf("%w; %s", err, stays)
	}
	verified, err := releaseio.Verify(v.Dir, d.Run.Workers)
	if err != nil {
		return false, err
	}
	sum, _, err := workspace.HashFile(filepath.Join(v.Dir, releaseio.ManifestName))
	if err != nil {
		return false, err
	}
	if sum != d.sum {
		return false, fmt.Errorf("%s: is there already, and is another: its %s has SHA-256 %s, that of the store %s (%s); %s",
			d.Shown(dir), releaseio.ManifestName, sum, d.sum, d.otherFiles(verified.Manifest), stays)
	}
	if n := len(verified.Differences); n > 0 {
		return false, fmt.Errorf("%s: is that of the store, but damaged in %d places, the first: %s; %s", d.Shown(dir), n,
			verified.Differences[0], stays)
	}
	d.Log.Info(fmt.Sprintf("%s: is there already, and is what %s holds: %d files are as the manifest says; nothing to do",
		d.Shown(dir), d.store.Below(d.prefix), len(verified.Manifest.Outputs)))
	return true, nil
}

// otherFiles says how many files of the store's version are others than those here.
func (d *download) otherFiles(m releaseio.Manifest) string {
	mine := map[string]string{}
	for _, e := range m.Outputs {
		mine[e.Path] = e.SHA256
	}
	n, first := 0, ""
	for _, e := range d.manifest.Outputs {
		if sum := mine[e.Path]; sum != e.SHA256 {
			if n++; n == 1 {
				first = fmt.Sprintf(", the first: %s, SHA-256 %s, in the store %s", e.Path, orNone(sum), e.SHA256)
			}
		}
		delete(mine, e.Path)
	}
	if n += len(mine); n == 0 {
		return "all files are equal: it was built twice"
	}
	return fmt.Sprintf("files that differ: %d%s", n, first)
}

// bring brings the files, and lets the version appear.
func (d *download) bring(ctx context.Context) (r workspace.Result, err error) {
	set, err := d.expected()
	if err != nil {
		return r, err
	}
	var arrival *releaseio.Arrival
	if d.dryRun {
		waiting, openErr := fileio.OpenRoot(d.Dist(releaseio.ArrivingFolder(d.name)))
		if fault.Of(openErr) == fault.NotThere {
			t := transfer.Tally{Wanted: int64(len(set.Files)), Moved: int64(len(set.Files)), MovedBytes: d.bytes()}
			return d.store.DownloadResult(d.prefix, t, downloadRemedy), nil
		}
		if openErr != nil {
			return r, openErr
		}
		defer waiting.Close()
		set.Into = waiting
	} else {
		if arrival, err = d.begin(); err != nil {
			return r, err
		}
		defer arrival.Close()
		set.Into = arrival.Root
	}
	tally, err := d.store.Download(ctx, set)
	r = d.store.DownloadResult(d.prefix, tally, downloadRemedy)
	if err != nil {
		return workspace.IfKnown(r, tally), err
	}
	place := func(f transfer.Failure) string { return d.store.Below(d.prefix) + f.Path }
	if err := workspace.UploadFailures(tally, place, downloadRemedy); err != nil || d.dryRun {
		return r, err
	}
	return r, d.publish(arrival)
}

// begin opens the folder that the version arrives in, without what is none of it.
func (d *download) begin() (*releaseio.Arrival, error) {
	arrival, err := releaseio.BeginArrival(d.Dist(""), d.name)
	if err != nil {
		return nil, err
	}
	paths := make(map[string]bool, len(d.manifest.Outputs))
	for _, e := range d.manifest.Outputs {
		paths[e.Path] = true
	}
	if err := arrival.Keep(paths); err != nil {
		return nil, errors.Join(err, arrival.Close())
	}
	return arrival, nil
}

func (d *download) bytes() (total int64) {
	for _, e := range d.manifest.Outputs {
		total += e.Bytes
	}
	return total
}

// expected are the files of the manifest. Pictures are read-only, as in a version that was built here.
func (d *download) expected() (transfer.Download, error) {
	set := transfer.Download{Prefix: d.prefix}
	for _, e := range d.manifest.Outputs {
		f := transfer.Expected{Path: e.Path, Bytes: e.Bytes, Perm: 0o666}
		if strings.HasPrefix(e.Path, "images/") && e.Path != "images/metadata.csv" || strings.HasPrefix(e.Path, "crops/") {
			f.Perm = 0o444
		}
		if n, err := hex.Decode(f.SHA256[:], []byte(e.SHA256)); err != nil || n != len(f.SHA256) {
			return set, fmt.Errorf("%s: %s: sha256 %q", releaseio.ManifestName, e.Path, e.SHA256) // Read has looked
		}
		set.Files = append(set.Files, f)
	}
	return set, nil
}

// publish lets a version appear of which all files have come. What verify would say of it afterwards is said before.
func (d *download) publish(arrival *releaseio.Arrival) error {
	err := arrival.Write(releaseio.ManifestName, d.text.Manifest)
	if d.text.Sums != nil {
		err = errors.Join(err, arrival.Write(releaseio.SumsName, d.text.Sums))
	}
	if err != nil {
		return err
	}
	var wrong []error
	for _, other := range otherInputs(d.manifest) {
		wrong = append(wrong, fmt.Errorf("%s%s", d.store.Below(d.prefix), other))
	}
	approval, err := CheckApproval(arrival.Dir(), d.manifest)
	if err != nil {
		wrong = append(wrong, fmt.Errorf("%s%w", d.store.Below(d.prefix), err))
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w\n%s was not put into dist/: what came is as its manifest says, and that is not right by "+
			"itself; it waits in %s, to look at and to remove", errors.Join(wrong...), d.name, d.Shown(arrival.Dir()))
	}
	if err := arrival.Publish(); err != nil {
		return err
	}
	also := "a draft"
	if approval != nil {
		also = fmt.Sprintf("%q approved it on %s, %s", approval.Person, approval.Time, approval.Signature())
	}
	d.Log.Info(fmt.Sprintf("the version is in %s: %d files are as the manifest says; %s", d.Shown(d.Dist(d.name)),
		len(d.manifest.Outputs), also))
	return nil
}

// downloadRemedy is what a person can do about files that do not come.
func downloadRemedy(c transfer.Cause) string {
	const again = "download again; what has come is kept"
	switch c.Reason {
	case blobio.Missing:
		return "the version in the store is not whole: upload it again, from where it is whole"
	case blobio.Changed, blobio.TooLarge:
		return "a draft may have been replaced meanwhile: download again; if it stays, the store is damaged: upload " +
			"the version again, from where it is whole"
	case blobio.Denied:
		return "ask the store's owner for the right to read it (a bucket that may not be listed says this of missing " +
			"objects too)"
	case blobio.Archived:
		return "restore the object from its archive tier, then download again"
	case blobio.NotAFile, blobio.Outside, blobio.BadKey, blobio.Refused:
		return "look what is in its place in the store; upload the version again, from where it is whole"
	case blobio.Disk, blobio.Shut:
		return "look at the disk or the share that the store is on, then download again"
	}
	return again
}
