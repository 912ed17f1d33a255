// Command memory holds verbs to the promise on memory (500 MB and 100 bytes a row) with workspaces of odd shapes: wide
// rows, labels that are all different, cells of a megabyte. Each is made, given to a dermset that is a process of its
// own, and removed. It prints
//
//	verb	shape	rows	peak	promise
//
// with MB as the kernel accounts for them, and exits with 1 if a peak is over its promise. A shape is a line of
// shapes.go.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// A shape is a workspace, and a verb that is to get by with the memory that is promised.
type shape struct {
	verb    string // as it is printed
	name    string
	rows    int                              // that the promise counts
	make    func(dir string, rows int) error // writes the workspace into a folder that is empty
	same    bool                             // the workspace is the one that the shape before has left
	prepare func(dir string) error           // not nil: changes it
	args    []string                         // of dermset, which runs in that folder
	done    []int                            // exit codes that mean done, besides 0
	refused string                           // not empty: the verb must fail, and say this
}

// promised is what the steps of tables may take (spec 11).
func promised(rows int) int64 { return 500_000_000 + 100*int64(rows) }

func main() {
	made := flag.String("made", "work/bench/memory", "folder of programs and workspaces")
	dermset := flag.String("dermset", "", "the program; the default is dermset in that folder")
	only := flag.String("only", ".", "regular expression of `verb shape`")
	scale := flag.Float64("scale", 1, "share of the rows")
	keep := flag.Bool("keep", false, "leave the workspaces")
	flag.Parse()
	if *dermset == "" {
		*dermset = filepath.Join(*made, "dermset")
	}
	wanted, err := regexp.Compile(*only)
	if err == nil {
		err = measureAll(*dermset, *made, wanted, *scale, *keep)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measureAll(dermset, made string, wanted *regexp.Regexp, scale float64, keep bool) error {
	dermset, err := filepath.Abs(dermset)
	if err != nil {
		return err
	}
	fmt.Printf("# %d processors, %s\nverb\tshape\trows\tpeak\tpromise\n", runtime.NumCPU(), processor())
	var errs []error
	all := slices.Concat(shapes, tables)
	dir := ""
	for i, s := range all {
		if !wanted.MatchString(s.verb + " " + s.name) {
			continue
		}
		s.rows = int(float64(s.rows) * scale)
		if !s.same {
			dir = filepath.Join(made, fmt.Sprint("shape-", i))
		}
		peak, err := s.measure(dermset, dir)
		if last := i+1 == len(all) || !all[i+1].same; last && !keep {
			err = errors.Join(err, os.RemoveAll(dir))
		}
		promise := promised(s.rows)
		if err == nil {
			fmt.Printf("%s\t%s\t%d\t%d\t%d\n", s.verb, s.name, s.rows, peak/1e6, promise/1e6)
		}
		if err == nil && peak > promise {
			err = errors.New("more memory than promised")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", s.verb, s.name, err))
		}
	}
	return errors.Join(errs...)
}

// processor is what the system calls it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if found := regexp.MustCompile(`model name\s*: (.*)`).FindSubmatch(text); err == nil && found != nil {
		return string(found[1])
	}
	return runtime.GOARCH
}

// measure is the peak of resident memory. What this process itself takes counts as the other's when that begins, so
// that the makers of workspaces stream.
func (s *shape) measure(dermset, dir string) (peak int64, err error) {
	if !s.same {
		err = errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755), s.make(dir, s.rows))
	}
	if err == nil && s.prepare != nil {
		err = s.prepare(dir)
	}
	if err != nil {
		return 0, err
	}
	var said bytes.Buffer
	c := exec.Command(dermset, s.args...)
	c.Dir, c.Stderr = dir, &said
	err = c.Run()
	if c.ProcessState == nil {
		return 0, err
	}
	text := said.String()
	text = text[max(0, len(text)-2000):]
	done := c.ProcessState.ExitCode() == 0
	for _, code := range s.done {
		done = done || c.ProcessState.ExitCode() == code
	}
	switch {
	case s.refused != "" && (done || !strings.Contains(text, s.refused)):
		return 0, fmt.Errorf("want that it fails and says %q, not\n%s", s.refused, text)
	case s.refused == "" && !done:
		return 0, fmt.Errorf("%w\n%s", err, text)
	}
	return c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10, nil
}
