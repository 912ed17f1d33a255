package pictures

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/images"
)

// maskPNG is a mask of a size, of which a square is foreground.
func maskPNG(t testing.TB, width, height, square int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, width, height))
	for y := range square {
		for x := range square {
			m.SetGray(10+x, 20+y, color.Gray{255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// masked is a file with a mask that shows something.
func masked(f, mask File, shows string) File {
	f.Mask = &Mask{Path: mask.Path, SHA256: mask.SHA256, Bytes: mask.Bytes, Shows: shows}
	return f
}

// One picture is decoded once for all lookers; with another mask it is another question for those who look at masks,
// and no other; what is known is not looked at again.
func TestFactsOfPictureAndMask(t *testing.T) {
	files := blobs(t, shaded(t, 80, 70, 1), maskPNG(t, 80, 70, 9), maskPNG(t, 80, 70, 5), maskPNG(t, 80, 200, 5),
		[]byte("no mask"))
	picture := files[0]
	content, _ := picture.Content()
	d := newDesk(t, Tone, Outline)
	counts := decodes(t)
	cases := []struct {
		file    File
		decoded int
		largest string
		wrong   string
	}{
		{picture, 1, "", ""},
		{masked(picture, files[1], "lesion"), 2, "10 20 9 9 81", ""},
		{masked(picture, files[1], "lesion"), 2, "10 20 9 9 81", ""},
		{masked(picture, files[2], "lesion"), 3, "10 20 5 5 25", ""},
		{masked(picture, files[1], "other"), 3, "10 20 9 9 81", ""}, // whose tone is that of the picture alone
		{masked(picture, files[3], "lesion"), 4, "", OtherShape},
		{masked(picture, files[4], "lesion"), 5, "", string(images.NotAnImage)},
	}
	for i, c := range cases {
		d.see(t, []File{c.file})
		if got := counts[content]; got != c.decoded {
			t.Errorf("%d: decoded %d times by then, want %d", i, got, c.decoded)
		}
		facts, err := OpenFacts(d.dir, d.lookers...)
		if err != nil {
			t.Fatal(err)
		}
		if err := facts.Close(); err != nil {
			t.Fatal(err)
		}
		if fields, known := facts.Of(Tone.Name, &c.file); !known || fields[3] == "" && fields[0] == "" {
			t.Errorf("%d: tone %v, known %t", i, fields, known)
		}
		found, known, err := facts.Outlined(&c.file)
		if err != nil || known != (c.file.Mask != nil) {
			t.Errorf("%d: what its mask shows is known: %t, %v", i, known, err)
		}
		if wrong := found.Wrong(); known && (len(wrong) > 0) != (c.wrong != "") || c.wrong != "" && wrong[c.wrong] == "" {
			t.Errorf("%d: wrong with the mask is %v, want %s", i, wrong, c.wrong)
		}
		if known && c.largest != strings.Join(largestOf(found), ",") {
			t.Errorf("%d: the mask shows %v, want %s", i, largestOf(found), c.largest)
		}
	}
}

func largestOf(o Outlined) []string {
	fields := o.fields()
	return slices.DeleteFunc(strings.Split(fields[5], ","), func(text string) bool { return text == "" })
}

// A mask that this disk lost or damaged says nothing of the picture: the run ends with an error, and keeps no fact of
// it.
func TestDamagedMask(t *testing.T) {
	files := blobs(t, shaded(t, 80, 70, 1), maskPNG(t, 80, 70, 9))
	write(t, files[1].Path, maskPNG(t, 80, 70, 5))
	d := newDesk(t, Outline)
	file := masked(files[0], files[1], "lesion")
	err := d.pass(t, t.Context(), []File{file}, func(*Seen) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "damaged on this disk") {
		t.Errorf("error %v, want that a blob is damaged", err)
	}
	if facts := d.facts(t, Outline); strings.Count(facts, "\n") != 1 {
		t.Errorf("a fact is kept of a damaged mask:\n%s", facts)
	}
}

// Where only a mask of skin says where to look, and it cannot be used, no tone is measured.
func TestNoToneWithoutSkinMask(t *testing.T) {
	files := blobs(t, shaded(t, 80, 70, 1), maskPNG(t, 80, 200, 5), []byte("no mask"))
	d := newDesk(t, Tone)
	gone := files[0]
	gone.Mask = &Mask{Failed: "not fetched: missing", Shows: "skin"}
	for i, file := range []File{masked(files[0], files[1], "skin"), masked(files[0], files[2], "skin"), gone} {
		d.see(t, []File{file})
		facts, err := OpenFacts(d.dir, d.lookers...)
		if err != nil {
			t.Fatal(err)
		}
		if err := facts.Close(); err != nil {
			t.Fatal(err)
		}
		fields, known := facts.Of(Tone.Name, &file)
		if asked := file.Mask.Failed == ""; known != asked || known && (fields[0] != "" || fields[3] != NoMask) {
			t.Errorf("%d: %v, known %t, want that it abstains for %s, or is not asked", i, fields, known, NoMask)
		}
	}
}
