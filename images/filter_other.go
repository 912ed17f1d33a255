//go:build !amd64

package images

type vectors struct{}

func vectorsOf(*weights, int) vectors { return vectors{} }

func dots(lines *[4][]uint8, w *weights) [4]int64 { return dotsGo(lines, w) }
