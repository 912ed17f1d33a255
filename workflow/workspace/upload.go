package workspace

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/transfer"
)

// An Uploader is a store that things go to, or come from as a whole.
type Uploader struct {
	w       *Workspace
	store   blobio.Store
	options transfer.Options
}

// OpenStore opens the store at a URL for uploads and downloads; a dry run looks everything up and moves nothing.
func (w *Workspace) OpenStore(ctx context.Context, url string, dryRun bool) (*Uploader, error) {
	atOnce := w.ObjectsAtOnce()
	pace := blobio.NewPace(atOnce)
	store, err := blobio.Open(ctx, url, blobio.Options{Connections: atOnce, Again: pace.Again})
	if err != nil {
		return nil, err
	}
	options := transfer.Options{AtOnce: atOnce, Pace: pace, DryRun: dryRun, Watch: w.Progress.Transferred}
	return &Uploader{w, store, options}, nil
}

// StoreError is why a store cannot be opened that a setting names: wrong usage, unless that may pass or is of this
// machine.
func StoreError(setting string, err error) error {
	named := fmt.Errorf("%s: %w", setting, err)
	switch fault.Of(err) {
	case fault.MayPass, fault.OfMachine:
		return named
	}
	return Usage(named)
}

// Below is where a prefix of the store is.
func (u *Uploader) Below(prefix string) string {
	return strings.TrimSuffix(u.store.String(), "/") + "/" + prefix
}

// Upload puts a set of files into the store, with progress.
func (u *Uploader) Upload(ctx context.Context, set transfer.Set) (transfer.Tally, error) {
	defer u.w.Progress.Begin("upload", "objects", 0)()
	tally, err := transfer.Upload(ctx, u.store, set, u.options)
	if !u.options.DryRun {
		u.w.Progress.EndTransfer(tally)
	}
	return tally, err
}

// ObjectColumns are those of what became of objects.
var ObjectColumns = results.Columns{
	results.Text("what", "what became of them, or failed: and why"),
	results.Whole("objects", "how many; none: nobody could count").OrNone(),
	results.Whole("bytes", "their size").OrNone(),
	results.Text("example", "the first of them").OrNone(),
	results.Text("remedy", "what to do").OrNone(),
}

// Result is a row for all that went, and one for each cause why files did not, with what to do about it.
func (u *Uploader) Result(prefix string, t transfer.Tally, remedy func(transfer.Cause) string) Result {
	sent, replaced := "uploaded", "replaced"
	if u.options.DryRun {
		sent, replaced = "to upload", "to replace"
	}
	r := Result{Columns: ObjectColumns, Rows: [][]string{
		{"wanted in " + u.Below(prefix), Number(t.Wanted), "", "", ""},
		{"there already", Number(t.Had), Number(t.HadBytes), "", ""},
		{sent, Number(t.Moved - t.Replaced), Number(t.MovedBytes - t.ReplacedBytes), "", ""},
		{replaced, Number(t.Replaced), Number(t.ReplacedBytes), "", ""},
	}}
	r.Rows = append(r.Rows, FailedRows(t, remedy)...)
	return r
}

// FailedRows has a row for each cause why objects did not come or go, with the first of them and what to do about it.
func FailedRows(t transfer.Tally, remedy func(transfer.Cause) string) (rows [][]string) {
	for _, c := range t.Causes() {
		failed := t.Failed[c]
		first := failed.First[0]
		example := strings.TrimSuffix(first.Path+": "+first.Detail, ": ")
		rows = append(rows, []string{"failed: " + c.String(), Number(failed.Objects), "", example, remedy(c)})
	}
	return rows
}

// IfKnown is the result of a run that ended early: none if nothing is known.
func IfKnown(r Result, t transfer.Tally) Result {
	if t.Done() == 0 {
		return Result{}
	}
	return r
}

// UploadFailures is an error with a line for every file that failed and has a name.
func UploadFailures(t transfer.Tally, place func(transfer.Failure) string, remedy func(transfer.Cause) string) error {
	var errs []error
	for _, c := range t.Causes() {
		failed := t.Failed[c]
		for _, f := range failed.First {
			errs = append(errs, fmt.Errorf("%s: %s: %s; %s", place(f), c, f.Detail, remedy(c)))
		}
		if more := failed.Objects - int64(len(failed.First)); more > 0 {
			errs = append(errs, fmt.Errorf("%s: %s more files", c, Thousands(more)))
		}
	}
	return errors.Join(errs...)
}
