package pictures

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/images"
)

// A copyDesk copies blobs into a folder.
type copyDesk struct {
	dir     string
	blobs   []File
	unknown bool // the disk lost what Check found out
}

// wanted are all blobs, with boxes of each.
func (d *copyDesk) wanted(boxes ...images.Box) (all []Wanted) {
	for _, blob := range d.blobs {
		content, _ := blob.Content()
		all = append(all, Wanted{content, boxes})
	}
	return all
}

func (d *copyDesk) run(t *testing.T, all ...Wanted) (*Copies, error) {
	t.Helper()
	copies, err := OpenCopies(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	limits := images.Limits{MinSide: 1, MaxPixels: 1 << 20}
	c := Copying{Copies: copies, Limits: limits, Workers: 4, Memory: 1 << 30, Progress: func() {},
		Blob: func(content [32]byte) (File, images.Result, bool, error) {
			for _, blob := range d.blobs {
				if c, _ := blob.Content(); c == content {
					data, _ := os.ReadFile(blob.Path)
					result, _, _ := images.Decode(data, limits)
					return blob, result, !d.unknown, nil
				}
			}
			return File{}, images.Result{}, false, errors.New("asked about what nobody wants")
		}}
	err = errors.Join(c.Run(t.Context(), slices.Values(all)), copies.Close())
	return copies, err
}

// copied is the copy of a blob, which must be there and have its hash.
func copied(t *testing.T, c *Copies, blob File) (Copy, []byte) {
	t.Helper()
	content, _ := blob.Content()
	made, known := c.Of(content)
	data, err := os.ReadFile(c.Path(made))
	if !known || err != nil || made.Bytes != int64(len(data)) || !c.here(made) {
		t.Fatalf("copy %+v: %v", made, err)
	}
	return made, data
}

func threeFormats(t *testing.T) []File {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 80, 70))
	for i := range m.Pix {
		m.Pix[i] = uint8(i)
	}
	var photo, moving bytes.Buffer
	if err := errors.Join(jpeg.Encode(&photo, m, nil), gif.Encode(&moving, m, nil)); err != nil {
		t.Fatal(err)
	}
	secret := slices.Concat(photo.Bytes()[:2], []byte("\xff\xfe\x00\x08secret"), photo.Bytes()[2:])
	return blobs(t, secret, moving.Bytes(), shaded(t, 80, 70, 1))
}

func TestCopiesAreCleanAndKept(t *testing.T) {
	counts := decodes(t)
	d := &copyDesk{dir: t.TempDir(), blobs: threeFormats(t)}
	c, err := d.run(t, d.wanted()...)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Copy{{Extension: ".jpg"}, {Extension: ".png", Rewritten: true}, {Extension: ".png"}} {
		made, data := copied(t, c, d.blobs[i])
		if made.Extension != want.Extension || made.Rewritten != want.Rewritten || bytes.Contains(data, []byte("secret")) {
			t.Errorf("blob %d: %+v", i, made)
		}
	}
	if made, data := copied(t, c, d.blobs[2]); made.SHA256 != d.blobs[2].SHA256 {
		t.Errorf("a clean picture was changed: %d bytes", len(data))
	}
	if len(counts) > 0 {
		t.Errorf("%d contents were decoded to find out what is known", len(counts))
	}
	for i := range d.blobs { // from now on nobody can read them
		d.blobs[i].Path = "gone"
	}
	if _, err := d.run(t, d.wanted()...); err != nil {
		t.Errorf("again: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(d.dir, "unsynced")); err == nil {
		t.Error("the copies have not reached the disk")
	}
}

func TestCropsAreCut(t *testing.T) {
	counts := decodes(t)
	d := &copyDesk{dir: t.TempDir(), blobs: threeFormats(t)[:1]}
	boxes := []images.Box{{X: 3, Y: 4, Width: 20, Height: 10}, {X: 70, Y: 60, Width: 10, Height: 10}}
	c, err := d.run(t, d.wanted(boxes...)...)
	if err != nil {
		t.Fatal(err)
	}
	content, _ := d.blobs[0].Content()
	for _, box := range boxes {
		crop, known := c.CropOf(content, box)
		data, err := os.ReadFile(c.Path(crop))
		result, _, _ := images.Decode(data, images.Limits{MinSide: 1, MaxPixels: 1000})
		if !known || err != nil || result.Width != box.Width || result.Height != box.Height || crop.Extension != ".jpg" {
			t.Errorf("%v: %+v, %d×%d: %v", box, crop, result.Width, result.Height, err)
		}
		if bytes.Contains(data, []byte("\xff\xe1")) || bytes.Contains(data, []byte("\xff\xfe")) {
			t.Errorf("%v has metadata", box)
		}
	}
	if _, err := d.run(t, d.wanted(boxes...)...); err != nil || counts[content] != 1 {
		t.Errorf("decoded %d times: %v", counts[content], err)
	}
	if _, err := d.run(t, d.wanted(images.Box{X: 1, Y: 1, Width: 2, Height: 2})...); err != nil || counts[content] != 2 {
		t.Errorf("another box: decoded %d times: %v", counts[content], err)
	}
}

// A copy that somebody wrote to is made again, in another file: a link to the old one stays as it is.
func TestTouchedCopiesAreMadeAgain(t *testing.T) {
	for what, touch := range map[string]func(path string) error{
		"written to": func(path string) error { return writeOver(path, 0) },
		"cut":        func(path string) error { return os.Truncate(path, 5) },
		"writable":   func(path string) error { return os.Chmod(path, 0o644) },
		"gone":       os.Remove,
		"another file": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte("x"), 0o444))
		},
	} {
		d := &copyDesk{dir: t.TempDir(), blobs: threeFormats(t)[:1]}
		c, err := d.run(t, d.wanted()...)
		if err != nil {
			t.Fatal(err)
		}
		made, before := copied(t, c, d.blobs[0])
		if err := touch(c.Path(made)); err != nil {
			t.Fatal(err)
		}
		if c, err = d.run(t, d.wanted()...); err != nil {
			t.Fatal(err)
		}
		if _, after := copied(t, c, d.blobs[0]); !bytes.Equal(before, after) {
			t.Errorf("%s: is not made again", what)
		}
	}
}

// writeOver changes a byte of a file through its own node, as root can and a link would.
func writeOver(path string, at int64) error {
	if err := os.Chmod(path, 0o644); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte{1}, at)
	return errors.Join(err, f.Close(), os.Chmod(path, 0o444))
}

func TestWhatCannotBeCopied(t *testing.T) {
	d := &copyDesk{dir: t.TempDir(), unknown: true,
		blobs: blobs(t, []byte("no picture"), shaded(t, 80, 70, 2), shaded(t, 80, 70, 3))}
	write(t, d.blobs[2].Path, []byte("damaged"))
	c, err := d.run(t, d.wanted()...)
	if err == nil || !strings.Contains(err.Error(), "damaged on this disk: 1") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Lstat(d.blobs[2].Path); err == nil {
		t.Error("the damaged blob is still there")
	}
	for i, want := range []bool{false, true, false} {
		content, _ := d.blobs[i].Content()
		if _, known := c.Of(content); known != want {
			t.Errorf("blob %d has a copy: %t", i, known)
		}
	}
	if _, err := os.Lstat(filepath.Join(d.dir, "unsynced")); err != nil {
		t.Errorf("what was made before the error counts as durable: %v", err)
	}
}

// Where the disk lost what Check found out, it is found out again.
func TestCopiesWithoutFacts(t *testing.T) {
	d := &copyDesk{dir: t.TempDir(), blobs: append(threeFormats(t), blobs(t, []byte("no picture"))...), unknown: true}
	c, err := d.run(t, d.wanted()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, blob := range d.blobs[:3] {
		copied(t, c, blob)
	}
	if _, known := c.Of(sha256.Sum256([]byte("no picture"))); known {
		t.Error("what is no picture has a copy")
	}
}

// What is known to be unreadable is not tried, nor is it an error.
func TestUnreadablePicturesHaveNoCopy(t *testing.T) {
	cut := shaded(t, 80, 70, 4)
	d := &copyDesk{dir: t.TempDir(), blobs: blobs(t, cut[:len(cut)/2], []byte("\xff\xd8\xff cut"))}
	c, err := d.run(t, d.wanted(images.Box{Width: 2, Height: 2})...)
	if err != nil {
		t.Fatal(err)
	}
	for _, blob := range d.blobs {
		content, _ := blob.Content()
		if _, known := c.Of(content); known {
			t.Errorf("%s has a copy", blob.SHA256)
		}
	}
}
