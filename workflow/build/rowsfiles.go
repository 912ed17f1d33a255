package build

import (
	"errors"
	"os"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/io/fileio"
)

// rowsFiles writes a rows file for each source. One is open at a time, however many sources there are: their batches
// are taken source by source, as pathSet takes them too.
type rowsFiles struct {
	all  []*rowsFile
	open *rowsFile
}

// A rowsFile is made when the first batch is taken into it, or at the end if none is.
type rowsFile struct {
	*arrowio.RowsWriter
	of   *rowsFiles
	path string
	file *os.File // nil before it is made
}

// add promises a file for batches of the schema.
func (f *rowsFiles) add(path string, schema *arrow.Schema) *rowsFile {
	file := &rowsFile{of: f, path: path}
	file.RowsWriter = arrowio.NewRowsWriter(file, schema)
	f.all = append(f.all, file)
	return file
}

// stored promises a file of what is stored of joined rows.
func (f *rowsFiles) stored(path string, joined *arrow.Schema, what engine.Stage) (engine.Sink, error) {
	schema, _, err := what.Bind(joined)
	if err != nil {
		return nil, err
	}
	_, sink, err := engine.Through(joined, []engine.Stage{what}, f.add(path, schema))
	return sink, err
}

// Take ends the file of the source before.
func (r *rowsFile) Take(part any) error {
	if r.of.open != r {
		if err := r.of.end(); err != nil {
			return err
		}
		r.of.open = r
	}
	return r.RowsWriter.Take(part)
}

func (r *rowsFile) Write(data []byte) (n int, err error) {
	if r.file == nil {
		if r.file, err = fileio.Create(r.path); err != nil {
			return 0, err
		}
	}
	return r.file.Write(data)
}

// end completes and closes the file that is open.
func (f *rowsFiles) end() error {
	last := f.open
	if last == nil {
		return nil
	}
	f.open = nil
	err := last.RowsWriter.Close()
	if last.file == nil { // it could not be made
		return err
	}
	return errors.Join(err, last.file.Close())
}

// close completes what is open, and makes the files of sources without rows. The first error ends it.
func (f *rowsFiles) close() error {
	err := f.end()
	for _, file := range f.all {
		if err == nil && file.file == nil {
			f.open = file
			err = f.end()
		}
	}
	return err
}
