//go:build turbo && (linux || darwin)

package turbo

import (
	"bytes"
	"image"
	std "image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dermset/dermset/images/jpeg"
)

// TestLoad wants the library to be there: who tests this build means it.
func TestLoad(t *testing.T) {
	if err := Load(); err != nil {
		t.Fatal(err)
	}
}

func TestLoadSaysWhatIsMissing(t *testing.T) {
	if _, err := load([]string{"libnothing.so.9", "libnone.so"}); err == nil || !strings.Contains(err.Error(), "libnothing.so.9") || !strings.Contains(err.Error(), "libturbojpeg0") {
		t.Errorf("no library: %v", err)
	}
	if runtime.GOOS != "linux" {
		t.Skip("the C library has another name here")
	}
	if _, err := load([]string{"libnothing.so.9", "libc.so.6"}); err == nil || !strings.Contains(err.Error(), "is another than version 2.1 or 3") {
		t.Errorf("another library: %v", err)
	}
}

// pictures are of all samplings: one that has four luma blocks in an MCU, or two, has them side by side or one above the other, as its header
// says.
func pictures(t *testing.T) map[string][]byte {
	all := map[string][]byte{}
	for _, name := range []string{"sampling444.jpg", "sampling422.jpg", "restarts.jpg"} {
		data, err := os.ReadFile(filepath.Join("..", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = data
	}
	all["4:4:0"] = bytes.Replace(all["sampling422.jpg"], []byte{3, 1, 0x21}, []byte{3, 1, 0x12}, 1)
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(m image.Image, pix []byte) []byte {
		for i := range pix {
			pix[i] = uint8(i>>3) + uint8(r.IntN(40))
		}
		var b bytes.Buffer
		if err := std.Encode(&b, m, &std.Options{Quality: 1 + r.IntN(100)}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for width := 1; width < 40; width += 1 + r.IntN(3) {
		for height := 1; height < 40; height += 1 + r.IntN(3) {
			box := image.Rect(0, 0, width, height)
			rgb, grey := image.NewRGBA(box), image.NewGray(box)
			all["4:2:0 "+box.Max.String()], all["grey "+box.Max.String()] = draw(rgb, rgb.Pix), draw(grey, grey.Pix)
		}
	}
	rgb := image.NewRGBA(image.Rect(0, 0, 64, 32))
	all["4:1:1"] = bytes.Replace(draw(rgb, rgb.Pix), []byte{3, 1, 0x22}, []byte{3, 1, 0x41}, 1)
	return all
}

// The library makes every sample that our decoder makes, and writes nothing outside the planes. All pictures are decoded at once.
func TestSamplesAreOurs(t *testing.T) {
	const around, mark = 4096, 0xa5
	var decoding sync.WaitGroup
	var proven sync.Map
	for name, data := range pictures(t) {
		decoding.Go(func() {
			form := jpeg.Proven(data)
			if form == nil {
				return
			}
			proven.Store(name, true)
			var walls [][]byte
			for i, plane := range form.Planes {
				wall := bytes.Repeat([]byte{mark}, len(plane)+2*around)
				walls, form.Planes[i] = append(walls, wall), wall[around:][:len(plane):len(plane)]
			}
			if !Decode(data, form) {
				t.Errorf("%s: is not decoded", name)
				return
			}
			for i, wall := range walls {
				if outside := slices.Concat(wall[:around], wall[len(wall)-around:]); bytes.Count(outside, []byte{mark}) != len(outside) {
					t.Errorf("%s: plane %d: bytes outside are written to", name, i)
				}
			}
			ours, err := jpeg.Decode(data)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			for i, plane := range planesOf(ours.Image) {
				wide, high := form.Width, form.Height
				if i > 0 {
					wide, high = (wide+form.H-1)/form.H, (high+form.V-1)/form.V
				}
				for y := range high {
					at := y * form.Strides[i]
					if !bytes.Equal(form.Planes[i][at:at+wide], plane[at:at+wide]) {
						t.Errorf("%s: plane %d, row %d:\n%v, want\n%v", name, i, y, form.Planes[i][at:at+wide], plane[at:at+wide])
						return
					}
				}
			}
		})
	}
	decoding.Wait()
	for _, name := range []string{"sampling444.jpg", "sampling422.jpg", "4:4:0", "4:1:1", "restarts.jpg"} {
		if _, ok := proven.Load(name); !ok {
			t.Errorf("%s: is not proven", name)
		}
	}
}

func planesOf(m image.Image) [][]byte {
	if grey, ok := m.(*image.Gray); ok {
		return [][]byte{grey.Pix}
	}
	c := m.(*image.YCbCr)
	return [][]byte{c.Y, c.Cb, c.Cr}
}

// A form that is another than the picture's is not filled: the planes might be too small.
func TestOtherForms(t *testing.T) {
	data := pictures(t)["sampling422.jpg"]
	for name, change := range map[string]func(*jpeg.Form){
		"width": func(f *jpeg.Form) { f.Width-- }, "height": func(f *jpeg.Form) { f.Height-- }, "sampling": func(f *jpeg.Form) { f.V = 2 },
		"unknown sampling": func(f *jpeg.Form) { f.V = 3 }, "grey": func(f *jpeg.Form) { f.Planes = f.Planes[:1] },
	} {
		form := jpeg.Proven(data)
		change(form)
		if Decode(data, form) {
			t.Errorf("another %s: is decoded", name)
		}
	}
	if Decode(nil, jpeg.Proven(data)) || Decode(data[:len(data)/2], jpeg.Proven(data)) {
		t.Error("other data are decoded")
	}
}
