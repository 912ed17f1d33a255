//go:build turbo && (linux || darwin)

package turbo

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ebitengine/purego"
)

// A library is the functions that are called, as turbojpeg.h 2.1 declares them; version 3 still has them. An unsigned long is as large as a
// pointer on the systems that this is built for.
type library struct {
	initDecompress       func() (handle uintptr)
	destroy              func(handle uintptr) int32
	decompressHeader3    func(handle uintptr, data *byte, size uintptr, width, height, subsampling, colours *int32) int32
	decompressToYUVPlane func(handle uintptr, data *byte, size uintptr, planes **byte, width int32, strides *int32, height int32, flags int32) int32
}

var loaded = sync.OnceValues(func() (*library, error) { return load(names) })

// Load loads the library, once. Its error says what to install; Decode then takes no picture.
func Load() error {
	_, err := loaded()
	return err
}

// load takes the first of the names that the system's loader knows.
func load(names []string) (*library, error) {
	var failed []error
	for _, name := range names {
		file, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		l := &library{}
		for name, function := range map[string]any{
			"tjInitDecompress": &l.initDecompress, "tjDestroy": &l.destroy,
			"tjDecompressHeader3": &l.decompressHeader3, "tjDecompressToYUVPlanes": &l.decompressToYUVPlane,
		} {
			at, err := purego.Dlsym(file, name)
			if err != nil {
				return nil, fmt.Errorf("libturbojpeg is another than version 2.1 or 3 (%w): %s", err, remedy)
			}
			purego.RegisterFunc(function, at)
		}
		return l, nil
	}
	return nil, fmt.Errorf("libturbojpeg cannot be loaded (%w): %s", errors.Join(failed...), remedy)
}

const remedy = "install the package libturbojpeg0 (Debian), libturbojpeg (Ubuntu), turbojpeg (Fedora) or jpeg-turbo (Homebrew), or use a dermset built without -tags turbo"
