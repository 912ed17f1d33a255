//go:build !onnx || !cgo

package models

import (
	"strings"
	"testing"
)

func TestRunEqualsPython(t *testing.T) {
	t.Skipf("not run: this needs cgo, -tags onnx, and %s, the path of ONNX Runtime's shared library", LibraryVariable)
}

// TestStartSaysWhatIsMissing: a program that cannot run models says how to get one that can.
func TestStartSaysWhatIsMissing(t *testing.T) {
	_, err := (&Card{name: "models/type.yaml"}).Start()
	if err == nil || !strings.Contains(err.Error(), "models/type.yaml: ") ||
		!strings.Contains(err.Error(), "-tags onnx") || !strings.Contains(err.Error(), LibraryVariable) {
		t.Errorf("%v", err)
	}
}
