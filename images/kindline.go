package images

// directions of the lines that are looked for, in whole numbers so that every processor counts alike: (1024 cos,
// 1024 sin) of 0°, 7.5°, … 172.5°.
var directions = [24][2]int{
	{1024, 0}, {1015, 134}, {989, 265}, {946, 392}, {887, 512}, {812, 623}, {724, 724}, {623, 812},
	{512, 887}, {392, 946}, {265, 989}, {134, 1015}, {0, 1024}, {-134, 1015}, {-265, 989}, {-392, 946},
	{-512, 887}, {-623, 812}, {-724, 724}, {-812, 623}, {-887, 512}, {-946, 392}, {-989, 265}, {-1015, 134},
}

// line lays strips of two pixels' width over the picture in all directions, and says how many thin dark pixels the
// fullest has, as a share of the shorter side and less what chance would put there.
func (s *sketch) line() float64 {
	thin := s.thin()
	short := min(s.width, s.height)
	if short < 8 {
		return 0
	}
	most := 0
	var strips [2 * sketchSide]int
	for _, d := range directions {
		clear(strips[:])
		for _, p := range thin {
			strip := (p.dx*d[1]-p.dy*d[0])>>12 + sketchSide
			strips[strip]++
			most = max(most, strips[strip])
		}
	}
	chance := 2 * ratio(len(thin), len(s.luma)) * float64(short)
	return (float64(most) - chance) / float64(short)
}

// A middlePlace is that of a pixel from the middle, as fromMiddle tells it.
type middlePlace struct{ dx, dy int }

// thin are the pixels that have something much darker within than what is around them.
func (s *sketch) thin() (found []middlePlace) {
	for i := range thinPixels(s.luma, s.darkest, s.width, s.thinAt[:]) {
		if x := i % s.width; x > 0 && x < s.width-1 {
			dx, dy := s.fromMiddle(x, i/s.width)
			found = append(found, middlePlace{dx, dy})
		}
	}
	return found
}
