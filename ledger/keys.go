package ledger

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"github.com/zeebo/xxh3"
)

// A keyID stands for a patient or lesion id in 12 bytes. Up to 11 bytes stand as they are, with the length in the last
// byte. Of longer ones it holds 95 bits of a 128-bit hash and a set top bit: among 100 million ids of one space, the
// chance that any two that differ look equal is below 10⁻¹². The zero keyID is no id.
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

// A keyTable numbers distinct (owner, id) by first appearance, over all spaces. Sources of other spaces never look at a
// space's slots, so that a source's rows find theirs in the cache. It takes 20 bytes an entry and 5 bytes a slot, with
// 1.14 to 1.5 slots an entry in spaces of more than a million (up to 2.3 in others).
//
// A map per space would do the same. It takes 21 bytes more an entry, which the promise of 100 bytes a row has no room
// for, and of the CPU of a build of the tables 2.5 % more with a million rows and 4.5 % with ten million.
type keyTable struct {
	entries vector[keyEntry]
	spaces  []keySlots
}

// keySlots are the numbers of one space's entries: open addressing with linear probing, and beside the numbers a byte
// of the hash each so that probing seldom leaves that array. Keys are compared whole.
type keySlots struct {
	slots []uint32
	tags  []uint8  // 0: free
	used  int      // entries
	runs  [][2]int // from and to of the space's numbers, which stand together but for what other spaces add between
}

// number finds (owner, id) of a space or adds it with its first row.
func (t *keyTable) number(space, owner uint32, id keyID, row int32) (number int, isNew bool) {
	s := &t.spaces[space]
	if s.used >= len(s.slots)/8*7 {
		t.grow(s)
	}
	h := keyHash(owner, id)
	tag := keyTag(h)
	for i := s.first(h); ; {
		switch s.tags[i] {
		case 0:
			number := t.entries.n
			s.tags[i], s.slots[i] = tag, uint32(number)
			s.add(number)
			t.entries.add(keyEntry{id, owner, row})
			return number, true
		case tag:
			number := int(s.slots[i])
			if e := t.entries.at(number); e.id == id && e.owner == owner {
				return number, false
			}
		}
		if i++; i == len(s.slots) {
			i = 0
		}
	}
}

// add notes that a number is one of the space's.
func (s *keySlots) add(number int) {
	s.used++
	if last := len(s.runs) - 1; last >= 0 && s.runs[last][1] == number {
		s.runs[last][1]++
		return
	}
	s.runs = append(s.runs, [2]int{number, number + 1})
}

// grow doubles few slots; more than a million grow by three tenths, to stay within the bytes promised.
func (t *keyTable) grow(s *keySlots) {
	n := max(1024, 2*len(s.slots))
	if len(s.slots) > 1<<20 {
		n = len(s.slots) / 10 * 13
	}
	s.slots, s.tags = nil, nil // for the collector, before the new ones are made
	s.slots, s.tags = make([]uint32, n), make([]uint8, n)
	for _, run := range s.runs {
		for number := run[0]; number < run[1]; number++ {
			e := t.entries.at(number)
			h := keyHash(e.owner, e.id)
			i := s.first(h)
			for s.tags[i] != 0 {
				if i++; i == n {
					i = 0
				}
			}
			s.tags[i], s.slots[i] = keyTag(h), uint32(number)
		}
	}
}

func (s *keySlots) first(hash uint64) int {
	i, _ := bits.Mul64(hash, uint64(len(s.slots)))
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
