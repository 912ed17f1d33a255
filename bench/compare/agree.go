package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// An agreement says whether the answers of the programs are the same.
type agreement struct {
	yes   bool
	pairs []string // that were compared
}

// agree compares every peer's answers with each of ours.
func (c *comparison) agree(programs []*program) (agreement, error) {
	answer := agreement{yes: true}
	for _, theirs := range programs {
		for _, ours := range programs {
			if theirs.is != peer || ours.is == peer {
				continue
			}
			yes, err := c.agreeOn(theirs, ours)
			if err != nil {
				return agreement{}, err
			}
			answer.yes = answer.yes && yes
			answer.pairs = append(answer.pairs, fmt.Sprintf("%s with %s", theirs.title, ours.name))
		}
	}
	return answer, nil
}

// agreeOn runs agree.py; what it says against agreement is shown.
func (c *comparison) agreeOn(theirs, ours *program) (bool, error) {
	versions, err := filepath.Glob(filepath.Join(ours.made, "*-draft"))
	if err != nil || len(versions) != 1 {
		return false, fmt.Errorf("%s: %d versions, want one", ours.made, len(versions))
	}
	arguments := []string{filepath.Join(c.bench, "agree.py"), theirs.made, versions[0]}
	if ours.is == allColumns {
		arguments = append(arguments, "--full")
	}
	fmt.Fprintf(os.Stderr, "does %s agree with %s? ", theirs.name, ours.name)
	out, err := exec.Command(filepath.Join(c.made, "venv", "bin", "python"), arguments...).CombinedOutput()
	switch exit := new(exec.ExitError); {
	case err == nil && bytes.HasSuffix(out, []byte("agree=yes\n")):
		fmt.Fprintln(os.Stderr, "yes")
		return true, nil
	case errors.As(err, &exit) && bytes.HasSuffix(out, []byte("agree=no\n")):
		fmt.Fprintf(os.Stderr, "no\n%s", out)
		return false, nil
	}
	return false, fmt.Errorf("agree.py: %v\n%s", err, out)
}
