//go:build onnx && cgo

package models

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/dermset/dermset/io/fileio"
)

func init() { start = startNetwork }

// A network is a model file that is ready to run.
type network struct {
	card    *Card
	session *ort.DynamicAdvancedSession
	shape   ort.Shape
}

func startNetwork(c *Card) (Runner, error) {
	if err := library(); err != nil {
		return nil, err
	}
	data, err := c.modelBytes()
	if err != nil {
		return nil, c.wrong("file", err)
	}
	ins, outs, err := ort.GetInputOutputInfoWithONNXData(data)
	if err != nil {
		return nil, c.wrong("file", fmt.Errorf("cannot be read: %w", err))
	}
	n := &network{card: c, shape: ort.NewShape(1, 3, int64(c.Input.Size[1]), int64(c.Input.Size[0]))}
	if c.Input.Layout == "nhwc" {
		n.shape = ort.NewShape(1, int64(c.Input.Size[1]), int64(c.Input.Size[0]), 3)
	}
	if err := n.check(ins, outs); err != nil {
		return nil, err
	}
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	// One thread a picture: others run beside it, and sums do not depend on how many threads there are.
	if err := errors.Join(options.SetIntraOpNumThreads(1), options.SetInterOpNumThreads(1)); err != nil {
		return nil, err
	}
	n.session, err = ort.NewDynamicAdvancedSessionWithONNXData(data,
		[]string{ins[0].Name}, []string{outs[0].Name}, options)
	if err != nil {
		return nil, c.wrong("file", fmt.Errorf("cannot be run: %w", err))
	}
	return n, nil
}

// library loads ONNX Runtime, once.
var library = sync.OnceValue(func() error {
	usual := map[string]string{"darwin": "libonnxruntime.dylib", "windows": "onnxruntime.dll"}[runtime.GOOS]
	path := cmp.Or(os.Getenv(LibraryVariable), usual, "libonnxruntime.so")
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return fmt.Errorf("%s: ONNX Runtime cannot be loaded: %w; let %s name its shared library (docs/models.md)",
			path, err, LibraryVariable)
	}
	return ort.DisableTelemetry()
})

// modelBytes are the bytes of the model file, which are those that the card names: what is run is what was hashed.
func (c *Card) modelBytes() ([]byte, error) {
	file, err := inside(c.dir, c.modelPath())
	if err != nil {
		return nil, err
	}
	data, err := fileio.ReadUpTo(file, mostModelBytes)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != c.SHA256 {
		return nil, errors.New("changed while it was read")
	}
	return data, nil
}

// check holds what a model file takes and gives against the card.
func (n *network) check(ins, outs []ort.InputOutputInfo) error {
	var errs []error
	fail := func(key, format string, args ...any) {
		errs = append(errs, n.card.wrong(key, fmt.Errorf(format, args...)))
	}
	if len(ins) != 1 || len(outs) != 1 {
		fail("file", "has %d inputs and %d outputs, want one of each", len(ins), len(outs))
		return errors.Join(errs...)
	}
	if ins[0].DataType != ort.TensorElementDataTypeFloat || outs[0].DataType != ort.TensorElementDataTypeFloat {
		fail("file", "takes %v and gives %v, want float32", ins[0].DataType, outs[0].DataType)
	}
	if !fits(ins[0].Dimensions, n.shape) {
		fail("input", "takes %v, the card gives %v (input.size, input.layout)", ins[0].Dimensions, n.shape)
	}
	if want := ort.NewShape(1, int64(len(n.card.Classes))); !fits(outs[0].Dimensions, want) {
		fail("classes", "gives %v, the card wants %v: as many outputs as it has classes", outs[0].Dimensions, want)
	}
	return errors.Join(errs...)
}

// fits says whether a shape is one that a model names; what is below 1 there is free.
func fits(named, shape ort.Shape) bool {
	return slices.EqualFunc(named, shape, func(a, b int64) bool { return a < 1 || a == b })
}

// Run runs each picture.
func (n *network) Run(batch [][]float32) ([]Answer, error) {
	answers := make([]Answer, len(batch))
	for i, input := range batch {
		outputs, err := n.run(input)
		if err != nil {
			return nil, n.card.wrong("file", fmt.Errorf("cannot be run: %w", err))
		}
		answers[i] = n.card.judge(outputs)
	}
	return answers, nil
}

func (n *network) run(input []float32) ([]float32, error) {
	in, err := ort.NewTensor(n.shape, input)
	if err != nil {
		return nil, err
	}
	defer in.Destroy()
	out, err := ort.NewEmptyTensor[float32](ort.NewShape(1, int64(len(n.card.Classes))))
	if err != nil {
		return nil, err
	}
	defer out.Destroy()
	if err := n.session.Run([]ort.Value{in}, []ort.Value{out}); err != nil {
		return nil, err
	}
	return slices.Clone(out.GetData()), nil
}

// Close frees the model.
func (n *network) Close() error { return n.session.Destroy() }
