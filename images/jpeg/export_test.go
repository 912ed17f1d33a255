package jpeg

import (
	"bytes"
	"image"
)

// DecodeCarefully is Decode without the short cut for scans that are whole.
func DecodeCarefully(data []byte) (Picture, error) {
	d := &decoder{data: data, careful: true}
	return d.decode()
}

// DecodesWhole says whether Decode takes the short cut for all scans.
func DecodesWhole(data []byte) bool {
	d := &decoder{data: data}
	_, err := d.decode()
	return err == nil && !d.careful
}

// MadeOnce says whether the Huffman code with a definition is made the first time alone,
// whatever becomes of the data that had it.
func MadeOnce(definition []byte, isAC bool) bool {
	data := bytes.Clone(definition)
	first := huffmanOf(data, isAC)
	clear(data)
	return huffmanOf(definition, isAC) == first
}

// Sharing is how many pixels across and down share a chroma sample.
func Sharing(ratio image.YCbCrSubsampleRatio) image.Point { return sharings[ratio] }
