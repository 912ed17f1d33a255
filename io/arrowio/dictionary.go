package arrowio

import (
	"bytes"
	"hash/maphash"
)

// A dictionary numbers values in order of first appearance: open addressing, at most half full.
type dictionary struct {
	slots   []slot
	offsets []int32 // of the values in text, and the end
	text    []byte
	empty   int32 // the code of the empty value, or -1
}

// A slot holds a value's code plus one, 0 if free, and the upper half of its hash.
type slot struct{ code, hash uint32 }

// seed differs from process to process, so that no file can be made to collide; it changes no code.
var seed = maphash.MakeSeed()

func newDictionary() *dictionary {
	return &dictionary{slots: make([]slot, 64), offsets: make([]int32, 1, 33), text: make([]byte, 0, 512), empty: -1}
}

func (d *dictionary) code(value []byte) int32 {
	if len(value) == 0 {
		if d.empty < 0 {
			d.empty = d.add(value)
		}
		return d.empty
	}
	hash := maphash.Bytes(seed, value)
	mask := uint64(len(d.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := &d.slots[i]
		if s.code == 0 {
			code := d.add(value)
			*s = slot{uint32(code) + 1, uint32(hash >> 32)}
			if len(d.offsets) > len(d.slots)/2 {
				d.grow()
			}
			return code
		}
		if s.hash == uint32(hash>>32) && bytes.Equal(d.value(s.code-1), value) {
			return int32(s.code - 1)
		}
	}
}

func (d *dictionary) value(code uint32) []byte { return d.text[d.offsets[code]:d.offsets[code+1]] }

func (d *dictionary) add(value []byte) int32 {
	d.text = append(d.text, value...)
	d.offsets = append(d.offsets, int32(len(d.text)))
	return int32(len(d.offsets) - 2)
}

func (d *dictionary) grow() {
	d.slots = make([]slot, 4*len(d.slots))
	mask := uint64(len(d.slots) - 1)
	for code := range uint32(len(d.offsets) - 1) {
		value := d.value(code)
		if len(value) == 0 {
			continue
		}
		hash := maphash.Bytes(seed, value)
		i := hash & mask
		for d.slots[i].code != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = slot{code + 1, uint32(hash >> 32)}
	}
}
