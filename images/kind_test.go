package images

import (
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A painter tells the colour of a pixel of a drawn picture; u and v are its place, 0 to 1 or a little less.
type painter func(u, v float64) color.NRGBA

// skinShade is skin, so bright.
func skinShade(light float64) color.NRGBA {
	return color.NRGBA{uint8(215 * light), uint8(165 * light), uint8(140 * light), 255}
}

func lighter(c color.NRGBA, by float64) color.NRGBA {
	to := func(v uint8) uint8 { return uint8(max(0, min(255, float64(v)*by))) }
	return color.NRGBA{to(c.R), to(c.G), to(c.B), c.A}
}

func paint(width, height int, s painter) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, s(float64(x)/float64(width), float64(y)/float64(height)))
		}
	}
	return m
}

func plain(u, v float64) color.NRGBA { return skinShade(1) }

// within paints a part of a picture otherwise.
func within(s painter, part func(u, v float64) bool, other painter) painter {
	return func(u, v float64) color.NRGBA {
		if part(u, v) {
			return other(u, v)
		}
		return s(u, v)
	}
}

func one(c color.NRGBA) painter { return func(_, _ float64) color.NRGBA { return c } }

func disc(radius float64) func(u, v float64) bool {
	return func(u, v float64) bool { return math.Hypot(u-0.5, v-0.5) < radius }
}

func beyond(radius float64) func(u, v float64) bool {
	return func(u, v float64) bool { return !disc(radius)(u, v) }
}

// grain makes pixels brighter or darker at random, by a share of them and so much.
func grain(s painter, of, by float64) painter {
	random := rand.New(rand.NewPCG(1, 2))
	return func(u, v float64) color.NRGBA {
		if random.Float64() < of {
			return lighter(s(u, v), 1+by)
		}
		return s(u, v)
	}
}

var (
	black = one(color.NRGBA{0, 0, 0, 255})
	grey  = one(color.NRGBA{120, 120, 120, 255})
	blue  = one(color.NRGBA{60, 90, 190, 255})
	mole  = one(color.NRGBA{110, 60, 45, 255})
)

func checks(n int, turned bool) painter {
	return func(u, v float64) color.NRGBA {
		if turned {
			u, v = u+v/2, v-u/2
		}
		if int(float64(n)*(u+2))%2 == int(float64(n)*(v+2))%2 {
			return color.NRGBA{230, 230, 230, 255}
		}
		return color.NRGBA{60, 60, 60, 255}
	}
}

func blurred(u, v float64) color.NRGBA { return lighter(skinShade(1), 0.8+0.2*math.Sin(40*u)) }

// features are those of a picture of 256 × 192, by name.
func featuresOf(s painter) map[string]float64 {
	values := TypeFeatures(Reduce(paint(256, 192, s), 1, ReducedSide))
	byName := map[string]float64{}
	for i, f := range typeFeatures {
		byName[f.name] = values[i]
	}
	return byName
}

func TestTypeFeaturesMeanWhatTheySay(t *testing.T) {
	grained := grain(plain, 0.3, -0.1)
	ruler := func(u, v float64) bool { return math.Abs(v-0.8-0.1*u) < 0.004 && u > 0.1 && u < 0.9 }
	tube := within(plain, beyond(0.48), black)
	soft := func(u, v float64) color.NRGBA { return lighter(skinShade(1), 1-max(0, math.Hypot(u-0.5, v-0.5)-0.3)/2) }
	tilted := func(u, v float64) color.NRGBA { return lighter(skinShade(1), 0.6+0.5*u) }
	for name, c := range map[string]struct {
		more, less painter
		by         float64
	}{
		"skin":         {plain, grey, 0.9},
		"middle skin":  {within(blue, disc(0.4), plain), within(plain, disc(0.4), blue), 0.9},
		"blues":        {within(plain, func(u, _ float64) bool { return u < 0.4 }, blue), plain, 30},
		"black":        {within(plain, disc(0.2), black), tube, 0.1},
		"tilt":         {tilted, soft, 0.8},
		"corners":      {tube, tilted, 0.5},
		"rim":          {tube, soft, 0.3},
		"lesion":       {within(grained, disc(0.12), mole), grained, 50},
		"sharpness":    {grain(plain, 0.3, -0.3), blurred, 0.3},
		"texture":      {grain(plain, 0.3, -0.3), blurred, 5},
		"glints":       {grain(plain, 0.05, 0.15), grain(plain, 0.05, -0.3), 0.5},
		"edges":        {checks(12, true), blurred, 0.1},
		"flat":         {plain, checks(12, true), 0.3},
		"right angles": {checks(12, false), checks(12, true), 0.3},
		"outer edges":  {within(plain, beyond(0.45), grained), within(grained, beyond(0.3), plain), 0.5},
		"line":         {within(plain, ruler, black), grain(plain, 0.01, -0.6), 0.3},
	} {
		more, less := featuresOf(c.more)[name], featuresOf(c.less)[name]
		if !(more >= less+c.by) {
			t.Errorf("%s: %.3f and %.3f, want at least %g apart", name, more, less, c.by)
		}
	}
	names, _ := TypeFeatureNames()
	if len(names) != 16 {
		t.Errorf("%d features; each needs a case here", len(names))
	}
}

// Skin of all brightness has its colours.
func TestDarkSkinIsSkin(t *testing.T) {
	for _, light := range []float64{1.1, 1, 0.8, 0.6, 0.4} {
		if got := featuresOf(one(skinShade(light)))["skin"]; got != 1 {
			t.Errorf("skin of brightness %g: share %g", light, got)
		}
	}
	beige := one(color.NRGBA{200, 190, 176, 255})
	for name, s := range map[string]painter{"grey": grey, "blue": blue, "a beige wall": beige} {
		if got := featuresOf(s)["skin"]; got != 0 {
			t.Errorf("%s: share of skin %g", name, got)
		}
	}
}

// Bars around a picture change nothing but the pixels next to them.
func TestBarsAreCutOff(t *testing.T) {
	inner := grain(within(plain, disc(0.2), mole), 0.2, -0.1)
	m := paint(512, 512, black)
	small := paint(384, 400, inner)
	for y := range 400 {
		for x := range 384 {
			m.Set(x+40, y, small.At(x, y))
		}
	}
	with, without := sketchOf(Reduce(m, 1, ReducedSide)), sketchOf(Reduce(small, 1, ReducedSide))
	if with.width != 384/4-2 || with.height != 400/4-1 { // bars left, right and below
		t.Errorf("%d×%d without bars", with.width, with.height)
	}
	for _, f := range typeFeatures {
		if a, b := f.of(with), f.of(without); math.Abs(a-b) > 0.15*max(1, math.Abs(b)) {
			t.Errorf("%s: %.3f with bars, %.3f without", f.name, a, b)
		}
	}
	for name, s := range map[string]painter{"one colour": black, "nearly": within(black, disc(0.05), plain)} {
		if got := sketchOf(Reduce(paint(256, 256, s), 1, ReducedSide)); got.width != 128 || got.height != 128 {
			t.Errorf("of %s: %d×%d", name, got.width, got.height)
		}
	}
}

// Whatever the picture, likelihoods are numbers that add up to 1.
func TestTypeOfOddPictures(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	noise := func(_, _ float64) color.NRGBA {
		return color.NRGBA{uint8(random.Uint32()), uint8(random.Uint32()), uint8(random.Uint32()), uint8(random.Uint32())}
	}
	sizes := []image.Point{{1, 1}, {1, 2}, {2, 1}, {3, 3}, {64, 64}, {1, 3000}, {3000, 2}, {17, 900}, {700, 500}}
	for _, size := range sizes {
		for name, s := range map[string]painter{
			"noise with alpha": noise, "black": black, "grey": grey, "skin": plain, "nothing": one(color.NRGBA{}),
			"checks": checks(9, true),
		} {
			painted := paint(size.X, size.Y, s)
			flat := image.NewGray(painted.Rect)
			draw.Draw(flat, flat.Rect, painted, image.Point{}, draw.Src)
			for _, m := range []image.Image{painted, flat} {
				p := TypeOf(Reduce(m, 1+random.IntN(8), ReducedSide), [32]byte{}).P
				if sum := p[0] + p[1] + p[2]; !(math.Abs(sum-1) < 1e-9) || min(p[0], p[1], p[2]) < 0 {
					t.Errorf("%T of %s, %v: %v", m, name, size, p)
				}
			}
		}
	}
}

// scenes are drawn after what the types show.
var scenes = map[string]painter{
	"a close view of skin": grain(within(func(u, v float64) color.NRGBA {
		return lighter(skinShade(0.9), 0.7+0.5*u)
	}, disc(0.15), mole), 0.15, 0.15),
	"through a tube": within(within(plain, disc(0.2), mole), beyond(0.49), black),
	"a warm wall":    grain(within(one(color.NRGBA{200, 180, 160, 255}), disc(0.1), grey), 0.5, -0.04),
	"a board":        within(checks(12, false), func(u, _ float64) bool { return u > 0.6 }, blue),
}

// TestTypeOfScenes holds the guesses to four decimals: on every processor, and until the weights change with the name.
func TestTypeOfScenes(t *testing.T) {
	want := map[string]string{
		"a close view of skin": "0.9403 0.0414 0.0183",
		"through a tube":       "0.0185 0.8147 0.1669",
		"a warm wall":          "0.7177 0.0962 0.1861",
		"a board":              "0.0000 0.0000 1.0000",
	}
	for name, s := range scenes {
		p := TypeOf(Reduce(paint(600, 450, s), 1, ReducedSide), [32]byte{}).P
		if got := fmt.Sprintf("%.4f %.4f %.4f", p[0], p[1], p[2]); got != want[name] {
			t.Errorf("%s: %s, want %s", name, got, want[name])
		}
	}
}

// No picture is judged by weights that saw its source.
func TestNoWeightsJudgeWhatTheySaw(t *testing.T) {
	w := typeWeights()
	seen, silent := 0, 0
	for _, p := range w.Pictures {
		content, err := hex.DecodeString(p.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		set := w.judge([32]byte(content))
		if seen++; set == nil {
			silent++
			continue
		}
		if set == w.all || set.Without != p.Source {
			t.Fatalf("%s of %s is judged by weights without %q", p.SHA256, p.Source, set.Without)
		}
	}
	if seen < 200 || silent == seen || silent == 0 {
		t.Errorf("%d pictures, nothing said of %d", seen, silent)
	}
	if set := w.judge([32]byte{1}); set != w.all || set.Without != "" {
		t.Errorf("a picture that nobody saw is judged by weights without %q", set.Without)
	}
	of := func(source string) TypeGuess {
		i := slices.IndexFunc(w.Pictures, func(p TypePicture) bool { return p.Source == source })
		content, _ := hex.DecodeString(w.Pictures[i].SHA256)
		return TypeOf(Reduce(paint(64, 64, plain), 1, ReducedSide), [32]byte(content))
	}
	alone, other := of("pad_ufes_20"), of("nonderm_azure")
	if value, sure := alone.Best(); value != "" || sure != 0 || alone != (TypeGuess{}) {
		t.Errorf("where a source is alone with its type: %v %q %g", alone, value, sure)
	}
	if all := TypeOf(Reduce(paint(64, 64, plain), 1, ReducedSide), [32]byte{}); other == all || other == (TypeGuess{}) {
		t.Errorf("weights without a source say %v, all weights %v", other, all)
	}
}

func TestBestGuess(t *testing.T) {
	least := typeWeights().Threshold
	if least < 0.5 || least >= 1 {
		t.Fatalf("threshold %g", least)
	}
	for _, c := range []struct {
		p     [3]float64
		value string
		sure  float64
	}{
		{[3]float64{least, 1 - least, 0}, "clinical", least},
		{[3]float64{0, least, 1 - least}, "dermoscopy", least},
		{[3]float64{0, 0, 1}, "non-dermatological", 1},
		{[3]float64{0, 1.001 - least, least - 0.001}, "", least - 0.001},
		{[3]float64{}, "", 0},
	} {
		if value, sure := (TypeGuess{c.p}).Best(); value != c.value || sure != c.sure {
			t.Errorf("%v: %q %g", c.p, value, sure)
		}
	}
}

func TestTypeWeightsThatDoNotFit(t *testing.T) {
	good := string(kindJSON)
	if _, err := readTypeWeights(kindJSON); err != nil {
		t.Fatal(err)
	}
	set := good[strings.Index(good, `"Mean":[`):]
	for name, c := range map[string][2]string{
		"another model":    {TypeModel, "experimental-0"},
		"another feature":  {`"line"`, `"lines"`},
		"an unknown key":   {`"Clip"`, `"Clop"`},
		"no set of all":    {`"Without":""`, `"Without":"x"`},
		"a short row":      {set[:strings.Index(set, ",")+1], `"Mean":[`},
		"no temperature":   {`"Temperature":`, `"Temperature":-`},
		"no SHA-256":       {`"SHA256":"`, `"SHA256":"0`},
		"a nameless place": {`"Source":"nonderm_azure"`, `"Source":""`},
	} {
		if bad := strings.Replace(good, c[0], c[1], 1); bad == good {
			t.Errorf("%s: nothing to replace", name)
		} else if _, err := readTypeWeights([]byte(bad)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func BenchmarkTypeOf(b *testing.B) {
	m := paint(600, 450, scenes["a close view of skin"])
	planes := image.NewYCbCr(m.Rect, image.YCbCrSubsampleRatio420)
	for y := range 450 {
		for x := range 600 {
			c := color.YCbCrModel.Convert(m.At(x, y)).(color.YCbCr)
			planes.Y[planes.YOffset(x, y)] = c.Y
			planes.Cb[planes.COffset(x, y)], planes.Cr[planes.COffset(x, y)] = c.Cb, c.Cr
		}
	}
	r := Reduce(planes, 1, ReducedSide)
	for b.Loop() {
		TypeOf(r, [32]byte{})
	}
}
