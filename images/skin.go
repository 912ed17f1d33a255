package images

// What is skin, by luma and chroma: the map of Chai and Ngan, "Face segmentation using skin-color map in videophone
// applications", IEEE Transactions on Circuits and Systems for Video Technology 9(4), 1999, 551–564: Cb from 77 to 127,
// Cr from 133 to 173. It is chosen since it asks for chroma alone, so that it takes dark skin as it takes light skin:
// rules that want a bright red or luma (Kovač 2003: R > 95; Kolkur 2017 besides: Y > 80) leave types V and VI out.
//
// Its numbers are those of H.261, whose chroma goes from 16 to 240 (BT.601). JPEG's goes from 0 to 255:
// 128 + (c - 128)·255/224.
const (
	skinLeastCb, skinMostCb = 70, 126  // of 69.9 and 126.9
	skinLeastCr, skinMostCr = 134, 179 // of 133.7 and 179.2
)

// What is too dark or too bright to tell the tone of is left out. Luma 40 is L* 16: skin has more, even the darkest
// that is measured has L* 20 and more, and below a step of one in chroma turns the hue by many degrees. Luma 230 is
// L* 91: skin has less, and where it shines the colour is the lamp's.
const skinLeastY, skinMostY = 40, 230

const (
	skinCrs     = skinMostCr - skinLeastCr + 1
	skinChromas = (skinMostCb - skinLeastCb + 1) * skinCrs
	skinNumbers = skinChromas + 16 // and those of noSkin
)

func isSkin(y, cb, cr uint8) bool {
	return y-skinLeastY <= skinMostY-skinLeastY && // what is below wraps around
		cb-skinLeastCb <= skinMostCb-skinLeastCb && cr-skinLeastCr <= skinMostCr-skinLeastCr
}

// chromaOf is the chroma of skin with a number.
func chromaOf(number int) (cb, cr uint8) {
	return uint8(number/skinCrs) + skinLeastCb, uint8(number%skinCrs) + skinLeastCr
}

// A skinRow is what is found of skin in a row of pixels, and in rows above.
type skinRow struct {
	chroma []uint16 // the number of each pixel's chroma, or noSkin; a few more than pixels
	found  []uint32 // bits of the pixels that are skin
	sums   []uint16 // of each column's skin in some rows: luma, then Cb, then Cr, then how many
	out    []uint8  // 255 where no skin is looked for
	words  []uint64 // the same in bits
}

func newSkinRow(width int) *skinRow {
	words, found := (width+63)/64, (width+31)/32
	return &skinRow{make([]uint16, 32*found), make([]uint32, found), make([]uint16, 4*32*found), make([]uint8, 64*words),
		make([]uint64, words)}
}

// noSkin is the number of what is not skin, at a place: neighbours differ, since one counter would be slow for many.
func noSkin(x int) uint16 { return skinChromas + uint16(x&15) }

// leaveOut says where no skin is looked for.
func (s *skinRow) leaveOut(row []uint64) {
	for i, word := range row {
		if word != s.words[i] {
			s.words[i] = word
			for j := range 64 {
				s.out[64*i+j] = uint8(-(word >> j & 1))
			}
		}
	}
}

// look looks at a row of pixels, of so many that luma and chroma begin with.
func (s *skinRow) look(luma, cb, cr []uint8, width int) {
	n, done := len(s.chroma), s.lookVectors(luma, cb, cr)
	clear(s.found[done/32:])
	for x := done; x < width; x++ {
		y, blue, red := luma[x], cb[x], cr[x]
		if !isSkin(y, blue, red) || s.out[x] > 0 {
			s.chroma[x] = noSkin(x)
			continue
		}
		s.chroma[x] = uint16(blue-skinLeastCb)*skinCrs + uint16(red-skinLeastCr)
		s.found[x/32] |= 1 << (x % 32)
		s.sums[x] += uint16(y)
		s.sums[n+x] += uint16(blue)
		s.sums[2*n+x] += uint16(red)
		s.sums[3*n+x]++
	}
}

// Where says where skin is looked for: outside the mask or, if Inside, inside it; and outside the boxes. Mask and boxes
// are those of the upright picture in its full size; nil is none.
type Where struct {
	Mask   *Mask
	Inside bool
	Boxes  []Box
}

// SkinOf is which pixels of a reduced picture are skin: by their colour, where it is looked for. A pixel that has a
// part of a mask or box is of it. A mask that is not looked into is grown by 2 % of the picture's longer side, since
// around a lesion skin is seldom as it is elsewhere; by as much to every side, corners included.
func SkinOf(r *Reduced, where Where) *Mask {
	skin := newMask(r.Width, r.Height)
	leftOut := r.leftOut(where)
	for y := range r.Height {
		row, out := skin.row(y), leftOut.row(y)
		for x := range r.Width {
			if at := y*r.Width + x; isSkin(r.Y[at], r.Cb[at], r.Cr[at]) && out[x/64]>>(x%64)&1 == 0 {
				row[x/64] |= 1 << (x % 64)
			}
		}
	}
	return skin
}

// leftOut is where no skin is looked for.
func (r *Reduced) leftOut(where Where) *Mask {
	out := newMask(r.Width, r.Height)
	if m := where.Mask; m != nil {
		if m.Width != r.FullWidth || m.Height != r.FullHeight {
			panic("a mask of another size than the picture: see Mask.For")
		}
		for y := range m.Height {
			into := out.row((y + r.top) / r.Factor)
			mark := func(from, to int) { r.mark(into, from, to) }
			if where.Inside {
				gaps(m.row(y), m.Width, mark)
			} else {
				runs(m.row(y), mark)
			}
		}
		if !where.Inside {
			out.grow((max(r.Width, r.Height) + 49) / 50)
		}
	}
	for _, b := range where.Boxes {
		from, to := max(0, b.X), min(r.FullWidth, b.X+b.Width)
		for y := max(0, b.Y); y < min(r.FullHeight, b.Y+b.Height) && from < to; y++ {
			r.mark(out.row((y+r.top)/r.Factor), from, to)
		}
	}
	return out
}

// mark marks the pixels of a reduced row that have a part of a full one.
func (r *Reduced) mark(row []uint64, from, to int) {
	fill(row, (from+r.left)/r.Factor, (to-1+r.left)/r.Factor+1)
}

// gaps gives what lies between the runs of a row.
func gaps(row []uint64, width int, yield func(from, to int)) {
	end := 0
	runs(row, func(from, to int) {
		if end < from {
			yield(end, from)
		}
		end = to
	})
	if end < width {
		yield(end, width)
	}
}

// grow makes foreground of all that lies within so many pixels of it, across, down and both.
func (m *Mask) grow(by int) {
	for done := 0; done < by; {
		step := min(done+1, by-done) // no farther: at the edge of the picture only one side has grown
		m.smear(step)
		done += step
	}
}

// smear adds the foreground moved by a step to the left, the right, up, down and both.
func (m *Mask) smear(step int) {
	old := make([]uint64, m.stride)
	for y := range m.Height {
		row := m.row(y)
		copy(old, row)
		for i := range row {
			row[i] |= shifted(old, 64*i-step) | shifted(old, 64*i+step)
		}
		if over := m.Width % 64; over > 0 {
			row[len(row)-1] &= 1<<over - 1
		}
	}
	words := append([]uint64(nil), m.words...)
	for i, word := range words {
		if up := i - step*m.stride; up >= 0 {
			m.words[up] |= word
		}
		if down := i + step*m.stride; down < len(words) {
			m.words[down] |= word
		}
	}
}

// shifted are the 64 pixels of a row from one on; there are none outside it.
func shifted(row []uint64, from int) (word uint64) {
	i, by := from>>6, from&63
	if i >= 0 && i < len(row) {
		word = row[i] >> by
	}
	if i+1 >= 0 && i+1 < len(row) && by > 0 {
		word |= row[i+1] << (64 - by)
	}
	return word
}
