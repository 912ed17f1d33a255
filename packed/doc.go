// Package packed is tables of small values by key, for what has an entry for every picture: a Go map from string to
// string takes two to four times the memory, and the collector follows each of its strings.
//
// Only what holds of any keys and values may enter. What they are, and where they are kept, is for who fills a table:
// io/appendio. The first test is packed_test.go.
package packed
