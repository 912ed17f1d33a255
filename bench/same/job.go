package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// A job is one workspace, called w in the folder where a program is started, and what is done with it.
type job struct {
	name  string
	from  string   // folder that becomes the workspace; empty: the first command makes it
	first []string // command before the first build
}

// A result is what a job found.
type result struct {
	differences               []string
	commands, versions, files int
}

// An answer is what one command said.
type answer struct {
	exit           int
	stdout, stderr []byte
}

// compare does the job with both programs: a build, another one that has nothing to do, questions about some images, a
// second version that is locked to the first, and what changed between them.
func (c *comparison) compare(j job) (result, error) {
	var r result
	sides := [2]string{filepath.Join(c.dir, "old", j.name), filepath.Join(c.dir, "new", j.name)}
	for _, side := range sides {
		if err := os.MkdirAll(side, 0o755); err != nil {
			return r, err
		}
		if j.from == "" {
			continue
		}
		if err := os.CopyFS(filepath.Join(side, "w"), os.DirFS(j.from)); err != nil {
			return r, err
		}
	}
	ask := func(args ...string) error { return c.ask(&r, sides, slices.Concat(args, []string{"--format", "csv"})) }
	inside := func(args ...string) error { return ask(slices.Concat(args, []string{"--workspace", "w"})...) }
	var errs []error
	if len(j.first) > 0 {
		errs = append(errs, ask(j.first...))
	}
	errs = append(errs, inside("build"), inside("plan"), inside("mapping", "check"), traces(sides[0], inside))
	for _, side := range sides {
		errs = append(errs, secondVersion(filepath.Join(side, "w", "dermset.yaml")))
	}
	errs = append(errs, inside("build"), inside("build"), traces(sides[0], inside))
	versions, err := filepath.Glob(filepath.Join(sides[0], "w", "dist", "*"))
	errs = append(errs, err)
	r.versions = len(versions)
	if len(versions) == 2 {
		first, second := filepath.Base(versions[0]), filepath.Base(versions[1])
		errs = append(errs, inside("diff", first, second), inside("diff", first, second, "--rows"), inside("verify", first))
	}
	files, differences, err := compareTrees(filepath.Join(sides[0], "w", "dist"), filepath.Join(sides[1], "w", "dist"))
	r.files, r.differences = files, append(r.differences, differences...)
	if err := errors.Join(append(errs, err)...); err != nil {
		return r, fmt.Errorf("%s: %w", j.name, err)
	}
	return r, nil
}

// ask runs a command with both programs and notes where their answers differ. What they print on stderr has times in
// it: it is shown, and not compared.
func (c *comparison) ask(r *result, sides [2]string, args []string) error {
	var answers [2]answer
	for i, program := range c.programs {
		var err error
		if answers[i], err = runIn(sides[i], program, args); err != nil {
			return err
		}
	}
	r.commands++
	old, now := answers[0], answers[1]
	what := fmt.Sprintf("dermset %q", args)
	if old.exit != now.exit {
		r.differences = append(r.differences, fmt.Sprintf("%s: exit code %d before, %d now\nbefore: %s\nnow: %s",
			what, old.exit, now.exit, old.stderr, now.stderr))
	}
	if d := difference(timeless(old.stdout), timeless(now.stdout)); d != "" {
		r.differences = append(r.differences, what+": stdout: "+d)
	}
	return nil
}

func runIn(dir, program string, args []string) (answer, error) {
	var out, messages bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &messages
	err := cmd.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = nil
	}
	return answer{cmd.ProcessState.ExitCode(), out.Bytes(), messages.Bytes()}, err
}

// builtAt is the time of a build, which trace prints.
var builtAt = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

func timeless(text []byte) []byte { return builtAt.ReplaceAll(text, []byte("TIME")) }

// difference says where two texts differ; empty: nowhere.
func difference(old, now []byte) string {
	if bytes.Equal(old, now) {
		return ""
	}
	at := 0
	for at < len(old) && at < len(now) && old[at] == now[at] {
		at++
	}
	around := func(text []byte) string {
		return strconv.QuoteToASCII(string(text[max(0, at-40):min(len(text), at+60)]))
	}
	return fmt.Sprintf("differs at byte %d of %d and %d: %s before, %s now",
		at, len(old), len(now), around(old), around(now))
}

// traces asks about the first, the middle and the last image of each large table that the old program published.
func traces(side string, inside func(args ...string) error) error {
	tables, err := filepath.Glob(filepath.Join(side, "w", "dist", "*", "*.csv"))
	if err != nil {
		return err
	}
	errs := []error{inside("trace", "none/none")}
	for _, table := range tables {
		if !largeTable.MatchString(table) {
			continue
		}
		ids, err := imageIDs(table)
		errs = append(errs, err)
		if n := len(ids); n > 0 {
			errs = append(errs, inside("trace", ids[0]), inside("trace", ids[n/2]), inside("trace", ids[n-1]))
		}
	}
	return errors.Join(errs...)
}

var largeTable = regexp.MustCompile(`_(selected_unsampled|rejected)\.csv$`)

// imageIDs are the first column of a large table.
func imageIDs(path string) (ids []string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	in := csv.NewReader(file)
	for {
		record, err := in.Read()
		switch {
		case err == io.EOF && len(ids) > 0:
			return ids[1:], nil
		case err != nil:
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		ids = append(ids, record[0])
	}
}

var (
	versionLine = regexp.MustCompile(`(?m)^version: .*$`)
	leastImages = regexp.MustCompile(`min_images: (\d+)`)
	splitLine   = regexp.MustCompile(`(?m)^split:\n`)
)

// secondVersion changes the settings of a workspace to those of a next version, which is locked to the first and asks
// for more images a class.
func secondVersion(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	drafts, err := filepath.Glob(filepath.Join(filepath.Dir(path), "dist", "*-draft"))
	if err != nil {
		return err
	}
	text = versionLine.ReplaceAll(text, []byte(`version: "99.0"`))
	if m := leastImages.FindSubmatch(text); m != nil {
		least, err := strconv.Atoi(string(m[1]))
		if err != nil {
			return err
		}
		text = leastImages.ReplaceAll(text, fmt.Appendf(nil, "min_images: %d", least+1))
	} else {
		text = append(text, "\nselect: {min_images: 30}\n"...)
	}
	if len(drafts) > 0 {
		lock := fmt.Sprintf("lock: %q", filepath.Base(drafts[0]))
		if splitLine.Match(text) {
			text = splitLine.ReplaceAll(text, []byte("split:\n  "+lock+"\n"))
		} else {
			text = append(text, "\nsplit: {"+lock+"}\n"...)
		}
	}
	return os.WriteFile(path, text, 0o644)
}
