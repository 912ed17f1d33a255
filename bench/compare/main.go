// Command compare runs dermset and its peers in turn on the same rows, checks that their answers agree, and writes a
// table of medians. bench/run makes what it needs and calls it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// pandasRows is up to how many rows pandas runs as often as the others: above, a run takes minutes.
const pandasRows = 1_000_000

func main() {
	c := comparison{made: filepath.Join("work", "bench"), bench: "bench"}
	flag.IntVar(&c.rows, "rows", 100_000, "rows, as generated in work/bench/ROWS")
	flag.IntVar(&c.rounds, "runs", 5, "rounds")
	only := flag.String("only", "", "programs to run, with commas; then answers are compared only among them")
	noRecord := flag.Bool("no-record", false, "write no report")
	flag.Parse()
	if err := c.run(*only, !*noRecord); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A comparison is one call of this program.
type comparison struct {
	made, bench  string // folders: of what bench/run makes, of this project's bench/
	rows, rounds int
}

// errDisagree ends a comparison whose answers differ.
var errDisagree = errors.New("the answers differ: no number counts")

func (c *comparison) run(only string, record bool) error {
	machine := look()
	programs, err := c.programs(only)
	if err != nil {
		return err
	}
	r := report{rows: c.rows, machine: machine, programs: programs}
	if r.inputBytes, err = warm(c.data()); err != nil {
		return err
	}
	for round := range c.rounds {
		if err := c.round(round, programs); err != nil {
			return err
		}
		if round > 0 {
			continue
		}
		for _, p := range programs {
			p.output = size(p.made)
		}
		if r.agreement, err = c.agree(programs); err != nil {
			return err
		}
	}
	if record {
		if err := r.write(filepath.Join(c.bench, "results")); err != nil {
			return err
		}
	}
	fmt.Print(r.table())
	fmt.Println(r.lastLine())
	if !r.agreement.yes {
		return errDisagree
	}
	return nil
}

func (c *comparison) data() string { return filepath.Join(c.made, fmt.Sprint(c.rows)) }

// programs are what is run in a round, in this order.
func (c *comparison) programs(only string) ([]*program, error) {
	python, bin := filepath.Join(c.made, "venv", "bin", "python"), filepath.Join(c.made, "bin")
	var all []*program
	for _, name := range []string{"polars", "duckdb", "pandas"} {
		script, out := filepath.Join(c.bench, "peers", name+"_table.py"), filepath.Join(c.data(), "out", name)
		all = append(all, &program{
			name: name, is: peer, made: out, clear: []string{out},
			version: []string{python, script, "--version"},
			command: []string{python, script, filepath.Join(c.data(), "peers"), out},
		})
	}
	space := filepath.Join(c.data(), "workspace")
	dist, work := filepath.Join(space, "dist"), filepath.Join(space, "work")
	ours := func(name string, is kind, command ...string) *program {
		return &program{name: name, is: is, made: dist, clear: []string{dist, work}, command: command, done: []int{3}}
	}
	all = append(all,
		ours("dermset", likeForLike, filepath.Join(bin, "likeforlike"), space),
		ours("dermset, all columns", allColumns, filepath.Join(bin, "dermset"), "build", "--workspace", space))
	if only != "" {
		names := strings.Split(only, ",")
		all = slices.DeleteFunc(all, func(p *program) bool { return !slices.Contains(names, p.name) })
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("-only %s: want some of polars, duckdb, pandas, dermset, \"dermset, all columns\"", only)
	}
	for _, p := range all {
		if err := p.findVersion(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// round runs every program once. What ours wrote in the first round is kept aside for agree.
func (c *comparison) round(round int, programs []*program) error {
	for _, p := range programs {
		if round > 0 && p.name == "pandas" && c.rows > pandasRows {
			continue
		}
		if err := p.runOnce(round); err != nil {
			return err
		}
		if round == 0 && p.is != peer {
			aside := filepath.Join(c.data(), "out", "ours-"+fmt.Sprint(p.is))
			if err := errors.Join(os.RemoveAll(aside), os.MkdirAll(filepath.Dir(aside), 0o755)); err != nil {
				return err
			}
			if err := os.Rename(p.made, aside); err != nil {
				return err
			}
			p.made = aside
		}
	}
	return nil
}
