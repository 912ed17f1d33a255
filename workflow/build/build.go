package build

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/dermset/dermset/annotations"
	"github.com/dermset/dermset/bodysites"
	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/people"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// Version of dermset. It stands in manifests.
const Version = "0.1.0"

// A build is one run through the steps: what was read once for all of them.
type build struct {
	*workspace.Workspace
	ctx          context.Context
	sources      []workspace.Source
	book         *sheetio.Book
	mapping      *mapping.Mapping
	ofMapping    []findings.Finding // those that need no rows
	categories   []mapping.Category
	accepted     []findings.Accepted
	withdrawn    workspace.Withdrawals
	overrides    workspace.Overrides
	verdicts     []workspace.Verdict
	asks         askedModels
	sites        *bodysites.Vocabulary
	annotations  *annotations.Set       // nil: without pictures nobody reads them
	matched      bool                   // they know their pictures
	release      *icd11.Release         // nil if none has been imported
	apiCodes     workspace.CheckedCodes // what the API was asked about its codes
	inputs       inputs
	people       *people.People // nil without people.yaml
	asOf         *decisions.Log // what counts of it for findings; empty where it is not whole
	log          *decisions.Log
	logErr       error           // why it is not whole
	parts        decisions.Parts // of the state, but for what is known of pictures
	partsErr     error           // why they are not known: there is no key of pseudonyms
	approvedOnly bool            // a draft is an error
	tables       Tables
	steps        *steps.Run
	batchBytes   int                  // of input a batch, about
	lock         func() (lock, error) // the version of split.lock; it is opened once
}

// table is all steps in order (spec 3). Source ingest comes before them, on a person's word alone.
func (b *build) table() steps.Table {
	return steps.Table{
		{
			Verb: "generate", Does: "Give every image of every source its category: labels joined with the mapping workbook",
			Gives: "the rows", Key: b.generateKey, Make: b.generate,
		},
		{
			Verb: "fetch", Does: "Fetch the pictures that still count, and their masks, from the store",
			Gives: "the pictures", Needs: []string{"generate"}, When: b.HasPictures, Waits: true,
			Key: b.fetchKey, Make: b.fetch, Named: fetchedObjects, Now: b.fetchedNow, Gone: b.blobsGone,
		},
		{
			Verb: "check", Does: "Decode every picture that was fetched, once, and say which cannot be used, and why",
			Gives: "the verdicts", Needs: []string{"generate", "fetch"}, When: b.HasPictures, Waits: true,
			Key: b.checkKey, Make: b.check, Named: checkedVerdicts, Alike: b.sameVerdicts, Gone: factsMayBeGone,
		},
		{
			Verb: "pictures", Does: "Find the images that cannot be used, and number the pictures they show",
			Gives: "the pictures of the rows", Needs: []string{"generate", "fetch", "check"},
			When: b.HasPictures, CutLike: "generate",
			Key: b.picturesKey, Make: b.pictures,
		},
		{
			Verb: "twins", Does: "Find pictures that show the same, in other bytes, turned or nearly, and join their groups",
			Gives: "the twins", Needs: []string{"generate", "fetch", "check", "pictures"}, When: b.hasTwins,
			Key: b.twinsKey, Make: b.twins,
		},
		{
			Verb: "describe", Does: "Say whom and what each picture shows: skin tone, image type, part of the body",
			Gives: "what pictures show", Needs: []string{"generate", "fetch", "check"},
			When: b.HasPictures, CutLike: "generate",
			Key: b.describeKey, Make: b.describe,
		},
		{
			Verb: "crops", Does: "Cut out lesions: rectangles that people drew, and those around what masks show",
			Gives: "the crops", Needs: []string{"generate", "fetch", "check"},
			When: b.HasPictures, CutLike: "generate",
			Key: b.cropsKey, Make: b.crops,
		},
		{
			Verb:  "split",
			Does:  "Exclude, merge, apply the threshold, and part the images into train, val and test without leaks",
			Gives: "the decisions", Needs: []string{"generate", "pictures", "twins"}, CutLike: "generate",
			Key: b.splitKey, Make: b.split,
		},
		{
			Verb: "soft", Does: "Make soft labels from differential diagnoses (publish does it in the same pass)",
			Gives: "the soft labels", Needs: []string{"generate", "pictures", "twins", "describe", "crops", "split"},
			Apart: "publish makes soft labels itself",
			Key:   b.softKey, Make: b.soft,
		},
		{
			Verb: "publish", Does: "Write the version: tables, manifest, archive of what it was made of",
			Gives: "the version",
			Needs: []string{"generate", "fetch", "pictures", "twins", "describe", "crops", "split"},
			Key:   b.publishKey, Make: b.publish, Gone: b.unpublished,
		},
	}
}

// Step is the step of a verb, for those who describe it.
func Step(verb string) steps.Step { return *new(build).table().Of(verb) }

func newBuild(ctx context.Context, w *workspace.Workspace) *build {
	b := &build{Workspace: w, ctx: ctx, asks: askNobody()}
	b.batchBytes = b.batchWithin(w.Run.BatchBytes)
	b.steps = steps.New(w, b.table())
	b.lock = sync.OnceValues(b.openLock)
	return b
}

// Run brings the steps up to and with the verb until up to date. Publish makes soft labels in its own pass, so that
// soft runs alone only when it is asked for. Where findings block the build,
// the error says so and the result holds them.
func Run(ctx context.Context, w *workspace.Workspace, until string) (workspace.Result, error) {
	return RunWith(ctx, w, until, nil)
}

// RunWith is Run with other large tables in place of those of spec 10: for measurements that write what others write.
func RunWith(ctx context.Context, w *workspace.Workspace, until string, tables Tables) (workspace.Result, error) {
	b := newBuild(ctx, w)
	b.tables = tables
	return b.run(until)
}

// RunApproved is Run of all steps for who wants an approved version: a state that nobody has approved is an error,
// before any step runs where that is known then.
func RunApproved(ctx context.Context, w *workspace.Workspace) (workspace.Result, error) {
	b := newBuild(ctx, w)
	b.approvedOnly = true
	return b.run("publish")
}

// run is Run, for whoever asks the build more afterwards.
func (b *build) run(until string) (workspace.Result, error) {
	if is := b.table().Of(until).When; is != nil && !is() {
		return workspace.Result{}, workspace.Usage(fmt.Errorf(
			"dermset.yaml: images.store: is empty, and without pictures there is nothing for %s", until))
	}
	if err := errors.Join(b.begin(), b.lockFor(until), b.wantKey(until)); err != nil {
		return workspace.Result{}, err
	}
	if err := b.unblocked(); err != nil {
		return workspace.Result{Findings: blockers(b.ofMapping)}, err
	}
	if b.approvedOnly {
		if _, err := b.wantApproval(); err != nil {
			return workspace.Result{}, err
		}
	}
	if err := b.steps.To(until); err != nil {
		return workspace.Result{}, err
	}
	if err := b.warn(); err != nil {
		return workspace.Result{}, err
	}
	return b.result(until)
}

// Findings brings the steps before soft up to date and returns all findings. Where the mapping blocks the build it
// returns what is known without, where no picture has been fetched yet, what the rows tell, and where the version of
// split.lock is not on this machine, what is known before the split.
func Findings(ctx context.Context, w *workspace.Workspace) (workspace.Result, error) {
	b := newBuild(ctx, w)
	if err := b.begin(); err != nil {
		return workspace.Result{}, err
	}
	if b.unblocked() != nil {
		open, _ := findings.CountOpen(b.ofMapping)
		return workspace.Result{Findings: b.ofMapping, Open: open}, nil
	}
	until, absent := "split", b.wantLock()
	if absent != nil {
		w.Log.Warn(fmt.Sprintf("%v; what the split gives to find, and what is news since that version, is not known", absent))
		if until = "generate"; b.HasPictures() {
			until = "crops"
		}
	}
	whole, err := b.steps.Look(until)
	if err != nil {
		return workspace.Result{}, err
	}
	if !whole {
		w.Log.Warn("nothing is known of the pictures yet: what they and the split give to find is left out")
	}
	return b.result("split")
}

// Plan says for each step what it does, whether a build would run it, and why. It runs nothing.
func Plan(ctx context.Context, w *workspace.Workspace) ([][]string, error) {
	b := newBuild(ctx, w)
	if err := errors.Join(b.begin(), b.wantLock(), b.wantKey("publish")); err != nil {
		return nil, err
	}
	rows, err := b.steps.Plan()
	if err != nil {
		return nil, err
	}
	approval, err := b.planApproval()
	rows = append(approval, rows...)
	if n := len(blockers(b.ofMapping)); n > 0 {
		why := fmt.Sprintf("%d findings block the build; see `dermset mapping check`", n)
		rows = append([][]string{{"mapping", "Check the mapping", "no", why}}, rows...)
	}
	return rows, err
}

// begin reads everything a build needs but the rows, and checks the mapping.
// What is wrong with any of it comes at once.
func (b *build) begin() error {
	steps.Prepare()
	released := make(chan error, 1)
	go func() { // takes a tenth of a second
		released <- fault.Contain(func() (err error) {
			b.release, err = b.Release()
			return err
		})
	}()
	var errs [11]error
	b.sources, errs[0] = b.Sources(b.ctx)
	b.book, errs[1] = b.Workbook()
	b.categories, errs[2] = mapping.ReadCategories(b.Path("mapping/known_categories.csv"))
	b.accepted, errs[3] = findings.ReadAccepted(b.Path("mapping/accepted_findings.csv"))
	errs[4] = b.CheckNames()
	if errs[0] == nil {
		errs[5] = b.readCuration()
	}
	errs[6] = <-released
	b.sites, errs[7] = b.bodySites()
	errs[8] = b.openModels()
	if errs[0] == nil {
		errs[9] = b.readAnnotations()
	}
	errs[10] = b.readDecisions()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	b.holdMemory()
	if err := b.readInputs(); err != nil {
		return err
	}
	if err := b.noteCodes(); err != nil {
		return err
	}
	b.mapping, b.ofMapping = b.parseMapping(counted{})
	if b.partsErr = b.wantKey("publish"); b.partsErr != nil {
		return nil
	}
	var err error
	b.parts, err = b.fixedParts()
	return err
}

// readCuration reads what people decided about images, for sources that are known.
func (b *build) readCuration() error {
	var errs [3]error
	b.withdrawn, errs[0] = b.ReadWithdrawals(b.sources)
	b.overrides, errs[1] = b.ReadOverrides(workspace.NamesOf(b.sources)) // without pictures too: it may be wrong
	b.verdicts, errs[2] = b.ReadVerdicts()
	return errors.Join(errs[:]...)
}

// bodySites are the parts of the body that sites mean, with what people say of them.
func (b *build) bodySites() (*bodysites.Vocabulary, error) {
	curated, err := bodysites.ReadCurated(b.Path(workspace.BodySitesFile))
	return bodysites.Builtin().With(curated), workspace.Usage(err)
}

// unblocked is an error if the mapping has findings that block the build.
// The findings then know how many images each touches.
func (b *build) unblocked() error {
	n := len(blockers(b.ofMapping))
	if n == 0 {
		return nil
	}
	counts, err := b.labelCounts(mostUnmapped)
	if err != nil {
		return err
	}
	_, b.ofMapping = b.parseMapping(counts)
	b.accept(b.ofMapping)
	return fmt.Errorf("findings in the mapping that block the build: %d; mend them, and run `dermset mapping check` again",
		n)
}

// blockers are the findings that keep a build from running.
func blockers(found []findings.Finding) []findings.Finding {
	var all []findings.Finding
	for _, f := range found {
		if f.Blocks {
			all = append(all, f)
		}
	}
	return all
}

// engine are the run's resources, as passes over rows take them; progress is told of the rows.
func (b *build) engine() engine.Settings {
	s := b.quiet()
	s.Watch = b.Progress.Add
	return s
}

// quiet is engine without progress, for the small tables beside the rows.
func (b *build) quiet() engine.Settings {
	return engine.Settings{Workers: b.Workspace.Run.Workers, BatchBytes: b.batchBytes, MemoryBytes: b.inFlight()}
}

// The memory of a build is promised (spec 11): bytesPromised, and bytesOfRow a row for the tables that grow with them.
// Batches in flight may take flightBytes of it; what is not the heap's takes otherBytes.
const (
	bytesPromised = 500_000_000
	bytesOfRow    = 100
	flightBytes   = 100 << 20
	otherBytes    = 60_000_000

	leastBatch = 16 << 10
	usualBatch = 1 << 20 // --batch-size by default: a smaller one is not worth a word
)

// inFlight bounds the bytes of batches in flight, for any number of workers.
func (b *build) inFlight() int64 {
	if allowed := b.Workspace.Run.MemoryBytes; allowed > 0 {
		return min(allowed, flightBytes)
	}
	return flightBytes
}

// batchWithin is the size of batches: that asked for, or a smaller one where what may be in flight would not hold a
// batch for every worker, with what is made of it. It changes no result.
func (b *build) batchWithin(asked int) int {
	most := max(leastBatch, int(b.inFlight())/8/max(1, b.Workspace.Run.Workers))
	if asked > most && asked > usualBatch {
		b.Log.Warn(fmt.Sprintf("--batch-size: batches have %d bytes, not %d: memory has no room for larger ones, %d at once",
			most, asked, b.Workspace.Run.Workers))
	}
	return min(asked, most)
}

// holdMemory lets the collector keep to what is promised of tables. Pictures may take what --memory says.
func (b *build) holdMemory() {
	if b.HasPictures() {
		return
	}
	var rows int64
	for _, source := range b.sources {
		rows += source.Lines
	}
	engine.HoldHeap(bytesPromised - otherBytes + bytesOfRow*rows)
}

// Tables are the large tables of a version, of a mapping and what was decided.
type Tables func(*mapping.Mapping, *ledger.Decision) []RowTable
