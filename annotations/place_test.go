package annotations

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dermset/dermset/images"
)

// TestPlacesAllOrientations draws boxes on stored and on upright pixels, tells which by annotations.yaml, by the size
// in the file, or not at all, and holds the pixels under the placed box against those that were drawn.
func TestPlacesAllOrientations(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		width, height := 2+r.IntN(9), 2+r.IntN(9)
		for orientation := 1; orientation <= 8; orientation++ {
			ids := uprightIDs(width, height, orientation)
			for _, drawnOn := range []frame{upright, stored} {
				grid := ids
				if drawnOn == stored {
					grid = uprightIDs(width, height, 1)
				}
				h, w := len(grid), len(grid[0])
				b := images.Box{X: r.IntN(w), Y: r.IntN(h)}
				b.Width, b.Height = 1+r.IntN(w-b.X), 1+r.IntN(h-b.Y)
				d := drawn{extent: extent{float64(b.X), float64(b.Y), float64(b.X + b.Width), float64(b.Y + b.Height)},
					frame: drawnOn, role: lesion}
				if r.IntN(3) == 0 { // relative ones
					d.relative = true
					d.extent = extent{d.x0 / float64(w), d.y0 / float64(h), d.x1 / float64(w), d.y1 / float64(h)}
				}
				if orientation >= 5 && width != height && r.IntN(2) == 0 { // a size tells
					d.frame, d.width, d.height = untold, int32(w), int32(h)
				}
				got := place(&d, Picture{width, height, orientation})
				if got.note != "" || got.assumed || !slices.Equal(under(ids, got.box), under(grid, b)) {
					t.Fatalf("%d×%d, orientation %d, %+v: %+v", width, height, orientation, d, got)
				}
			}
		}
	}
}

func TestFrames(t *testing.T) {
	box, small := extent{10, 20, 40, 60}, extent{5, 10, 20, 30}
	for _, c := range []struct {
		d    drawn
		p    Picture
		want string
	}{
		// A quarter turn: the size tells, or else it is assumed.
		{drawn{extent: box, width: 100, height: 80}, Picture{100, 80, 6}, "{20 10 40 30}"},
		{drawn{extent: box, width: 80, height: 100}, Picture{100, 80, 6}, "{10 20 30 40}"},
		{drawn{extent: box}, Picture{100, 80, 6}, "{10 20 30 40} assumed"},
		{drawn{extent: box, frame: stored}, Picture{100, 80, 6}, "{20 10 40 30}"},
		{drawn{extent: box, frame: upright}, Picture{100, 80, 6}, "{10 20 30 40}"},
		// What is declared counts, whatever size a file has.
		{drawn{extent: box, frame: upright, width: 100, height: 80}, Picture{100, 80, 6}, "{10 20 30 40}"},
		{drawn{extent: box, frame: stored, width: 80, height: 100}, Picture{100, 80, 6}, "{20 10 40 30}"},
		// Half a turn and mirrors leave the size as it is: nothing tells.
		{drawn{extent: box, width: 100, height: 80}, Picture{100, 80, 3}, "{10 20 30 40} assumed"},
		{drawn{extent: box, frame: stored}, Picture{100, 80, 3}, "{60 20 30 40}"},
		{drawn{extent: box, frame: stored}, Picture{100, 80, 2}, "{60 20 30 40}"},
		{drawn{extent: box, frame: stored}, Picture{100, 80, 4}, "{10 20 30 40}"},
		// A square does not tell either; one that is nearly a square does if it is exactly one of both.
		{drawn{extent: box, width: 80, height: 80}, Picture{80, 80, 6}, "{10 20 30 40} assumed"},
		{drawn{extent: box, width: 4032, height: 4000}, Picture{4032, 4000, 6}, "{3940 10 40 30}"},
		{drawn{extent: box, width: 4000, height: 4032}, Picture{4032, 4000, 6}, "{10 20 30 40}"},
		// A copy of another size is scaled; a picture of another shape is another picture.
		{drawn{extent: small, width: 50, height: 40}, Picture{100, 80, 1}, "{10 20 30 40}"},
		{drawn{extent: box, width: 50, height: 41}, Picture{100, 80, 1},
			"{0 0 0 0} dropped it was drawn on a picture of 50×41 pixels, this one has 100×80"},
		{drawn{extent: small, width: 50, height: 40, frame: upright}, Picture{100, 80, 6}, "{10 20 30 40}"},
		{drawn{extent: box, mixed: true, width: 100, height: 80, frame: upright}, Picture{100, 80, 6}, "{0 0 0 0} dropped " +
			"Label Studio's COCO files mix sizes of the stored and of the upright picture: export JSON"},
	} {
		at := place(&c.d, c.p)
		got := fmt.Sprint(at.box)
		if at.dropped {
			got += " dropped " + at.note
		} else if at.note != "" {
			got += " clipped"
		}
		if at.assumed {
			got += " assumed"
		}
		if got != c.want {
			t.Errorf("%+v on %+v: %s, want %s", c.d, c.p, got, c.want)
		}
	}
}

func TestRounding(t *testing.T) {
	for _, c := range []struct {
		e    extent
		want string
	}{
		{extent{10, 20, 30, 40}, "{10 20 20 20}"},
		{extent{10.2, 20.9, 29.1, 39.001}, "{10 20 20 19}"},   // what holds it, and a hundredth is none
		{extent{10.995, 20, 30.009, 40}, "{11 20 19 20}"},     // rounding of relative coordinates
		{extent{10.98, 20, 30.02, 40}, "{10 20 21 20}"},       // more than that
		{extent{10.995, 20.4, 11.005, 20.41}, "{10 20 2 1}"},  // never less than a pixel
		{extent{-1, -0.5, 101, 80}, "{0 0 100 80}"},           // one pixel over is rounding
		{extent{-3, 0, 50, 80}, "{0 0 50 80} clipped"},        // more is said
		{extent{-51, 0, 50, 80}, "{0 0 50 80} dropped"},       // more than half is outside
		{extent{-50, 0, 50, 80}, "{0 0 50 80} clipped"},       // exactly half
		{extent{100, 10, 120, 20}, "{0 0 0 0} dropped"},       // outside
		{extent{-1e300, 10, -1e299, 20}, "{0 0 0 0} dropped"}, // far outside
		{extent{99.5, 79.5, 100.5, 80.5}, "{99 79 1 1}"},      // a corner
		{extent{-1e300, -1e300, 1e300, 1e300}, "{0 0 100 80} dropped"},
	} {
		at := place(&drawn{extent: c.e}, Picture{100, 80, 1})
		got := fmt.Sprint(at.box)
		if at.dropped {
			got += " dropped"
		} else if at.note != "" {
			got += " clipped"
		}
		if got != c.want {
			t.Errorf("%+v: %s, want %s", c.e, got, c.want)
		}
	}
	at := place(&drawn{extent: extent{-20, 10, 900, 900}}, Picture{2000, 3000, 1}) // a hundredth of the side
	if at.note != "" || at.box != (images.Box{X: 0, Y: 10, Width: 900, Height: 890}) {
		t.Errorf("%+v", at)
	}
}

// TestTurnedShapes holds the extents of turned rectangles and ellipses against points on their edges.
func TestTurnedShapes(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 200 {
		cx, cy, rx, ry, degrees := 100*r.Float64(), 100*r.Float64(), 1+50*r.Float64(), 1+50*r.Float64(), 720*r.Float64()-360
		sin, cos := math.Sincos(degrees * math.Pi / 180)
		round, square := nothing(), nothing()
		for i := range 20_000 {
			s, c := math.Sincos(float64(i) * math.Pi / 10_000)
			round.add(cx+rx*c*cos-ry*s*sin, cy+rx*c*sin+ry*s*cos)
			far := max(math.Abs(s), math.Abs(c)) // from the circle out to the square around it
			square.add(cx+rx*c/far*cos-ry*s/far*sin, cy+rx*c/far*sin+ry*s/far*cos)
		}
		if got := ellipse(cx, cy, rx, ry, degrees*math.Pi/180); !near(got, round) {
			t.Errorf("%v, want %v", got, round)
		}
		if got := (extent{cx - rx, cy - ry, cx + rx, cy + ry}).turned(degrees, cx, cy); !near(got, square) {
			t.Errorf("%v, want %v", got, square)
		}
	}
}

func near(a, b extent) bool {
	return max(math.Abs(a.x0-b.x0), math.Abs(a.y0-b.y0), math.Abs(a.x1-b.x1), math.Abs(a.y1-b.y1)) < 0.01
}
