package images

import "image"

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
	box := image.Pt(k, k)
	if g.begun == (image.Point{}) && alike(g.size.X, g.share.X, k) && alike(g.size.Y, g.share.Y, k) {
		box.X, g.size.X = k/g.share.X, (g.size.X+g.share.X-1)/g.share.X
		box.Y, g.size.Y = k/g.share.Y, (g.size.Y+g.share.Y-1)/g.share.Y
		g.share = pixel
	}
	switch {
	case box == pixel && g.share == pixel:
		for y := range height {
			copy(into[y*width:][:width], g.pix[y*g.stride:])
		}
	case box == image.Pt(2, 2) && g.share == pixel && g.size.X%2 == 0 && g.size.Y%2 == 0:
		for y := range height {
			halve(into[y*width:][:width], g.pix[2*y*g.stride:][:g.size.X], g.pix[(2*y+1)*g.stride:][:g.size.X])
		}
	case hasVectors && box.X == box.Y && box.X <= mostBox && g.share == pixel:
		darkest := make([]uint8, width) // which is not asked for
		for y := range height {
			rows := min(box.Y, g.size.Y-box.Y*y)
			boxRow(into[y*width:][:width], darkest, g.pix[box.Y*y*g.stride:], g.size.X, g.stride, rows, box.X)
		}
	default:
		sums := newColumns((g.begun.X + g.size.X + g.share.X - 1) / g.share.X)
		for y := range height {
			g.average(into[y*width:][:width], sums, box, y)
		}
	}
}

// alike holds where all samples of a block stand for equally many pixels: blocks can then be told in samples.
func alike(size, share, k int) bool { return k == share || k%share == 0 && size%share == 0 }

// average sums the samples of a row of blocks: down, each as often as it stands for a row of pixels; then across.
func (g grid) average(into []uint8, sums *columns, box image.Point, y int) {
	from, to := box.Y*y, min(box.Y*(y+1), g.size.Y)
	for at := from; at < to; {
		row := (g.begun.Y + at) / g.share.Y
		next := min(to, (row+1)*g.share.Y-g.begun.Y)
		sums.add(g.pix[row*g.stride:][:sums.width], next-at)
		at = next
	}
	g.blocks(into, box.X, to-from, sums.take())
}

// blocks makes means of the sums of a row of blocks, so wide and high.
func (g grid) blocks(into []uint8, wide, high int, sums []uint32) {
	mean, left := meanOf(wide*high), g.share.X-g.begun.X // left are the pixels that the first sample still stands for
	for x := range into {
		if end := g.size.X - wide*x; end < wide {
			wide, mean = end, meanOf(end*high)
		}
		sum := uint64(0)
		if g.share.X == 1 {
			for _, v := range sums[:wide] {
				sum += uint64(v)
			}
			sums = sums[wide:]
		} else {
			for want := wide; want > 0; {
				n := min(want, left)
				sum += uint64(sums[0]) * uint64(n)
				want -= n
				if left -= n; left == 0 {
					sums, left = sums[1:], g.share.X
				}
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
	words := (width + 15) / 16 * 2
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
	addColumns(c.even, c.odd, row, times)
}

// spill brings the halves into the sums.
func (c *columns) spill() {
	done := spillVectors(c.sums, c.even, c.odd)
	for i, even := range c.even[done:] {
		odd, sums := c.odd[done+i], c.sums[8*(done+i):][:8:8]
		for j := range 4 {
			sums[2*j] += uint32(even >> (16 * j) & 0xffff)
			sums[2*j+1] += uint32(odd >> (16 * j) & 0xffff)
		}
	}
	clear(c.even[done:])
	clear(c.odd[done:])
	c.rows = 0
}

// take gives the sums, which are valid until the next row is added. That begins anew.
func (c *columns) take() []uint32 {
	c.spill()
	c.taken = true
	return c.sums
}
