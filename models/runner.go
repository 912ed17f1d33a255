package models

import "fmt"

// A Runner runs the model file of a card. Several goroutines may ask it.
type Runner interface {
	// Run answers for pictures as Prepare gives them, in their order. Each is run by itself: what is in a batch with a
	// picture must not change its answer, and sums of floats depend on the shape of what is added up.
	Run(batch [][]float32) ([]Answer, error)
	Close() error
}

// LibraryVariable is the environment variable that names ONNX Runtime's shared library.
const LibraryVariable = "ONNXRUNTIME_LIB"

// start makes a card's model file ready to run, in programs that are built for it (onnx.go).
var start func(*Card) (Runner, error)

// Runs says whether this program can run model files.
func Runs() bool { return start != nil }

// Start makes a card's model file ready to run. That it takes other inputs, or gives another number of outputs, than
// the card says is an error that says what it does. A program that cannot run model files says how to get one that can.
func (c *Card) Start() (Runner, error) {
	if !Runs() {
		return nil, fmt.Errorf("%s: this dermset cannot run model files: build one with "+
			"CGO_ENABLED=1 go build -tags onnx ./cmd/dermset, and let %s name the shared library of ONNX Runtime; "+
			"or run the model elsewhere and name a CSV of its predictions (docs/models.md)", c.name, LibraryVariable)
	}
	return start(c)
}
