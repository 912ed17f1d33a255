package sources

import (
	_ "embed"
	"strings"

	"github.com/dermset/dermset/io/yamlio"
)

//go:embed starter.yaml
var starter string

// New is a source.yaml to start from: the usual case, and every key as a comment. It loads as it stands, but its raw
// material has to be named.
func New(name string) ([]byte, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	keys := Keys()
	for i := range keys {
		keys[i].Default = strings.ReplaceAll(keys[i].Default, "NAME", name)
	}
	return []byte(strings.ReplaceAll(starter, "NAME", name) + yamlio.Commented{Keys: keys}.String()), nil
}
