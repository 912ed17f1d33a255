package annotations

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/images"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// folder writes files, by path, into a folder annotations/.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "annotations")
	must(t, os.Mkdir(root, 0o777))
	for name, text := range files {
		at := filepath.Join(root, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(at), 0o777))
		must(t, os.WriteFile(at, []byte(text), 0o666))
	}
	return root
}

// read reads files for the sources clinic and other, and shows it the paths of clinic.
func read(t testing.TB, files map[string]string, paths ...string) *Set {
	t.Helper()
	set, err := Read(folder(t, files), []string{"clinic", "other"})
	must(t, err)
	set.Match("clinic", slices.Values(paths))
	return set
}

// export are the files of one exporter: annotations.yaml, and the others by name.
func export(settings string, files ...string) map[string]string {
	all := map[string]string{"clinic/annotations.yaml": settings}
	for i := 0; i < len(files); i += 2 {
		all["clinic/"+files[i]] = files[i+1]
	}
	return all
}

// shown is a placed picture in words: state, boxes, and the details of findings.
func shown(p Placed) string {
	var all []string
	all = append(all, string(p.State))
	for _, b := range p.Boxes {
		text := fmt.Sprintf("%d,%d %d×%d", b.X, b.Y, b.Width, b.Height)
		if b.Whole {
			text += " whole"
		}
		if b.Annotator != "" {
			text += " by " + b.Annotator
		}
		all = append(all, text)
	}
	for _, f := range p.Findings {
		all = append(all, f.Place+": "+f.Detail)
	}
	if p.Assumed {
		all = append(all, "assumed")
	}
	return strings.Join(all, " | ")
}

// said are the findings of a set, in words, by place. Of a subject that tells file and fault it says what it is about.
func said(set *Set) (all []string) {
	found := set.Findings()
	for i := range found {
		f := &found[i]
		if about, is := strings.CutSuffix(f.Subject, fileOf(f.Place)+": "+f.Detail); is {
			f.Subject = cmp.Or(strings.TrimSuffix(about, ": "), fileOf(f.Place))
		}
	}
	findings.Sort(found)
	for _, f := range found {
		all = append(all, strings.TrimSuffix(f.Subject+" | "+f.Place+": "+f.Detail, ": "))
	}
	return all
}

// equal wants lines.
func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// drawing is what Of says of one picture of 100×80 pixels, stored upright, of one exporter's file.
func drawing(t *testing.T, settings, name, text string) string {
	t.Helper()
	set := read(t, export(settings, name, text), "a.jpg")
	return strings.Join(append([]string{shown(set.Of("clinic", "a.jpg", Picture{100, 80, 1}))}, said(set)...), "\n")
}

// uprightIDs paints the upright picture with the number of each stored pixel, by turning and mirroring whole pictures
// as the names of EXIF's orientations say (TIFF 6.0, tag Orientation: where row 0 and column 0 of the stored pixels are
// seen).
func uprightIDs(width, height, orientation int) [][]int {
	ids := make([][]int, height)
	for y := range ids {
		for x := range width {
			ids[y] = append(ids[y], y*width+x)
		}
	}
	switch orientation {
	case 2: // top, right
		return mirrored(ids)
	case 3: // bottom, right
		return turned(turned(ids))
	case 4: // bottom, left
		return mirrored(turned(turned(ids)))
	case 5: // left, top
		return mirrored(turned(ids))
	case 6: // right, top
		return turned(ids)
	case 7: // right, bottom
		return mirrored(turned(turned(turned(ids))))
	case 8: // left, bottom
		return turned(turned(turned(ids)))
	}
	return ids
}

func mirrored(ids [][]int) [][]int {
	for _, row := range ids {
		slices.Reverse(row)
	}
	return ids
}

// turned turns clockwise.
func turned(ids [][]int) (out [][]int) {
	for x := range ids[0] {
		var row []int
		for y := len(ids) - 1; y >= 0; y-- {
			row = append(row, ids[y][x])
		}
		out = append(out, row)
	}
	return out
}

// under are the stored pixels under a box of the upright picture, sorted.
func under(ids [][]int, b images.Box) []int {
	all := map[int]bool{}
	for y := b.Y; y < b.Y+b.Height; y++ {
		for x := b.X; x < b.X+b.Width; x++ {
			all[ids[y][x]] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
