package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// patience is how long a run may take.
const patience = time.Minute

// A stage is a scenario that was made once: the folder before the verb, what an undisturbed run makes of it, says and
// calls.
type stage struct {
	*scenario
	folder        string
	before, after tree
	said          string
	exit          int
	calls         []call
	requests      int // to the server
}

// An arena is a folder in which one run after another takes place. Runs of two arenas differ in no byte: paths are
// relative to it.
type arena struct {
	program, dir string
	server       *server
}

func newArena(program, dir string) *arena { return &arena{program, dir, newServer()} }

// clear makes the folder anew, as a copy of another one, or empty.
func (a *arena) clear(from string) error {
	if err := os.RemoveAll(a.dir); err != nil {
		return err
	}
	err := os.Mkdir(a.dir, 0o777)
	if from != "" {
		err = errors.Join(err, copyTree(from+"/.", a.dir))
	}
	return errors.Join(err, a.server.take(filepath.Join(a.dir, "s3")))
}

// tree is what is there now, in the store of the server too.
func (a *arena) tree() (tree, error) {
	t, err := readTree(a.dir)
	if err != nil {
		return nil, err
	}
	return t, a.server.put(t)
}

// undisturbed runs the program as it is.
func (a *arena) undisturbed(args []string) (exit int, stderr string, err error) {
	var said bytes.Buffer
	cmd := exec.Command(a.program, args...)
	cmd.Dir, cmd.Stderr, cmd.Env = a.dir, &said, append(os.Environ(), a.server.environment()...)
	err = unexpected(cmd.Run())
	return cmd.ProcessState.ExitCode(), said.String(), err
}

// disturbed runs a verb; decide says what becomes of each call.
func (a *arena) disturbed(args []string, decide func(int, call) fault) (tried, error) {
	return under(a.program, a.dir, args, a.server.environment(), patience, decide)
}

// stage makes a scenario, and keeps its folder.
func (a *arena) stage(s *scenario, keep string) (*stage, error) {
	st := &stage{scenario: s, folder: keep}
	if err := a.clear(""); err != nil {
		return nil, err
	}
	var failed []error
	err := s.make(a.dir, func(args ...string) {
		exit, stderr, err := a.undisturbed(args)
		if err != nil || exit != 0 && exit != 3 {
			failed = append(failed, fmt.Errorf("%v exits %d: %w: %s", args, exit, err, stderr))
		}
	})
	if err := errors.Join(append(failed, err)...); err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	// what was put into the server is kept beside the rest
	if st.before, err = a.tree(); err != nil {
		return nil, err
	}
	for name, text := range st.before {
		if strings.HasPrefix(name, "s3/") && !strings.HasSuffix(name, "/") {
			err = errors.Join(err, write(a.dir, map[string]string{name: text}))
		}
	}
	if err := errors.Join(err, copyTree(a.dir, keep), a.clear(keep)); err != nil {
		return nil, err
	}
	if st.before, err = a.tree(); err != nil {
		return nil, err
	}
	a.server.tell(nil)
	t, err := a.disturbed(s.args, func(int, call) fault { return fault{} })
	st.requests = int(a.server.asked.Load())
	if err != nil || t.exit != 0 && t.exit != 3 {
		return nil, fmt.Errorf("%s: exits %d: %w: %s", s.name, t.exit, err, t.stderr)
	}
	st.calls, st.said, st.exit = t.calls, t.stderr, t.exit
	if st.after, err = a.tree(); err != nil {
		return nil, err
	}
	return st, nil
}
