package arrowio

// A dictionary numbers values in order of first appearance.
type dictionary struct {
	codes   map[string]int32
	offsets []int32 // of the values in text, and the end
	text    []byte
}

func newDictionary() *dictionary {
	return &dictionary{codes: make(map[string]int32, 32), offsets: make([]int32, 1, 33), text: make([]byte, 0, 512)}
}

func (d *dictionary) code(value []byte) int32 {
	code, known := d.codes[string(value)]
	if !known {
		code = int32(len(d.codes))
		d.codes[string(value)] = code
		d.text = append(d.text, value...)
		d.offsets = append(d.offsets, int32(len(d.text)))
	}
	return code
}
