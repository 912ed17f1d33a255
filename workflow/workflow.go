// Package workflow is the steps of a dataset's making, in order: what each reads, which stages it runs with which settings, and what it
// writes. This file is its table of contents.
package workflow

import (
	"context"
	"fmt"

	"github.com/dermset/dermset/fetch"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/factio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/mapping"
)

// Version of dermset. It stands in manifests.
const Version = "0.1.0"

// A Step is one act of the workflow and one verb.
type Step struct {
	Verb string
	Does string // in the words of the people who do it by hand today
	run  func(*build) error
	key  func(*build) (stepKey, error)
}

// Steps are all steps in order (spec 3). Source ingest comes before them, on a person's word alone.
var Steps = []Step{
	{"generate", "Give every image of every source its category: labels joined with the mapping workbook", (*build).generate, (*build).generateKey},
	{"fetch", "Fetch the pictures that still count, and their masks, from the store", (*build).fetch, (*build).fetchKey},
	{"check", "Decode every picture that was fetched, once, and say which cannot be used, and why", (*build).check, (*build).checkKey},
	{"pictures", "Find the images that cannot be used, and those that are equal", (*build).pictures, (*build).picturesKey},
	{"split", "Exclude, merge, apply the threshold, and part the images into train, val and test without leaks", (*build).split, (*build).splitKey},
	{"soft", "Make soft labels from differential diagnoses (publish does it in the same pass)", (*build).soft, (*build).softKey},
	{"publish", "Write the version: tables, manifest, archive of what it was made of", (*build).publish, (*build).publishKey},
}

// StepOf is the step of a verb.
func StepOf(verb string) Step {
	for _, step := range Steps {
		if step.Verb == verb {
			return step
		}
	}
	panic(fmt.Sprintf("no step %q", verb))
}

// A build is one run through the steps: what was read once for all of them, and what each found.
type build struct {
	*Workspace
	ctx     context.Context
	sources []Source
	table   *mapping.Mapping
	inputs  inputs

	book      *sheetio.Book
	known     []mapping.Category
	accepted  []mapping.Accepted
	withdrawn withdrawals
	overrides overrides
	release   *icd11.Release // nil if none has been imported
	checked   checkedCodes   // what the API was asked about its codes

	stepHash map[string]string // step → hash of its key
	findings []mapping.Finding
	found    bool             // findings are complete
	answer   *generated       // of generate
	seen     *pictured        // of pictures; nil without a store
	blobs    *fetch.Blobs     // of fetch, and
	facts    *factio.Store    // of check, until pictures has put them beside the rows
	ledger   *ledger.Ledger   // of ledgerOf, if this run made it and no later step has taken it
	ledgerOf string           // a step: generate or pictures
	decided  *ledger.Decision // of split
}

// Result is what a run tells the person who started it.
type Result struct {
	Columns  []string // of the funnel
	Rows     [][]string
	Look     []string // where to look
	Findings []mapping.Finding
	Open     int // findings of severity error or review that nobody has accepted
}

// Build brings the steps up to and with the verb until up to date. Publish makes soft labels in its own pass, so that soft runs alone
// only when it is asked for. Where findings block the build, the error says so and the result holds them.
func (w *Workspace) Build(ctx context.Context, until string) (Result, error) {
	b := newBuild(ctx, w)
	if err := w.begin(b); err != nil {
		return Result{}, err
	}
	if err := b.unblocked(); err != nil {
		return Result{Findings: blockers(b.findings)}, err
	}
	for _, step := range Steps {
		if w.skips(step.Verb) && step.Verb != until {
			continue
		}
		if err := step.run(b); err != nil {
			return Result{}, err
		}
		if step.Verb == until {
			break
		}
	}
	return b.result(until)
}

// Check brings the steps before soft up to date and returns all findings. Where the mapping blocks the build it returns what is known without,
// and where no picture has been fetched yet, what the rows tell.
func (w *Workspace) Check(ctx context.Context) (Result, error) {
	b := newBuild(ctx, w)
	if err := w.begin(b); err != nil {
		return Result{}, err
	}
	if b.unblocked() != nil {
		open, _ := mapping.CountOpen(b.findings)
		return Result{Findings: b.findings, Open: open}, nil
	}
	for _, step := range Steps {
		if step.Verb == "soft" {
			break
		}
		if w.skips(step.Verb) || step.Verb == "fetch" || step.Verb == "check" { // which a person asks for
			continue
		}
		if step.Verb == "pictures" {
			if !w.knowsPictures() {
				w.Log.Warn("nothing is known of the pictures yet: what they and the split give to find is left out")
				break
			}
			if err := b.lastPictures(); err != nil {
				return Result{}, err
			}
		}
		if err := step.run(b); err != nil {
			return Result{}, err
		}
	}
	return b.result("split")
}

// skips says whether a build does without a step, unless it is asked for by name.
func (w *Workspace) skips(verb string) bool {
	switch verb {
	case "fetch", "check", "pictures":
		return !w.hasPictures()
	}
	return verb == "soft"
}

func newBuild(ctx context.Context, w *Workspace) *build {
	return &build{Workspace: w, ctx: ctx, stepHash: map[string]string{}}
}

// unblocked is an error if the mapping has findings that block the build. The findings then know how many images each touches.
func (b *build) unblocked() error {
	n := len(blockers(b.findings))
	if n == 0 {
		return nil
	}
	counts, err := b.labelCounts()
	if err != nil {
		return err
	}
	_, b.findings = b.parseMapping(counts)
	b.accept()
	return fmt.Errorf("findings in the mapping that block the build: %d; mend them, and run `dermset mapping check` again", n)
}
