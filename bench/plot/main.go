// Command plot draws bench/results/growth.csv as bench/results/growth.svg: what a row costs,
// over how many rows there are.
package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
)

func main() {
	if err := run("bench/results/growth.csv", "bench/results/growth.svg"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	measured, err := parse(records)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return os.WriteFile(to, []byte(draw(measured)), 0o644)
}

// A point is what one program needed for so many rows.
type point struct {
	program   string
	rows      float64
	cpu, peak float64 // microseconds of CPU time and bytes of memory, a row
}

func parse(records [][]string) ([]point, error) {
	var all []point
	for i, r := range records {
		if i == 0 {
			continue // the header: program, rows, wall_s, cpu_s, peak_bytes
		}
		if len(r) != 5 {
			return nil, fmt.Errorf("line %d has %d fields, want 5", i+1, len(r))
		}
		var numbers [4]float64
		for n := range numbers {
			var err error
			if numbers[n], err = strconv.ParseFloat(r[n+1], 64); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
		}
		rows := numbers[0]
		all = append(all, point{r[0], rows, numbers[2] * 1e6 / rows, numbers[3] / rows})
	}
	return all, nil
}
