package jpeg

import "golang.org/x/sys/cpu"

// doubled is doubledGo, with AVX2 where the processor has it. All rows have room for a vector beyond their end.
func doubled(into, near, far []uint8, n int) {
	if !cpu.X86.HasAVX2 {
		doubledGo(into, near, far, n)
		return
	}
	blocks := (n + 15) / 16
	_, _, _ = into[32*blocks-1], near[16*blocks+1], far[16*blocks+1]
	doubledAVX2(&into[0], &near[0], &far[0], blocks)
}

// stretched is stretchedGo likewise.
func stretched(into, near []uint8, n int) {
	if !cpu.X86.HasAVX2 {
		stretchedGo(into, near, n)
		return
	}
	blocks := (n + 15) / 16
	_, _ = into[32*blocks-1], near[16*blocks+1]
	stretchedAVX2(&into[0], &near[0], blocks)
}

// paint is paintGo likewise. Luma and colours end where they end: the last pixels are painted beside.
func paint(into, luma, cb, cr []uint8) {
	if !cpu.X86.HasAVX2 {
		paintGo(into, luma, cb, cr)
		return
	}
	n := len(luma) / 32 * 32
	if n > 0 {
		_, _, _ = into[3*n-1], cb[n-1], cr[n-1]
		paintAVX2(&into[0], &luma[0], &cb[0], &cr[0], n/32, &paints)
	}
	if rest := luma[n:]; len(rest) > 0 {
		var last [32]uint8
		var colours [96]uint8
		copy(last[:], rest)
		_, _ = cb[n+31], cr[n+31]
		paintAVX2(&colours[0], &last[0], &cb[n], &cr[n], 1, &paints)
		copy(into[3*n:], colours[:3*len(rest)])
	}
}

//go:noescape
func doubledAVX2(into, near, far *uint8, blocks int)

//go:noescape
func stretchedAVX2(into, near *uint8, blocks int)

//go:noescape
func paintAVX2(into, luma, cb, cr *uint8, blocks int, with *brushes)

// brushes are what paintAVX2 computes with. A factor of 16 bits is one of rgb, less the whole ones that are added
// apart: of red 1, of green -1 of the red difference, of blue 2.
type brushes struct {
	middle, red, blue, one [16]int16
	green                  [8][2]int16
	half                   [8]int32
	// order takes 16 of red, green or blue to their places in the first, second and third 16 bytes of pixels.
	order [3][3][32]uint8
}

var paints = func() (b brushes) {
	for i := range 16 {
		b.middle[i], b.red[i], b.blue[i], b.one[i] = 128, redOfRed-1<<16, blueOfBlue-2<<16, 1
		b.green[i/2], b.half[i/2] = [2]int16{greenOfBlue, greenOfRed + 1<<16}, 1<<15
	}
	for part := range 3 {
		for colour := range 3 {
			for i := range 32 {
				b.order[part][colour][i] = 0x80 // none
				if at := 16*part + i%16; at%3 == colour {
					b.order[part][colour][i] = uint8(at / 3)
				}
			}
		}
	}
	return b
}()
