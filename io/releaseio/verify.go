package releaseio

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Verify holds a version's folder against its manifest and lists every difference, sorted by path: a listed file that
// is missing, is not a regular file or has another size or hash; anything there that is not listed; a folder without
// files. Files are read by the given number of goroutines, gone when it returns, and never through a symbolic link. The
// error is for a folder or manifest that cannot be read.
func Verify(dir string, workers int) ([]Difference, error) {
	m, err := ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	out, check, err := compareNames(root, m.Outputs)
	if err != nil {
		return nil, err
	}
	out = append(out, readAll(root, check, max(workers, 1))...)
	slices.SortFunc(out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Problem, b.Problem))
	})
	return out, nil
}

// compareNames holds what is in a version's folder against the outputs of its manifest, by name and type. There are the
// regular files that both have.
func compareNames(root *os.Root, outputs []Entry) (out []Difference, there []Entry, err error) {
	found, empty, err := list(root)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range outputs {
		mode, ok := found[e.Path]
		delete(found, e.Path)
		switch {
		case !ok:
			out = append(out, Difference{e.Path, "is missing"})
		case !mode.IsRegular():
			out = append(out, Difference{e.Path, fmt.Sprintf("is %s, want a regular file", typeName(mode))})
		default:
			there = append(there, e)
		}
	}
	switch mode, ok := found[ManifestName]; {
	case !ok:
		out = append(out, Difference{ManifestName, "is missing"})
	case !mode.IsRegular():
		out = append(out, Difference{ManifestName, fmt.Sprintf("is %s, want a regular file", typeName(mode))})
	}
	delete(found, ManifestName)
	for path, mode := range found {
		what := "is not in the manifest"
		if mode&fs.ModeSymlink != 0 {
			what = "is a symbolic link, and not in the manifest"
		}
		out = append(out, Difference{path, what})
	}
	for _, path := range empty {
		out = append(out, Difference{path, "is an empty folder"})
	}
	return out, there, nil
}

func typeName(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode.IsDir():
		return "a folder"
	}
	return "a special file"
}

// list finds all that is not a folder, by path, and the folders that hold nothing. It does not follow links.
func list(root *os.Root) (there map[string]fs.FileMode, empty []string, err error) {
	there = map[string]fs.FileMode{}
	children := map[string]int{}
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		children[filepath.ToSlash(filepath.Dir(filepath.FromSlash(path)))]++
		if d.IsDir() {
			children[path] += 0
		} else {
			there[path] = d.Type()
		}
		return nil
	})
	for path, n := range children {
		if n == 0 {
			empty = append(empty, path)
		}
	}
	return there, empty, err
}

// readAll hashes files on so many goroutines.
func readAll(root *os.Root, entries []Entry, workers int) []Difference {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var out []Difference
	next := make(chan Entry)
	for range min(workers, len(entries)) {
		wg.Go(func() {
			buffer := make([]byte, 1<<18)
			for e := range next {
				if problem := checkEntry(root, e, buffer); problem != "" {
					mu.Lock()
					out = append(out, Difference{e.Path, problem})
					mu.Unlock()
				}
			}
		})
	}
	for _, e := range entries {
		next <- e
	}
	close(next)
	wg.Wait()
	return out
}

// checkEntry says what is wrong with a file, or nothing. A file of another size is not read.
func checkEntry(root *os.Root, e Entry, buffer []byte) string {
	f, err := root.Open(filepath.FromSlash(e.Path))
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err.Error()
	}
	if info.Size() != e.Bytes {
		return fmt.Sprintf("has %d bytes, want %d", info.Size(), e.Bytes)
	}
	h := sha256.New()
	if _, err := io.CopyBuffer(onlyWriter{h}, onlyReader{f}, buffer); err != nil {
		return err.Error()
	}
	if sum := hex.EncodeToString(h.Sum(nil)); sum != e.SHA256 {
		return fmt.Sprintf("has SHA-256 %s, want %s", sum, e.SHA256)
	}
	return ""
}

// onlyWriter and onlyReader keep io.CopyBuffer to the buffer it is given.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)
