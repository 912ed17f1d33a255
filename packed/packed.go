package packed

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/zeebo/xxh3"
)

// A Table holds a value for each key: about 40 bytes an entry, and the value. Keys are kept as 128 bits of a hash with
// a seed of its own: among a thousand million keys, the chance that any two look equal is below 10⁻²⁰. The zero Table
// is empty and ready. Get may be called from many goroutines while nobody changes the table.
type Table struct {
	seed   uint64
	places map[xxh3.Uint128]uint64 // number of the piece, and place in it
	pieces [][]byte                // values one after another, each behind its length
}

const pieceBytes = 1 << 20

func (t *Table) hash(key []byte) xxh3.Uint128 { return xxh3.Hash128Seed(key, t.seed) }

// Get is the value of a key. It must not be changed, and stays what it is whatever is put later.
func (t *Table) Get(key []byte) (value []byte, known bool) {
	place, known := t.places[t.hash(key)]
	if !known {
		return nil, false
	}
	from := t.pieces[place>>32][uint32(place):]
	size, n := binary.Uvarint(from)
	return from[n : n+int(size) : n+int(size)], true
}

// Put copies a value under a key, in place of what was there. The memory of what was there is not used again.
func (t *Table) Put(key, value []byte) {
	if t.places == nil {
		t.seed, t.places = rand.Uint64(), map[xxh3.Uint128]uint64{}
	}
	last := len(t.pieces) - 1
	if room := binary.MaxVarintLen64 + len(value); last < 0 || cap(t.pieces[last])-len(t.pieces[last]) < room {
		t.pieces = append(t.pieces, make([]byte, 0, max(pieceBytes, room)))
		last++
	}
	t.places[t.hash(key)] = uint64(last)<<32 | uint64(len(t.pieces[last]))
	t.pieces[last] = append(binary.AppendUvarint(t.pieces[last], uint64(len(value))), value...)
}

// Delete takes a key out.
func (t *Table) Delete(key []byte) { delete(t.places, t.hash(key)) }
