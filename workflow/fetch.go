package workflow

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/fetch"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/stages"
)

// FetchOptions say what of the pictures to fetch.
type FetchOptions struct {
	Only   string // failed: what failed the last time; failed:REASON: what failed for that reason; empty: all that count
	DryRun bool   // look everything up, fetch and write nothing
}

// fetchedAnswer is work/fetch/answer.json.
type fetchedAnswer struct {
	Objects int64  `json:"objects"`
	Failed  int64  `json:"failed"`
	SHA256  string `json:"sha256"` // of what each wanted object is: its hash, or the reason why it did not come
}

// fetchSettings are the settings that decide which pictures come.
type fetchSettings struct {
	Store     string  `json:"store"`
	Changed   string  `json:"changed"`
	MaxFailed float64 `json:"max_failed"`
}

func (b *build) fetchKey() (stepKey, error) {
	i := b.Config.Images
	return newStepKey(fetchSettings{i.Store, i.Changed, i.MaxFailed}, map[string]string{"the rows of generate": b.stepHash["generate"]})
}

// fetch brings the pictures that still count into work/blobs, unless a run since the last change has.
func (b *build) fetch() error {
	_, err := b.fetchInto(FetchOptions{})
	return err
}

// Fetch brings generate up to date and fetches the pictures that still count: rows that are not rejected at stage map, and their masks. It asks
// the store about all of them even where a build would not run the step again: a store can change without a word. What came before an
// error is kept; the result says what became of the objects where that is known.
func (w *Workspace) Fetch(ctx context.Context, o FetchOptions) (Result, error) {
	if w.Config.Images.Store == "" {
		return Result{}, Usage(errors.New("dermset.yaml: images.store: is empty, want s3://bucket/prefix or a folder to fetch from"))
	}
	b := newBuild(ctx, w)
	if err := w.begin(b); err != nil {
		return Result{}, err
	}
	if err := b.unblocked(); err != nil {
		return Result{Findings: blockers(b.findings)}, err
	}
	if err := b.generateFor(o); err != nil {
		return Result{}, err
	}
	if !o.DryRun {
		if err := os.RemoveAll(w.work("fetch")); err != nil {
			return Result{}, err
		}
	}
	tally, err := b.fetchInto(o)
	if err != nil && tally.Wanted == 0 {
		return Result{}, err
	}
	return fetchResult(w.Config.Images.Store, tally, o.DryRun), err
}

// generateFor brings generate up to date; a dry run, which writes nothing, wants it to be.
func (b *build) generateFor(o FetchOptions) error {
	if o.DryRun {
		return b.generated()
	}
	return b.generate()
}

// generated wants generate to be up to date, and reads its answer.
func (b *build) generated() error {
	key, err := b.generateKey()
	if err != nil {
		return err
	}
	if why := b.stale("generate", key); len(why) > 0 {
		return Usage(fmt.Errorf("which pictures count is not known yet (%s); run `dermset generate` first", strings.Join(why, "; ")))
	}
	return b.generate()
}

// fetchInto is the step.
func (b *build) fetchInto(o FetchOptions) (tally fetch.Tally, err error) {
	if o.DryRun {
		return b.fetchObjects(o, nil)
	}
	key, err := b.fetchKey()
	if err != nil {
		return tally, err
	}
	var answer fetchedAnswer
	err = b.step("fetch", key, func(dir string) error {
		tally, err = b.fetchObjects(o, &answer)
		if err != nil {
			return err
		}
		return writeJSON(filepath.Join(dir, "answer.json"), answer)
	})
	if err != nil {
		return tally, err
	}
	return tally, b.lastFetch()
}

// lastFetch names, for later steps, what the pictures are that the last fetch left.
func (b *build) lastFetch() error {
	var answer fetchedAnswer
	err := readJSON(filepath.Join(b.work("fetch"), "answer.json"), &answer)
	b.stepHash["fetch"] = answer.SHA256
	return err
}

// Objects under way at once: enough that their round trips overlap, as one waits for the network most of the time.
const (
	objectsPerWorker = 16
	leastObjects     = 32
	mostObjects      = 256
)

func (w *Workspace) objectsAtOnce() int {
	return min(max(leastObjects, objectsPerWorker*w.Run.Workers), mostObjects)
}

// fetchObjects fetches, and looks at what all wanted objects have become. More failed ones than images.max_failed allows are an error.
func (b *build) fetchObjects(o FetchOptions, answer *fetchedAnswer) (tally fetch.Tally, err error) {
	groups, err := b.wanted(true)
	if err != nil {
		return tally, err
	}
	atOnce := b.objectsAtOnce()
	pace := blobio.NewPace(atOnce)
	store, err := blobio.Open(b.ctx, b.storeURL(), blobio.Options{Connections: atOnce, Again: pace.Again})
	if err != nil {
		return tally, Usage(fmt.Errorf("dermset.yaml: images.store: %w", err))
	}
	open := fetch.OpenBlobs
	if o.DryRun {
		open = fetch.ReadBlobs
	}
	blobs, err := open(b.work("blobs"), b.storeName())
	if err != nil {
		return tally, err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	asked, err := only(o.Only, groups, blobs)
	if err != nil {
		return tally, Usage(err)
	}
	tally, err = b.runFetch(blobs, store, asked, fetch.Options{
		AtOnce: atOnce, Bytes: max(1, b.Run.MemoryBytes/4), Pace: pace, AcceptChanged: b.Config.Images.Changed == "accept", DryRun: o.DryRun,
	})
	if err != nil || o.DryRun {
		return tally, err
	}
	failed := fetchState(groups, blobs, answer)
	return tally, b.tooMany(failed, answer.Objects)
}

func (b *build) runFetch(blobs *fetch.Blobs, store blobio.Store, groups []fetch.Group, o fetch.Options) (fetch.Tally, error) {
	b.Progress.begin("fetch", "images", 0)
	o.Watch = func(t fetch.Tally) { b.Progress.transferred(fetched(t)) }
	tally, err := fetch.Run(b.ctx, blobs, store, groups, o)
	if !o.DryRun {
		b.Progress.endTransfer(fetched(tally))
	}
	return tally, err
}

// storeURL is images.store with a folder as seen from here.
func (w *Workspace) storeURL() string {
	store := w.Config.Images.Store
	if blobio.IsFolder(store) && !filepath.IsAbs(store) {
		return w.path(store)
	}
	return store
}

// storeName is what the log calls the store: a folder of the workspace has the same name when the workspace is elsewhere.
func (w *Workspace) storeName() string {
	return filepath.ToSlash(blobio.Name(w.Config.Images.Store))
}

// wanted are the objects that count, a group per source: the image of every row that is alive behind stage map, and its mask if masks are
// asked for.
func (b *build) wanted(masks bool) ([]fetch.Group, error) {
	ledger, err := b.seeLedger()
	if err != nil {
		return nil, err
	}
	groups := make([]fetch.Group, len(b.sources))
	var files closers
	err = b.drain("which pictures count", 0, func(yield func(engine.Pass, error) bool) {
		for i, source := range b.sources {
			groups[i].Prefix = source.Name + "/"
			pass, err := b.wantedPass(source, ledger, &groups[i], masks, &files)
			if !yield(pass, err) || err != nil {
				return
			}
		}
	})
	return groups, errors.Join(err, files.close())
}

// seeLedger is the ledger of generate, which split may take afterwards.
func (b *build) seeLedger() (*stages.Ledger, error) {
	ledger, err := b.takeLedger("generate")
	b.ledger = ledger
	return ledger, err
}

func (b *build) wantedPass(source Source, ledger *stages.Ledger, group *fetch.Group, withMasks bool, files *closers) (engine.Pass, error) {
	paths, err := files.openRows(pathsPath(b.work("generate"), source.Name))
	if err != nil {
		return engine.Pass{}, err
	}
	rows, err := files.openRows(rowsPath(b.work("generate"), source.Name))
	if err != nil {
		return engine.Pass{}, err
	}
	stream, err := engine.Zip(paths.Stream(-1), rows.Stream(-1, stages.ColMaskPath))
	row, masks := ledger.Row(source.Ordinal, 0), map[string]bool{} // one mask may be of many images
	take := func(batch arrow.RecordBatch) error {
		image, mask := batch.Column(0).(*array.String), batch.Column(1).(*array.String)
		for i := range image.Len() {
			if !ledger.Alive(row + int64(i)) {
				continue
			}
			group.Keys = append(group.Keys, group.Prefix+image.Value(i))
			if withMasks && mask.IsValid(i) && mask.Value(i) != "" && !masks[mask.Value(i)] {
				key := strings.Clone(mask.Value(i)) // the batch is let go
				masks[key] = true
				group.Keys = append(group.Keys, group.Prefix+key)
			}
		}
		row += int64(image.Len())
		return nil
	}
	sink := engine.Survey[arrow.RecordBatch]{Name: "wanted", OnLook: func(b arrow.RecordBatch) (arrow.RecordBatch, error) { return b, nil }, OnTake: take}
	return engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{sink}}, err
}

// only leaves the keys that --only asks for.
func only(what string, groups []fetch.Group, blobs *fetch.Blobs) ([]fetch.Group, error) {
	if what == "" {
		return groups, nil
	}
	kind, reason, _ := strings.Cut(what, ":")
	if kind != "failed" {
		return nil, fmt.Errorf("--only %q, want failed or failed:REASON, such as failed:missing", what)
	}
	var asked []fetch.Group
	reasons := map[string]int64{}
	for _, g := range groups {
		left := fetch.Group{Prefix: g.Prefix}
		for _, key := range g.Keys {
			e, known := blobs.Entry(key)
			if !known || !e.Failed() {
				continue
			}
			reasons[string(e.Reason)]++
			if reason == "" || reason == string(e.Reason) {
				left.Keys = append(left.Keys, key)
			}
		}
		asked = append(asked, left)
	}
	if reason != "" && reasons[reason] == 0 {
		var there []string
		for _, r := range sortedKeys(reasons) {
			there = append(there, fmt.Sprintf("%s (%s)", r, thousands(reasons[r])))
		}
		return nil, fmt.Errorf("--only %q: nothing failed for that reason; reasons of the last run: %s", what, cmp.Or(strings.Join(there, ", "), "none"))
	}
	return asked, nil
}

// fetchState is what all wanted objects are now.
func fetchState(groups []fetch.Group, blobs *fetch.Blobs, answer *fetchedAnswer) map[blobio.Reason]int64 {
	hash := sha256.New()
	failed := map[blobio.Reason]int64{}
	for _, g := range groups {
		for _, key := range g.Keys {
			e, _ := blobs.Entry(key)
			answer.Objects++
			if e.Status == "" {
				e.Reason = "not_fetched"
			}
			if e.Reason != "" {
				answer.Failed++
				failed[e.Reason]++
				e.SHA256 = ""
			}
			_, _ = io.WriteString(hash, key+"\x00"+e.SHA256+"\x00"+string(e.Reason)+"\n")
		}
	}
	answer.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return failed
}

// tooMany is an error if more objects failed than may.
func (b *build) tooMany(failed map[blobio.Reason]int64, objects int64) error {
	var n int64
	var by []string
	for _, reason := range slices.Sorted(maps.Keys(failed)) {
		n += failed[reason]
		by = append(by, fmt.Sprintf("%s %s", thousands(failed[reason]), reason))
	}
	allowed := b.Config.Images.MaxFailed
	if objects == 0 || 100*float64(n)/float64(objects) <= allowed {
		return nil
	}
	return fmt.Errorf("fetch: %s of %s objects failed (%.2f %%): %s; images.max_failed allows %v %%: mend what can be mended and run `dermset fetch --only failed`, or raise it",
		thousands(n), thousands(objects), 100*float64(n)/float64(objects), strings.Join(by, ", "), allowed)
}

// fetchResult is a row for all that came, and one for each reason why objects did not, with what to do about it.
func fetchResult(store string, t fetch.Tally, dryRun bool) Result {
	verb := "fetched"
	if dryRun {
		verb = "to fetch"
	}
	r := Result{Columns: []string{"what", "objects", "bytes", "example", "what to do"}, Rows: [][]string{
		{"wanted from " + withoutOptions(store), number(t.Wanted), "", "", ""},
		{"there already", number(t.Had), number(t.HadBytes), "", ""},
		{verb, number(t.Fetched), number(t.FetchedBytes), "", ""},
	}}
	for _, reason := range t.Reasons() {
		f := t.Failed[reason]
		r.Rows = append(r.Rows, []string{"failed: " + string(reason), number(f.Objects), "", strings.TrimSuffix(f.Example+": "+f.Detail, ": "), reason.Remedy()})
	}
	return r
}

func withoutOptions(store string) string {
	if blobio.IsFolder(store) {
		return store
	}
	place, _, _ := strings.Cut(store, "?")
	return place
}
