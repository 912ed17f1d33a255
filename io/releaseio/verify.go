package releaseio

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/dermset/dermset/io/fileio"
)

// A Verified is what Verify found out about a version.
type Verified struct {
	Manifest    Manifest
	Sealed      bool // manifest.sha256 is there, and the manifest was held against it
	Differences []Difference
}

// Verify holds a version's folder against its manifest, and that against manifest.sha256, and lists every difference,
// sorted by path: a listed file that is missing, is not a regular file or has another size or hash; anything there that
// is not listed; a folder without files. Files are read by the given number of goroutines, gone when it returns, and
// never through a symbolic link. A draft that is replaced meanwhile is no difference: what was there first or its
// successor is verified. The error is for a folder or manifest that cannot be read.
func Verify(dir string, workers int) (Verified, error) {
	for try := range mostReplaced {
		v, replaced, err := verify(dir, workers)
		if !replaced {
			return v, err
		}
		time.Sleep(time.Duration(try) * time.Millisecond) // whoever replaces it has two renames to make
	}
	return Verified{}, fmt.Errorf("%s: was replaced again and again while it was read; run again when no build is running",
		dir)
}

// mostReplaced is how often a version may be replaced while it is verified.
const mostReplaced = 20

// verify is Verify for the folder that is there now. Where that is not as it should be because another took its place,
// replaced is true.
func verify(dir string, workers int) (v Verified, replaced bool, err error) {
	f, err := openFolder(dir)
	if err != nil {
		return v, errors.Is(err, errReplaced), err
	}
	defer f.root.Close()
	v, err = f.verify(max(workers, 1))
	if err == nil && len(v.Differences) == 0 {
		return v, false, nil
	}
	return v, f.replaced(dir), err
}

// A folder is a version's folder that is open: whatever takes its name meanwhile, this one is read.
type folder struct {
	root     *os.Root
	manifest Manifest
	sum      string // SHA-256 of the manifest
	broken   error  // why the manifest cannot be read
	sums     []byte // manifest.sha256; nil: it is not there
	unread   error  // why that cannot be read
}

func openFolder(dir string) (*folder, error) {
	root, err := fileio.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		_, there := os.Lstat(dir)
		_, waits := os.Lstat(waitingName(dir))
		if there == nil || waits == nil { // it was between two renames
			err = errors.Join(errReplaced, err)
		}
	}
	if err != nil {
		return nil, err
	}
	f := &folder{root: root}
	text, err := fileio.ReadIn(root, ManifestName, manifestLimit)
	if err != nil {
		if f.replaced(dir) {
			err = errors.Join(errReplaced, err)
		}
		return nil, errors.Join(err, root.Close())
	}
	sum := sha256.Sum256(text)
	f.sum = hex.EncodeToString(sum[:])
	if f.manifest, f.broken = decodeManifest(text); f.broken != nil {
		f.broken = fmt.Errorf("%s: %w", filepath.Join(dir, ManifestName), f.broken)
	}
	f.sums, f.unread = fileio.ReadIn(root, SumsName, manifestLimit)
	if errors.Is(f.unread, fs.ErrNotExist) {
		f.sums, f.unread = nil, nil
	}
	return f, nil
}

// errReplaced is of a folder that another took the place of while it was opened.
var errReplaced = errors.New("it was replaced while it was read")

// replaced says whether another folder has its name now.
func (f *folder) replaced(dir string) bool {
	mine, err := f.root.Stat(".")
	now, goneErr := os.Stat(dir)
	return err == nil && (goneErr != nil || !os.SameFile(mine, now))
}

func (f *folder) verify(workers int) (v Verified, err error) {
	v.Manifest, v.Sealed = f.manifest, f.sums != nil
	outputs, wrong := f.listed()
	if f.broken != nil && outputs == nil {
		return v, f.broken
	}
	out, check, err := compareNames(f.root, outputs)
	if err != nil {
		return v, err
	}
	out = append(append(out, wrong...), readAll(f.root, check, workers)...)
	slices.SortFunc(out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Problem, b.Problem))
	})
	v.Differences = out
	return v, nil
}

// listed are the outputs of a version: those of its manifest or, where that cannot be read, of manifest.sha256. Where
// the two differ, it says so.
func (f *folder) listed() (outputs []Entry, wrong []Difference) {
	switch {
	case f.unread != nil:
		return f.manifest.Outputs, []Difference{{SumsName, f.unread.Error()}}
	case f.sums == nil && f.hadSums():
		return f.manifest.Outputs, []Difference{{SumsName, "is missing"}}
	case f.sums == nil || f.broken == nil && bytes.Equal(f.sums, sumsOf(f.sum, byPath(f.manifest.Outputs))):
		return f.manifest.Outputs, nil
	}
	manifest, outputs, err := parseSums(f.sums)
	switch {
	case err != nil:
		return f.manifest.Outputs, []Difference{{SumsName, err.Error()}}
	case manifest != f.sum:
		wrong = []Difference{{ManifestName, fmt.Sprintf("has SHA-256 %s, want %s, as %s says", f.sum, manifest, SumsName)}}
	default:
		wrong = []Difference{{SumsName, "does not list the outputs of the manifest"}}
	}
	if f.broken == nil {
		outputs = f.manifest.Outputs
	}
	return outputs, wrong
}

// hadSums says whether the version was published with a manifest.sha256.
func (f *folder) hadSums() bool {
	tool, _ := f.manifest.Tool.(map[string]any)
	_, had := tool[SumsKey]
	return had
}

// Glance holds a version's folder against its manifest and that against manifest.sha256, without reading any other
// file: by names, types and sizes. It returns the SHA-256 of the manifest.
func Glance(dir string) (sum string, wrong []Difference, err error) {
	f, err := openFolder(dir)
	if err != nil {
		return "", nil, err
	}
	defer f.root.Close()
	if f.broken != nil {
		return "", nil, f.broken
	}
	_, different := f.listed()
	wrong, err = glance(f.root, f.manifest.Outputs)
	return f.sum, append(wrong, different...), err
}

// Survey is Glance with the manifest, and takes a version of an earlier program, which has no manifest.sha256, for what
// it is.
func Survey(dir string) (m Manifest, sum string, wrong []Difference, err error) {
	f, err := openFolder(dir)
	if err != nil {
		return m, "", nil, err
	}
	defer f.root.Close()
	if f.broken != nil {
		return m, "", nil, f.broken
	}
	_, wrong = f.listed()
	different, there, err := compareNames(f.root, f.manifest.Outputs)
	return f.manifest, f.sum, append(append(wrong, different...), otherSizes(f.root, there)...), err
}

// glance is Glance for a folder with these outputs; manifest.sha256 must be there.
func glance(root *os.Root, outputs []Entry) ([]Difference, error) {
	wrong, there, err := compareNames(root, outputs)
	if err != nil {
		return nil, err
	}
	if _, err := root.Lstat(SumsName); err != nil {
		wrong = append(wrong, Difference{SumsName, "is missing"})
	}
	return append(wrong, otherSizes(root, there)...), nil
}

// otherSizes are the files that do not have the size that their entry says.
func otherSizes(root *os.Root, entries []Entry) (wrong []Difference) {
	for _, e := range entries {
		if info, err := root.Lstat(filepath.FromSlash(e.Path)); err != nil || info.Size() != e.Bytes {
			wrong = append(wrong, Difference{e.Path, "is not as it was written"})
		}
	}
	return wrong
}

// compareNames holds what is in a version's folder against the outputs of its manifest, by name and type. There are the
// regular files that both have.
func compareNames(root *os.Root, outputs []Entry) (out []Difference, there []Entry, err error) {
	found, empty, err := list(root)
	if err != nil {
		return nil, nil, err
	}
	own := []Entry{{Path: ManifestName}}
	if _, is := found[SumsName]; is {
		own = append(own, Entry{Path: SumsName})
	}
	for i, e := range slices.Concat(own, outputs) {
		mode, ok := found[e.Path]
		delete(found, e.Path)
		switch {
		case !ok:
			out = append(out, Difference{e.Path, "is missing"})
		case !mode.IsRegular():
			out = append(out, Difference{e.Path, fmt.Sprintf("is %s, want a regular file", typeName(mode))})
		case i >= len(own):
			there = append(there, e)
		}
	}
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
	err = fs.WalkDir(fileio.FS(root), ".", func(path string, d fs.DirEntry, err error) error {
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
	f, err := fileio.OpenIn(root, filepath.FromSlash(e.Path))
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err.Error()
	}
	if e.Bytes >= 0 && info.Size() != e.Bytes {
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
