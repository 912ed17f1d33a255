package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/images"
)

// fit ends where no step to any side makes the loss smaller, and a penalty keeps it finite where types are apart.
func TestFitEndsAtTheLeastLoss(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var samples []sample
	for i := range 60 {
		x := []float64{random.NormFloat64() + float64(2*(i%3)), random.NormFloat64()}
		samples = append(samples, sample{x, i % 3, 1.0 / 60})
	}
	loss := func(m *model) float64 {
		sum := 0.0
		for _, s := range samples {
			sum -= s.weight * math.Log(images.Softmax(m.scores(s.features), 1)[s.class])
		}
		for _, row := range m.weights {
			for _, w := range row {
				sum += w * w / 20
			}
		}
		return sum
	}
	m := fit(samples, 0.1)
	least := loss(m)
	if least > 0.9*math.Log(3) || math.IsNaN(least) {
		t.Errorf("loss %g", least)
	}
	for c := range classes {
		for i := range m.weights[c] {
			for _, step := range []float64{-1e-3, 1e-3} {
				m.weights[c][i] += step
				if l := loss(m); l <= least {
					t.Errorf("weight %d of type %d, %+g: loss %g, want more than %g", i, c, step, l, least)
				}
				m.weights[c][i] -= step
			}
		}
		m.bias[c] += 1e-3
		if l := loss(m); l <= least {
			t.Errorf("bias of type %d: loss %g, want more than %g", c, l, least)
		}
		m.bias[c] -= 1e-3
	}
}

func TestLicencesThatAllowTraining(t *testing.T) {
	for licence, want := range map[string]bool{
		"CC0-1.0": true, "CC0": true, "CC-BY-4.0": true, "MIT": true, "BSD-3-Clause": true,
		"public domain/CC0/BSD per a note": true,
		"CC-BY-NC-4.0":                     false, "CC-BY-NC (per a design PDF)": false,
		"CC-BY-ND-4.0": false, "CC-BY-SA-4.0": false,
		"CC-BY-4.0-NC": false, "free to use however you wish": false, "": false, "unknown": false, "MITRE": false,
	} {
		if got := mayTrain(licence); got != want {
			t.Errorf("%q: %t", licence, got)
		}
	}
}

func TestWeighCountsTypesAndSourcesAlike(t *testing.T) {
	var pictures []*picture
	for source, n := range map[string]int{"a": 5, "b": 2, "c": 3} {
		for range n {
			pictures = append(pictures, &picture{source: source, class: int(source[0]-'a') / 2})
		}
	}
	sums := map[string]float64{}
	for i, w := range weigh(pictures) {
		sums[pictures[i].source] += w
	}
	for source, want := range map[string]float64{"a": 0.25, "b": 0.25, "c": 0.5} {
		if math.Abs(sums[source]-want) > 1e-12 {
			t.Errorf("source %s counts %g, want %g", source, sums[source], want)
		}
	}
}

// Scores that are twice too sure want a temperature of 2; the threshold is where what is said becomes right.
func TestTemperatureAndThreshold(t *testing.T) {
	var left []judged
	random := rand.New(rand.NewPCG(5, 6))
	for i := range 3000 {
		p := &picture{source: "s" + fmt.Sprint(i%3), class: i % 3}
		scores := [classes]float64{random.NormFloat64(), random.NormFloat64(), random.NormFloat64()}
		u := random.Float64() // the type is drawn as the scores say, the scores are then doubled
		likely := images.Softmax(scores, 1)
		p.class = 0
		for u > likely[p.class] && p.class < 2 {
			u -= likely[p.class]
			p.class++
		}
		p.source = "s" + fmt.Sprint(p.class)
		for c := range scores {
			scores[c] *= 2
		}
		left = append(left, judged{p, scores, false})
	}
	if got := temperature(left); got < 1.8 || got > 2.2 {
		t.Errorf("temperature %g, want about 2", got)
	}
	at := func(confidence float64, class, n, wrong int) {
		for i := range n {
			p := &picture{source: "s" + fmt.Sprint(class), class: class}
			best := class
			if i < wrong {
				best = (class + 1) % classes
			}
			var scores [classes]float64
			scores[best] = math.Log(2 * confidence / (1 - confidence))
			left = append(left, judged{p, scores, false})
		}
	}
	left = nil
	for class := range classes {
		at(0.62, class, 100, 60)
		at(0.72, class, 100, 20)
		at(0.82, class, 100, 1)
	}
	if got := threshold(left, 1); got != 0.75 {
		t.Errorf("threshold %g, want 0.75: what is surer than 0.7 is right for nine of ten, but not each type alone", got)
	}
}

// drawn draws pictures of three types and four sources, one of which may not be trained on, and their manifest.
func drawn(t *testing.T) (manifest string) {
	t.Helper()
	root := t.TempDir()
	rows := "file,sha256,licence,image_type,patient_id\n"
	for _, s := range []struct{ name, kind, licence string }{
		{"close", "clinical", "CC-BY-4.0"}, {"tubes", "dermoscopy", "CC0-1.0"}, {"boards", "non-dermatological", "MIT"},
		{"walls", "non-dermatological", "BSD"}, {"others", "clinical", "CC-BY-NC-4.0"},
	} {
		for i := range 4 {
			var file bytes.Buffer
			if err := png.Encode(&file, scene(s.kind, len(s.name)+10*i)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("pictures", s.name, fmt.Sprint(i, ".png"))
			write(t, filepath.Join(root, path), file.Bytes())
			rows += fmt.Sprintf("%s,%s,%s,%s,%d\n", path, sha256Of(file.Bytes()), s.licence, s.kind, i/2)
		}
	}
	manifest = filepath.Join(root, "pictures", "manifest.csv")
	write(t, manifest, []byte(rows))
	return manifest
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// scene draws skin lit from a side, skin in a tube, or a board of squares.
func scene(kind string, seed int) image.Image {
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	m := image.NewNRGBA(image.Rect(0, 0, 120, 90))
	for y := range 90 {
		for x := range 120 {
			light, away := 0.8+0.1*random.Float64(), math.Hypot(float64(x-60), float64(y-45))
			switch {
			case kind == "clinical":
				light += float64(x) / 400
			case kind == "dermoscopy" && away > 48:
				light = 0.05
			case kind == "non-dermatological":
				v := uint8(200 - 120*((x/(5+seed%7)+y/9)%2))
				m.SetNRGBA(x, y, color.NRGBA{v, v, v + 30, 255})
				continue
			}
			if away < 15 {
				light *= 0.5
			}
			m.SetNRGBA(x, y, color.NRGBA{uint8(210 * light), uint8(160 * light), uint8(135 * light), 255})
		}
	}
	return m
}

// TestWholePath trains on drawn pictures, as it is done on those of a folder.
func TestWholePath(t *testing.T) {
	manifest := drawn(t)
	weights, card := filepath.Join(t.TempDir(), "kind.json"), filepath.Join(t.TempDir(), "card.md")
	if err := run(manifest, weights, card); err != nil {
		t.Fatal(err)
	}
	var w images.TypeWeights
	first := read(t, weights)
	if err := json.Unmarshal(first, &w); err != nil {
		t.Fatal(err)
	}
	var without []string
	for _, set := range w.Sets {
		without = append(without, set.Without)
	}
	if want := []string{"", "boards", "walls"}; !slices.Equal(without, want) {
		t.Errorf("weights without %q, want %q", without, want)
	}
	other := func(p images.TypePicture) bool { return p.Source == "others" }
	if len(w.Pictures) != 16 || slices.ContainsFunc(w.Pictures, other) {
		t.Errorf("trained on %v", w.Pictures)
	}
	pictures, err := readCorpus(manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pictures {
		if j := judge(w.Sets[0], p)[0]; j.best() != p.class {
			t.Errorf("a picture of %s is taken for %s", p.source, images.ImageTypes[j.best()])
		}
	}
	text := string(read(t, card))
	for _, row := range []string{
		"| others | clinical | all that was not trained on | 4 | 4 (1.00) |",
		"| boards | non-dermatological | 4 | MIT |", "| close | clinical | its camera or patient | 4 |",
		"| boards | non-dermatological | the source | 4 |",
	} {
		if !strings.Contains(text, row) {
			t.Errorf("the card lacks %q:\n%s", row, text)
		}
	}
	if err := run(manifest, weights, card); err != nil || !bytes.Equal(read(t, weights), first) {
		t.Errorf("a second run gives other weights, or %v", err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestManifestsThatDoNotFit(t *testing.T) {
	good := string(read(t, drawn(t)))
	for name, c := range map[string]struct{ old, new, want string }{
		"another type":         {",clinical,", ",clinic,", `image_type is "clinic"`},
		"another picture":      {"0.png,", "1.png,", "SHA-256 is"},
		"no picture":           {"0.png,", "9.png,", "no such file"},
		"a row too short":      {",CC-BY-4.0", "", "wrong number of fields"},
		"nothing to learn one": {"CC0-1.0", "secret", "not of all of"},
	} {
		manifest := drawn(t)
		times := 1
		if name == "nothing to learn one" {
			times = -1
		}
		write(t, manifest, []byte(strings.Replace(good, c.old, c.new, times)))
		err := run(manifest, filepath.Join(t.TempDir(), "kind.json"), filepath.Join(t.TempDir(), "card.md"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// The card in docs is that of the weights in the program.
func TestCardIsOfTheWeights(t *testing.T) {
	var w images.TypeWeights
	if err := json.Unmarshal(read(t, filepath.Join("..", "..", "images", "kind.json")), &w); err != nil {
		t.Fatal(err)
	}
	card := string(read(t, filepath.Join("..", "..", "docs", "models", "image-type.md")))
	for _, want := range []string{"`" + w.Model + "`", fmt.Sprintf("divided by %g,", w.Temperature),
		fmt.Sprintf("threshold of %g ", w.Threshold)} {
		if !strings.Contains(card, want) {
			t.Errorf("the card lacks %q", want)
		}
	}
	for line := range strings.Lines(cardText) {
		if !strings.Contains(line, "{{") && !strings.Contains(card, line) {
			t.Errorf("the card lacks %q", line)
		}
	}
	_, list, _ := strings.Cut(card, "## Pictures it was trained on")
	if got := strings.Count(list, "\n| ") - 1; got != len(w.Pictures) {
		t.Errorf("the card lists %d pictures, the weights saw %d", got, len(w.Pictures))
	}
	for _, p := range w.Pictures {
		if row := fmt.Sprintf("| %s | %s | %s |\n", p.SHA256, p.Source, p.Licence); !strings.Contains(list, row) {
			t.Errorf("the card lacks %q", row)
		}
		if !mayTrain(p.Licence) {
			t.Errorf("%s: %q does not allow training", p.SHA256, p.Licence)
		}
	}
}
