// Package clean makes the bytes of a picture that may be published: they show the same upright pixels, and tell nothing
// of who took it, of whom, where and when.
//
// Of JPEG, PNG and WebP what is not needed for the pixels is left out, and the pixels' own data are copied as they are.
// What stays is listed, not what goes: a segment or chunk that nobody thought of is gone. All other formats, pictures
// with several frames and files that are odd in a way that leaves room for something else are written anew, as PNG.
//
// What stays besides the pixels: how their colours are meant (a valid ICC profile, gAMA, cHRM, sRGB, cICP, Adobe's
// word on what the components are), how wide a pixel is (density), what stands behind transparent ones (bKGD), and the
// orientation, as the one tag of an EXIF block.
//
// The room knows bytes and pixels, no files. What may enter: how a format is cleaned. What is published under which
// name belongs to workflow/build. The first test is TestNothingPlantedIsLeft in clean_test.go.
package clean
