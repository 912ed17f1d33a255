package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/workspace"
)

// notFetched stands for the reason of an object that no run has tried yet.
const notFetched blobio.Reason = "not_fetched"

// fetchState is what all wanted objects are now.
func (b *build) fetchState(blobs *transfer.Blobs, answer *fetchedAnswer) (failed map[blobio.Reason]int64, err error) {
	hash := sha256.New()
	failed = map[blobio.Reason]int64{}
	for g, err := range b.wanted(true) {
		if err != nil {
			return nil, err
		}
		for _, key := range g.Keys {
			e, _ := blobs.Entry(key)
			answer.Objects++
			if e.Status == "" {
				e.Reason = notFetched
			}
			if e.Reason != "" {
				answer.Failed++
				failed[e.Reason]++
				e.SHA256 = ""
			}
			near := ""
			if e.Near != "" {
				near = "\x00" + e.Near // which the table of rejected rows names
			}
			_, _ = io.WriteString(hash, key+"\x00"+e.SHA256+"\x00"+string(e.Reason)+near+"\n")
		}
	}
	answer.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return failed, nil
}

// firstFailed names the first wanted objects that failed, which a person mends first.
func (b *build) firstFailed(blobs *transfer.Blobs) (words string, err error) {
	const most = 3
	var first []string
	for g, err := range b.wanted(true) {
		if err != nil {
			return "", err
		}
		for _, key := range g.Keys {
			e, _ := blobs.Entry(key)
			switch {
			case e.Reason == "":
			case len(first) == most:
				return strings.Join(first, ", ") + " and others", nil
			default:
				first = append(first, fmt.Sprintf("%q (%s)", key, e.Reason))
			}
		}
	}
	return strings.Join(first, ", "), nil
}

// tooMany is an error if more objects failed than may.
func (b *build) tooMany(blobs *transfer.Blobs, failed map[blobio.Reason]int64, objects int64) error {
	var n int64
	var by []string
	for _, reason := range slices.Sorted(maps.Keys(failed)) {
		n += failed[reason]
		by = append(by, fmt.Sprintf("%s %s", workspace.Thousands(failed[reason]), reason))
	}
	allowed := b.Config.Images.MaxFailed
	if objects == 0 || 100*float64(n)/float64(objects) <= allowed {
		return nil
	}
	first, err := b.firstFailed(blobs)
	if err != nil {
		return err
	}
	if first != "" { // else all stand by an earlier answer
		first = "; they are " + first
	}
	return fmt.Errorf("fetch: %s of %s objects failed (%.2f %%): %s; images.max_failed allows %v %%%s: mend what can be "+
		"mended and run `dermset fetch --only failed`, or raise it",
		workspace.Thousands(n), workspace.Thousands(objects),
		100*float64(n)/float64(objects), strings.Join(by, ", "), allowed, first)
}

// fetchResult is a row for all that came, and one for each reason why objects did not, with what to do about it.
func fetchResult(store string, t transfer.Tally, dryRun bool) workspace.Result {
	verb := "fetched"
	if dryRun {
		verb = "to fetch"
	}
	r := workspace.Result{Columns: workspace.ObjectColumns, Rows: [][]string{
		{"wanted from " + withoutOptions(store), workspace.Number(t.Wanted), "", "", ""},
		{"there already", workspace.Number(t.Had), workspace.Number(t.HadBytes), "", ""},
		{verb, workspace.Number(t.Moved), workspace.Number(t.MovedBytes), "", ""},
	}}
	r.Rows = append(r.Rows, workspace.FailedRows(t, transfer.Cause.Remedy)...)
	return r
}

func withoutOptions(store string) string {
	if blobio.IsFolder(store) {
		return store
	}
	place, _, _ := strings.Cut(store, "?")
	return place
}
