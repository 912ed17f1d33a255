//go:build turbo && !linux && !darwin

package turbo

import (
	"errors"

	"github.com/dermset/dermset/images/jpeg"
)

// Load says that there is nothing to load.
func Load() error {
	return errors.New("-tags turbo is for Linux and macOS: use a dermset built without it")
}

// Decode takes no picture.
func Decode([]byte, *jpeg.Form) bool { return false }
