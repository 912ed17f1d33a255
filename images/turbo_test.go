//go:build turbo && (linux || darwin)

package images

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dermset/dermset/images/jpeg"
	"github.com/dermset/dermset/images/turbo"
)

// staticCheck is Check as the static build does it.
func staticCheck(data []byte, limits Limits) Result {
	before := readers["jpeg"]
	defer func() { readers["jpeg"] = before }()
	readers["jpeg"] = func(data []byte) (header, error) {
		h, err := before(data)
		h.decode = func(s *source) (decoded, error) {
			picture, err := jpeg.Decode(s.data)
			return decoded{picture.Image, picture.MissingEOI, picture.Release}, err
		}
		return h, err
	}
	return Check(data, limits)
}

// TestBothBuildsSayTheSame damages JPEGs at random: verdict, detail, warnings, size and hash are those of the static build.
func TestBothBuildsSayTheSame(t *testing.T) {
	if err := Ready(); err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join("testdata", "*.jpg"))
	if err != nil || len(paths) == 0 {
		t.Fatal(err, "no pictures")
	}
	rounds := 20_000
	if testing.Short() {
		rounds = 2000
	}
	r := rand.New(rand.NewPCG(15, 16))
	limits, by := Limits{MinSide: 1, MaxPixels: 100_000}, map[string]int{}
	for i := range rounds {
		data, err := os.ReadFile(paths[i%len(paths)])
		if err != nil {
			t.Fatal(err)
		}
		for range r.IntN(3) {
			data = harmed(r, data)
		}
		got, want := fmt.Sprintf("%+v", Check(data, limits)), fmt.Sprintf("%+v", staticCheck(data, limits))
		if got != want {
			t.Fatalf("%s, damaged: %s, want %s: %x", paths[i%len(paths)], got, want, data)
		}
		if h, err := inspect(data); err == nil && int64(h.width)*int64(h.height) <= limits.MaxPixels {
			form := jpeg.Proven(data)
			by[fmt.Sprintf("proven %t, decoded by the library %t", form != nil, form != nil && turbo.Decode(data, form))]++
		}
	}
	t.Log(by)
	if by["proven true, decoded by the library true"] < rounds/20 {
		t.Errorf("%v: too few to say anything", by)
	}
}

func harmed(r *rand.Rand, data []byte) []byte {
	if len(data) == 0 {
		return data
	}
	at := r.IntN(len(data))
	end := min(len(data), at+1+r.IntN(1<<r.IntN(8)))
	switch r.IntN(6) {
	case 0:
		return data[:at]
	case 1:
		clear(data[at:end])
	case 2:
		return slices.Insert(slices.Clone(data), at, data[:end-at]...)
	case 3:
		return slices.Delete(data, at, end)
	case 4:
		for i := range data[at:end] {
			data[at+i] = byte(r.Uint32())
		}
	default:
		data[at] ^= 1 << r.IntN(8)
	}
	return data
}
