package images

import "golang.org/x/sys/cpu"

var hasVectors = cpu.X86.HasAVX2

//go:noescape
func halveAVX2(into, upper, lower *uint8, count int)

func halveVectors(into, upper, lower []uint8) (done int) {
	count := len(into) / 16
	if !hasVectors || count == 0 {
		return 0
	}
	upper, lower = upper[:2*len(into)], lower[:2*len(into)]
	halveAVX2(&into[0], &upper[0], &lower[0], count)
	return 16 * count
}

//go:noescape
func addColumnsAVX2(even, odd *uint64, row *uint8, count, times int)

func addColumnsVectors(even, odd []uint64, row []uint8, times int) (done int) {
	count := len(row) / 32
	if !hasVectors || count == 0 {
		return 0
	}
	even, odd = even[:4*count], odd[:4*count]
	addColumnsAVX2(&even[0], &odd[0], &row[0], count, times)
	return 32 * count
}

//go:noescape
func spillAVX2(sums *uint32, even, odd *uint64, count int)

// spillVectors says how many words are done.
func spillVectors(sums []uint32, even, odd []uint64) (done int) {
	count := len(even) / 2
	if !hasVectors || count == 0 {
		return 0
	}
	sums, odd = sums[:16*count], odd[:2*count]
	spillAVX2(&sums[0], &even[0], &odd[0], count)
	return 2 * count
}

//go:noescape
func stepsAVX2(line *uint8, count int) (sum uint64)

func stepsVectors(line []uint8) (sum, done int) {
	count := (len(line) - 1) / 32
	if !hasVectors || count <= 0 {
		return 0, 0
	}
	return int(stepsAVX2(&line[0], count)), 32 * count
}

// boxes are how boxes of so many bytes and lines are averaged.
type boxes struct {
	k                  uint64
	sums, darks, means [16]uint8 // shuffles
	half, factor       uint32    // as mean has them, of 16 bits: exact for so few
}

// boxesOf are those of k bytes and so many lines.
var boxesOf = func() (of [mostBox + 1][mostBox + 1]boxes) {
	for k := 2; k <= mostBox; k++ {
		for rows := 1; rows <= mostBox; rows++ {
			b := &of[k][rows]
			*b = boxes{k: uint64(k), half: uint32(k * rows / 2), factor: uint32((1<<16 + k*rows - 1) / (k * rows))}
			for i := range 16 {
				b.sums[i], b.darks[i], b.means[i] = uint8(i/4*k+i%4), uint8(i/4*k+i%4), uint8(4*i)
				if i%4 >= k {
					b.sums[i], b.darks[i] = 0x80, uint8(i/4*k)
				}
				if i >= 4 {
					b.means[i] = 0x80
				}
			}
		}
	}
	return of
}()

//go:noescape
func boxesAVX2(means, darkest, lines *uint8, stride, rows, count int, b *boxes)

func boxRowVectors(means, darkest, lines []uint8, width, stride, rows, k int) (done int) {
	if !hasVectors || k < 2 || k > mostBox {
		return 0
	}
	last := lines[(rows-1)*stride:]
	count := min(width/k, 8+(len(last)-4*k-16)/k) // the last 8 are read in two parts of 16 bytes
	if count < 8 || len(last) < 4*k+16 {
		return 0
	}
	boxesAVX2(&means[:count][0], &darkest[:count][0], &lines[0], stride, rows, count, &boxesOf[k][rows])
	return count
}

// slopeLanes are the sums of slopesAVX2, not yet added up.
type slopeLanes struct {
	alongSides, all, byDistance [8]uint32
	steep, level                [16]uint16
	across                      [2]uint64
}

//go:noescape
func slopesAVX2(sums *slopeLanes, luma, within *uint8, away *uint16, width, count int)

// slopesAtOnce is how many times 16 pixels' sums the lanes hold.
const slopesAtOnce = 32

func (s *slopeSums) addVectors(luma, within []uint8, away []uint16, width int) (done int) {
	if !hasVectors {
		return 0
	}
	for last := len(luma) - width; last-done >= 16; {
		count := min((last-done)/16, slopesAtOnce)
		var lanes slopeLanes
		slopesAVX2(&lanes, &luma[done], &within[:last][done], &away[:last][done], width, count)
		for i, v := range lanes.all {
			s.all += int(v)
			s.alongSides += int(lanes.alongSides[i])
			s.byDistance += int(lanes.byDistance[i])
		}
		for i, v := range lanes.steep {
			s.steep += int(v)
			s.level += int(lanes.level[i])
		}
		s.across += int(lanes.across[0] + lanes.across[1])
		done += 16 * count
	}
	return done
}

//go:noescape
func bendsAVX2(into *uint16, luma *uint8, width, count int)

func bendsVectors(bends []uint16, luma []uint8, width int) (done int) {
	count := (len(luma) - 2*width) / 16
	if !hasVectors || count <= 0 {
		return 0
	}
	bendsAVX2(&bends[:width+16*count][width], &luma[width], width, count)
	return 16 * count
}

//go:noescape
func thinAVX2(found *uint32, luma, darkest *uint8, width, count int)

// thinVectors finds a bit for each pixel of those that are done, from the second row on; how many words it has.
func thinVectors(found []uint32, luma, darkest []uint8, width int) (words int) {
	count := (len(luma) - 2*width) / 32
	if !hasVectors || count <= 0 {
		return 0
	}
	thinAVX2(&found[:count][0], &luma[width], &darkest[:width+32*count][width], width, count)
	return count
}

// A skinRule is the rule of skin as skinAVX2 takes it.
type skinRule struct {
	ranges [6]uint8 // least, and how much more: of luma, Cb and Cr
	crs    uint16
	none   [16]uint16
}

var skinVectors = func() *skinRule {
	rule := &skinRule{ranges: [6]uint8{skinLeastY, skinMostY - skinLeastY, skinLeastCb, skinMostCb - skinLeastCb,
		skinLeastCr, skinMostCr - skinLeastCr}, crs: skinCrs}
	for i := range rule.none {
		rule.none[i] = noSkin(i)
	}
	return rule
}()

//go:noescape
func skinAVX2(chroma, sums *uint16, found *uint32, luma, cb, cr, out *uint8, stride, count int, rule *skinRule)

func (s *skinRow) lookVectors(luma, cb, cr []uint8) (done int) {
	count := min(len(s.chroma), len(luma)) / 32
	if !hasVectors || count == 0 {
		return 0
	}
	skinAVX2(&s.chroma[0], &s.sums[0], &s.found[0], &luma[0], &cb[:len(luma)][0], &cr[:len(luma)][0],
		&s.out[:32*count][0], len(s.chroma), count, skinVectors)
	return 32 * count
}
