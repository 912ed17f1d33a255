// Command likeforlike builds a workspace as `dermset build` does, with one difference: the large tables have the
// columns that the programs in bench/peers write, so that time and memory can be compared like for like. It removes
// work/ and dist/ of the workspace first.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: likeforlike WORKSPACE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string) error {
	defer engine.SteadyHeap()()
	for _, made := range []string{"work", "dist"} {
		if err := os.RemoveAll(filepath.Join(dir, made)); err != nil {
			return err
		}
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	settings := workspace.Resources{Workers: runtime.GOMAXPROCS(0), BatchBytes: 1 << 20, MemoryBytes: math.MaxInt64}
	w, err := workspace.Open(dir, settings, log, workspace.NewProgress(os.Stderr, false, log))
	if err != nil {
		return err
	}
	return w.Locked("likeforlike", func() error {
		_, err := build.RunWith(context.Background(), w, "publish", peerTables)
		return err
	})
}
