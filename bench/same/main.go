// Command same runs two builds of dermset on the same workspaces and prints wherever they do not say or publish the
// same, byte by byte. It ends with 1 if they differ anywhere. bench/same/run makes what it needs and calls it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
)

func main() {
	var c comparison
	flag.StringVar(&c.programs[0], "old", "", "the program as it was")
	flag.StringVar(&c.programs[1], "new", "", "the program as it is")
	flag.StringVar(&c.dir, "dir", "", "folder for workspaces, which must be empty")
	worlds := flag.String("worlds", "", "folder of workspaces that are built as they are; may be empty")
	public := flag.String("public", "", "workspace of the public sources, examples/public")
	raw := flag.String("raw", "", "their raw material; empty: they are left out")
	flag.Parse()
	jobs, err := jobs(*worlds, *public, *raw)
	if err == nil {
		err = c.run(jobs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A comparison runs jobs with two programs, each in a folder of its own that looks the same from inside.
type comparison struct {
	programs [2]string // old and new; paths are made absolute
	dir      string
}

// errDiffer ends a comparison whose programs differ.
var errDiffer = errors.New("the programs differ")

// jobs are the demo, the public sources where there is raw material, and every world.
func jobs(worlds, public, raw string) ([]job, error) {
	all := []job{{name: "demo", first: []string{"demo", "w"}}}
	if raw != "" {
		full, err := filepath.Abs(raw)
		if err != nil {
			return nil, err
		}
		ingest := []string{"source", "ingest", "--all", "--raw", full, "--workspace", "w"}
		all = append(all, job{name: "public", from: public, first: ingest})
	}
	if worlds == "" {
		return all, nil
	}
	entries, err := os.ReadDir(worlds)
	for _, entry := range entries {
		all = append(all, job{name: entry.Name(), from: filepath.Join(worlds, entry.Name())})
	}
	return all, err
}

// run runs all jobs and prints what differs, by name of the job, and in the end how much was compared.
func (c *comparison) run(jobs []job) error {
	for i, program := range c.programs {
		full, err := filepath.Abs(program)
		if err != nil {
			return err
		}
		c.programs[i] = full
	}
	results, errs := make([]result, len(jobs)), make([]error, len(jobs))
	var work sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := range next {
				results[i], errs[i] = c.compare(jobs[i])
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	work.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var sum result
	for i, r := range results {
		for _, d := range r.differences {
			fmt.Printf("%s: %s\n", jobs[i].name, d)
		}
		sum.differences = append(sum.differences, r.differences...)
		sum.commands, sum.versions, sum.files = sum.commands+r.commands, sum.versions+r.versions, sum.files+r.files
	}
	fmt.Printf("%d workspaces, %d commands, %d versions, %d files: %d differences\n",
		len(jobs), sum.commands, sum.versions, sum.files, len(sum.differences))
	if len(sum.differences) > 0 {
		return errDiffer
	}
	if !slices.ContainsFunc(results, func(r result) bool { return r.files > 0 }) {
		return errors.New("nothing was published, so nothing is proven")
	}
	return nil
}
