package twins

import "github.com/dermset/dermset/images"

// Correlation and Same are what the oracle of the tests is told by the room itself.
var Correlation = correlation

func Same(a, b *images.Square) bool {
	return correlation(a, b) >= alike && detailCorrelation(a, b) >= alikeInDetail
}
