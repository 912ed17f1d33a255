package sources

import (
	_ "embed"
	"strings"
)

//go:embed starter.yaml
var starter string

// New is a commented source.yaml to start from. It loads as it stands, but its raw material has to be named.
func New(name string) ([]byte, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	return []byte(strings.ReplaceAll(starter, "NAME", name)), nil
}
