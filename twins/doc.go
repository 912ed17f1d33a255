// Package twins finds pictures that show the same: near-duplicates among perceptual hashes of 64 bits, in the eight
// orientations, each confirmed on squares of brightness.
//
// Hashes within a radius of R bits agree in three of R+3 blocks: by these they are brought together and compared
// (tables.go). Where too many agree, only those are compared that are alike in detail too (clumps.go); the report says
// so. Candidates are confirmed by two correlations (confirm.go); docs/twins.md has what is found, what is not, and how
// thresholds were chosen.
//
// All is a function of its arguments: the same edges for any number of workers, and for any order of the pictures but
// for their numbers. The room knows no files, no settings and no Arrow.
//
// What may enter: how pictures are held against each other. Which edges join groups, and what a person said of them,
// is decided in workflow. The first test is TestSearchAgreesWithTheOracle in twins_test.go.
package twins
