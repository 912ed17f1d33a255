package images

import (
	"image"
	"image/color"
	"sync"
)

// Reduced is an upright picture made small. Each of its pixels is the mean of Factor × Factor stored pixels, rounded
// half up; those of the last stored column and row, of what is left there. Turning comes after, so that all
// orientations of one file show the same pixels.
//
// Means are those of the samples as they are stored, not of light. Of a picture that is stored as luma and chroma they
// are means of these, a chroma sample counting for each pixel that it colours; of any other, means of red, green and
// blue, which then become luma and chroma. But for rounding, and for what is out of gamut, the two are the same.
type Reduced struct {
	Width, Height         int
	Y, Cb, Cr             []uint8 // of JPEG (JFIF, full range), a byte a pixel, rows from the top
	Factor                int
	FullWidth, FullHeight int  // of the upright picture
	Grey                  bool // no pixel here has a colour: all chroma is within greyChroma of none

	left, top int // pixels that the first column and row lack of Factor, where turning brought the last ones there
	memory    *[]uint8
}

// freed is memory of reduced pictures that are not needed any more.
var freed sync.Pool

// Free gives the planes' memory to the next reduced picture. Not to call it does no harm; nil has none.
func (r *Reduced) Free() {
	if r != nil && r.memory != nil {
		freed.Put(r.memory)
		*r = Reduced{}
	}
}

// allot takes memory for planes of n samples, which are not yet 0.
func (r *Reduced) allot(n int) {
	memory, _ := freed.Get().(*[]uint8)
	if memory == nil || len(*memory) < 3*n {
		of := make([]uint8, 3*n)
		memory = &of
	}
	all := *memory
	r.Y, r.Cb, r.Cr, r.memory = all[:n:n], all[n:2*n:2*n], all[2*n:3*n:3*n], memory
}

// greyChroma is what JPEG's rounding leaves of no chroma.
const greyChroma = 2

// Reduce reduces a picture by the least whole factor with which its longer side has at most so many pixels. Alpha is
// left out of account, as for the hash; of 16 bits the high ones count.
func Reduce(m image.Image, orientation, most int) *Reduced {
	size := m.Bounds().Size()
	k := (max(size.X, size.Y) + most - 1) / most
	r := &Reduced{Width: (size.X + k - 1) / k, Height: (size.Y + k - 1) / k, Factor: k}
	r.FullWidth, r.FullHeight = uprightSize(size.X, size.Y, orientation)
	r.allot(r.Width * r.Height)
	switch m := m.(type) {
	case *image.YCbCr:
		r.planes(m)
	case *image.Gray:
		grid{m.Pix, m.Stride, size, pixel, image.Point{}}.reduceInto(r.Y, k)
		for i := range r.Cb {
			r.Cb[i], r.Cr[i] = 128, 128
		}
	default:
		r.colours(rgbOf(m), size.X, size.Y)
	}
	r.Grey = r.isGrey()
	r.turn(size.X, size.Y, orientation)
	return r
}

func (r *Reduced) planes(m *image.YCbCr) {
	size, share := m.Rect.Size(), subsampling(m.SubsampleRatio)
	begun := image.Pt(m.Rect.Min.X%share.X, m.Rect.Min.Y%share.Y)
	grid{m.Y, m.YStride, size, pixel, image.Point{}}.reduceInto(r.Y, r.Factor)
	grid{m.Cb, m.CStride, size, share, begun}.reduceInto(r.Cb, r.Factor)
	grid{m.Cr, m.CStride, size, share, begun}.reduceInto(r.Cr, r.Factor)
}

// subsampling is how many pixels across and down share a chroma sample.
func subsampling(ratio image.YCbCrSubsampleRatio) image.Point {
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
	return pixel
}

func (r *Reduced) isGrey() bool {
	for i, cb := range r.Cb {
		cr := r.Cr[i]
		if cb-128+greyChroma > 2*greyChroma || cr-128+greyChroma > 2*greyChroma { // what is below wraps around
			return false
		}
	}
	return true
}

// turn brings the reduced picture from the way it is stored to the way it is looked at.
func (r *Reduced) turn(width, height, orientation int) {
	if orientation <= 1 {
		return
	}
	lastX, lastY := stored(0, 0, 2, 2, orientation) // 1 where the last stored column or row comes first
	r.left, r.top = uprightSize(lastX*(r.Width*r.Factor-width), lastY*(r.Height*r.Factor-height), orientation)
	from := *r
	r.allot(len(r.Y))
	upWidth, upHeight := uprightSize(r.Width, r.Height, orientation)
	for y := range upHeight {
		for x := range upWidth {
			sx, sy := stored(x, y, r.Width, r.Height, orientation)
			at, to := sy*r.Width+sx, y*upWidth+x
			r.Y[to], r.Cb[to], r.Cr[to] = from.Y[at], from.Cb[at], from.Cr[at]
		}
	}
	r.Width, r.Height = upWidth, upHeight
	from.Free()
}

// colours reduces a picture of red, green and blue, whose rows have 4 bytes a pixel.
func (r *Reduced) colours(rows func(y int) []uint8, width, height int) {
	k := r.Factor
	if k == 1 {
		for y := range height {
			row, at := rows(y), y*width
			for x := range width {
				p := row[4*x : 4*x+4 : 4*x+4]
				r.Y[at+x], r.Cb[at+x], r.Cr[at+x] = lumaChroma(int32(p[0]), int32(p[1]), int32(p[2]))
			}
		}
		return
	}
	sums := newColumns(4 * width)
	for y := range r.Height {
		high := min(k, height-k*y)
		for i := range high {
			sums.add(rows(k*y+i), 1)
		}
		columns, mean := sums.take(), meanOf(k*high)
		for x := range r.Width {
			from, to := k*x, k*(x+1)
			if to > width {
				to, mean = width, meanOf((width-from)*high)
			}
			var red, green, blue uint64
			for block := columns[4*from : 4*to]; len(block) >= 4; block = block[4:] {
				red, green, blue = red+uint64(block[0]), green+uint64(block[1]), blue+uint64(block[2])
			}
			at := y*r.Width + x
			r.Y[at], r.Cb[at], r.Cr[at] = lumaChroma(int32(mean.of(red)), int32(mean.of(green)), int32(mean.of(blue)))
		}
	}
}

// lumaChroma is color.RGBToYCbCr, which is too long to be part of a loop.
func lumaChroma(r, g, b int32) (y, cb, cr uint8) {
	blues := (257<<15 + 32768*b - 11056*r - 21712*g) >> 16 // at most 256
	reds := (257<<15 + 32768*r - 27440*g - 5328*b) >> 16
	return uint8((19595*r + 38470*g + 7471*b + 1<<15) >> 16), uint8(blues - blues>>8), uint8(reds - reds>>8)
}

// rgbOf gives the rows of a picture as red, green, blue and something else, 4 bytes a pixel. A row is valid until the
// next is asked for.
func rgbOf(m image.Image) (row func(y int) []uint8) {
	b := m.Bounds()
	into := make([]uint8, 4*b.Dx())
	view := func(pix []uint8, stride int) func(int) []uint8 {
		return func(y int) []uint8 { return pix[y*stride:][:len(into)] }
	}
	each := func(pixel func(into []uint8, x, y int)) func(int) []uint8 {
		return func(y int) []uint8 {
			for x := range b.Dx() {
				pixel(into[4*x:4*x+4:4*x+4], x, y)
			}
			return into
		}
	}
	high := func(pix []uint8, stride int) func(int) []uint8 {
		return each(func(into []uint8, x, y int) {
			p := pix[y*stride+8*x:][:8]
			into[0], into[1], into[2] = p[0], p[2], p[4]
		})
	}
	switch m := m.(type) {
	case *image.RGBA:
		return view(m.Pix, m.Stride)
	case *image.NRGBA:
		return view(m.Pix, m.Stride)
	case *image.RGBA64:
		return high(m.Pix, m.Stride)
	case *image.NRGBA64:
		return high(m.Pix, m.Stride)
	case *image.CMYK:
		return each(func(into []uint8, x, y int) {
			p := m.Pix[y*m.Stride+4*x:][:4]
			white := 255 - uint32(p[3])
			into[0], into[1], into[2] = uint8(paper(p[0], white)), uint8(paper(p[1], white)), uint8(paper(p[2], white))
		})
	case *image.Paletted:
		var colours [256]color.NRGBA
		for i, c := range m.Palette {
			colours[i] = straight(c)
		}
		return each(func(into []uint8, x, y int) {
			c := colours[m.Pix[y*m.Stride+x]]
			into[0], into[1], into[2] = c.R, c.G, c.B
		})
	}
	return each(func(into []uint8, x, y int) {
		c := straight(m.At(b.Min.X+x, b.Min.Y+y))
		into[0], into[1], into[2] = c.R, c.G, c.B
	})
}
