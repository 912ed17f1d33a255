package build

import (
	"errors"
	"io"
	"iter"
	"path/filepath"
	"slices"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/workflow/workspace"
)

var duplicateColumns = []string{
	"image_a", "image_b", "method", "distance", "orientation", "same_target", "same_patient",
}

var classColumns = []string{"class_a", "class_b"}

// duplicatesFile is the table of duplicates as split keeps it; classesFile beside it has the final classes of each
// pair, empty where there is none.
const (
	duplicatesFile = "duplicates.csv"
	classesFile    = "duplicate_classes.csv"
)

// compareEquals names the images that have an equal: for the table of duplicates, which it writes into dir, for the
// findings, and for the rows of duplicates. Without pictures there is nothing to compare.
func (b *build) compareEquals(dir string, decision *ledger.Decision) error {
	if !b.HasPictures() {
		return nil
	}
	if decision.HasEquals() {
		err := b.eachPaths("split: equal images",
			func(source workspace.Source, paths engine.Stream) (engine.Pass, error) {
				pictures, err := b.rowsOf("pictures", source.Name)
				if err != nil {
					return engine.Pass{}, err
				}
				stream, err := engine.Zip(paths, pictures.Stream(rows.ColSHA256))
				if err != nil {
					return engine.Pass{}, err
				}
				sink, err := decision.NameEquals(source.Ordinal, stream.Schema)
				return engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{sink}}, err
			})
		if err != nil {
			return err
		}
	}
	decision.Findings = append(decision.Findings, decision.Conflicts(b.mapping.Names, maxAlike)...)
	pairs := func(yield func([]string) bool) {
		for row := range decision.Duplicates() {
			if !yield(row) {
				return
			}
		}
	}
	classes := func(yield func([]string) bool) {
		for _, of := range decision.Duplicates() {
			var names [2]string
			for i, class := range of {
				if class >= 0 {
					names[i] = b.mapping.Names[class]
				}
			}
			if !yield(names[:]) {
				return
			}
		}
	}
	return errors.Join(writeRecords(filepath.Join(dir, duplicatesFile), duplicateColumns, pairs),
		writeRecords(filepath.Join(dir, classesFile), classColumns, classes))
}

// writeRecords writes a CSV.
func writeRecords(path string, columns []string, records iter.Seq[[]string]) error {
	file, err := fileio.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(workspace.WriteRows(file, columns, records), file.Close())
}

// duplicates puts the table of duplicates into a version.
func (p *publication) duplicates() error {
	name := p.file(duplicatesFile)
	if !p.HasPictures() {
		return p.putFile(name, csvio.AppendRecord(nil, duplicateColumns...))
	}
	dir, err := p.steps.Dir("split")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, duplicatesFile)
	if p.disguise != nil {
		rows, err := p.disguise.duplicates(path)
		if err != nil {
			return err
		}
		return p.writeFile(name, func(w io.Writer) error {
			return workspace.WriteRows(w, duplicateColumns, slices.Values(rows))
		})
	}
	return p.writeFile(name, func(w io.Writer) error {
		_, err := fileio.CopyTo(w, path)
		return err
	})
}
