package packed

import (
	"math/bits"
	"math/rand/v2"

	"github.com/zeebo/xxh3"
)

// Numbers holds a number for each key, in 18 to 24 bytes an entry (up to 37 while there are few), however long the keys
// are. Of a key it keeps 95 bits of a hash with a seed of its own: among 100 million keys, the chance that any two look
// equal is below 10⁻¹². The zero Numbers is empty and ready. One goroutine uses it; Get may be called from many while
// nobody puts.
type Numbers struct {
	seed  uint64
	slots []numbered // open addressing with linear probing
	n     int
}

// A numbered is free where it is zero: the hash of a key has the top bit of its last word set.
type numbered struct{ lo, mid, hi, number uint32 }

// Len is how many keys there are.
func (t *Numbers) Len() int { return t.n }

// Put gives a key its number, unless it has one. It returns the number that it has now, and whether that is new.
func (t *Numbers) Put(key []byte, number uint32) (is uint32, isNew bool) {
	if t.n >= len(t.slots)/8*7 {
		t.grow()
	}
	h := t.hash(key)
	s := t.find(h)
	if s.hi != 0 {
		return s.number, false
	}
	t.n++
	h.number = number
	*s = h
	return number, true
}

// Get is the number of a key.
func (t *Numbers) Get(key []byte) (number uint32, known bool) {
	if t.n == 0 {
		return 0, false
	}
	s := t.find(t.hash(key))
	return s.number, s.hi != 0
}

func (t *Numbers) hash(key []byte) numbered {
	h := xxh3.Hash128Seed(key, t.seed)
	return numbered{lo: uint32(h.Lo), mid: uint32(h.Lo >> 32), hi: uint32(h.Hi) | 1<<31}
}

// find is the slot of a key, or the free one where it would be.
func (t *Numbers) find(h numbered) *numbered {
	at, _ := bits.Mul64(uint64(h.mid)<<32|uint64(h.lo), uint64(len(t.slots)))
	for {
		s := &t.slots[at]
		if s.hi == 0 || s.lo == h.lo && s.mid == h.mid && s.hi == h.hi {
			return s
		}
		if at++; at == uint64(len(t.slots)) {
			at = 0
		}
	}
}

// grow doubles few slots; more than a million grow by three tenths, to stay within the bytes promised.
func (t *Numbers) grow() {
	if t.slots == nil {
		t.seed = rand.Uint64()
	}
	n := max(1024, 2*len(t.slots))
	if len(t.slots) >= 1<<20 {
		n = len(t.slots) / 10 * 13
	}
	old := t.slots
	t.slots = make([]numbered, n)
	for _, s := range old {
		if s.hi != 0 {
			*t.find(s) = s
		}
	}
}
