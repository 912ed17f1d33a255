package build

import (
	"errors"
	"iter"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/workflow/workspace"
)

// openSources makes a stream of every dataset CSV and checks all headers,
// so that everything wrong with them comes at once.
func (b *build) openSources() ([]engine.Stream, error) {
	streams := make([]engine.Stream, len(b.sources))
	errs := make([]error, len(b.sources))
	for i, source := range b.sources {
		streams[i], errs[i] = b.readDataset(source)
	}
	return streams, errors.Join(errs...)
}

// readDataset makes a stream of a dataset CSV; of columns that the file lacks all cells are empty.
func (b *build) readDataset(source workspace.Source) (engine.Stream, error) {
	if err := dataset.CheckHeader(source.CSV); err != nil {
		return engine.Stream{}, err
	}
	return arrowio.ReadCSV(source.CSV, datasetColumns, b.batchBytes)
}

func (b *build) csvBytes() int64 {
	var total int64
	for _, source := range b.sources {
		total += source.Bytes
	}
	return total
}

// drain runs passes with progress under a name.
func (b *build) drain(what string, total int64, passes iter.Seq2[engine.Pass, error]) error {
	defer b.Progress.Begin(what, "rows", total)()
	if err := engine.Drain(b.ctx, b.engine(), passes); err != nil {
		return err
	}
	b.Progress.End()
	return nil
}

// eachPaths runs a pass over the image paths of every source, as generate left them.
func (b *build) eachPaths(what string, pass func(workspace.Source, engine.Stream) (engine.Pass, error)) error {
	dir, err := b.steps.Dir("generate")
	if err != nil {
		return err
	}
	return b.pathsIn(dir, what, pass)
}

// pathsIn is eachPaths for those under dir.
func (b *build) pathsIn(dir, what string, pass func(workspace.Source, engine.Stream) (engine.Pass, error)) error {
	return b.drain(what, 0, func(yield func(engine.Pass, error) bool) {
		for _, source := range b.sources {
			paths, err := arrowio.OpenRows(pathsPath(dir, source.Name))
			if err != nil {
				yield(engine.Pass{}, err)
				return
			}
			p, err := pass(source, paths.Stream())
			if !yield(p, err) || err != nil {
				return
			}
		}
	})
}

// keepStream writes a stream into a rows file.
func (b *build) keepStream(path string, stream engine.Stream) error {
	var files rowsFiles
	pass := engine.Pass{Name: filepath.Base(path), In: stream, Into: []engine.Sink{files.add(path, stream.Schema)}}
	return errors.Join(engine.Drain(b.ctx, b.quiet(), onePass(pass)), files.close())
}

func onePass(passes ...engine.Pass) iter.Seq2[engine.Pass, error] {
	return func(yield func(engine.Pass, error) bool) {
		for _, pass := range passes {
			if !yield(pass, nil) {
				return
			}
		}
	}
}

// pathsOf are the image paths of a source that generate left.
func (b *build) pathsOf(source string) (*arrowio.Rows, error) {
	dir, err := b.steps.Dir("generate")
	if err != nil {
		return nil, err
	}
	return arrowio.OpenRows(pathsPath(dir, source))
}

// rowsOf are the rows of a source that a step left.
func (b *build) rowsOf(step, source string) (*arrowio.Rows, error) {
	dir, err := b.steps.Dir(step)
	if err != nil {
		return nil, err
	}
	return arrowio.OpenRows(rowsPath(dir, source))
}

func pathsPath(dir, source string) string { return filepath.Join(dir, "paths", source+".arrows") }

func rowsPath(dir, source string) string { return filepath.Join(dir, "rows", source+".arrows") }

// textsOf is a text column of a batch by its name.
func textsOf(batch arrow.RecordBatch, name string) *array.String {
	return batch.Column(batch.Schema().FieldIndices(name)[0]).(*array.String)
}
