package jpeg

import "image"

// picture puts the planes of the components together.
func (d *decoder) picture() image.Image {
	switch len(d.components) {
	case 1:
		c := &d.components[0]
		return &image.Gray{Pix: c.plane, Stride: 8 * c.stride, Rect: image.Rect(0, 0, d.width, d.height)}
	case 4:
		return d.cmyk()
	}
	if d.isRGB() {
		return d.rgb()
	}
	return d.ycbcr()
}

// isRGB says whether three components are red, green and blue, as libjpeg decides it.
func (d *decoder) isRGB() bool {
	if len(d.components) != 3 || d.jfif {
		return false
	}
	if d.adobe {
		return d.adobeTransform == 0
	}
	return d.components[0].id == 'R' && d.components[1].id == 'G' && d.components[2].id == 'B'
}

// ratios are the samplings of chroma that image.YCbCr knows, by how many luma samples share one, across and down.
var ratios = map[[2]int]image.YCbCrSubsampleRatio{
	{1, 1}: image.YCbCrSubsampleRatio444, {2, 1}: image.YCbCrSubsampleRatio422, {2, 2}: image.YCbCrSubsampleRatio420,
	{1, 2}: image.YCbCrSubsampleRatio440, {4, 1}: image.YCbCrSubsampleRatio411, {4, 2}: image.YCbCrSubsampleRatio410,
}

// ratio is the sampling of three components, if it is one that image.YCbCr knows.
func (d *decoder) ratio() (ratio image.YCbCrSubsampleRatio, known bool) {
	y, cb, cr := &d.components[0], &d.components[1], &d.components[2]
	ratio, known = ratios[[2]int{d.hMax / cb.h, d.vMax / cb.v}]
	return ratio, known && y.h == d.hMax && y.v == d.vMax && cb.h == cr.h && cb.v == cr.v &&
		d.hMax%cb.h == 0 && d.vMax%cb.v == 0
}

// copied is how many bytes a pixel picture takes beside the planes: those of full,
// and of the pixels that are made of them.
func (d *decoder) copied() int64 {
	switch {
	case len(d.components) == 4:
		return 4 + 4
	case d.isRGB():
		return 3 + 4
	case len(d.components) == 3:
		if _, known := d.ratio(); !known {
			return 3
		}
	}
	return 0
}

// ycbcr is the first three components. Where their sampling is none that image.YCbCr knows,
// they are brought to the full size.
func (d *decoder) ycbcr() *image.YCbCr {
	y, cb, cr := &d.components[0], &d.components[1], &d.components[2]
	rect := image.Rect(0, 0, d.width, d.height)
	if ratio, known := d.ratio(); known {
		return &image.YCbCr{Y: y.plane, Cb: cb.plane, Cr: cr.plane, YStride: 8 * y.stride, CStride: 8 * cb.stride,
			SubsampleRatio: ratio, Rect: rect}
	}
	return &image.YCbCr{Y: d.full(y), Cb: d.full(cb), Cr: d.full(cr), YStride: d.width, CStride: d.width,
		SubsampleRatio: image.YCbCrSubsampleRatio444, Rect: rect}
}

// full is a plane with a sample for every pixel, rows as wide as the picture.
func (d *decoder) full(c *component) []byte {
	out := make([]byte, d.width*d.height)
	r := rowsFor(d.width)
	p := plane{pix: c.plane, stride: 8 * c.stride, width: ceil(d.width*c.h, d.hMax), height: ceil(d.height*c.v, d.vMax),
		across: d.hMax / c.h, down: d.vMax / c.v}
	for y := range d.height {
		p.row(y, 0, d.width, r, out[y*d.width:][:d.width])
	}
	rowsPool.Put(r)
	return out
}

func (d *decoder) rgb() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, d.width, d.height))
	for i := range 3 {
		for at, v := range d.full(&d.components[i]) {
			m.Pix[4*at+i] = v
		}
	}
	for at := 3; at < len(m.Pix); at += 4 {
		m.Pix[at] = 255
	}
	return m
}

// cmyk is four components as ink. Adobe's programs, which write nearly all such files, store 255 for no ink; what does
// not say that it is of them is read alike, as everywhere. With a transform the first three are the YCbCr of what the
// ink leaves of the white.
func (d *decoder) cmyk() *image.CMYK {
	m := image.NewCMYK(image.Rect(0, 0, d.width, d.height))
	var planes [4][]byte
	for i := range planes {
		planes[i] = d.full(&d.components[i])
	}
	for at := range planes[0] {
		p := m.Pix[4*at : 4*at+4 : 4*at+4]
		p[0], p[1], p[2], p[3] = planes[0][at], planes[1][at], planes[2][at], planes[3][at]
		if d.adobe && d.adobeTransform != 0 {
			r, g, b := rgb(p[0], p[1], p[2])
			p[0], p[1], p[2] = 255-r, 255-g, 255-b
		}
		p[0], p[1], p[2], p[3] = 255-p[0], 255-p[1], 255-p[2], 255-p[3]
	}
	return m
}
