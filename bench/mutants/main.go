// Command mutants breaks rules of the project one by one, each by one line in a copy of it, and wants the test that
// guards the rule to fail. It ends with 1 when a mutant survives, does not build or is out of date.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	mutants, err := named(table, os.Args[1:])
	if err == nil {
		err = run(ctx, ".", mutants, os.Stdout)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A mutant is one line of one file that breaks one rule.
type mutant struct {
	name string
	rule string // that it breaks, in words
	file string
	old  string // text of file that stands there once
	new  string
	in   string // folder of the package whose test kills it; empty: that of file
	by   string // the test that kills it
}

// named are the mutants of these names, in the table's order; of no names, all.
func named(table []mutant, names []string) ([]mutant, error) {
	if len(names) == 0 {
		return table, nil
	}
	var some []mutant
	var all []string
	for _, m := range table {
		all = append(all, m.name)
		if slices.Contains(names, m.name) {
			some = append(some, m)
		}
	}
	var errs []error
	for _, name := range names {
		if !slices.Contains(all, name) {
			errs = append(errs, fmt.Errorf("mutant %q is not in the table, want one of %s", name, strings.Join(all, ", ")))
		}
	}
	return some, errors.Join(errs...)
}
