package build

import (
	"errors"
	"path/filepath"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// splitSettings are the settings that decide the fate of a row after the join.
type splitSettings struct {
	Select workspace.SelectConfig `json:"select"`
	Split  workspace.SplitConfig  `json:"split"`
}

func (b *build) splitKey() (any, map[string]string, error) {
	files := map[string]string{}
	if b.Config.Split.Lock != "" {
		lock, err := b.lock()
		if err != nil {
			return nil, nil, err
		}
		files[b.Inside(b.LockFile())] = lock.sum
		if lock.imager == nil {
			files["key of split.lock"] = "not given"
		}
	}
	return splitSettings{b.Config.Select, b.Config.Split}, files, nil
}

// split decides the fate of every row on the ledger alone, and keeps the decisions beside the rows, cut alike.
func (b *build) split(dir string) error {
	l, err := b.takeLedger(b.lastLedger())
	if err != nil {
		return err
	}
	locked, err := b.lockedSplits()
	if err != nil {
		return err
	}
	var found *ledger.Twins
	if b.hasTwins() {
		if found, err = steps.Left(b.steps, "twins", b.readTwins); err != nil {
			return err
		}
	}
	ratios := b.Config.Split.Ratios
	decision, err := ledger.Decide(l, ledger.DecideOptions{
		Names: b.mapping.Names, Final: b.mapping.Final,
		MinImages: int64(b.Config.Select.MinImages), MinGroups: int64(b.Config.Select.MinGroups),
		First: b.Config.Select.Duplicates == "first", Twins: found,
		Split: ledger.SplitOptions{
			Ratios: [3]int{ratios.Train, ratios.Val, ratios.Test}, Seed: b.Config.Split.Seed,
			Pin: b.pins(), Locked: locked, LockFail: b.Config.Split.LockConflict == "fail",
		},
	})
	if apart, is := errors.AsType[*ledger.LockConflict](err); is {
		return b.lockedApart(l, apart)
	}
	if err != nil {
		return workspace.Usage(err)
	}
	if err := fileio.MakeFolders(filepath.Join(dir, "rows")); err != nil {
		return err
	}
	if err := b.compareEquals(dir, decision); err != nil {
		return err
	}
	if err := b.keepDecisions(dir, decision); err != nil {
		return err
	}
	return steps.WriteAnswer(dir, decision)
}

// keepDecisions writes a rows file of decisions beside each source's rows, cut alike.
func (b *build) keepDecisions(dir string, decision *ledger.Decision) error {
	var files rowsFiles
	passes := make([]engine.Pass, len(b.sources))
	for i, source := range b.sources {
		pieces, err := b.pieces(source.Name)
		if err != nil {
			return err
		}
		stream := decision.Stream(source.Ordinal, pieces)
		rows := files.add(rowsPath(dir, source.Name), stream.Schema)
		passes[i] = engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{rows}}
	}
	return errors.Join(engine.Drain(b.ctx, b.quiet(), onePass(passes...)), files.close())
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
