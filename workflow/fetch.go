package workflow

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/fetch"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
)

// FetchOptions say what of the pictures to fetch.
type FetchOptions struct {
	Only   string // failed: what failed the last time; failed:REASON: what failed for that reason; empty: all that count
	DryRun bool   // look everything up, fetch and write nothing
	// lazily is how a build fetches: not at all where nothing changed since the last time, and of a source whose dataset CSV is what it was then
	// the store is asked only about what is not there; after a change of the mapping that is next to nothing.
	lazily bool
}

// fetchedAnswer is work/fetch/answer.json.
type fetchedAnswer struct {
	Objects int64  `json:"objects"`
	Failed  int64  `json:"failed"`
	SHA256  string `json:"sha256"` // of what each wanted object is: its hash, or the reason why it did not come
	Asked   asked  `json:"asked"`
}

// asked says of which sources the store was asked about every object that counts: by name, the SHA-256 of the dataset CSV at that time.
type asked map[string]string

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

// fetch brings the pictures that still count into work/blobs, unless a run since the last change has, and what it brought is still there as far
// as a later step needs it.
func (b *build) fetch() error {
	_, err := b.fetchInto(FetchOptions{lazily: true})
	if err != nil || b.blobs != nil {
		return err
	}
	if whole, err := b.blobsAreWhole(); err != nil || whole {
		return err
	}
	b.Log.Warn("fetch: pictures are gone from work/blobs; they are fetched again")
	b.blobs = nil
	if err := os.RemoveAll(b.work("fetch")); err != nil {
		return err
	}
	_, err = b.fetchInto(FetchOptions{lazily: true})
	return err
}

// blobsAreWhole says whether work/blobs has what the last fetch left there. Where no step will look at pictures, nobody looks.
func (b *build) blobsAreWhole() (bool, error) {
	check, err := b.checkKey()
	if err != nil {
		return false, err
	}
	if looked, err := b.willLook(check); err != nil || !looked && len(b.stale("check", check)) == 0 {
		return true, err
	}
	if err := b.readBlobs(); err != nil {
		return false, err
	}
	var now fetchedAnswer
	_, err = b.fetchState(b.blobs, &now)
	return now.SHA256 == b.stepHash["fetch"], err
}

// askedBefore is what earlier runs of the step have asked; nothing if there was none.
func (b *build) askedBefore() (asked, error) {
	var answer fetchedAnswer
	err := readJSON(filepath.Join(b.work("fetch"), "answer.json"), &answer)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return answer.Asked, err
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
	tally, err := b.fetchInto(o)
	if err != nil && tally.Had+tally.Fetched+tally.Failures() == 0 {
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
	before, err := b.askedBefore()
	if err != nil {
		return tally, err
	}
	if o.DryRun {
		return b.fetchObjects(o, before, nil)
	}
	if !o.lazily {
		if err := os.RemoveAll(b.work("fetch")); err != nil {
			return tally, err
		}
	}
	key, err := b.fetchKey()
	if err != nil {
		return tally, err
	}
	var answer fetchedAnswer
	err = b.step("fetch", key, func(dir string) error {
		tally, err = b.fetchObjects(o, before, &answer)
		if err != nil {
			return err
		}
		return writeJSON(filepath.Join(dir, "answer.json"), answer)
	})
	if errors.Is(err, errNotAsked) {
		b.Log.Warn("fetch: " + err.Error())
		return tally, nil
	}
	if err != nil {
		return tally, err
	}
	return tally, b.lastFetch()
}

// errNotAsked is why a run with --only is not the step's last word: the next build asks about all.
var errNotAsked = errors.New("pictures that count have not been asked for yet; run `dermset fetch`")

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
func (b *build) fetchObjects(o FetchOptions, before asked, answer *fetchedAnswer) (tally fetch.Tally, err error) {
	open := fetch.OpenBlobs
	if o.DryRun {
		open = fetch.ReadBlobs
	}
	blobs, err := open(b.work("blobs"), b.storeName())
	if err != nil {
		return tally, err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	groups, err := b.toAsk(o, before, blobs)
	if err != nil {
		return tally, err
	}
	ask := true
	if o.lazily {
		ask, err = anything(groups)
	}
	if ask && err == nil {
		tally, err = b.runFetch(blobs, groups, o.DryRun)
	}
	if err != nil || o.DryRun {
		return tally, err
	}
	b.blobs = blobs
	failed, err := b.fetchState(blobs, answer)
	if err != nil {
		return tally, err
	}
	if answer.Asked = before; o.Only == "" {
		answer.Asked = b.datasets()
	}
	if failed[notFetched] > 0 {
		return tally, errNotAsked
	}
	return tally, b.tooMany(failed, answer.Objects)
}

// again tells the pace of attempts that failed, and, of the first, the person who waits.
func (b *build) again(pace *blobio.Pace) func(blobio.Reason) {
	var once sync.Once
	return func(reason blobio.Reason) {
		once.Do(func() {
			b.Log.Warn(fmt.Sprintf("fetch: an attempt failed (%s) and is made again; so are others, ten times each", reason))
		})
		pace.Again(reason)
	}
}

// datasets are the SHA-256 of all dataset CSVs, by source.
func (b *build) datasets() asked {
	all := asked{}
	for _, source := range b.sources {
		all[source.Name] = source.SHA256
	}
	return all
}

// anything says whether there is a key to ask for: else the store need not even be there.
func anything(groups iter.Seq2[fetch.Group, error]) (bool, error) {
	for g, err := range groups {
		if err != nil || len(g.Keys) > 0 {
			return true, err
		}
	}
	return false, nil
}

// runFetch opens the store and fetches from it.
func (b *build) runFetch(blobs *fetch.Blobs, groups iter.Seq2[fetch.Group, error], dryRun bool) (fetch.Tally, error) {
	atOnce := b.objectsAtOnce()
	pace := blobio.NewPace(atOnce)
	store, err := blobio.Open(b.ctx, b.storeURL(), blobio.Options{Connections: atOnce, Again: b.again(pace)})
	if err != nil {
		return fetch.Tally{}, Usage(fmt.Errorf("dermset.yaml: images.store: %w", err))
	}
	b.Progress.begin("fetch", "images", 0)
	tally, err := fetch.Run(b.ctx, blobs, store, groups, fetch.Options{
		AtOnce: atOnce, Bytes: max(1, b.Run.MemoryBytes/4), Pace: pace, AcceptChanged: b.Config.Images.Changed == "accept", DryRun: dryRun,
		Watch: func(t fetch.Tally) { b.Progress.transferred(fetched(t)) },
	})
	if !dryRun {
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

// wanted yields the objects that count, source by source: the image of every row that is alive behind stage map, and its mask if masks are
// asked for. The keys of one source are in memory at a time.
func (b *build) wanted(masks bool) iter.Seq2[fetch.Group, error] {
	return func(yield func(fetch.Group, error) bool) {
		ledger, err := b.seeLedger()
		if err != nil {
			yield(fetch.Group{}, err)
			return
		}
		for _, source := range b.sources {
			group, err := b.wantedOf(source, ledger, masks)
			if !yield(group, err) || err != nil {
				return
			}
		}
	}
}

// seeLedger is the ledger of generate, which split may take afterwards.
func (b *build) seeLedger() (*ledger.Ledger, error) {
	ledger, err := b.takeLedger("generate")
	b.ledger = ledger
	return ledger, err
}

func (b *build) wantedOf(source Source, ledger *ledger.Ledger, withMasks bool) (group fetch.Group, err error) {
	var files closers
	defer func() { err = errors.Join(err, files.close()) }()
	paths, err := files.openRows(pathsPath(b.work("generate"), source.Name))
	if err != nil {
		return group, err
	}
	columns, err := files.openRows(rowsPath(b.work("generate"), source.Name))
	if err != nil {
		return group, err
	}
	stream, err := engine.Zip(paths.Stream(-1), columns.Stream(-1, rows.ColMaskPath))
	if err != nil {
		return group, err
	}
	group.Prefix = source.Name + "/"
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
	err = engine.Drain(b.ctx, b.quiet(), onePass(engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{sink}}))
	return group, err
}

// toAsk are the wanted objects that the store is asked about.
func (b *build) toAsk(o FetchOptions, before asked, blobs *fetch.Blobs) (iter.Seq2[fetch.Group, error], error) {
	switch {
	case o.Only != "":
		return b.failedBefore(o.Only, blobs)
	case !o.lazily:
		return b.wanted(true), nil
	}
	same := map[string]bool{}
	for name, sum := range b.datasets() {
		same[name+"/"] = before[name] == sum
	}
	return part(b.wanted(true), func(prefix, key string) bool {
		e, known := blobs.Entry(key)
		return !same[prefix] || !known || e.Failed()
	}), nil
}

// part leaves the keys that are asked for.
func part(groups iter.Seq2[fetch.Group, error], asked func(prefix, key string) bool) iter.Seq2[fetch.Group, error] {
	return func(yield func(fetch.Group, error) bool) {
		for g, err := range groups {
			g.Keys = slices.DeleteFunc(g.Keys, func(key string) bool { return !asked(g.Prefix, key) })
			if !yield(g, err) {
				return
			}
		}
	}
}

// failedBefore are the wanted objects that --only asks for.
func (b *build) failedBefore(only string, blobs *fetch.Blobs) (iter.Seq2[fetch.Group, error], error) {
	kind, reason, _ := strings.Cut(only, ":")
	if kind != "failed" {
		return nil, Usage(fmt.Errorf("--only %q, want failed or failed:REASON, such as failed:missing", only))
	}
	failed := part(b.wanted(true), func(_, key string) bool {
		e, known := blobs.Entry(key)
		return known && e.Failed() && (reason == "" || reason == string(e.Reason))
	})
	if reason == "" {
		return failed, nil
	}
	var there fetchedAnswer
	reasons, err := b.fetchState(blobs, &there)
	if err != nil {
		return nil, err
	}
	delete(reasons, notFetched)
	if reasons[blobio.Reason(reason)] > 0 {
		return failed, nil
	}
	var counted []string
	for _, r := range slices.Sorted(maps.Keys(reasons)) {
		counted = append(counted, fmt.Sprintf("%s (%s)", r, thousands(reasons[r])))
	}
	return nil, Usage(fmt.Errorf("--only %q: nothing failed for that reason; reasons of the last run: %s", only, cmp.Or(strings.Join(counted, ", "), "none")))
}

// notFetched stands for the reason of an object that no run has tried yet.
const notFetched blobio.Reason = "not_fetched"

// fetchState is what all wanted objects are now.
func (b *build) fetchState(blobs *fetch.Blobs, answer *fetchedAnswer) (failed map[blobio.Reason]int64, err error) {
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
			_, _ = io.WriteString(hash, key+"\x00"+e.SHA256+"\x00"+string(e.Reason)+"\n")
		}
	}
	answer.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return failed, nil
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
