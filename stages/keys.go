package stages

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"github.com/zeebo/xxh3"
)

// A keyID stands for a patient or lesion id in 12 bytes. Up to 11 bytes stand as they are, with the length in the last byte. Of longer
// ones it holds 95 bits of a 128-bit hash and a set top bit: among 100 million ids of one space, the chance that any two that differ look
// equal is below 10⁻¹². The zero keyID is no id.
type keyID [3]uint32

const keyInline = 11

// keySeed differs from process to process, so that no file can be made to collide; no answer depends on it.
var keySeed = rand.Uint64()

// keyOf is the keyID of an id that is not empty.
func keyOf(id string) keyID {
	if len(id) > keyInline {
		h := xxh3.HashString128Seed(id, keySeed)
		return keyID{uint32(h.Lo), uint32(h.Lo >> 32), uint32(h.Hi) | 1<<31}
	}
	var b [keyInline + 1]byte
	copy(b[:], id)
	b[keyInline] = byte(len(id))
	return keyID{binary.LittleEndian.Uint32(b[:]), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])}
}

// A keyEntry is a distinct (owner, id) and one of its rows.
type keyEntry struct {
	id    keyID
	owner uint32
	row   int32
}

// A keyTable numbers distinct (owner, id) by first appearance: an open addressing table with linear probing whose slots hold numbers, and
// beside them a byte of the hash each so that probing seldom leaves that array. Keys are compared whole. It takes 20 bytes an entry and 5
// bytes a slot, with 1.14 to 1.5 slots an entry once there are a million (up to 2.3 before).
type keyTable struct {
	entries vector[keyEntry]
	slots   []uint32
	tags    []uint8 // 0: free
}

// number finds (owner, id) or adds it with its first row.
func (t *keyTable) number(owner uint32, id keyID, row int32) (number int, isNew bool) {
	if t.entries.n >= len(t.slots)/8*7 {
		t.grow()
	}
	h := keyHash(owner, id)
	tag := keyTag(h)
	for i := t.first(h); ; {
		switch t.tags[i] {
		case 0:
			t.tags[i], t.slots[i] = tag, uint32(t.entries.n)
			t.entries.add(keyEntry{id, owner, row})
			return t.entries.n - 1, true
		case tag:
			number := int(t.slots[i])
			if e := t.entries.at(number); e.id == id && e.owner == owner {
				return number, false
			}
		}
		if i++; i == len(t.slots) {
			i = 0
		}
	}
}

// grow doubles a small table; one of more than a million slots grows by three tenths, to stay within the bytes promised.
func (t *keyTable) grow() {
	n := max(1024, 2*len(t.slots))
	if len(t.slots) > 1<<20 {
		n = len(t.slots) / 10 * 13
	}
	t.slots, t.tags = nil, nil // for the collector, before the new ones are made
	t.slots, t.tags = make([]uint32, n), make([]uint8, n)
	for number := range t.entries.n {
		e := t.entries.at(number)
		h := keyHash(e.owner, e.id)
		i := t.first(h)
		for t.tags[i] != 0 {
			if i++; i == n {
				i = 0
			}
		}
		t.tags[i], t.slots[i] = keyTag(h), uint32(number)
	}
}

func (t *keyTable) first(hash uint64) int {
	i, _ := bits.Mul64(hash, uint64(len(t.slots)))
	return int(i)
}

func keyTag(hash uint64) uint8 { return uint8(hash) | 1 }

// keyHash only has to spread keys well: answers do not depend on it.
func keyHash(owner uint32, id keyID) uint64 {
	a, b := uint64(id[0])|uint64(id[1])<<32, uint64(id[2])|uint64(owner)<<32
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xd1b54a32d192ed03)
	hi, lo = bits.Mul64(hi^lo^a, 0xa0761d6478bd642f)
	return hi ^ lo
}
