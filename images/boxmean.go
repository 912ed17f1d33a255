package images

import (
	"encoding/binary"
	"image"
)

// A grid is a plane of samples of a picture of a size. Each sample stands for share.X × share.Y pixels: the first ones
// for fewer, if they have begun before the picture, and the last ones for what is left.
type grid struct {
	pix    []uint8
	stride int
	size   image.Point
	share  image.Point
	begun  image.Point
}

// pixel is the share of a sample that stands for one.
var pixel = image.Pt(1, 1)

// reduceInto reduces the plane by a factor.
func (g grid) reduceInto(into []uint8, k int) {
	width, height := (g.size.X+k-1)/k, (g.size.Y+k-1)/k
	switch {
	case g.share == image.Pt(k, k) && g.begun == image.Point{}:
		for y := range height {
			copy(into[y*width:][:width], g.pix[y*g.stride:])
		}
	case k == 2 && g.share == pixel && g.size.X%2 == 0 && g.size.Y%2 == 0:
		for y := range height {
			halve(into[y*width:][:width], g.pix[2*y*g.stride:][:g.size.X], g.pix[(2*y+1)*g.stride:][:g.size.X])
		}
	default:
		sums := newColumns((g.begun.X + g.size.X + g.share.X - 1) / g.share.X)
		for y := range height {
			g.average(into[y*width:][:width], sums, k, y)
		}
	}
}

// halve makes means of two by two, as pictures of up to a thousand pixels need them: four at once.
func halve(into, upper, lower []uint8) {
	for len(upper) >= 8 && len(lower) >= 8 && len(into) >= 4 {
		a, b := binary.LittleEndian.Uint64(upper), binary.LittleEndian.Uint64(lower)
		means := (a&evenBytes + a>>8&evenBytes + b&evenBytes + b>>8&evenBytes + twoEach) >> 2 & evenBytes
		means |= means >> 8
		binary.LittleEndian.PutUint32(into, uint32(means&0xffff|means>>16&0xffff0000))
		into, upper, lower = into[4:], upper[8:], lower[8:]
	}
	for x := range into {
		sum := int(upper[2*x]) + int(upper[2*x+1]) + int(lower[2*x]) + int(lower[2*x+1])
		into[x] = uint8((sum + 2) >> 2)
	}
}

const (
	evenBytes = 0x00ff00ff00ff00ff
	twoEach   = 0x0002000200020002
)

// average sums the samples of a row of blocks: down, each as often as it stands for a row of pixels; then across.
func (g grid) average(into []uint8, sums *columns, k, y int) {
	from, to := k*y, min(k*(y+1), g.size.Y)
	for at := from; at < to; {
		row := (g.begun.Y + at) / g.share.Y
		next := min(to, (row+1)*g.share.Y-g.begun.Y)
		sums.add(g.pix[row*g.stride:][:sums.width], next-at)
		at = next
	}
	g.blocks(into, k, to-from, sums.take())
}

// blocks makes means of the sums of a row of blocks.
func (g grid) blocks(into []uint8, k, high int, sums []uint32) {
	mean := meanOf(k * high)
	for x := range into {
		from, to := k*x, k*(x+1)
		if to > g.size.X {
			to, mean = g.size.X, meanOf((g.size.X-from)*high)
		}
		sum := uint64(0)
		if g.share.X == 1 {
			for _, v := range sums[from:to] {
				sum += uint64(v)
			}
		} else {
			for at := from; at < to; {
				column := (g.begun.X + at) / g.share.X
				next := min(to, (column+1)*g.share.X-g.begun.X)
				sum += uint64(sums[column]) * uint64(next-at)
				at = next
			}
		}
		into[x] = mean.of(sum)
	}
}

// A mean divides sums of n bytes by n, rounded half up, by multiplying.
type mean struct{ n, factor uint64 }

// mostByFactor is the largest n for which that is exact: a factor of 55 bits is too large by less than 1/2⁵⁵, and what
// it is multiplied with less than 2⁸n, so that the product is too large by less than 1/n.
const mostByFactor = 1 << 23

func meanOf(n int) mean {
	if n > mostByFactor {
		return mean{n: uint64(n)}
	}
	return mean{uint64(n), (1<<55 + uint64(n) - 1) / uint64(n)}
}

func (m mean) of(sum uint64) uint8 {
	sum += m.n / 2
	if m.factor == 0 {
		return uint8(sum / m.n)
	}
	return uint8(sum * m.factor >> 55)
}

// columns are sums of rows of bytes, each column for itself. Eight columns at once are summed in halves of 16 bits, as
// long as these hold the sums.
type columns struct {
	width     int
	even, odd []uint64 // sums of the even and the odd ones of eight columns
	rows      int      // that are in them
	sums      []uint32
	taken     bool
}

func newColumns(width int) *columns {
	words := (width + 7) / 8
	return &columns{width: width, even: make([]uint64, words), odd: make([]uint64, words), sums: make([]uint32, 8*words)}
}

// mostRows is how many bytes 16 bits hold the sum of.
const mostRows = 257

// add adds a row so many times, which are few.
func (c *columns) add(row []uint8, times int) {
	if c.taken {
		clear(c.sums)
		c.taken = false
	}
	if c.rows+times > mostRows {
		c.spill()
	}
	c.rows += times
	var last [8]uint8
	copy(last[:], row[len(row)&^7:])
	by := uint64(times)
	for i := range c.even {
		at := last[:]
		if 8*i+8 <= len(row) {
			at = row[8*i:][:8]
		}
		word := binary.LittleEndian.Uint64(at)
		c.even[i] += word & evenBytes * by
		c.odd[i] += word >> 8 & evenBytes * by
	}
}

// spill brings the halves into the sums.
func (c *columns) spill() {
	for i, even := range c.even {
		odd, sums := c.odd[i], c.sums[8*i:][:8:8]
		for j := range 4 {
			sums[2*j] += uint32(even >> (16 * j) & 0xffff)
			sums[2*j+1] += uint32(odd >> (16 * j) & 0xffff)
		}
	}
	clear(c.even)
	clear(c.odd)
	c.rows = 0
}

// take gives the sums, which are valid until the next row is added. That begins anew.
func (c *columns) take() []uint32 {
	c.spill()
	c.taken = true
	return c.sums
}
