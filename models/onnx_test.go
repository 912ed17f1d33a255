//go:build onnx && cgo

package models

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// started is the card of a tiny model, ready to run.
func started(t testing.TB, model string, change func(*Card)) (*Card, Runner, error) {
	t.Helper()
	if os.Getenv(LibraryVariable) == "" {
		t.Skipf("not run: %s names no shared library of ONNX Runtime", LibraryVariable)
	}
	data, err := os.ReadFile(filepath.Join("testdata", model))
	if err != nil {
		t.Fatal(err)
	}
	c := references(t)[0].card()
	c.File, c.SHA256, c.dir, c.name = model, sumOf(string(data)), "testdata", "card.yaml"
	if change != nil {
		change(c)
	}
	run, err := c.Start()
	if err == nil {
		t.Cleanup(func() {
			if err := run.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return c, run, err
}

// TestRunEqualsPython holds the outputs for prepared pictures against those of ONNX Runtime in Python; so do several
// goroutines at once.
func TestRunEqualsPython(t *testing.T) {
	_, plain, err := started(t, "tiny.onnx", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, turned, err := started(t, "tiny-nhwc.onnx", func(c *Card) { c.Input.Layout, c.Output = "nhwc", "probabilities" })
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, r := range references(t) {
		if len(r.Outputs) == 0 {
			continue
		}
		run := plain
		if r.Layout == "nhwc" {
			run = turned
		}
		all.Go(func() {
			got, err := run.(*network).run(r.card().Prepare(r.draw(), r.Orientation))
			if err != nil {
				t.Error(err)
				return
			}
			for i, want := range r.Outputs {
				if off := math.Abs(float64(got[i] - want)); off > 1e-6 { // other processors add up in another order
					t.Errorf("%d×%d, %s: output %d is %v, want %v", r.Width, r.Height, r.Mode, i, got[i], want)
				} else if off > 0 {
					t.Logf("%d×%d, %s: output %d is off by %g", r.Width, r.Height, r.Mode, i, off)
				}
			}
		})
	}
	all.Wait()
}

// TestStartRefuses models that are not what the card says.
func TestStartRefuses(t *testing.T) {
	for want, change := range map[string]func(*Card){
		"takes [-1 3 32 32], the card gives [1 3 24 32]":  func(c *Card) { c.Input.Size = []int{32, 24} },
		"takes [-1 3 32 32], the card gives [1 32 32 3]":  func(c *Card) { c.Input.Layout = "nhwc" },
		"gives [-1 3], the card wants [1 2]":              func(c *Card) { c.Classes = c.Classes[:2] },
		"card.yaml: classes: tiny.onnx gives [-1 3], the": func(c *Card) { c.Classes = c.Classes[:2] },
		"changed while it was read":                       func(c *Card) { c.SHA256 = sumOf("") },
		"testdata/reference.py": func(c *Card) { // no model
			data, err := os.ReadFile("testdata/reference.py")
			if err != nil {
				t.Fatal(err)
			}
			c.dir, c.File, c.SHA256 = ".", "testdata/reference.py", sumOf(string(data))
		},
	} {
		if _, _, err := started(t, "tiny.onnx", change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestBatchesChangeNothing: a picture is answered alike whatever is asked about with it.
func TestBatchesChangeNothing(t *testing.T) {
	c, run, err := started(t, "tiny.onnx", nil)
	if err != nil {
		t.Fatal(err)
	}
	var batch [][]float32
	for _, r := range references(t)[:9] {
		batch = append(batch, c.Prepare(r.draw(), r.Orientation))
	}
	together, err := run.Run(batch)
	if err != nil {
		t.Fatal(err)
	}
	for i, input := range batch {
		alone, err := run.Run([][]float32{input})
		if err != nil || alone[0].Value != together[i].Value || alone[0].Confidence != together[i].Confidence {
			t.Errorf("alone %+v, in a batch %+v (%v)", alone[0], together[i], err)
		}
	}
}
