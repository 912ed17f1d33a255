package sources

import (
	"io"

	"github.com/dermset/dermset/io/textio"
)

// text opens a text file as UTF-8, unpacked; of a file that is said to be UTF-8, who reads it sees whether that is so.
func (r *raw) text(f *file, name string) (io.ReadCloser, error) {
	file, err := r.open(name)
	if err != nil {
		return nil, err
	}
	text := struct {
		io.Reader
		io.Closer
	}{file, file}
	if isPacked(name) {
		text.Reader = textio.Unpack(file)
	}
	if f.encoding == "utf-8" {
		return text, nil
	}
	if text.Reader, err = textio.NewReader(text.Reader, r.path(name), f.encoding); err != nil {
		file.Close()
		return nil, err
	}
	return text, nil
}
