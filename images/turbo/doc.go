//go:build turbo

// Package turbo decodes JPEGs with libturbojpeg, which it loads when it is first needed: version 2.1 or 3 of the library that Debian calls
// libturbojpeg0. It is part of programs built with -tags turbo alone, since whoever loads libraries is not static.
//
// The library is C, and pictures come from strangers. It gets those alone that our own decoder has read to the end and found to be whole
// (jpeg.Proven), into planes with room for every block, and says nothing that a verdict depends on: a picture that it does not take without
// a warning is decoded by images/jpeg.
package turbo
