package models

// A Runner runs the model file of a card. Several goroutines may ask it.
type Runner interface {
	// Run answers for pictures as Prepare gives them, in their order. Each is run by itself: what is in a batch with a
	// picture must not change its answer, and sums of floats depend on the shape of what is added up.
	Run(batch [][]float32) ([]Answer, error)
	Close() error
}

// LibraryVariable is the environment variable that names ONNX Runtime's shared library.
const LibraryVariable = "ONNXRUNTIME_LIB"
