package images

// A Square is the upright picture's brightness in 32×32, as the hash looks at it; rows from the top.
type Square [hashSide][hashSide]uint8
