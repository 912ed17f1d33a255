package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// report writes a table by verb and kind of fault, what must not be, and a line for machines. It is an error if there
// was something that must not be.
func report(out io.Writer, results []result, of int) error {
	type row struct{ name, kind string }
	counts, sums := map[row]map[string]int{}, map[string]int{}
	for _, r := range results {
		at := row{r.name, r.kind()}
		if counts[at] == nil {
			counts[at] = map[string]int{}
		}
		counts[at][r.verdict]++
		sums[r.verdict]++
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "verb\tfault\truns\t"+strings.Join(verdicts, "\t")+"\t")
	rows := make([]row, 0, len(counts))
	for at := range counts {
		rows = append(rows, at)
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(order(a.name), order(b.name)), cmp.Compare(a.kind, b.kind))
	})
	line := func(name, kind string, counts map[string]int) {
		runs := 0
		var cells strings.Builder
		for _, verdict := range verdicts {
			runs += counts[verdict]
			fmt.Fprintf(&cells, "%d\t", counts[verdict])
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", name, kind, runs, cells.String())
	}
	for _, at := range rows {
		line(at.name, at.kind, counts[at])
	}
	line("all", "all", sums)
	if err := table.Flush(); err != nil {
		return err
	}
	return sayBad(out, results, sums, of)
}

func order(name string) int {
	return slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })
}

// mostShown is how many of one verb and one verdict are named.
const mostShown = 5

// sayBad names what must not be, and sums up.
func sayBad(out io.Writer, results []result, sums map[string]int, whole int) error {
	found, of := 0, map[string]int{}
	for _, r := range results {
		if !slices.Contains(bad, r.verdict) {
			continue
		}
		found++
		if of[r.name+r.verdict]++; of[r.name+r.verdict] <= mostShown {
			fmt.Fprintln(out, r)
		}
	}
	fmt.Fprintf(out, "runs=%d of=%d", len(results), whole)
	for _, verdict := range bad {
		fmt.Fprintf(out, " %s=%d", strings.ToLower(verdict), sums[verdict])
	}
	fmt.Fprintln(out)
	if found > 0 {
		return fmt.Errorf("%w: %d times", errBad, found)
	}
	return nil
}
