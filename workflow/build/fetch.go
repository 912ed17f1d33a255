package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
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
	Asked   asked  `json:"asked"`
	// Unanswered is how many objects the store did not answer for: they failed for what may pass. The next build asks
	// again.
	Unanswered int64 `json:"unanswered"`
	// Standing are those of them, by source, of which an earlier answer stands.
	Standing map[string]int64 `json:"standing"`
	Log      int64            `json:"log"` // bytes of the log then: a longer one knows more
	// Damaged is how many bytes of the log were of damaged lines then. The store was asked about all objects since.
	Damaged int64 `json:"damaged"`
}

// asked says of which sources the store has answered about every object that counts: by name,
// the SHA-256 of the dataset CSV at that time.
type asked map[string]string

// fetchSettings are the settings that decide which pictures come.
type fetchSettings struct {
	Store     string  `json:"store"`
	Changed   string  `json:"changed"`
	MaxFailed float64 `json:"max_failed"`
}

func (b *build) fetchKey() (any, map[string]string, error) {
	i := b.Config.Images
	return fetchSettings{i.Store, i.Changed, i.MaxFailed}, nil, nil
}

// fetchedObjects names what a fetch left: what each wanted object is.
func fetchedObjects(dir string) (string, error) {
	var answer fetchedAnswer
	err := workspace.ReadJSON(filepath.Join(dir, "answer.json"), &answer)
	return answer.SHA256, err
}

// lastFetch is the last answer of fetch; nothing where there is none, or it is damaged.
func (b *build) lastFetch() (answer fetchedAnswer) {
	if has, err := b.steps.HasRun("fetch"); !has || err != nil ||
		workspace.ReadJSON(filepath.Join(b.Work("fetch"), "answer.json"), &answer) != nil {
		return fetchedAnswer{}
	}
	return answer
}

// notAnswered is how many objects have failed for what may pass, and are not there from an earlier time.
func (b *build) notAnswered() int64 {
	last := b.lastFetch()
	n := last.Unanswered
	for _, standing := range last.Standing {
		n -= standing
	}
	return n
}

// lost says whether the log is not any more what it was when the store was last asked about all objects.
func (a *fetchedAnswer) lost(blobs *transfer.Blobs) bool {
	bytes, damaged := blobs.Read()
	return bytes < a.Log || damaged > a.Damaged
}

// fetchedNow is what each wanted object is at this time, as fetchedObjects names it.
func (b *build) fetchedNow() (string, error) {
	blobs, err := b.readBlobs("")
	if err != nil {
		return "", err
	}
	return b.stateNow(blobs)
}

func (b *build) stateNow(blobs *transfer.Blobs) (string, error) {
	now := fetchedAnswer{}
	_, err := b.fetchState(blobs, &now)
	return now.SHA256, err
}

// fetch brings the pictures that still count into work/blobs, as a build does it: of a source whose dataset CSV is what
// it was when the store was last asked about all of it, the store is asked only about what is not there; after a change
// of the mapping that is next to nothing.
func (b *build) fetch(dir string) error {
	last := b.lastFetch()
	same := map[string]bool{}
	for name, sum := range b.datasets() {
		same[name+"/"] = last.Asked[name] == sum
	}
	lacking := func(blobs *transfer.Blobs) (iter.Seq2[transfer.Group, error], error) {
		if last.lost(blobs) {
			return b.wanted(true), nil
		}
		return part(b.wanted(true), func(prefix, key string) bool {
			e, known := blobs.Entry(key)
			return !same[prefix] || !known || e.Failed()
		}), nil
	}
	_, err := b.fetchInto(dir, request{ask: lacking, lazily: true, asked: b.datasets()})
	return err
}

// blobsGone says so where the last answer does not stand: where the store did not answer for some, where work/blobs
// lacks what it left there and a later step will look at it, or where a run since, that came to no end, learned more.
func (b *build) blobsGone(looked bool) (string, error) {
	last := b.lastFetch()
	if n := last.Unanswered; n > 0 {
		b.Log.Warn(fmt.Sprintf("fetch: the store did not answer for %s pictures the last time; they are asked for again",
			workspace.Thousands(n)))
		return "the store did not answer for " + workspace.Thousands(n) + " pictures", nil
	}
	log, err := transfer.LogBytes(b.Work("blobs"))
	if err != nil || !looked && log <= last.Log {
		return "", err
	}
	blobs, err := b.readBlobs("")
	if err != nil {
		return "", err
	}
	if last.lost(blobs) {
		b.Log.Warn("fetch: work/blobs/log.jsonl is damaged; the store is asked about all pictures")
		return "work/blobs/log.jsonl is damaged", nil
	}
	if now, err := b.stateNow(blobs); err != nil || now == last.SHA256 {
		return "", err
	}
	if log > last.Log {
		return "more is known of the pictures", nil
	}
	b.Log.Warn("fetch: pictures are gone from work/blobs; they are fetched again")
	return "pictures are gone from work/blobs", nil
}

// readBlobs opens the log of what was fetched.
func (b *build) readBlobs(string) (*transfer.Blobs, error) {
	return transfer.ReadBlobs(b.Work("blobs"), b.StoreName())
}

// Fetch brings generate up to date and fetches the pictures that still count: rows that are not rejected at stage map,
// and their masks. It asks the store about all of them even where a build would not run the step again: a store can
// change without a word. What came before an error is kept; the result says what became of the
// objects where that is known.
func Fetch(ctx context.Context, w *workspace.Workspace, o FetchOptions) (workspace.Result, error) {
	if !w.HasPictures() {
		return workspace.Result{}, workspace.Usage(
			errors.New("dermset.yaml: images.store: is empty, want s3://bucket/prefix or a folder to fetch from"))
	}
	b := newBuild(ctx, w)
	if err := b.begin(); err != nil {
		return workspace.Result{}, err
	}
	if err := b.unblocked(); err != nil {
		return workspace.Result{Findings: blockers(b.ofMapping)}, err
	}
	tally, err := b.fetchAsked(o)
	if err != nil && tally.Done() == 0 {
		return workspace.Result{}, err
	}
	result := fetchResult(w.Config.Images.Store, tally, o.DryRun)
	result.Rows = append(result.Rows, b.nearRows(tally)...)
	return result, err
}

// fetchAsked fetches what a person asked for. A dry run, which writes nothing, wants generate to be up to date.
func (b *build) fetchAsked(o FetchOptions) (tally transfer.Tally, err error) {
	last := b.lastFetch()
	ask := func(*transfer.Blobs) (iter.Seq2[transfer.Group, error], error) { return b.wanted(true), nil }
	if o.Only != "" {
		ask = func(blobs *transfer.Blobs) (iter.Seq2[transfer.Group, error], error) {
			if last.lost(blobs) {
				return nil, errors.New("work/blobs/log.jsonl is damaged, so that nobody knows which failed; run `dermset fetch`")
			}
			return b.failedBefore(o.Only, blobs)
		}
	}
	if o.DryRun {
		if err := b.wantGenerated(); err != nil {
			return tally, err
		}
		return b.fetchInto("", request{ask: ask, dryRun: true})
	}
	if err := b.steps.To("generate"); err != nil {
		return tally, err
	}
	r := request{ask: ask, asked: b.datasets()}
	if o.Only != "" {
		r.asked, r.standing = last.Asked, last.Standing
	}
	err = b.steps.Again("fetch", func(dir string) (err error) {
		tally, err = b.fetchInto(dir, r)
		return err
	})
	if errors.Is(err, errNotAsked) { // the run with --only is not the step's last word: the next build asks about all
		b.Log.Warn("fetch: " + err.Error())
		err = nil
	}
	return tally, err
}

var errNotAsked = errors.New("pictures that count have not been asked for yet; run `dermset fetch`")

// wantGenerated wants generate to be up to date.
func (b *build) wantGenerated() error {
	why, err := b.steps.Stale("generate")
	if len(why) > 0 {
		err = workspace.Usage(fmt.Errorf("which pictures count is not known yet (%s); run `dermset generate` first",
			strings.Join(why, "; ")))
	}
	return err
}

// A request is what the store is asked about.
type request struct {
	ask    func(*transfer.Blobs) (iter.Seq2[transfer.Group, error], error)
	lazily bool  // where there is nothing to ask about, the store need not even be there
	dryRun bool  // look everything up, fetch and write nothing
	asked  asked // what has been answered after this, but for sources of unanswered objects

	standing map[string]int64 // by source: objects that were not answered for, and of which an earlier answer stands
}

// unansweredFor notes the key of an object that the store did not answer for.
func (r *request) unansweredFor(key string) {
	source, _, _ := strings.Cut(key, "/")
	r.standing[source]++
}

// fetchInto fetches, and writes into dir what all wanted objects have become.
// More failed ones than images.max_failed allows are an error.
func (b *build) fetchInto(dir string, r request) (tally transfer.Tally, err error) {
	open := transfer.OpenBlobs
	if r.dryRun {
		open = transfer.ReadBlobs
	}
	if r.standing == nil {
		r.standing = map[string]int64{}
	}
	blobs, err := open(b.Work("blobs"), b.StoreName())
	if err != nil {
		return tally, err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	groups, err := r.ask(blobs)
	if err != nil {
		return tally, err
	}
	ask := true
	if r.lazily {
		ask, err = anything(groups)
	}
	if ask && err == nil {
		tally, err = b.runFetch(blobs, groups, &r)
	}
	if err != nil || r.dryRun {
		return tally, err
	}
	steps.Leave(b.steps, blobs)
	answer, failed, err := b.fetchAnswer(blobs, &r)
	if err != nil {
		return tally, err
	}
	if failed[notFetched] > 0 {
		return tally, errNotAsked
	}
	if err := b.tooMany(blobs, failed, answer.Objects); err != nil {
		return tally, err
	}
	if answer.Unanswered > 0 {
		b.Log.Warn(fmt.Sprintf("fetch: the store did not answer for %s of %s pictures, which may pass: where one was "+
			"fetched before, that one counts, else its row is image_not_fetched; the next build asks again",
			workspace.Thousands(answer.Unanswered), workspace.Thousands(answer.Objects)))
	}
	return tally, steps.WriteAnswer(dir, answer)
}

// unanswered stands for the reason of an object of which an earlier answer stands.
const unanswered blobio.Reason = "unanswered"

// fetchAnswer is the answer of a run, and how many objects failed, by reason.
func (b *build) fetchAnswer(blobs *transfer.Blobs, r *request) (answer fetchedAnswer, failed map[blobio.Reason]int64,
	err error) {
	if failed, err = b.fetchState(blobs, &answer); err != nil {
		return answer, nil, err
	}
	for reason, n := range failed {
		if reason.MayPass() {
			answer.Unanswered += n
		}
	}
	answer.Asked = maps.Clone(r.asked)
	answer.Standing = r.standing
	for source, n := range r.standing {
		delete(answer.Asked, source)
		failed[unanswered] += n
		answer.Unanswered += n
	}
	_, answer.Damaged = blobs.Read()
	answer.Log, err = transfer.LogBytes(b.Work("blobs"))
	return answer, failed, err
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

// datasets are the SHA-256 of the dataset CSVs of all sources that the store is asked about, by source.
func (b *build) datasets() asked {
	all := asked{}
	for _, source := range b.sources {
		if source.HasPictures() {
			all[source.Name] = source.SHA256
		}
	}
	return all
}

// anything says whether there is a key to ask for: else the store need not even be there.
func anything(groups iter.Seq2[transfer.Group, error]) (bool, error) {
	for g, err := range groups {
		if err != nil || len(g.Keys) > 0 {
			return true, err
		}
	}
	return false, nil
}

// patience is blobio's own; tests have less.
var patience blobio.Patience

// runFetch opens the store and fetches from it.
func (b *build) runFetch(blobs *transfer.Blobs, groups iter.Seq2[transfer.Group, error],
	r *request) (transfer.Tally, error) {
	atOnce := b.ObjectsAtOnce()
	pace := blobio.NewPace(atOnce)
	store, err := blobio.Open(b.ctx, b.StoreURL(),
		blobio.Options{Connections: atOnce, Patience: patience, Again: b.again(pace)})
	if err != nil {
		return transfer.Tally{}, workspace.StoreError("dermset.yaml: images.store", err)
	}
	defer b.Progress.Begin("fetch", "images", 0)()
	tally, err := transfer.Fetch(b.ctx, blobs, store, groups, transfer.FetchOptions{
		Options:       transfer.Options{AtOnce: atOnce, Pace: pace, DryRun: r.dryRun, Watch: b.Progress.Transferred},
		Bytes:         max(1, b.Workspace.Run.MemoryBytes/4),
		AcceptChanged: b.Config.Images.Changed == "accept",
		Unanswered:    r.unansweredFor,
		Lazily:        r.lazily,
	})
	if !r.dryRun {
		b.Progress.EndTransfer(tally)
	}
	if tally.Unlisted != nil {
		b.Log.Warn(fmt.Sprintf("fetch: the store cannot list all it has, so that objects are asked for one by one: %v",
			tally.Unlisted))
	}
	b.tellNear(tally)
	if class := fault.Of(err); class == fault.OfSettings || class == fault.MayPass {
		err = fmt.Errorf("dermset.yaml: images.store: %s: %w", store, err)
	}
	return tally, err
}

// wanted yields the objects that count, source by source: the image of every row that is alive behind stage map, and
// its mask if masks are asked for. The keys of one source are in memory at a time.
func (b *build) wanted(masks bool) iter.Seq2[transfer.Group, error] {
	return func(yield func(transfer.Group, error) bool) {
		l, err := b.seeLedger("generate")
		if err != nil {
			yield(transfer.Group{}, err)
			return
		}
		for _, source := range b.sources {
			group, err := b.wantedOf(source, l, masks)
			if !yield(group, err) || err != nil {
				return
			}
		}
	}
}

// wantedOf are the objects of one source.
func (b *build) wantedOf(source workspace.Source, l *ledger.Ledger, withMasks bool) (group transfer.Group, err error) {
	group.Prefix = source.Name + "/"
	masks := map[string]bool{} // one mask may be of many images
	err = b.eachAlive(source, l, func(image, mask string) {
		group.Keys = append(group.Keys, group.Prefix+image)
		if withMasks && mask != "" && !masks[mask] {
			mask = strings.Clone(mask) // the batch is let go
			masks[mask] = true
			group.Keys = append(group.Keys, group.Prefix+mask)
		}
	})
	return group, err
}

// eachAlive tells the image and the mask of every row of a source that is alive, in order; what it tells is valid until
// see returns. The mask of a row without one is empty. A source without pictures has none to tell.
func (b *build) eachAlive(source workspace.Source, l *ledger.Ledger, see func(image, mask string)) error {
	if !source.HasPictures() {
		return nil
	}
	return b.eachPicture(source, l, func(reason rows.Reason, image, mask string) {
		if reason == rows.Alive {
			see(image, mask)
		}
	})
}

// eachPicture is eachAlive for all rows, each with why stage map rejects it.
func (b *build) eachPicture(source workspace.Source, l *ledger.Ledger,
	see func(reason rows.Reason, image, mask string)) error {
	paths, err := b.pathsOf(source.Name)
	if err != nil {
		return err
	}
	others, err := b.rowsOf("generate", source.Name)
	if err != nil {
		return err
	}
	stream, err := engine.Zip(paths.Stream(), others.Stream(rows.ColMaskPath))
	if err != nil {
		return err
	}
	row := l.Row(source.Ordinal, 0)
	return b.eachBatch(source.Name, stream, func(batch arrow.RecordBatch) {
		images, masks := textsOf(batch, rows.ColImagePath), textsOf(batch, rows.ColMaskPath)
		for i := range images.Len() {
			mask := ""
			if masks.IsValid(i) {
				mask = masks.Value(i)
			}
			see(l.Reason(row+int64(i)), images.Value(i), mask)
		}
		row += int64(images.Len())
	})
}

// eachBatch tells the batches of a stream in order.
func (b *build) eachBatch(name string, stream engine.Stream, see func(arrow.RecordBatch)) error {
	sink := engine.Survey[arrow.RecordBatch]{Name: name,
		OnLook: func(batch arrow.RecordBatch) (arrow.RecordBatch, error) { return batch, nil },
		OnTake: func(batch arrow.RecordBatch) error { see(batch); return nil }}
	return engine.Drain(b.ctx, b.quiet(), onePass(engine.Pass{Name: name, In: stream, Into: []engine.Sink{sink}}))
}

// part leaves the keys that are asked for.
func part(groups iter.Seq2[transfer.Group, error],
	asked func(prefix, key string) bool) iter.Seq2[transfer.Group, error] {
	return func(yield func(transfer.Group, error) bool) {
		for g, err := range groups {
			g.Keys = slices.DeleteFunc(g.Keys, func(key string) bool { return !asked(g.Prefix, key) })
			if !yield(g, err) {
				return
			}
		}
	}
}

// failedBefore are the wanted objects that --only asks for.
func (b *build) failedBefore(only string, blobs *transfer.Blobs) (iter.Seq2[transfer.Group, error], error) {
	kind, reason, _ := strings.Cut(only, ":")
	if kind != "failed" {
		return nil, workspace.Usage(fmt.Errorf("--only %q, want failed or failed:REASON, such as failed:missing", only))
	}
	if known := blobio.Reasons(); reason != "" && !slices.Contains(known, reason) {
		return nil, workspace.Usage(fmt.Errorf("--only %q: no object fails for that reason, want one of %s%s", only,
			strings.Join(known, ", "), slips.Meant(reason, known)))
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
		counted = append(counted, fmt.Sprintf("%s (%s)", r, workspace.Thousands(reasons[r])))
	}
	return nil, workspace.Usage(fmt.Errorf("--only %q: nothing failed for that reason; reasons of the last run: %s",
		only, cmp.Or(strings.Join(counted, ", "), "none")))
}
