package build

import (
	"path/filepath"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/workflow/steps"
)

// The ledgers of a build are kept by the step that made them: generate's knows the rows, that of pictures also what
// became of their images, that of twins which of them are one group. Whoever asks for one names the step.

// lastLedger is the step whose ledger knows most.
func (b *build) lastLedger() string {
	if b.hasTwins() {
		return "twins"
	}
	return "generate"
}

// takeLedger is the ledger of a step, for who changes it or is the last to need it: as this run made it or,
// in a later run, as it was kept.
func (b *build) takeLedger(step string) (*ledger.Ledger, error) {
	return steps.Take(b.steps, step, b.openLedger)
}

// seeLedger is the ledger of a step, which others see after this.
func (b *build) seeLedger(step string) (*ledger.Ledger, error) {
	return steps.Left(b.steps, step, b.openLedger)
}

// openLedger reads the ledger that keepLedger wrote into dir.
func (b *build) openLedger(dir string) (*ledger.Ledger, error) {
	known, err := steps.Answer[generated](b.steps, "generate")
	if err != nil {
		return nil, err
	}
	l := ledger.New(known.Ledger)
	byRow, err := arrowio.OpenRows(filepath.Join(dir, ledgerFile))
	if err != nil {
		return nil, err
	}
	groups, err := arrowio.OpenRows(filepath.Join(dir, groupsFile))
	if err != nil {
		return nil, err
	}
	intoRows, err := l.LoadRows(byRow.Schema())
	if err != nil {
		return nil, err
	}
	intoGroups, err := l.LoadGroups(groups.Schema())
	if err != nil {
		return nil, err
	}
	err = engine.Drain(b.ctx, b.quiet(), onePass(
		engine.Pass{Name: "ledger", In: byRow.Stream(), Into: []engine.Sink{intoRows}},
		engine.Pass{Name: "groups", In: groups.Stream(), Into: []engine.Sink{intoGroups}},
	))
	return l, err
}

// keepLedger writes a ledger into dir, for openLedger.
func (b *build) keepLedger(dir string, l *ledger.Ledger) error {
	return b.Each(2, func(i int) error {
		if i == 0 {
			return b.keepStream(filepath.Join(dir, ledgerFile), l.RowStream())
		}
		return b.keepStream(filepath.Join(dir, groupsFile), l.GroupStream())
	})
}

const (
	ledgerFile = "ledger.arrows"
	groupsFile = "groups.arrows"
)

// pieces are the batch lengths of a source's rows, as generate cut them.
func (b *build) pieces(source string) ([]int64, error) {
	dir, err := b.steps.Dir("generate")
	if err != nil {
		return nil, err
	}
	return arrowio.PiecesOf(rowsPath(dir, source))
}
