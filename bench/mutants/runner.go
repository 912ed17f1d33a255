package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// run tries mutants in a copy of the project at root, which itself is not touched, and prints a line for each. The
// error says how many were not killed.
func run(ctx context.Context, root string, mutants []mutant, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := copyProject(root, dir); err != nil {
		return err
	}
	if err := soundTests(ctx, dir, mutants); err != nil {
		return err
	}
	bad := 0
	for _, m := range mutants {
		began := time.Now()
		why, err := m.try(ctx, dir)
		if err != nil {
			return err
		}
		what := "killed by " + m.by
		if why != "" {
			bad++
			what = strings.ToUpper(why[:1]) + why[1:]
		}
		if _, err := fmt.Fprintf(out, "%-5s %-60s %-58s %4.0f s\n",
			m.name, m.rule, what, time.Since(began).Seconds()); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d mutants were not killed by the test that should", bad, len(mutants))
	}
	return nil
}

// copyProject copies files and links, but neither the history nor what is made.
func copyProject(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, inside)
		switch {
		case inside == ".git", inside == "work":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil // of a further worktree .git is a file
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case entry.Type() == fs.ModeSymlink:
			link, err := os.Readlink(path)
			return errors.Join(err, os.Symlink(link, target))
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, info.Mode().Perm())
	})
}

// soundTests is an error unless the tests that are to kill mutants are there and pass without them.
func soundTests(ctx context.Context, dir string, mutants []mutant) error {
	tests := map[string][]string{}
	for _, m := range mutants {
		tests[m.pkg()] = append(tests[m.pkg()], m.by)
	}
	var errs []error
	for pkg, names := range tests {
		slices.Sort(names)
		names = slices.Compact(names)
		result, err := goTest(ctx, dir, pkg, names)
		if err != nil {
			return err
		}
		for _, name := range names {
			if got := result.tests[name]; got != "pass" {
				errs = append(errs, fmt.Errorf("%s: %s without a mutant: %s, want pass\n%s", pkg, name, orNone(got), result.said))
			}
		}
	}
	return errors.Join(errs...)
}

func orNone(action string) string {
	if action == "" {
		return "it did not run"
	}
	return action
}

// pkg is the folder of the package whose test kills the mutant.
func (m mutant) pkg() string {
	if m.in != "" {
		return m.in
	}
	return path.Dir(m.file)
}

// try breaks the rule in the copy, runs the test and mends the rule again.
// It says why the mutant was not killed; empty: it was.
func (m mutant) try(ctx context.Context, dir string) (why string, err error) {
	file := filepath.Join(dir, filepath.FromSlash(m.file))
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "there is no " + m.file, nil
	}
	if err != nil {
		return "", err
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return fmt.Sprintf("its text stands %d times in %s", n, m.file), nil
	}
	broken := bytes.Replace(text, []byte(m.old), []byte(m.new), 1)
	if err := os.WriteFile(file, broken, 0o644); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.WriteFile(file, text, 0o644)) }()
	result, err := goTest(ctx, dir, m.pkg(), []string{m.by})
	switch {
	case err != nil:
		return "", err
	case !result.built:
		return "does not build", nil
	case result.tests[m.by] == "pass":
		return "SURVIVED " + m.by, nil
	case result.tests[m.by] != "fail":
		return "ended without a word of " + m.by, nil
	}
	return "", nil
}

// A tested package: whether it could be built, the last action of each test, and what was said.
type tested struct {
	built bool
	tests map[string]string
	said  string
}

// goTest runs tests of a package, which is a folder below dir.
func goTest(ctx context.Context, dir, pkg string, tests []string) (tested, error) {
	quoted := make([]string, len(tests))
	for i, name := range tests {
		quoted[i] = regexp.QuoteMeta(name)
	}
	pattern := "^(" + strings.Join(quoted, "|") + ")$"
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-short", "-count=1", "-vet=off",
		"-timeout=10m", "-run", pattern, "./"+pkg)
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		return tested{}, errors.Join(err, context.Cause(ctx))
	}
	t := tested{built: true, tests: map[string]string{}}
	var said strings.Builder
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var event struct{ Action, Test, Output, FailedBuild string }
		if err := decoder.Decode(&event); err != nil {
			return tested{}, fmt.Errorf("go test -json ./%s: %w", pkg, err)
		}
		switch event.Action {
		case "build-fail":
			t.built = false
		case "pass", "fail", "skip":
			t.tests[event.Test] = event.Action
			t.built = t.built && event.FailedBuild == ""
		case "output", "build-output":
			said.WriteString(event.Output)
		}
	}
	t.said = said.String()
	return t, nil
}
