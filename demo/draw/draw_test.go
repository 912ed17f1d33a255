package draw

import (
	"crypto/sha256"
	"fmt"
	"image"
	"maps"
	"slices"
	"testing"

	"github.com/dermset/dermset/images"
)

func TestMain(m *testing.M) {
	if raceEnabled {
		fmt.Println("drawing takes minutes with the race detector; ./check runs this without")
		return
	}
	m.Run()
}

// scenes are one of each place and each look, on all skins.
func scenes() []Scene {
	var all []Scene
	for place := Close; place <= Landscape; place++ {
		all = append(all, Scene{Place: place})
	}
	for i, look := range slices.Sorted(maps.Keys(painters)) {
		all = append(all, Scene{Place: Place(i % 3), Look: look, Ruler: i%7 == 3, Hairs: i%5 == 2, Gel: i%4 == 1})
	}
	for i := range all {
		all[i].Seed, all[i].Width, all[i].Height, all[i].Tone = uint64(i), 200, 150, 1+i%6
	}
	return all
}

// The pixels of all scenes are those that were written down: on any machine, and whatever encodes them. Who means to
// draw otherwise writes the new sum down.
func TestTheSameScenesAreTheSamePixels(t *testing.T) {
	const want = "2cd4f295adeb3973"
	sum := sha256.New()
	for _, s := range scenes() {
		picture, mask := s.Draw()
		sum.Write(picture.Pix)
		sum.Write(mask.Pix)
	}
	if got := fmt.Sprintf("%x", sum.Sum(nil)[:8]); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Each seed is another picture, each look another than bare skin, and each has a lesion that its mask shows.
func TestEveryLookIsSeen(t *testing.T) {
	for _, look := range slices.Sorted(maps.Keys(painters)) {
		s := Scene{Seed: 5, Width: 200, Height: 150, Look: look, Tone: 2}
		bare := s
		bare.Look = None
		picture, mask := s.Draw()
		skin, none := bare.Draw()
		again := s
		again.Seed++
		other, _ := again.Draw()
		if slices.Equal(picture.Pix, skin.Pix) || slices.Equal(picture.Pix, other.Pix) {
			t.Errorf("%s is not seen, or the same with another seed", look)
		}
		if slices.Contains(none.Pix, 255) {
			t.Errorf("bare skin has a mask")
		}
		if n := count(mask); n < len(mask.Pix)/500 || n > len(mask.Pix)*8/10 {
			t.Errorf("%s: %d of %d pixels are lesion", look, n, len(mask.Pix))
		}
	}
}

func count(mask *image.Gray) (n int) {
	for _, v := range mask.Pix {
		if v == 255 {
			n++
		}
	}
	return n
}

// Skin of each type has an angle of that type, by the thresholds that the demo's settings name; on a limb, in whose
// shade less is lit, of that type or the next.
func TestSkinIsOfItsType(t *testing.T) {
	scale := images.ToneScales()[0]
	for tone := 1; tone <= 6; tone++ {
		for i, look := range []Look{None, Naevus, Melanoma, BasalCell, Eczema, Psoriasis, Seborrhoeic} {
			for _, place := range []Place{Close, Limb} {
				s := Scene{Seed: uint64(10*i + tone), Width: 320, Height: 240, Place: place, Look: look, Tone: tone}
				picture, mask := s.Draw()
				got := images.ToneOf(images.Reduce(picture, 1, 512), images.Where{Mask: images.MaskOf(mask, 1, false)})
				if got.Abstains != "" {
					continue
				}
				if is := scale.Fitzpatrick(got.ITA); is < tone-1 || is > tone+1 || place == Close && is != tone {
					t.Errorf("%s, place %d: %.1f°, type %d; want %d", look, place, got.ITA, is, tone)
				}
			}
		}
	}
}

// What is no skin has none, and says so to the built-in judge of image types.
func TestWhatIsNoSkin(t *testing.T) {
	for place, want := range map[Place]string{Document: "non-dermatological", Landscape: ""} {
		picture, _ := Scene{Seed: 4, Width: 320, Height: 240, Place: place}.Draw()
		r := images.Reduce(picture, 1, 512)
		if tone := images.ToneOf(r, images.Where{}); tone.Skin > 0.05 {
			t.Errorf("place %d: %.2f of it is skin", place, tone.Skin)
		}
		if kind, _ := images.TypeOf(r, [32]byte{}).Best(); kind != want {
			t.Errorf("place %d is %q, want %q", place, kind, want)
		}
	}
}
