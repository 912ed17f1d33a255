package jpeg

import "fmt"

// The four kinds of scan of a progressive picture (ITU T.81, G). Coefficients are kept in zigzag order, not multiplied.

// firstDC reads the high bits of a block's DC value.
func (s *scanner) firstDC(p *part, x, y int) error {
	dc, err := s.readDC(p)
	p.coef[64*(y*p.stride+x)] = int16(dc << s.low)
	return err
}

// refineDC reads one further bit.
func (s *scanner) refineDC(p *part, x, y int) error {
	s.bits.need()
	p.coef[64*(y*p.stride+x)] |= int16(s.bits.take(1) << s.low)
	return nil
}

// firstAC reads the high bits of a band of coefficients.
func (s *scanner) firstAC(p *part, x, y int) error {
	if s.endOfBand > 0 {
		s.endOfBand--
		return nil
	}
	coef := p.block(x, y)
	for k := s.from; k <= s.to; k++ {
		s.bits.need()
		symbol, length := p.ac.symbol(s.bits.acc)
		if length == 0 {
			return s.bad("a code that is not in the Huffman table")
		}
		s.bits.take(length)
		run, size := int(symbol>>4), uint(symbol&15)
		if size == 0 && run < 15 {
			s.endOfBand = 1<<run - 1 + int(s.bits.take(uint(run)))
			return nil
		}
		if k += run; k > s.to {
			return s.bad("a block with more coefficients than its scan")
		}
		coef[k] = int16(extend(int32(s.bits.take(size)), int(size)) << s.low)
	}
	return nil
}

// refineAC reads one further bit of the coefficients of a band that are not zero, and those that become so.
func (s *scanner) refineAC(p *part, x, y int) error {
	coef := p.block(x, y)
	k := s.from
	for ; s.endOfBand == 0 && k <= s.to; k++ {
		s.bits.need()
		symbol, length := p.ac.symbol(s.bits.acc)
		if length == 0 {
			return s.bad("a code that is not in the Huffman table")
		}
		s.bits.take(length)
		run, size := int(symbol>>4), symbol&15
		value := int16(0)
		switch {
		case size == 1:
			value = -1 << s.low
			if s.bits.take(1) == 1 {
				value = 1 << s.low
			}
		case size != 0:
			return s.bad("a refining scan with a coefficient of more than one bit")
		case run < 15:
			s.endOfBand = 1<<run + int(s.bits.take(uint(run)))
		}
		if s.endOfBand > 0 {
			break
		}
		if k = s.refine(coef, k, run); k > s.to && value != 0 {
			return s.bad("a block with more coefficients than its scan")
		}
		if value != 0 {
			coef[k] = value
		}
	}
	if s.endOfBand > 0 {
		s.endOfBand--
		s.refine(coef, k, 64)
	}
	return nil
}

// refine reads a bit for every coefficient from k on that is not zero, until it has passed as many zeros as zeros says
// and stands at another, or behind the band.
func (s *scanner) refine(coef []int16, k, zeros int) int {
	delta := int16(1) << s.low
	for ; k <= s.to; k++ {
		c := coef[k]
		if c == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		s.bits.need()
		if s.bits.take(1) == 1 && c&delta == 0 {
			if c > 0 {
				coef[k] += delta
			} else {
				coef[k] -= delta
			}
		}
	}
	return k
}

// block is the coefficients of a block.
func (c *component) block(x, y int) []int16 {
	at := 64 * (y*c.stride + x)
	return c.coef[at : at+64]
}

// finish makes the samples of a progressive picture, and proves that no component was left out.
func (d *decoder) finish() error {
	if d.progressive {
		d.takePlanes()
	}
	for i := range d.components {
		c := &d.components[i]
		if c.exact[0] == 255 {
			return fmt.Errorf("%w: there is no scan of component %d", ErrTruncated, c.id)
		}
		if !d.progressive {
			continue
		}
		for y := range c.rows {
			for x := range c.stride {
				d.transform(c, x, y)
			}
		}
		c.coef = nil
	}
	return nil
}

func (d *decoder) transform(c *component, x, y int) {
	var b block
	quant := c.quant
	any := int16(0)
	for k, v := range c.block(x, y) {
		if v != 0 {
			b[zigzag[k]] = int32(v) * int32(quant[k])
			if k > 0 {
				any |= v
			}
		}
	}
	dst := c.plane[(y*c.stride*8+x)*8:]
	b.samples(any != 0, dst, c.stride*8)
}
