package workflow

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
)

// splitSettings are the settings that decide the fate of a row after the join.
type splitSettings struct {
	Select SelectConfig `json:"select"`
	Split  SplitConfig  `json:"split"`
}

func (b *build) splitKey() (stepKey, error) {
	inputs := map[string]string{"the rows of generate": b.stepHash["generate"]}
	if b.hasPictures() {
		inputs = map[string]string{"the pictures of the rows": b.stepHash["pictures"]} // whose key holds that of generate
	}
	if lock := b.Config.Split.Lock; lock != "" {
		sum, err := b.lockHash()
		if err != nil {
			return stepKey{}, err
		}
		inputs[b.inside(b.lockFile())] = sum
	}
	return newStepKey(splitSettings{b.Config.Select, b.Config.Split}, inputs)
}

// split decides the fate of every row on the ledger alone, and keeps the decisions beside the rows, cut alike.
func (b *build) split() error {
	key, err := b.splitKey()
	if err != nil {
		return err
	}
	if err := b.step("split", key, b.decide); err != nil {
		return err
	}
	b.stepHash["split"] = key.hash()
	b.decided = &ledger.Decision{}
	return readJSON(filepath.Join(b.work("split"), "answer.json"), b.decided)
}

func (b *build) decide(dir string) error {
	all, err := b.takeLedger(b.ledgerStep())
	if err != nil {
		return err
	}
	locked, err := b.lockedSplits()
	if err != nil {
		return err
	}
	ratios := b.Config.Split.Ratios
	decision, err := ledger.Decide(all, ledger.DecideOptions{
		Names: b.table.Names, Final: b.table.Final,
		MinImages: int64(b.Config.Select.MinImages), MinGroups: int64(b.Config.Select.MinGroups),
		First: b.Config.Select.Duplicates == "first",
		Split: ledger.SplitOptions{
			Ratios: [3]int{ratios.Train, ratios.Val, ratios.Test}, Seed: b.Config.Split.Seed,
			Pin: b.pins(), Locked: locked, LockFail: b.Config.Split.LockConflict == "fail",
		},
	})
	if err != nil {
		return Usage(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "rows"), 0o755); err != nil {
		return err
	}
	if err := b.compareEquals(dir, decision); err != nil {
		return err
	}
	if err := b.keepDecisions(dir, decision); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, "answer.json"), decision)
}

// keepDecisions writes a rows file of decisions beside each source's rows, cut alike.
func (b *build) keepDecisions(dir string, decision *ledger.Decision) error {
	var files closers
	passes := make([]engine.Pass, len(b.sources))
	for i, source := range b.sources {
		pieces, err := b.pieces("generate", source.Name)
		if err != nil {
			return errors.Join(err, files.close())
		}
		stream := decision.Stream(source.Ordinal, pieces)
		rows, err := files.rowsFile(rowsPath(dir, source.Name), stream.Schema)
		if err != nil {
			return errors.Join(err, files.close())
		}
		passes[i] = engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{rows}}
	}
	return errors.Join(engine.Drain(b.ctx, b.quiet(), onePass(passes...)), files.close())
}

// pieces are the batch lengths of a source's rows file of a step.
func (b *build) pieces(step, source string) ([]int64, error) {
	rows, err := arrowio.OpenRows(rowsPath(b.work(step), source))
	if err != nil {
		return nil, err
	}
	return rows.Pieces(), rows.Close()
}

// ledgerStep is the step whose ledger is split.
func (b *build) ledgerStep() string {
	if b.hasPictures() {
		return "pictures"
	}
	return "generate"
}

// takeLedger is the ledger of a step, generate or pictures: as this run made it or, in a later run, as it was kept.
func (b *build) takeLedger(step string) (*ledger.Ledger, error) {
	if ledger := b.ledger; ledger != nil {
		b.ledger = nil
		if b.ledgerOf == step { // else a step between the two did not have to run
			return ledger, nil
		}
	}
	ledger := ledger.New(b.answer.Ledger)
	var files closers
	rows, err := files.openRows(filepath.Join(b.work(step), "ledger.arrows"))
	if err != nil {
		return nil, err
	}
	groups, err := files.openRows(filepath.Join(b.work(step), "groups.arrows"))
	if err != nil {
		return nil, errors.Join(err, files.close())
	}
	intoRows, err := ledger.LoadRows(rows.Schema())
	if err != nil {
		return nil, errors.Join(err, files.close())
	}
	intoGroups, err := ledger.LoadGroups(groups.Schema())
	if err != nil {
		return nil, errors.Join(err, files.close())
	}
	err = engine.Drain(b.ctx, b.quiet(), onePass(
		engine.Pass{Name: "ledger", In: rows.Stream(-1), Into: []engine.Sink{intoRows}},
		engine.Pass{Name: "groups", In: groups.Stream(-1), Into: []engine.Sink{intoGroups}},
	))
	return ledger, errors.Join(err, files.close())
}

func (b *build) pins() map[string]rows.Split {
	pins := map[string]rows.Split{}
	for source, name := range b.Config.Split.Pin {
		for split, is := range dataset.Splits {
			if name == is {
				pins[source] = rows.Split(split)
			}
		}
	}
	return pins
}

// dist is the folder of a version; prefix is what its file names begin with, the same for a draft.
func (w *Workspace) dist(version string) string { return filepath.Join(w.Dir, "dist", version) }

func prefix(version string) string { return strings.TrimSuffix(version, "-draft") + "_" }
