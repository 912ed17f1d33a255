package jpeg

import (
	"image"
	"sync"
)

// A plane is the samples of a component that belong to pixels, without those that fill up the last block. Each stands
// for across × down pixels, of which the first plane has left and top less.
type plane struct {
	pix                   []uint8
	stride, width, height int
	across, down          int
}

// row gives the samples of the pixels of row y from one to before another, as libjpeg-turbo does unless it is told
// otherwise (jdsample.c): of what is halved, a sample is to three quarters the one that stands for its pixel and to one
// quarter the next nearest, rounded up and down by turns; of all else it is the one that stands for its pixel. Behind
// the last sample the last is repeated. Into has room for two more at its end.
func (p *plane) row(y, from, to int, r *rows, into []uint8) {
	fancy := p.across == 2 && p.down <= 2 && p.width > 2
	near, far := p.line(y/p.down), p.line(y/p.down)
	if p.down == 2 && (fancy || p.across == 1) {
		far = p.line(y/2 - 1 + y%2*2)
	}
	switch {
	case fancy:
		first, last := from/2, (to-1)/2
		n := last - first + 1
		r.around(&r.near, near, first, n)
		wide := r.wide[:2*n]
		if p.down == 2 {
			r.around(&r.far, far, first, n)
			doubled(wide, r.near[:n+2], r.far[:n+2])
		} else {
			stretched(wide, r.near[:n+2])
		}
		copy(into, wide[from-2*first:][:to-from])
	case p.across == 1 && p.down == 2:
		mixed(into[:to-from], near[from:to], far[from:to], uint16(1+y%2))
	case p.across == 1:
		copy(into, near[from:to])
	default:
		for x := from; x < to; x++ {
			into[x-from] = near[x/p.across]
		}
	}
}

// line is a row of samples; above the first it is the first, and below the last the last.
func (p *plane) line(y int) []uint8 {
	return p.pix[min(max(y, 0), p.height-1)*p.stride:][:p.width]
}

// doubled makes of two rows of samples, the nearer first, twice as many as they have between their first and last.
func doubled(into, near, far []uint8) {
	last, this := 3*uint16(near[0])+uint16(far[0]), 3*uint16(near[1])+uint16(far[1])
	for i := range len(into) / 2 {
		next := 3*uint16(near[i+2]) + uint16(far[i+2])
		into[2*i], into[2*i+1] = uint8((3*this+last+8)>>4), uint8((3*this+next+7)>>4)
		last, this = this, next
	}
}

// stretched makes of a row of samples twice as many as it has between its first and last.
func stretched(into, near []uint8) {
	last, this := uint16(near[0]), uint16(near[1])
	for i := range len(into) / 2 {
		next := uint16(near[i+2])
		into[2*i], into[2*i+1] = uint8((3*this+last+1)>>2), uint8((3*this+next+2)>>2)
		last, this = this, next
	}
}

// mixed makes of two rows of samples, the nearer first, one.
func mixed(into, near, far []uint8, half uint16) {
	for i := range into {
		into[i] = uint8((3*uint16(near[i]) + uint16(far[i]) + half) >> 2)
	}
}

// rows is room for the rows that a row of pixels is made of.
type rows struct {
	near, far    []uint8 // with a sample before the first and one behind the last
	wide         []uint8
	luma, cb, cr []uint8
}

var rowsPool = sync.Pool{New: func() any { return new(rows) }}

// rowsFor is room for so many pixels. It goes back to the pool.
func rowsFor(pixels int) *rows {
	r := rowsPool.Get().(*rows)
	if len(r.luma) < pixels {
		for _, room := range []*[]uint8{&r.near, &r.far, &r.wide, &r.luma, &r.cb, &r.cr} {
			*room = make([]uint8, pixels+4)
		}
	}
	return r
}

// around copies n samples of a row from the first on, with their neighbours. What has none is its own.
func (r *rows) around(into *[]uint8, row []uint8, first, n int) {
	room := (*into)[:n+2]
	room[0], room[n+1] = row[max(first-1, 0)], row[min(first+n, len(row)-1)]
	copy(room[1:], row[first:][:n])
}

// RGBRow gives the pixels of row y of a picture from column from to before column to as red, green and blue, three
// bytes a pixel, bit for bit as libjpeg-turbo gives them unless it is told otherwise. The picture's first pixel is
// 0, 0. Several goroutines may ask.
func RGBRow(m *image.YCbCr, y, from, to int, into []uint8) {
	if to <= from {
		return
	}
	share := Sharing(m.SubsampleRatio)
	left, top := m.Rect.Min.X%share.X, m.Rect.Min.Y%share.Y // a part of a picture may begin within a sample
	chroma := plane{stride: m.CStride, across: share.X, down: share.Y,
		width: (left+m.Rect.Dx()-1)/share.X + 1, height: (top+m.Rect.Dy()-1)/share.Y + 1}
	r := rowsFor(to - from)
	for i, row := range [2][]uint8{r.cb, r.cr} {
		chroma.pix = [2][]uint8{m.Cb, m.Cr}[i]
		chroma.row(top+y, left+from, left+to, r, row)
	}
	paint(into, m.Y[y*m.YStride+from:][:to-from], r.cb, r.cr)
	rowsPool.Put(r)
}

// paint makes red, green and blue of samples as libjpeg does (jdcolor.c), in numbers of 16 bits behind the point.
func paint(into, luma, cb, cr []uint8) {
	cb, cr, into = cb[:len(luma)], cr[:len(luma)], into[:3*len(luma)]
	for x, y := range luma {
		p := into[3*x : 3*x+3 : 3*x+3]
		p[0], p[1], p[2] = rgb(int32(y), int32(cb[x])-128, int32(cr[x])-128)
	}
}

// rgb is the colour of a luma and the blue and red differences: 1.402, 0.34414, 0.71414 and 1.772 times 2^16, rounded.
func rgb(y, cb, cr int32) (r, g, b uint8) {
	const half = 1 << 15
	return clamp(y + (91881*cr+half)>>16), clamp(y + (-22554*cb-46802*cr+half)>>16), clamp(y + (116130*cb+half)>>16)
}

// Sharing is how many pixels across and down share a chroma sample.
func Sharing(ratio image.YCbCrSubsampleRatio) image.Point {
	switch ratio {
	case image.YCbCrSubsampleRatio422:
		return image.Pt(2, 1)
	case image.YCbCrSubsampleRatio420:
		return image.Pt(2, 2)
	case image.YCbCrSubsampleRatio440:
		return image.Pt(1, 2)
	case image.YCbCrSubsampleRatio411:
		return image.Pt(4, 1)
	case image.YCbCrSubsampleRatio410:
		return image.Pt(4, 2)
	}
	return image.Pt(1, 1)
}
