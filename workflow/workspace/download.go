package workspace

import (
	"context"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/transfer"
)

// Download brings files out of the store, with progress.
func (u *Uploader) Download(ctx context.Context, d transfer.Download) (transfer.Tally, error) {
	defer u.w.Progress.Begin("download", "objects", 0)()
	tally, err := d.Bring(ctx, u.store, u.options)
	if !u.options.DryRun {
		u.w.Progress.EndTransfer(tally)
	}
	return tally, err
}

// ReadObject is the bytes of one object of the store, at most so many.
func (u *Uploader) ReadObject(ctx context.Context, key string, most int64) ([]byte, error) {
	return transfer.ReadObject(ctx, u.store, key, most)
}

// EachKey shows the keys below a prefix until see returns false.
func (u *Uploader) EachKey(ctx context.Context, prefix string, see func(key string) bool) error {
	for o, err := range u.store.List(ctx, prefix) {
		if o.Key == "" || blobio.ReasonOf(err).MayPass() {
			return err
		}
		if !see(o.Key) {
			break
		}
	}
	return nil
}

// DownloadResult is a row for all that came, and one for each cause why files did not, with what to do about it.
func (u *Uploader) DownloadResult(prefix string, t transfer.Tally, remedy func(transfer.Cause) string) Result {
	came := "downloaded"
	if u.options.DryRun {
		came = "to download"
	}
	r := Result{Columns: ObjectColumns, Rows: [][]string{
		{"wanted from " + u.Below(prefix), Number(t.Wanted), "", "", ""},
		{"here already", Number(t.Had), Number(t.HadBytes), "", ""},
		{came, Number(t.Moved), Number(t.MovedBytes), "", ""},
	}}
	r.Rows = append(r.Rows, FailedRows(t, remedy)...)
	return r
}
