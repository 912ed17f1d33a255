package images

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"
)

// flooded are the components of a mask, pixel by pixel, in the order of their first pixels.
func flooded(m *Mask) (all []Component) {
	seen := map[image.Point]bool{}
	for y := range m.Height {
		for x := range m.Width {
			if !m.Foreground(x, y) || seen[image.Pt(x, y)] {
				continue
			}
			c := Component{Box: Box{x, y, 1, 1}}
			seen[image.Pt(x, y)] = true
			for todo := []image.Point{{X: x, Y: y}}; len(todo) > 0; {
				p := todo[0]
				todo = todo[1:]
				c.Box, c.Pixels = around(c.Box, Box{p.X, p.Y, 1, 1}), c.Pixels+1
				for i := range 9 {
					q := p.Add(image.Pt(i%3-1, i/3-1))
					if q.In(image.Rect(0, 0, m.Width, m.Height)) && m.Foreground(q.X, q.Y) && !seen[q] {
						seen[q] = true
						todo = append(todo, q)
					}
				}
			}
			all = append(all, c)
		}
	}
	return all
}

func TestComponentsAgreeWithFloods(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	for range 600 {
		m := scattered(r, 1+r.IntN(140), 1+r.IntN(30))
		most := r.IntN(12)
		want := flooded(m)
		n := len(want)
		slices.SortStableFunc(want, func(a, b Component) int {
			return cmp.Or(b.Pixels-a.Pixels, a.Y-b.Y, a.X-b.X)
		})
		want = want[:min(n, most)]
		if got, all := m.Components(most); all != n || !slices.Equal(got, want) {
			t.Fatalf("%d×%d, most %d: %d %v, want %d %v", m.Width, m.Height, most, all, got, n, want)
		}
	}
}

// TestComponentsOfMany has more components than are kept at once.
func TestComponentsOfMany(t *testing.T) {
	m := newMask(3000, 9)
	for y := 0; y < m.Height; y += 2 {
		for x := 0; x < m.Width; x += 2 {
			fill(m.row(y), x, x+1)
		}
	}
	fill(m.row(8), 1000, 1003)
	got, all := m.Components(2)
	want := []Component{{Box{1000, 8, 3, 1}, 3}, {Box{0, 0, 1, 1}, 1}}
	if all != 5*1500-1 || !slices.Equal(got, want) {
		t.Errorf("%d, the largest %v, want %d, %v", all, got, 5*1500-1, want)
	}
}

// cropsNaively are the boxes of spec 9 in fractions of whole numbers, pairs of boxes joined one by one.
func cropsNaively(m *Mask, marginPercent, areaTenThousandths, most int) (boxes []Box) {
	all := slices.DeleteFunc(flooded(m), func(c Component) bool {
		return c.Pixels*10000 < areaTenThousandths*m.Width*m.Height
	})
	slices.SortStableFunc(all, func(a, b Component) int { return cmp.Or(b.Pixels-a.Pixels, a.Y-b.Y, a.X-b.X) })
	for _, c := range all[:min(len(all), most)] {
		by := (2*marginPercent*max(c.Width, c.Height) + 100) / 200
		left, top := max(0, c.X-by), max(0, c.Y-by)
		boxes = append(boxes, Box{left, top, min(m.Width, c.X+c.Width+by) - left, min(m.Height, c.Y+c.Height+by) - top})
	}
	for joined := true; joined; {
		joined = false
		for i := range boxes {
			for j := i + 1; j < len(boxes) && !joined; j++ {
				a, b := boxes[i], boxes[j]
				if a.X+a.Width <= b.X || b.X+b.Width <= a.X || a.Y+a.Height <= b.Y || b.Y+b.Height <= a.Y {
					continue
				}
				boxes[i], joined = around(a, b), true
				boxes = slices.Delete(boxes, j, j+1)
			}
			if joined {
				break
			}
		}
	}
	slices.SortFunc(boxes, func(a, b Box) int { return cmp.Or(a.Y-b.Y, a.X-b.X) })
	return boxes
}

func TestCropsAgreeWithTheRule(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 34))
	for range 600 {
		m := scattered(r, 1+r.IntN(100), 1+r.IntN(60))
		margin, area, most := r.IntN(60), r.IntN(100), 1+r.IntN(8)
		rule := CropRule{float64(margin) / 100, float64(area) / 10000, most}
		components, _ := m.Components(most)
		got, want := rule.Boxes(components, m.Width, m.Height), cropsNaively(m, margin, area, most)
		if !slices.Equal(got, want) {
			t.Fatalf("%+v of %d×%d: %v, want %v", rule, m.Width, m.Height, got, want)
		}
	}
}

func TestCropRule(t *testing.T) {
	at := func(x, y, width, height, pixels int) Component { return Component{Box{x, y, width, height}, pixels} }
	for name, c := range map[string]struct {
		rule       CropRule
		components []Component
		want       []Box
	}{
		"a margin of a half is rounded up": {CropRule{0.1, 0, 10}, []Component{at(50, 60, 25, 10, 9)},
			[]Box{{47, 57, 31, 16}}},
		"in decimals": {CropRule{0.29, 0, 10}, []Component{at(100, 100, 50, 1, 9)}, // 14.5, a little less in binary
			[]Box{{85, 85, 80, 31}}},
		"as far as the picture goes": {CropRule{0.1, 0, 10}, []Component{at(0, 1, 20, 20, 9), at(290, 190, 10, 10, 9)},
			[]Box{{0, 0, 22, 23}, {289, 189, 11, 11}}},
		"the least area counts": {CropRule{0, 0.0005, 10}, []Component{at(0, 0, 30, 1, 30), at(100, 0, 29, 1, 29)},
			[]Box{{0, 0, 30, 1}}},
		"the largest": {CropRule{0, 0, 2}, []Component{at(0, 0, 9, 9, 5), at(20, 0, 9, 9, 7), at(40, 0, 9, 9, 6)},
			[]Box{{20, 0, 9, 9}, {40, 0, 9, 9}}},
		"among equals the topmost, then the leftmost": {CropRule{0, 0, 2},
			[]Component{at(40, 5, 9, 9, 5), at(60, 0, 9, 9, 5), at(20, 5, 9, 9, 5)}, []Box{{60, 0, 9, 9}, {20, 5, 9, 9}}},
		"boxes that touch stay": {CropRule{0, 0, 10}, []Component{at(0, 0, 10, 10, 9), at(10, 0, 10, 10, 9)},
			[]Box{{0, 0, 10, 10}, {10, 0, 10, 10}}},
		"boxes that share a pixel become one, which may reach others": {CropRule{0, 0, 10},
			[]Component{at(0, 0, 10, 10, 9), at(0, 20, 5, 5, 8), at(9, 9, 10, 30, 7)}, []Box{{0, 0, 19, 39}}},
		"none": {CropRule{0.1, 0, 10}, nil, nil},
	} {
		if got := c.rule.Boxes(c.components, 300, 200); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestCropsSurviveOrientations stores one upright mask in all eight ways.
func TestCropsSurviveOrientations(t *testing.T) {
	box := image.Rect(0, 0, blotWidth, blotHeight)
	up := drawMask(image.NewGray(box), color.Black, color.White)
	for orientation := 1; orientation <= 8; orientation++ {
		m := MaskOf(storedAs(up, orientation), orientation, false)
		largest, all := m.Components(10)
		got := fmt.Sprint(m.Width, m.Height, all, CropRule{0.1, 0, 10}.Boxes(largest, m.Width, m.Height))
		if want := "20 13 2 [{4 1 11 11} {16 11 4 1}]"; got != want {
			t.Errorf("orientation %d: %s, want %s", orientation, got, want)
		}
	}
}

// storedAs is how an upright grey picture is stored with an orientation.
func storedAs(up *image.Gray, orientation int) *image.Gray {
	width, height := uprightSize(up.Rect.Dx(), up.Rect.Dy(), orientation) // of what is stored: turning twice is none
	m := image.NewGray(image.Rect(0, 0, width, height))
	for y := range up.Rect.Dy() {
		for x := range up.Rect.Dx() {
			sx, sy := stored(x, y, width, height, orientation)
			m.SetGray(sx, sy, up.GrayAt(x, y))
		}
	}
	return m
}
