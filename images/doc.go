// Package images looks at one picture: what it is, whether all of it is there, and what later steps need to know of it.
//
// Decode decodes a picture once, whole. Its verdict is the first that applies, in the order of the constants; its facts
// (size, orientation, hashes) hold for the bytes it was given, whatever the limits.
//
// Bytes come from strangers. The header is read by this package alone, before a decoder is called, so that no picture
// over the limit of pixels takes memory; a decoder that panics, or does not end,
// is that picture's verdict and nobody else's trouble.
//
// What it gave is looked at without opening anything again: Reduce makes an upright picture small, ToneOf tells the
// colour of its skin, PixelSum tells pictures of the same pixels, MaskOf reads a mask, whose components CropRule makes
// boxes of. All are functions of their arguments alone.
//
// The room knows no files, no network and no Arrow.
//
// What may enter: a format, or a fact that one picture's bytes tell. A question that is asked of many pictures is a
// looker in pictures; which pictures count is decided in workflow. The first test is TestVerdicts in verdicts_test.go.
package images
