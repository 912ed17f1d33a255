//go:build !amd64

package jpeg

func idct(b *block, dst []byte, stride int) { idctGo(b, dst, stride) }
