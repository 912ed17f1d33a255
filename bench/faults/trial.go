package main

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A trial is a run that meets one fault.
type trial struct {
	*stage
	k    int // the call that fails, from 1
	turn int // which of the errors that it may fail with
	kill bool
	harm *harm // not nil: no call fails, but a file was damaged before
	lie  *lie  // not nil: no call fails, but the server lies
}

func (t trial) kind() string {
	switch {
	case t.harm != nil:
		return t.harm.kind
	case t.lie != nil:
		return "server"
	case t.kill:
		return "kill"
	}
	return t.calls[t.k-1].kind()
}

// trials are every call of every stage with every error, a kill at every call, and every lie to every request; the
// first error of all calls before the second, else in random order: who has no time for all has tried some of each.
func trials(stages []*stage, harms int, r *rand.Rand) []trial {
	var all []trial
	for _, s := range stages {
		for i, c := range s.calls {
			for turn := range errnos[c.kind()] {
				all = append(all, trial{stage: s, k: i + 1, turn: turn})
			}
			all = append(all, trial{stage: s, k: i + 1, kill: true})
		}
		for _, kind := range slices.Sorted(maps.Keys(lies)) {
			for i := range s.requests {
				all = append(all, trial{stage: s, lie: &lie{kind, i + 1, false}})
			}
			if s.requests > 0 { // takes as long as there is patience
				all = append(all, trial{stage: s, turn: 1, lie: &lie{kind, 1 + r.IntN(s.requests), true}})
			}
		}
		for range harms {
			if h := newHarm(s.before, r); h != nil {
				all = append(all, trial{stage: s, harm: h})
			}
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	slices.SortStableFunc(all, func(a, b trial) int { return a.turn - b.turn })
	return all
}

// A result is what became of a trial.
type result struct {
	trial
	verdict, why string
}

func (r result) String() string {
	what := fmt.Sprintf("call %d of %d", r.k, len(r.calls))
	if r.harm != nil {
		what = r.harm.String()
	}
	if r.lie != nil {
		what = r.lie.kind + ", " + r.lie.String()
	}
	return fmt.Sprintf("%s: %s: %s, %s: %s", r.verdict, r.name, r.kind(), what, r.why)
}

// try runs the verb with the fault, judges what it left, and then runs it undisturbed.
func (a *arena) try(t trial) (result, error) {
	r := result{trial: t, verdict: missed}
	if err := a.clear(t.folder); err != nil {
		return r, err
	}
	if t.harm != nil {
		return a.tryDamaged(t)
	}
	var met call
	var with fault
	a.server.tell(t.lie)
	ran, err := a.disturbed(t.args, func(n int, c call) fault {
		if n != t.k || t.lie != nil {
			return fault{}
		}
		met = c
		if with = c.failing(t.k + t.turn); t.kill {
			with = fault{kill: true}
		}
		return with
	})
	lied := t.lie != nil && int(a.server.asked.Load()) >= t.lie.from
	a.server.tell(nil)
	if err != nil || met.name == "" && !lied {
		return r, err
	}
	got, err := a.tree()
	if err != nil {
		return r, err
	}
	r.verdict, r.why = t.judged(ran, t.kill, got)
	if !slices.Contains(bad, r.verdict) {
		if err := a.age(); err != nil {
			return r, err
		}
		if t.lie != nil && len(t.asks) > 0 {
			if _, _, err := a.undisturbed(t.asks); err != nil {
				return r, err
			}
		}
		exit, said, err := a.undisturbed(t.args)
		if err != nil {
			return r, err
		}
		if got, err = a.tree(); err != nil {
			return r, err
		}
		if verdict, why := t.healed(exit, said, got); verdict != "" {
			r.verdict, r.why = verdict, why+"; after: "+last(ran.stderr)
		}
	}
	if t.lie == nil {
		r.why = strings.TrimSpace(fmt.Sprintf("%s of %s %v: %s", met.name, met.path, with, r.why))
	}
	return r, nil
}

// age lets what lies aside in stores look as if its run had died long ago: others write into a store too, and what is
// younger than an hour is left alone.
func (a *arena) age() error {
	return filepath.WalkDir(a.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(entry.Name(), ".partial-") {
			old := time.Now().Add(-2 * time.Hour)
			err = os.Chtimes(path, old, old)
		}
		return err
	})
}

func (f fault) String() string {
	if f.kill {
		return "is never answered, for the program is killed"
	}
	return "fails with " + f.errno.Error()
}
