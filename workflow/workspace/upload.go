package workspace

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/upload"
)

// An Uploader is a store that things go to.
type Uploader struct {
	w       *Workspace
	store   blobio.Store
	options upload.Options
}

// OpenStore opens the store at a URL for uploads; a dry run looks everything up and puts nothing.
func (w *Workspace) OpenStore(ctx context.Context, url string, dryRun bool) (*Uploader, error) {
	atOnce := w.ObjectsAtOnce()
	pace := blobio.NewPace(atOnce)
	store, err := blobio.Open(ctx, url, blobio.Options{Connections: atOnce, Again: pace.Again})
	if err != nil {
		return nil, err
	}
	watch := func(t upload.Tally) { w.Progress.Transferred(Uploaded(t)) }
	return &Uploader{w, store, upload.Options{AtOnce: atOnce, Pace: pace, DryRun: dryRun, Watch: watch}}, nil
}

// Below is where a prefix of the store is.
func (u *Uploader) Below(prefix string) string {
	return strings.TrimSuffix(u.store.String(), "/") + "/" + prefix
}

// Upload puts a set of files into the store, with progress.
func (u *Uploader) Upload(ctx context.Context, set upload.Set) (upload.Tally, error) {
	u.w.Progress.Begin("upload", "objects", 0)
	tally, err := upload.Run(ctx, u.store, set, u.options)
	if !u.options.DryRun {
		u.w.Progress.EndTransfer(Uploaded(tally))
	}
	return tally, err
}

// Result is a row for all that went, and one for each cause why files did not, with what to do about it.
func (u *Uploader) Result(prefix string, t upload.Tally, remedy func(upload.Cause) string) Result {
	sent, replaced := "uploaded", "replaced"
	if u.options.DryRun {
		sent, replaced = "to upload", "to replace"
	}
	r := Result{Columns: []string{"what", "objects", "bytes", "example", "what to do"}, Rows: [][]string{
		{"wanted in " + u.Below(prefix), Number(t.Wanted), "", "", ""},
		{"there already", Number(t.Had), Number(t.HadBytes), "", ""},
		{sent, Number(t.Sent), Number(t.SentBytes), "", ""},
		{replaced, Number(t.Replaced), Number(t.ReplacedBytes), "", ""},
	}}
	for _, c := range t.Causes() {
		r.Rows = append(r.Rows, []string{"failed: " + c.First.Cause.String(), Number(c.Files), "", strings.TrimSuffix(c.First.Path+": "+c.First.Detail, ": "), remedy(c.First.Cause)})
	}
	return r
}

// IfKnown is the result of a run that ended early: none if nothing is known.
func IfKnown(r Result, t upload.Tally) Result {
	if objects, _ := t.Moved(); objects+t.Had == 0 && t.Failures() == 0 {
		return Result{}
	}
	return r
}

// MaxFailures is how many files that failed for one cause are named.
const MaxFailures = 100

// UploadFailures is an error with a line for every file that failed.
func UploadFailures(t upload.Tally, place func(upload.Failure) string, remedy func(upload.Cause) string) error {
	var errs []error
	for _, c := range t.Causes() {
		named := int64(0)
		for _, f := range t.Failed {
			if f.Cause != c.First.Cause || named == MaxFailures {
				continue
			}
			named++
			errs = append(errs, fmt.Errorf("%s: %s: %s; %s", place(f), f.Cause, f.Detail, remedy(f.Cause)))
		}
		if more := c.Files - named; more > 0 {
			errs = append(errs, fmt.Errorf("%s: %s more files", c.First.Cause, Thousands(more)))
		}
	}
	return errors.Join(errs...)
}
