package sources

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/fileio"
)

// The two CSVs of a source appear by one act. They are written aside and synced; then the record, which has their
// SHA-256, is replaced: this is the act. Then they are renamed to where they belong. A run that is killed before leaves
// the old files, one that is killed behind it leaves files aside that belong to the record: who loads the source next
// puts them in place (settle). The record says as well what ingest wrote last, so that what a person edited since is
// not overwritten.

// asidePrefix begins the names of what is written aside in a source's folder.
const asidePrefix = ".ingest-"

// Record is the path of the file in dir that has the SHA-256 of what ingest wrote last, as sha256sum reads it.
func (c *Config) Record(dir string) string { return filepath.Join(dir, c.Name+"_ingested.sha256") }

// An asideFile is written aside. It need not be looked at for errors until it is closed.
type asideFile struct {
	path string   // where it belongs
	file *os.File // nil: it is not written
	out  *bufio.Writer
	hash hash.Hash
	err  error
}

// newAside begins a file; a dry one is only hashed.
func newAside(path string, dry bool) (*asideFile, error) {
	a := &asideFile{path: path, hash: sha256.New()}
	if dry {
		a.out = bufio.NewWriterSize(a.hash, 1<<18)
		return a, nil
	}
	var err error
	aside := filepath.Join(filepath.Dir(path), asidePrefix+filepath.Base(path)+".tmp")
	if a.file, err = fileio.Create(aside); err != nil {
		return nil, err
	}
	a.out = bufio.NewWriterSize(io.MultiWriter(a.file, a.hash), 1<<18)
	return a, nil
}

func (a *asideFile) write(text []byte) {
	if _, err := a.out.Write(text); err != nil && a.err == nil {
		a.err = err
	}
}

// close brings the file to the disk and returns its SHA-256.
func (a *asideFile) close() (sum string, err error) {
	err = errors.Join(a.err, a.out.Flush())
	if a.file != nil && err == nil {
		err = errors.Join(a.file.Sync(), a.file.Close())
	}
	return hex.EncodeToString(a.hash.Sum(nil)), err
}

// drop removes the file, unless it has another name by now.
func (a *asideFile) drop() {
	if a.file != nil {
		_ = a.file.Close()
		_ = os.Remove(a.file.Name())
	}
}

// publish puts both files in place, or neither.
func (o *output) publish() error {
	sum, err := o.csv.close()
	if err == nil {
		err = o.mayReplace(sum)
	}
	if err != nil || o.dry {
		return err
	}
	renaming, err := newAside(o.c.Renaming(o.dir), false)
	if err != nil {
		return err
	}
	defer renaming.drop()
	renaming.write(dataset.AppendRenaming(nil, nil))
	var line []byte
	if err := o.labels.renamingRows(o.filled, func(row dataset.RenamingRow) error {
		line = row.Append(line[:0])
		renaming.write(line)
		return renaming.err
	}); err != nil {
		return err
	}
	renamingSum, err := renaming.close()
	if err != nil {
		return err
	}
	return o.c.commit(map[*asideFile]string{o.csv: sum, renaming: renamingSum}, o.do)
}

// now makes a change of a folder.
func now(change func() error) error { return change() }

// mayReplace refuses to overwrite a dataset CSV that a person has edited: one that is neither what ingest wrote last
// nor what it is about to write.
func (o *output) mayReplace(sum string) error {
	path := o.c.Dataset(o.dir)
	is, _, err := fileio.Hash(path, io.Discard)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (is == sum || o.force) {
		return nil
	}
	if err != nil {
		return err
	}
	sums, err := o.c.recorded()
	if err != nil {
		return err
	}
	switch recorded := sums[filepath.Base(path)]; recorded {
	case is:
		return nil
	case "":
		return fmt.Errorf("%s: was not written by source ingest (%s has no SHA-256 of it), and what is in it would be "+
			"lost: move it away, or overwrite it with --force", path, filepath.Base(o.c.Record(o.dir)))
	}
	return fmt.Errorf("%s: was edited since source ingest wrote it, and the edits would be lost: make them in %s or in "+
		"the raw material, then overwrite the file with --force", path, o.c.Path)
}

// recorded are the SHA-256 of what ingest wrote last, by file name; none if there is no record.
func (c *Config) recorded() (map[string]string, error) {
	sums := map[string]string{}
	text, err := fileio.ReadUpTo(c.Record(c.Dir), 1<<16)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err // what waits for its place may belong to it
	}
	for line := range strings.Lines(string(text)) {
		if sum, name, ok := strings.Cut(strings.TrimSpace(line), "  "); ok {
			sums[name] = sum
		}
	}
	return sums, nil
}

// waiting is where a file of the record stands until it is put in place. Its name has the SHA-256 of both files, so
// that it belongs to this record alone.
func (c *Config) waiting(path string, sums map[string]string) string {
	both := sha256.Sum256([]byte(sums[filepath.Base(c.Dataset(""))] + sums[filepath.Base(c.Renaming(""))]))
	return filepath.Join(c.Dir, fmt.Sprintf("%s%x-%s", asidePrefix, both[:8], filepath.Base(path)))
}

// commit puts files with these SHA-256 in place. Every change of the folder is made by do: tests kill it between any
// two.
func (c *Config) commit(files map[*asideFile]string, do func(change func() error) error) error {
	sums := map[string]string{}
	for file, sum := range files {
		sums[filepath.Base(file.path)] = sum
		if info, err := os.Lstat(file.path); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("%s: is in the way: want an ordinary file there, or none", file.path)
		}
	}
	record := ""
	for _, path := range []string{c.Dataset(c.Dir), c.Renaming(c.Dir)} {
		record += sums[filepath.Base(path)] + "  " + filepath.Base(path) + "\n"
	}
	old, err := fileio.ReadUpTo(c.Record(c.Dir), 1<<16)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if string(old) == record {
		if err := do(func() error { return os.Remove(c.Record(c.Dir)) }); err != nil {
			return err // else what is aside would belong to it too early
		}
	}
	for file := range files {
		if err := do(func() error { return os.Rename(file.file.Name(), c.waiting(file.path, sums)) }); err != nil {
			return err
		}
	}
	if err := syncFolder(c.Dir); err != nil {
		return err
	}
	aside, err := newAside(c.Record(c.Dir), false)
	if err != nil {
		return err
	}
	defer aside.drop()
	aside.write([]byte(record))
	if _, err := aside.close(); err != nil {
		return err
	}
	if err := do(func() error { return os.Rename(aside.file.Name(), aside.path) }); err != nil { // the act
		return err
	}
	if err := syncFolder(c.Dir); err != nil {
		return err
	}
	return c.settle(do)
}

// settle puts files in place that belong to the record and still stand aside.
func (c *Config) settle(do func(change func() error) error) error {
	sums, err := c.recorded()
	if err != nil || len(sums) == 0 {
		return err
	}
	moved := false
	paths := []string{c.Dataset(c.Dir), c.Renaming(c.Dir)}
	for _, path := range paths { // a file that is held takes no time to go: the renames follow each other at once
		if _, err := os.Lstat(c.waiting(path, sums)); err == nil {
			if old, err := fileio.Open(path); err == nil {
				defer old.Close()
			}
		}
	}
	for _, path := range paths {
		switch err := do(func() error { return os.Rename(c.waiting(path, sums), path) }); {
		case err == nil:
			moved = true
		case !errors.Is(err, fs.ErrNotExist): // else another run was faster, or it is in place
			return fmt.Errorf("%s: an ingest was interrupted before its files were in place: %w; run `dermset source ingest %s`",
				path, err, c.Name)
		}
	}
	if !moved {
		return nil
	}
	return syncFolder(c.Dir)
}

// Sweep puts in place what an ingest that was killed has published in a source's folder, and removes what it had not:
// whatever source.yaml says by now. Nobody else may be ingesting into it.
func Sweep(dir string) error {
	c := &Config{Name: filepath.Base(dir), Dir: dir}
	if left, err := c.aside(); err != nil || len(left) == 0 {
		return err
	}
	if err := c.settle(now); err != nil {
		return err
	}
	return c.sweep()
}

// sweep removes what runs that were killed left aside.
func (c *Config) sweep() error {
	left, err := c.aside()
	errs := []error{err}
	for _, path := range left {
		errs = append(errs, fileio.RemoveAll(path))
	}
	return errors.Join(errs...)
}

// aside are the paths of what is aside in the source's folder.
func (c *Config) aside() (paths []string, err error) {
	entries, err := os.ReadDir(c.Dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), asidePrefix) {
			paths = append(paths, filepath.Join(c.Dir, entry.Name()))
		}
	}
	return paths, err
}

// syncFolder makes renames in a folder last. Not every system can.
func syncFolder(dir string) error {
	folder, err := fileio.OpenFolder(dir)
	if err != nil {
		return err
	}
	_ = folder.Sync() // some file systems refuse it; the files themselves are synced
	return folder.Close()
}
