//go:build turbo

package turbo

// Where Homebrew and MacPorts have it the loader does not look.
var names = []string{"libturbojpeg.0.dylib", "/opt/homebrew/lib/libturbojpeg.0.dylib", "/usr/local/lib/libturbojpeg.0.dylib", "/opt/local/lib/libturbojpeg.0.dylib"}
