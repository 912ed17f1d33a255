package workflow

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/arrowio"
)

func (b *build) softKey() (stepKey, error) {
	return newStepKey(b.Config.Soft, map[string]string{"the decisions of split": b.stepHash["split"]})
}

// soft writes the table of soft labels to work/soft, as publish would, for a look before anything is published.
func (b *build) soft() error {
	key, err := b.softKey()
	if err != nil {
		return err
	}
	return b.step("soft", key, func(dir string) error {
		file, err := os.Create(filepath.Join(dir, b.file("selected_unsampled_soft.csv")))
		if err != nil {
			return err
		}
		return errors.Join(b.softTable(file), file.Close())
	})
}

func (b *build) softTable(file *os.File) error {
	var files closers
	var csv *arrowio.CSVWriter
	table := b.rowTables()[1]
	passes := make([]engine.Pass, len(b.sources))
	for i, source := range b.sources {
		stream, err := b.decidedRows(source, &files)
		if err != nil {
			return errors.Join(err, files.close())
		}
		stage := []engine.Stage{table.csv(source)}
		if csv == nil {
			out, _, err := stage[0].Bind(stream.Schema)
			if err != nil {
				return errors.Join(err, files.close())
			}
			if csv, err = arrowio.NewCSVWriter(file, out); err != nil {
				return errors.Join(err, files.close())
			}
		}
		_, sink, err := engine.Through(stream.Schema, stage, csv)
		if err != nil {
			return errors.Join(err, files.close())
		}
		passes[i] = engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{sink}}
	}
	return errors.Join(b.drain("soft", 0, onePass(passes...)), csv.Close(), files.close())
}
