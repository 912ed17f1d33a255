package main

import (
	"bufio"
	"encoding/binary"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/images"
)

// plants are the kinds of planted twins.
var plants = []string{"twins among others", "twins in clumps"}

const (
	twinShare  = .05 // of all pictures
	clumpShare = .10
	waveCount  = 16 // frequencies each way of what pictures differ in
)

// makeCollection invents squares: most as different as photographs are, one of ten of a clump. Clumps are of Zipf
// sizes. One of twenty is an earlier picture again: turned, and with the noise of a lossy format.
func makeCollection(dir string, n int) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var out [3]*bufio.Writer
	for i, name := range []string{"prints", "squares", "planted"} {
		file, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		defer file.Close()
		out[i] = bufio.NewWriterSize(file, 1<<20)
		defer out[i].Flush()
	}
	r := rand.New(rand.NewPCG(8, uint64(n)))
	layouts := make([]*[side][side]float64, 40)
	for i := range layouts {
		layouts[i] = layout(kinds[i%len(kinds)].draw(r))
	}
	recent := make([]*images.Square, 4096) // what may come again
	clumped := make([]bool, len(recent))
	numbers := make([]uint32, len(recent))
	for i := range n {
		var s *images.Square
		inClump := r.Float64() < clumpShare
		if from := r.IntN(len(recent)); i > len(recent) && r.Float64() < twinShare {
			s, inClump = again(r, recent[from]), clumped[from]
			kind := byte(0)
			if inClump {
				kind = 1
			}
			var pair [9]byte
			binary.LittleEndian.PutUint32(pair[:], numbers[from])
			binary.LittleEndian.PutUint32(pair[4:], uint32(i))
			pair[8] = kind
			out[2].Write(pair[:])
		} else if inClump {
			s = invented(r, layouts[zipf(r, len(layouts))], between(r, 4, 12))
		} else {
			s = invented(r, nil, between(r, 10, 50))
		}
		at := i % len(recent)
		if i >= len(recent) { // any of the last ones, so that twins are far apart too
			at = r.IntN(len(recent))
		}
		recent[at], clumped[at], numbers[at] = s, inClump, uint32(i)
		for _, hash := range s.Hashes() {
			out[0].Write(binary.LittleEndian.AppendUint64(nil, hash))
		}
		out[1].Write(s.Bytes())
	}
	return nil
}

const side = len(images.Square{})

// zipf is a number below n, 0 the likeliest.
func zipf(r *rand.Rand, n int) int {
	return min(n-1, int(math.Exp(r.Float64()*math.Log(float64(n+1)))-1))
}

// layout is what the hash sees of a picture: the rest is each one's own.
func layout(m *image.Gray) *[side][side]float64 {
	s, of := images.SquareOf(m, 1), new([side][side]float64)
	for k := range 7 {
		for l := range 7 {
			sum := 0.
			for y := range side {
				for x := range side {
					sum += cosines[k][y] * cosines[l][x] * float64(s[y][x])
				}
			}
			sum *= float64(min(k, 1)+1) * float64(min(l, 1)+1) / float64(side*side)
			for y := range side {
				for x := range side {
					of[y][x] += sum * cosines[k][y] * cosines[l][x]
				}
			}
		}
	}
	return of
}

var cosines = func() (c [waveCount][side]float64) {
	for k := range c {
		for n := range c[k] {
			c[k][n] = math.Cos(math.Pi * float64(k) * float64(2*n+1) / float64(2*side))
		}
	}
	return c
}()

// steep is how fast frequencies fall: as in pictures that are smooth, and chosen, not fitted to any.
var steep = 1.2

// invented is a layout, or none, with waves on it.
func invented(r *rand.Rand, on *[side][side]float64, strength float64) *images.Square {
	var rows [waveCount][side]float64
	for k := range waveCount {
		for l := range waveCount {
			if k+l == 0 {
				continue
			}
			v := strength * r.NormFloat64() / math.Pow(float64(k*k+l*l), steep/2)
			for x, c := range cosines[l] {
				rows[k][x] += v * c
			}
		}
	}
	s, mean := new(images.Square), between(r, 90, 180)
	for y := range side {
		for x := range side {
			v := mean
			if on != nil {
				v = on[y][x]
			}
			for k := range waveCount {
				v += cosines[k][y] * rows[k][x]
			}
			s[y][x] = uint8(max(0, min(255, v+.5)))
		}
	}
	return s
}

// again is a picture turned, with the noise that a lossy format leaves in a square.
func again(r *rand.Rand, of *images.Square) *images.Square {
	s := of.Turned(1 + r.IntN(8))
	noise, light := between(r, 0, .8), between(r, .9, 1.1)
	for y := range s {
		for x := range s {
			s[y][x] = uint8(max(0, min(255, light*float64(s[y][x])+noise*r.NormFloat64()+.5)))
		}
	}
	return s
}
