package draw

import "math"

// one is the unit of shares, noise and coverage.
const one = 4096

// hash mixes a place of a lattice and a seed (the finaliser of SplitMix64, Steele and others, OOPSLA 2014).
func hash(seed uint64, x, y int) uint64 {
	z := seed + uint64(x)*0x9e3779b97f4a7c15 + uint64(y)*0xd1b54a32d192ed03
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// A field is a value of 0 to one for every pixel.
type field struct {
	width  int
	values []int16
}

func (f field) at(x, y int) int { return int(f.values[y*f.width+x]) }

// clouds is noise with spots about cell pixels wide, and of half that size and strength for every further octave.
func clouds(seed uint64, width, height, cell, octaves int) field {
	sum, total := make([]int32, width*height), 0
	for octave := range octaves {
		strength := one >> octave
		total += strength
		addNoise(sum, width, height, hash(seed, octave, 0), max(cell>>octave, 1), strength)
	}
	f := field{width, make([]int16, width*height)}
	for i, v := range sum {
		// Sums of octaves lie close to the middle; twice their distance from it fills the range.
		f.values[i] = int16(clamp((int(v)*one/total-one/2)*3/2 + one/2))
	}
	return f
}

// addNoise adds values of a lattice, and smooth ones between its points.
func addNoise(sum []int32, width, height int, seed uint64, cell, strength int) {
	smooth := make([]int, cell)
	for i := range smooth {
		smooth[i] = smoothstep((2*i + 1) * one / (2 * cell))
	}
	line := make([]int, width/cell+2)
	for y := range height {
		row, t := y/cell, smooth[y%cell]
		for x := range line {
			above, below := int(hash(seed, x, row)&(one-1)), int(hash(seed, x, row+1)&(one-1))
			line[x] = (above + (below-above)*t/one) * strength / one
		}
		out := sum[y*width:][:width]
		for x := 0; len(out) > 0; x++ {
			part := out[:min(cell, len(out))]
			for i := range part {
				part[i] += int32(line[x] + (line[x+1]-line[x])*smooth[i]/one)
			}
			out = out[len(part):]
		}
	}
}

// A net is a plane of cells around points that are strewn about, one in each square of a grid.
type net struct {
	seed           uint64
	size           int // of a square
	column, row    int // the square whose points, and those around it, are at hand
	points         [9]point
	pointsAreThere bool
}

type point struct {
	x, y   int
	number int // of its cell
}

// at is the cell of a pixel, from 0 to one; how far the pixel is from its cell's point, and from the border, both in
// sixteenths of a pixel.
func (n *net) at(x, y int) (cell, middle, border int) {
	n.strew(x/n.size, y/n.size)
	first, second := math.MaxInt, math.MaxInt
	for i := range n.points {
		p := &n.points[i]
		dx, dy := x-p.x, y-p.y
		switch d := dx*dx + dy*dy; {
		case d < first:
			first, second, cell = d, first, p.number
		case d < second:
			second = d
		}
	}
	middle = root(first * 256)
	return cell, middle, (root(second*256) - middle) / 2
}

// strew finds the points of a square and those around it.
func (n *net) strew(column, row int) {
	if n.pointsAreThere && column == n.column && row == n.row {
		return
	}
	n.column, n.row, n.pointsAreThere = column, row, true
	for i := range n.points {
		x, y := column+i%3-1, row+i/3-1
		h := hash(n.seed, x, y)
		n.points[i] = point{
			x*n.size + int(h%uint64(n.size)), y*n.size + int(h>>20%uint64(n.size)), int(h >> 40 & (one - 1)),
		}
	}
}

// root is the whole part of a square root.
func root(n int) int { return int(math.Sqrt(float64(n))) }

func clamp(share int) int { return min(max(share, 0), one) }

// smoothstep is 0 up to 0, one from one on, and level at both ends.
func smoothstep(t int) int {
	t = clamp(t)
	return t * t / one * (3*one - 2*t) / one
}

// ramp is 0 where v is at low or under, one at high or over.
func ramp(v, low, high int) int { return smoothstep((v - low) * one / (high - low)) }
