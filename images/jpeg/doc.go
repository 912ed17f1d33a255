// Package jpeg decodes JPEG pictures: baseline, extended sequential and progressive, Huffman coded, 8 bits a sample, of
// 1, 3 or 4 components, with any sampling in whole numbers. What else the standard allows (arithmetic coding, 12 bits,
// lossless, hierarchical) is an UnsupportedError. Where files of cameras and the standard differ, libjpeg is followed:
// Huffman tables that are left out are the standard's proposal, four components are Adobe's inks.
//
// It is here because the standard library's decoder takes three times the time, six times where there is AVX2, needs
// four bytes for a coefficient of a progressive picture where two do, and does not tell what kind of damage it met. It
// is strict: every Huffman code must be one of the table, every coefficient within its block, every block there.
// ErrTruncated is data that end before the last block; a picture of which every block is there and the end marker is
// not is whole, and says so (Picture.MissingEOI). As everywhere, damage that happens to make valid codes goes
// unseen: JPEG has no checksum.
//
// Samples are those of libjpeg's integer transform (islow), and RGBRow makes of them the colours that libjpeg-turbo
// makes unless it is told otherwise, bit for bit: what most other programs see.
//
// Only what turns JPEG data into samples, and these into colours, may enter. Orientation, limits and verdicts belong
// to images. The first test is TestAgreesWithStandardLibrary in jpeg_test.go.
package jpeg
