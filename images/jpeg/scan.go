package jpeg

import "slices"

// zigzag takes the place of a coefficient in the data to its place in the block.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// A part is one component of a scan.
type part struct {
	*component
	dc, ac *huffman
	last   int32 // the DC value before

	// For whole.
	pairs        *[1 << pairBits]uint64
	targets      [64]target
	across, down int // blocks in an MCU
}

// A scanner decodes one scan.
type scanner struct {
	*decoder
	bits       bitReader
	parts      []part
	from, to   int // coefficients, in zigzag order
	high, low  uint
	endOfBand  int // blocks whose band is known to hold no new coefficient (progressive)
	blockOf    func(s *scanner, p *part, x, y int) error
	restartsIn int
	restart    byte // the next restart marker's number
}

// scan reads a scan header and the scan behind it.
func (d *decoder) scan(body []byte) error {
	if !d.framed {
		return malformed("has a scan before its frame header")
	}
	if d.scans++; d.scans > maxScans {
		return malformed("has more than %d scans", maxScans)
	}
	if !d.progressive && d.scans == 1 {
		d.standardTables()
	}
	s := &scanner{decoder: d}
	if err := s.header(body); err != nil {
		return err
	}
	if err := s.choose(); err != nil {
		return err
	}
	d.allocate()
	if d.progressive || d.careful || !s.whole() {
		d.careful = true
		if err := s.run(); err != nil {
			return err
		}
	}
	for _, p := range s.parts {
		for k := s.from; k <= s.to; k++ {
			p.exact[k] = uint8(s.low)
		}
	}
	return nil
}

func (s *scanner) header(body []byte) error {
	n := 0
	if len(body) > 0 {
		n = int(body[0])
	}
	if n < 1 || n > 4 || len(body) != 4+2*n {
		return malformed("a scan header of %d bytes for %d components", len(body), n)
	}
	blocks := 0
	for i := range n {
		id, tables := body[1+2*i], body[2+2*i]
		p := part{}
		// As in libjpeg, the n-th of a scan is none of the first n-1 of the picture, so that they cannot change places.
		for j := min(i, len(s.components)); j < len(s.components) && p.component == nil; j++ {
			if s.components[j].id == id {
				p.component = &s.components[j]
			}
		}
		if p.component == nil || tables>>4 > 3 || tables&15 > 3 {
			return malformed("a scan of component %d with Huffman tables %d and %d", id, tables>>4, tables&15)
		}
		if slices.ContainsFunc(s.parts, func(before part) bool { return before.component == p.component }) {
			return malformed("a scan has component %d twice", id)
		}
		p.dc, p.ac = s.dc[tables>>4], s.ac[tables&15]
		if p.quant == nil && !s.quantKnown[p.table] {
			return malformed("component %d has quantisation table %d, which is missing", id, p.table)
		}
		if p.quant == nil {
			table := s.quant[p.table]
			p.quant = &table
		}
		s.parts = append(s.parts, p)
		blocks += p.h * p.v
	}
	if n > 1 && blocks > mostBlocks {
		return malformed("a scan of %d blocks in an MCU, want at most %d", blocks, mostBlocks)
	}
	rest := body[1+2*n:]
	s.from, s.to, s.high, s.low = int(rest[0]), int(rest[1]), uint(rest[2]>>4), uint(rest[2]&15)
	return nil
}

// choose finds how blocks of this scan are read, and whether the tables for it are there.
func (s *scanner) choose() error {
	if !s.progressive {
		s.from, s.to, s.high, s.low = 0, 63, 0, 0
		s.blockOf = (*scanner).sequential
	} else {
		if s.from > s.to || s.to > 63 || s.from == 0 && s.to != 0 || s.from > 0 && len(s.parts) > 1 ||
			s.low > 13 || s.high > 0 && s.high != s.low+1 {
			return malformed("a scan of coefficients %d to %d, bits %d to %d, of %d components",
				s.from, s.to, s.high, s.low, len(s.parts))
		}
		switch {
		case s.from == 0 && s.high == 0:
			s.blockOf = (*scanner).firstDC
		case s.from == 0:
			s.blockOf = (*scanner).refineDC
		case s.high == 0:
			s.blockOf = (*scanner).firstAC
		default:
			s.blockOf = (*scanner).refineAC
		}
	}
	for _, p := range s.parts {
		if err := s.usable(&p); err != nil {
			return err
		}
		if s.progressive && p.exact[s.from] != 255 && s.high == 0 {
			return malformed("component %d has coefficient %d in two first scans", p.id, s.from)
		}
		for k := s.from; s.high > 0 && k <= s.to; k++ {
			if uint(p.exact[k]) != s.high {
				return malformed("component %d has a scan that refines bit %d of coefficient %d before its time", p.id, s.high, k)
			}
		}
	}
	return nil
}

// usable says what is wrong with the Huffman tables that a component needs in this scan.
func (s *scanner) usable(p *part) error {
	dc, ac := s.from == 0 && s.high == 0, s.to > 0
	switch {
	case dc && p.dc == nil, ac && p.ac == nil:
		return malformed("a scan of component %d needs a Huffman table that is missing", p.id)
	case dc && p.dc.broken != nil:
		return p.dc.broken
	case ac && p.ac.broken != nil:
		return p.ac.broken
	}
	return nil
}

// allocate takes the memory of all components, once.
func (d *decoder) allocate() {
	if !d.progressive && d.planes == nil {
		d.takePlanes()
	}
	for i := range d.components {
		if c := &d.components[i]; d.progressive && c.coef == nil {
			c.coef = make([]int16, 64*c.stride*c.rows)
		}
	}
}

// run goes over a scan, and says what is wrong with it.
func (s *scanner) run() error {
	s.bits = bitReader{data: s.data, pos: s.pos}
	if err := s.blocks(); err != nil {
		return err
	}
	leftOver := s.bits.atMarker()
	s.pos = s.bits.pos
	if leftOver {
		s.pos-- // so that the next marker is known not to follow at once
	}
	return nil
}

// blocks goes over the blocks of a scan: of several components in MCUs, of one in its own rows.
func (s *scanner) blocks() error {
	s.restartsIn = s.interval
	if len(s.parts) == 1 {
		p := &s.parts[0]
		for y := range p.high {
			for x := range p.wide {
				if err := s.restartIfDue(); err != nil {
					return err
				}
				if err := s.blockOf(s, p, x, y); err != nil {
					return err
				}
			}
			if s.bits.over() {
				return s.early()
			}
		}
		return nil
	}
	for y := range s.mcusY {
		for x := range s.mcusX {
			if err := s.restartIfDue(); err != nil {
				return err
			}
			if err := s.mcu(x, y); err != nil {
				return err
			}
		}
		if s.bits.over() {
			return s.early()
		}
	}
	return nil
}

func (s *scanner) mcu(x, y int) error {
	for i := range s.parts {
		p := &s.parts[i]
		for v := range p.v {
			for h := range p.h {
				if err := s.blockOf(s, p, x*p.h+h, y*p.v+v); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// early is the error of a scan whose data end before its blocks.
func (s *scanner) early() error {
	rest := s.data[s.bits.pos:]
	if len(rest) >= 2 && rest[1] != eoi {
		return malformed("a marker 0x%02x before the end of the scan", rest[1])
	}
	return ErrTruncated
}

// bad is the error of data that hold no valid code; where they are zeros made up behind the end,
// the end is what is wrong.
func (s *scanner) bad(what string) error {
	if s.bits.over() || s.bits.fake > 0 && s.bits.n-s.bits.fake < 32 {
		return s.early()
	}
	return FormatError(what)
}

// restartIfDue goes over a restart marker. As in libjpeg, bytes in front of it are skipped;
// it must be the one that is due.
func (s *scanner) restartIfDue() error {
	if s.interval == 0 {
		return nil
	}
	if s.restartsIn > 0 {
		s.restartsIn--
		return nil
	}
	if s.bits.over() {
		return s.early()
	}
	s.restartsIn = s.interval - 1
	leftOver := s.bits.atMarker()
	s.pos = s.bits.pos
	marker, err := s.marker()
	if err != nil {
		return ErrTruncated
	}
	s.extra = s.extra || leftOver || s.skipped
	if marker != rst0+s.restart {
		s.bits.pos = s.pos - 2
		return s.early()
	}
	s.bits.pos = s.pos
	s.restart = (s.restart + 1) & 7
	s.endOfBand = 0
	for i := range s.parts {
		s.parts[i].last = 0
	}
	return nil
}

// sequential reads a block and transforms it at once.
func (s *scanner) sequential(p *part, x, y int) error {
	dc, err := s.readDC(p)
	if err != nil {
		return err
	}
	dst := p.plane[(y*p.stride*8+x)*8:]
	var b block
	any, err := s.readAC(p, &b)
	if err != nil {
		return err
	}
	b[0] = dc * int32(p.quant[0])
	b.samples(any, dst, p.stride*8)
	return nil
}

// readDC reads a difference and adds it to the value before.
func (s *scanner) readDC(p *part) (int32, error) {
	r := &s.bits
	r.need()
	e := p.dc.fast[r.acc>>(64-fastBits)]
	if e == 0 {
		if e = p.dc.long(r.acc, false); e == 0 {
			return 0, s.bad("a code that is not in the Huffman table")
		}
	}
	taken := uint(e & 0xff)
	r.acc <<= taken
	r.n -= taken
	p.last += e >> 16
	return p.last, nil
}

// readAC reads the other coefficients of a sequential block, multiplied. any says whether there are some.
func (s *scanner) readAC(p *part, b *block) (any bool, err error) {
	r := &s.bits
	acc, n := r.acc, r.n
	for k := 1; k < 64; k++ {
		if n < 32 {
			r.acc, r.n = acc, n
			r.refill()
			acc, n = r.acc, r.n
		}
		e := p.ac.fast[acc>>(64-fastBits)]
		if e == 0 {
			if e = p.ac.long(acc, true); e == 0 {
				r.acc, r.n = acc, n
				return false, s.bad("a code that is not in the Huffman table")
			}
		}
		taken := uint(e & 0xff)
		acc <<= taken
		n -= taken
		run := int(e >> 8 & 0xff)
		k += run
		if k > 63 {
			if run != endOfBlock {
				r.acc, r.n = acc, n
				return false, s.bad("a block with more than 64 coefficients")
			}
			break
		}
		at := zigzag[k&63]
		b[at&63] = (e >> 16) * int32(p.quant[k&63])
		any = true
	}
	r.acc, r.n = acc, n
	return any, nil
}
