package rows

import "github.com/dermset/dermset/dataset"

// Split is one of the three parts of a dataset.
type Split uint8

const (
	Train Split = iota
	Val
	Test
)

// NoSplit is the split of what is in none.
const NoSplit Split = 255

// String is the split's name, one of dataset.Splits.
func (s Split) String() string { return dataset.Splits[s] }
