package images

import "math"

// Of CIELAB (CIE 15:2004, 8.2.1) only lightness L* and yellowness b* are needed, and so of XYZ only Y and Z. Both are
// sums of what red, green and blue give, which tables have: sRGB's linear light (IEC 61966-2-1, 5.2) times the matrix
// of BT.709's primaries, over the white of D65 for the 2° observer (ASTM E308: Z 1.08883). The numbers are those of
// scikit-image and OpenCV.

// Y and Z are parts of labWhite. Their first labBits say which entries of a table of cube roots they lie between, and
// the rest where: of what may be skin, L* and b* are within 0.003 of exact (TestLab).
const (
	labBits  = 12
	labFine  = 16
	labWhite = 1 << (labBits + labFine)
)

// lightY and lightZ are what a sample of red, green or blue gives of Y and Z.
var lightY, lightZ = func() (y, z [3][256]uint32) {
	toY, toZ := [3]float64{0.212671, 0.715160, 0.072169}, [3]float64{0.019334, 0.119193, 0.950227}
	for v := range 256 {
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		for i := range 3 {
			y[i][v] = uint32(math.Round(c * toY[i] * labWhite))
			z[i][v] = uint32(math.Round(c * toZ[i] / 1.08883 * labWhite))
		}
	}
	return y, z
}()

// rootOf is CIELAB's f at each of its entries, and how far the next one is.
var rootOf = func() (table [1<<labBits + 1][2]float32) {
	f := func(i int) float64 {
		t := float64(i) / (1 << labBits)
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	for i := range table {
		table[i] = [2]float32{float32(f(i)), float32(f(i+1) - f(i))}
	}
	return table
}()

func root(t uint32) float32 {
	entry := &rootOf[t>>labFine]
	return entry[0] + entry[1]*float32(t&(1<<labFine-1))*(1.0/(1<<labFine))
}

// labOf is L* and b* of a colour of luma and chroma, as color.YCbCrToRGB makes red, green and blue of it.
func labOf(luma, cb, cr uint8) (lightness, yellow float32) {
	y, blue, red := int32(luma)*0x10101, int32(cb)-128, int32(cr)-128
	r, g, b := to8(y+91881*red), to8(y-22554*blue-46802*red), to8(y+116130*blue)
	fy := root(lightY[0][r] + lightY[1][g] + lightY[2][b])
	fz := root(lightZ[0][r] + lightZ[1][g] + lightZ[2][b])
	return 116*fy - 16, 200 * (fy - fz)
}

func to8(v int32) uint8 { return uint8(min(max(v>>16, 0), 255)) }
