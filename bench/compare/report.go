package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// A report is the answer of a comparison.
type report struct {
	rows       int
	inputBytes int64
	machine    machine
	programs   []*program
	agreement  agreement
}

// busy is the load above which a report warns: wall times then tell little.
const busy = 0.5

func (r *report) find(name string) *program {
	for _, p := range r.programs {
		if p.name == name {
			return p
		}
	}
	return nil
}

// lastLine compares ours, like for like, with Polars.
func (r *report) lastLine() string {
	yes := map[bool]string{true: "yes", false: "no"}[r.agreement.yes && len(r.agreement.pairs) > 0]
	if r.find("dermset") == nil || r.find("polars") == nil {
		return fmt.Sprintf("dermset/polars rows=%d not compared: -only left one out", r.rows)
	}
	return fmt.Sprintf("dermset/polars rows=%d wall=%.2f cpu=%.2f memory=%.2f agree=%s",
		r.rows, r.ratio(wall), r.ratio(cpu), r.ratio(peak), yes)
}

// ratio is the median of ours divided by that of Polars.
func (r *report) ratio(of func(measurement) float64) float64 {
	return r.find("dermset").median(of) / r.find("polars").median(of)
}

// table is the medians as Markdown.
func (r *report) table() string {
	var b strings.Builder
	b.WriteString("| program | runs | wall s (min – max) | CPU s (min – max) | peak MB | output MB | wall / Polars | " +
		"CPU / Polars |\n|---|---|---|---|---|---|---|---|\n")
	base := r.find("polars")
	for _, p := range r.programs {
		relative := func(of func(measurement) float64) string {
			if base == nil {
				return ""
			}
			return fmt.Sprintf("%.2f", p.median(of)/base.median(of))
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %.0f | %d | %s | %s |\n", p.title, len(p.runs), spread(p, wall),
			spread(p, cpu), p.median(peak)/1e6, p.output/1e6, relative(wall), relative(cpu))
	}
	return b.String()
}

func spread(p *program, of func(measurement) float64) string {
	values := p.values(of)
	return fmt.Sprintf("%.2f (%.2f – %.2f)", p.median(of), values[0], values[len(values)-1])
}

// text is the whole report.
func (r *report) text() string {
	var b strings.Builder
	m := r.machine
	fmt.Fprintf(&b, "# %s rows\n\n%s, %d cores of %s, %s, %s, %s. Load before the start: %.2f.",
		thousands(r.rows), m.day, m.cores, m.cpu, m.memory, m.system, runtime.Version(), m.load)
	if m.load > busy {
		b.WriteString(" **The machine was busy: trust CPU time and ratios, not wall times.**")
	}
	fmt.Fprintf(&b,
		" %d MB of input, read once before the first round. Programs run in turn, each as a process of its own.\n\n",
		r.inputBytes/1e6)
	b.WriteString(r.table())
	said := "agree"
	if !r.agreement.yes {
		said = "do NOT all agree"
	}
	fmt.Fprintf(&b, "\nThe answers %s: %s.\n\n`%s`\n", said, strings.Join(r.agreement.pairs, "; "), r.lastLine())
	return b.String()
}

func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// write keeps the report and adds its medians to those of other sizes.
func (r *report) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("table-%d.md", r.rows)), []byte(r.text()), 0o644); err != nil {
		return err
	}
	path := filepath.Join(dir, "growth.csv")
	old, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(path, []byte(r.growth(string(old))), 0o644)
}

const growthHeader = "program,rows,wall_s,cpu_s,peak_bytes\n"

// growth replaces the lines of these programs and rows.
func (r *report) growth(old string) string {
	lines := map[string]string{} // by their order
	key := func(program string, rows int) string { return fmt.Sprintf("%s,%012d", program, rows) }
	for line := range strings.Lines(strings.TrimPrefix(old, growthHeader)) {
		parts := strings.Split(line, ",")
		rows, _ := strconv.Atoi(parts[1])
		lines[key(parts[0], rows)] = line
	}
	for _, p := range r.programs {
		name := strings.ReplaceAll(p.name, ",", "")
		lines[key(name, r.rows)] = fmt.Sprintf("%s,%d,%.2f,%.2f,%.0f\n",
			name, r.rows, p.median(wall), p.median(cpu), p.median(peak))
	}
	text := growthHeader
	for _, k := range slices.Sorted(maps.Keys(lines)) {
		text += lines[k]
	}
	return text
}
