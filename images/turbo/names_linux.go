//go:build turbo

package turbo

// The zero is the version of its interface; versions 2 and 3 have the same.
var names = []string{"libturbojpeg.so.0"}
