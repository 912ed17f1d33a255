package pictures

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dermset/dermset/images"
)

// shaded is a PNG of a size, other for another seed.
func shaded(t testing.TB, width, height, seed int) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		m.Set(i%width, i/width, color.NRGBA{uint8(i + seed), uint8(i >> 8), uint8(seed), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// folderOf is a folder of files.
func folderOf(t testing.TB, contents map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range contents {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), data)
	}
	return dir
}

// blobs are contents in files that have their names.
func blobs(t testing.TB, contents ...[]byte) (files []File) {
	t.Helper()
	dir := t.TempDir()
	for _, data := range contents {
		sum := sha256.Sum256(data)
		name := hex.EncodeToString(sum[:])
		files = append(files, File{Path: filepath.Join(dir, name), SHA256: name, Bytes: int64(len(data))})
		write(t, files[len(files)-1].Path, data)
	}
	return files
}

// usual are limits as in dermset.yaml.
var usual = images.Limits{MinSide: 64, MaxPixels: 200_000_000}

// A desk is a folder of facts and what a pass over files needs beside it.
type desk struct {
	dir     string
	limits  images.Limits
	workers int
	memory  int64
	lookers []Looker
	kept    string // the name of a picture that a person keeps
}

func newDesk(t testing.TB, lookers ...Looker) *desk {
	lookers = append([]Looker{Check}, lookers...)
	return &desk{dir: t.TempDir(), limits: usual, workers: 4, memory: 1 << 30, lookers: lookers}
}

// pass opens the facts, runs over files and closes the facts.
func (d *desk) pass(t testing.TB, ctx context.Context, files []File, take func(*Seen) error) error {
	t.Helper()
	facts, err := OpenFacts(d.dir, d.lookers...)
	if err != nil {
		t.Fatal(err)
	}
	pass := Pass{
		Facts: facts, Limits: d.limits, Workers: d.workers, Memory: d.memory, Progress: func(int64) {},
		Kept: func(name string, verdict images.Verdict) bool {
			return d.kept != "" && name == d.kept && verdict != images.OK
		},
	}
	err = pass.Run(ctx, Each(files), take)
	if err := facts.Close(); err != nil {
		t.Fatal(err)
	}
	return err
}

// known are the facts that there are. They are closed.
func (d *desk) known(t testing.TB) *Facts {
	t.Helper()
	facts, err := OpenFacts(d.dir, d.lookers...)
	if err != nil {
		t.Fatal(err)
	}
	if err := facts.Close(); err != nil { // they can be asked all the same
		t.Fatal(err)
	}
	return facts
}

// see is all that a pass finds.
func (d *desk) see(t testing.TB, files []File) (seen []Seen) {
	t.Helper()
	err := d.pass(t, t.Context(), files, func(s *Seen) error {
		seen = append(seen, *s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// verdicts is name or hash → verdict, warnings and whether a person keeps it.
func (d *desk) verdicts(t testing.TB, files []File) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, s := range d.see(t, files) {
		kept := ""
		if s.Kept {
			kept = "kept"
		}
		all[s.Name+s.SHA256] = strings.Join(strings.Fields(string(s.Verdict)+" "+Warnings(s.Result)+" "+kept), " ")
	}
	return all
}

// facts are the bytes that a looker's are kept in.
func (d *desk) facts(t testing.TB, l Looker) string {
	t.Helper()
	data, err := os.ReadFile(l.path(d.dir))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// decodes counts how often contents are decoded, by SHA-256, until the test ends.
func decodes(t testing.TB) map[[32]byte]int {
	var mu sync.Mutex
	counts, before := map[[32]byte]int{}, decode
	t.Cleanup(func() { decode = before })
	decode = func(data []byte, limits images.Limits) (images.Result, image.Image, func()) {
		mu.Lock()
		counts[sha256.Sum256(data)]++
		mu.Unlock()
		return before(data, limits)
	}
	return counts
}

func list(t testing.TB, folder string) []File {
	t.Helper()
	files, err := Folder(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	return files
}
