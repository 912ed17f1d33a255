// Command faults lets dermset's system calls fail one by one, kills it at each, and damages what it left, and judges
// what comes of it. It ends with 1 where something must not be: a crash, a hang, an output that is wrong and that
// nobody told of, a mixed version, something left aside, a next run that does not end as usual. tools/faults calls it.
//
// Linux alone has what it needs (seccomp_unotify(2)).
package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"time"
)

func main() {
	shim()
	var s settings
	flag.StringVar(&s.program, "program", "", "the program, dermset")
	flag.DurationVar(&s.time, "time", 20*time.Minute, "how long; what there is no time for is left out, and said")
	flag.Uint64Var(&s.seed, "seed", uint64(time.Now().UnixNano()), "of the order of trials")
	flag.StringVar(&s.only, "only", "", "scenarios whose name matches this expression")
	flag.StringVar(&s.kinds, "kinds", "", "faults whose kind matches this expression: server, kill, flip, write …")
	flag.IntVar(&s.harms, "harms", 300, "files damaged in each scenario that has some")
	flag.IntVar(&s.most, "most", 0, "trials of all; 0: as many as there is time for")
	flag.Parse()
	results, of, err := s.run()
	if err == nil {
		err = report(os.Stdout, results, of)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

type settings struct {
	program, only string
	kinds         string
	time          time.Duration
	seed          uint64
	harms, most   int
}

// run tries what there is time for; of is how much there would be.
func (s settings) run() (results []result, of int, err error) {
	deadline := time.Now().Add(s.time)
	program, err := filepath.Abs(s.program)
	if err != nil {
		return nil, 0, err
	}
	root, err := os.MkdirTemp(memoryDisk(), "faults")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(root)
	stages, err := s.stages(newArena(program, filepath.Join(root, "make")), root)
	if err != nil {
		return nil, 0, err
	}
	fmt.Printf("seed %d\n", s.seed)
	all := trials(stages, s.harms, rand.New(rand.NewPCG(s.seed, 6)))
	kinds, err := regexp.Compile(s.kinds)
	if err != nil {
		return nil, 0, err
	}
	all = slices.DeleteFunc(all, func(t trial) bool { return !kinds.MatchString(t.kind()) })
	of = len(all)
	if s.most > 0 {
		all = all[:min(s.most, len(all))]
	}
	next := make(chan trial)
	go func() {
		defer close(next)
		for _, t := range all {
			if time.Now().After(deadline) {
				return
			}
			next <- t
		}
	}()
	var mu sync.Mutex
	var work sync.WaitGroup
	for i := range 2 * runtime.NumCPU() { // some wait for a server that does not answer
		work.Go(func() {
			a := newArena(program, filepath.Join(root, fmt.Sprint("run", i)))
			defer a.server.Close()
			for t := range next {
				r, tryErr := a.try(t)
				mu.Lock()
				results, err = append(results, r), errors.Join(err, tryErr)
				mu.Unlock()
			}
		})
	}
	work.Wait()
	return results, of, err
}

// stages makes the scenarios.
func (s settings) stages(a *arena, root string) ([]*stage, error) {
	defer a.server.Close()
	only, err := regexp.Compile(s.only)
	if err != nil {
		return nil, err
	}
	var stages []*stage
	for i := range scenarios {
		if !only.MatchString(scenarios[i].name) {
			continue
		}
		st, err := a.stage(&scenarios[i], filepath.Join(root, scenarios[i].name))
		if err != nil {
			return nil, err
		}
		stages = append(stages, st)
	}
	return stages, nil
}

// memoryDisk is where runs take place: everything is synced, which would take most of the time elsewhere.
func memoryDisk() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}
