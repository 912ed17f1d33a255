//go:build !onnx || !cgo

package models

import "fmt"

// Runs says whether this program can run model files.
const Runs = false

// Start is an error: this program cannot run model files. It says how to get one that can.
func (c *Card) Start() (Runner, error) {
	return nil, fmt.Errorf("%s: this dermset cannot run model files: build one with "+
		"CGO_ENABLED=1 go build -tags onnx ./cmd/dermset, and let %s name the shared library of ONNX Runtime; "+
		"or run the model elsewhere and name a CSV of its predictions (docs/models.md)", c.name, LibraryVariable)
}
