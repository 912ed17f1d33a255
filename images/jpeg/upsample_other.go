//go:build !amd64

package jpeg

func doubled(into, near, far []uint8, n int) { doubledGo(into, near, far, n) }

func stretched(into, near []uint8, n int) { stretchedGo(into, near, n) }

func paint(into, luma, cb, cr []uint8) { paintGo(into, luma, cb, cr) }
