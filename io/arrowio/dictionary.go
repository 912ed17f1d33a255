package arrowio

// A dictionary numbers values in order of first appearance.
type dictionary struct {
	codes   map[string]int32
	offsets []int32 // of the values in text, and the end
	text    []byte
	last    int32 // the code asked for last: rows of a kind stand together, and many columns are empty
}

func newDictionary() *dictionary {
	return &dictionary{codes: make(map[string]int32, 32), offsets: make([]int32, 1, 33), text: make([]byte, 0, 512)}
}

func (d *dictionary) code(value []byte) int32 {
	if last := int(d.last); last < len(d.codes) && string(value) == string(d.text[d.offsets[last]:d.offsets[last+1]]) {
		return d.last
	}
	code, known := d.codes[string(value)]
	if !known {
		code = int32(len(d.codes))
		d.codes[string(value)] = code
		d.text = append(d.text, value...)
		d.offsets = append(d.offsets, int32(len(d.text)))
	}
	d.last = code
	return code
}
