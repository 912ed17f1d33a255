package parquetio

import (
	"math/bits"
	"sync"
)

// blocks are the memory of chunks that are written, for later chunks of this file or another:
// by the power of two that each can hold.
var blocks [64]sync.Pool

// moveBlock moves bytes to a block with room for n.
func moveBlock(b []byte, n int) []byte {
	class := bits.Len(uint(max(n, 1) - 1))
	var to []byte
	if spare, ok := blocks[class].Get().(*[]byte); ok {
		to = (*spare)[:0]
	} else {
		to = make([]byte, 0, 1<<class)
	}
	to = append(to, b...)
	freeBlock(b)
	return to
}

// freeBlock gives a block away. It takes nothing but what moveBlock gave.
func freeBlock(b []byte) {
	if cap(b) > 0 {
		blocks[bits.Len(uint(cap(b)-1))].Put(&b)
	}
}
