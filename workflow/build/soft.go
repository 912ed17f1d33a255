package build

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/io/fileio"
)

func (b *build) softKey() (any, map[string]string, error) { return b.Config.VersionName(), nil, nil }

// soft writes the table of soft labels to work/soft, as publish would, for a look before anything is published: without
// the paths of pictures.
func (b *build) soft(dir string) error {
	file, err := fileio.Create(filepath.Join(dir, b.file("selected_unsampled_soft.csv")))
	if err != nil {
		return err
	}
	return errors.Join(b.softTable(file), file.Close())
}

func (b *build) softTable(file *os.File) error {
	passes, csv, err := b.softPasses(file)
	if err != nil {
		return err
	}
	return errors.Join(b.drain("soft", 0, onePass(passes...)), csv.Close())
}

func (b *build) softPasses(file *os.File) (passes []engine.Pass, csv *arrowio.CSVWriter, err error) {
	decision, err := b.decided()
	if err != nil {
		return nil, nil, err
	}
	table := softLabels(b.Config, b.mapping, decision)
	for _, source := range b.sources {
		stream, err := b.decidedRows(source)
		if err != nil {
			return nil, nil, err
		}
		if stream, err = engine.Map(stream,
			append(b.selectedStages(source, decision), table.Rows(source), table.CSV)...); err != nil {
			return nil, nil, err
		}
		if csv == nil {
			if csv, err = arrowio.NewCSVWriter(file, stream.Schema); err != nil {
				return nil, nil, err
			}
		}
		passes = append(passes, engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{csv}})
	}
	return passes, csv, nil
}
