// Command generate makes the tables of the measurements: a dermset workspace and, of the same rows, the files that the
// programs in bench/peers read. It is deterministic: the bytes depend on the number of rows alone.
//
//	go run ./bench/generate -rows 1000000 -out work/bench/1000000
//
// 51 sources of Zipf sizes; about 6,000 labels for 350 names, of which 15 are excluded and 40 merged; some labels are
// not mapped, some are no diagnosis. Three rows of four have a patient, two of three a lesion,
// one of five a differential.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// stamp names what a folder was made by; it changes with every change of the bytes.
func stamp(rows int, only string) string {
	return fmt.Sprintf("generator 2, %d rows, %s\n", rows, only)
}

func main() {
	rows := flag.Int("rows", 100_000, "rows of all sources together")
	out := flag.String("out", "", "folder to write to")
	only := flag.String("only", "both", "what to write: workspace, peers or both")
	show := flag.Bool("stamp", false, "print what OUT/stamp would hold, write nothing")
	flag.Parse()
	if *show {
		fmt.Print(stamp(*rows, *only))
		return
	}
	if err := generate(*rows, *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// generate writes everything below dir, the stamp last.
func generate(rows int, dir, only string) error {
	if rows < 1 || dir == "" || only != "workspace" && only != "peers" && only != "both" {
		return errors.New("generate: want -rows above 0, -out and -only workspace, peers or both")
	}
	w := newWorld()
	var outputs []output
	if only != "peers" {
		outputs = append(outputs, workspace{filepath.Join(dir, "workspace")})
	}
	if only != "workspace" {
		outputs = append(outputs, peers{filepath.Join(dir, "peers")})
	}
	if err := os.RemoveAll(filepath.Join(dir, "stamp")); err != nil {
		return err
	}
	for _, o := range outputs {
		if err := o.tables(w); err != nil {
			return err
		}
	}
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	for s, n := range w.sizes(rows) {
		work.Go(func() error { return w.sources[s].write(s, n, outputs) })
	}
	if err := work.Wait(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "stamp"), []byte(stamp(rows, only)), 0o644)
}
