package jpeg

import (
	"image"
	"sync"
)

// A plane is the samples of a component that belong to pixels, without those that fill up the last block. Each stands
// for across × down pixels.
type plane struct {
	pix                   []uint8
	stride, width, height int
	across, down          int
}

// row gives the samples of the pixels of row y from one to before another, as libjpeg-turbo does unless it is told
// otherwise (jdsample.c): of what is halved, a sample is to three quarters the one that stands for its pixel and to one
// quarter the next nearest, rounded up and down by turns; of all else it is the one that stands for its pixel. Beyond
// its sides a plane goes on as it ends. Into has more room than pixels: beyond them is written what nobody needs.
func (p *plane) row(y, from, to int, r *rows, into []uint8) {
	fancy := p.across == 2 && p.down <= 2 && p.width > 2
	near, far := p.line(y/p.down), []uint8(nil)
	if p.down == 2 && (fancy || p.across == 1) {
		far = p.line(y/2 - 1 + y%2*2)
	}
	switch {
	case fancy:
		first := from / 2
		n := (to-1)/2 - first + 1
		around(r.near, near, first, n)
		if far != nil {
			around(r.far, far, first, n)
			doubled(r.wide, r.near, r.far, n)
		} else {
			stretched(r.wide, r.near, n)
		}
		copy(into, r.wide[from-2*first:][:to-from])
	case far != nil:
		mixed(into[:to-from], near[from:to], far[from:to], uint16(1+y%2))
	case p.across == 1:
		copy(into, near[from:to])
	default:
		for x := from; x < to; {
			sample, end := near[x/p.across], min(to, x-x%p.across+p.across)
			for ; x < end; x++ {
				into[x-from] = sample
			}
		}
	}
}

// line is a row of samples; above the first it is the first, and below the last the last.
func (p *plane) line(y int) []uint8 {
	return p.pix[min(max(y, 0), p.height-1)*p.stride:][:p.width]
}

// around copies n samples of a row from the first on, with their neighbours. Where there is none, a sample is its own.
func around(into, row []uint8, first, n int) {
	into[0], into[n+1] = row[max(first-1, 0)], row[min(first+n, len(row)-1)]
	copy(into[1:], row[first:first+n])
}

// doubledGo makes of two rows of n samples, the nearer first, each with its neighbours, one of twice as many.
func doubledGo(into, near, far []uint8, n int) {
	near, far, into = near[:n+2], far[:n+2], into[:2*n]
	last, this := 3*uint16(near[0])+uint16(far[0]), 3*uint16(near[1])+uint16(far[1])
	for i := range n {
		next := 3*uint16(near[i+2]) + uint16(far[i+2])
		into[2*i], into[2*i+1] = uint8((3*this+last+8)>>4), uint8((3*this+next+7)>>4)
		last, this = this, next
	}
}

// stretchedGo makes of a row of n samples with their neighbours one of twice as many.
func stretchedGo(into, near []uint8, n int) {
	near, into = near[:n+2], into[:2*n]
	last, this := uint16(near[0]), uint16(near[1])
	for i := range n {
		next := uint16(near[i+2])
		into[2*i], into[2*i+1] = uint8((3*this+last+1)>>2), uint8((3*this+next+2)>>2)
		last, this = this, next
	}
}

// mixed makes of two rows of samples, the nearer first, one between them.
func mixed(into, near, far []uint8, half uint16) {
	for i := range into {
		into[i] = uint8((3*uint16(near[i]) + uint16(far[i]) + half) >> 2)
	}
}

// rows is room for the rows that a row of pixels is made of, each with more behind it than a vector writes or reads.
type rows struct{ near, far, wide, cb, cr []uint8 }

const beyond = 64

var rowsPool = sync.Pool{New: func() any { return new(rows) }}

// rowsFor is room for so many pixels. It goes back to the pool.
func rowsFor(pixels int) *rows {
	r := rowsPool.Get().(*rows)
	if need := pixels + beyond; len(r.near) < need {
		all := make([]uint8, 5*need)
		for i, room := range []*[]uint8{&r.near, &r.far, &r.wide, &r.cb, &r.cr} {
			*room = all[i*need : (i+1)*need : (i+1)*need]
		}
	}
	return r
}

// RGBRow gives the pixels of row y of a picture from column from to before column to as red, green and blue, three
// bytes a pixel, bit for bit as libjpeg-turbo gives them unless it is told otherwise. The picture's first pixel is
// 0, 0. Several goroutines may ask.
func RGBRow(m *image.YCbCr, y, from, to int, into []uint8) {
	if to <= from {
		return
	}
	share := sharings[m.SubsampleRatio]
	left, top := m.Rect.Min.X%share.X, m.Rect.Min.Y%share.Y // a part of a picture may begin within a sample
	chroma := plane{stride: m.CStride, across: share.X, down: share.Y,
		width: (left+m.Rect.Dx()-1)/share.X + 1, height: (top+m.Rect.Dy()-1)/share.Y + 1}
	r := rowsFor(to - from)
	chroma.pix = m.Cb
	chroma.row(top+y, left+from, left+to, r, r.cb)
	chroma.pix = m.Cr
	chroma.row(top+y, left+from, left+to, r, r.cr)
	paint(into[:3*(to-from)], m.Y[y*m.YStride+from:][:to-from], r.cb, r.cr)
	rowsPool.Put(r)
}

// paintGo makes red, green and blue of samples.
func paintGo(into, luma, cb, cr []uint8) {
	cb, cr, into = cb[:len(luma)], cr[:len(luma)], into[:3*len(luma)]
	for x, y := range luma {
		p := into[3*x : 3*x+3 : 3*x+3]
		p[0], p[1], p[2] = rgb(y, cb[x], cr[x])
	}
}

// What a difference of blue and red adds to red, green and blue, 1.402, 0.34414, 0.71414 and 1.772, times 2^16
// (jdcolor.c).
const (
	redOfRed    = 91881
	greenOfBlue = -22554
	greenOfRed  = -46802
	blueOfBlue  = 116130
)

// rgb is the colour of a sample of each kind.
func rgb(y, cb, cr uint8) (r, g, b uint8) {
	const half = 1 << 15
	luma, blue, red := int32(y), int32(cb)-128, int32(cr)-128
	return clamp(luma + (redOfRed*red+half)>>16), clamp(luma + (greenOfBlue*blue+greenOfRed*red+half)>>16),
		clamp(luma + (blueOfBlue*blue+half)>>16)
}

// sharings are how many pixels across and down share a chroma sample, by the sampling.
var sharings = func() (of [6]image.Point) {
	for n, ratio := range ratios {
		of[ratio] = image.Pt(n[0], n[1])
	}
	return of
}()
