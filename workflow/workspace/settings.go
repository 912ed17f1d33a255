package workspace

import (
	"fmt"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/yamlio"
)

// A Setting is a key of dermset.yaml, the value that holds as it would be written, and the line of the file that says
// so; 0: it is the default.
type Setting struct {
	Key, Value string
	Typed      any // the value itself: a text, a number, a list and so on
	Line       int
}

// Settings are all settings, in the order of the table of keys.
func (w *Workspace) Settings() ([]Setting, error) {
	data, err := fileio.Read(w.Path(settingsFile))
	if err != nil {
		return nil, err
	}
	config := Defaults()
	doc, err := yamlio.Decode(settingsFile, data, &config, notBuilt)
	if err != nil {
		return nil, Usage(err)
	}
	var all []Setting
	yamlio.Each(config, func(path string, value any) {
		all = append(all, Setting{path, yamlio.Written(value), yamlio.Plain(value), doc.Line(path)})
	})
	return all, nil
}

// LineOf is the line of dermset.yaml that has a key; 0 where it has none, or cannot be read any more.
func (w *Workspace) LineOf(key string) int {
	all, _ := w.Settings()
	for _, s := range all {
		if s.Key == key {
			return s.Line
		}
	}
	return 0
}

// From is where the value is said: dermset.yaml:4, or default.
func (s Setting) From() string {
	if s.Line == 0 {
		return "default"
	}
	return fmt.Sprintf("%s:%d", settingsFile, s.Line)
}
