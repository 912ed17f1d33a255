package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func runs(walls ...float64) []measurement {
	var all []measurement
	for _, w := range walls {
		all = append(all, measurement{wall: w, cpu: 2 * w, peak: int64(w * 1e8)})
	}
	return all
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		walls []float64
		want  float64
	}{{[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 2}, 2}, {[]float64{5, 1, 4, 2, 3}, 3}} {
		if got := (&program{runs: runs(c.walls...)}).median(wall); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.walls, got, c.want)
		}
	}
}

func sample() *report {
	return &report{rows: 1_000_000, inputBytes: 157e6,
		machine: machine{day: "2026-01-02", cores: 2, cpu: "CPU", memory: "1 kB", system: "linux 6", load: 0.7},
		programs: []*program{
			{name: "polars", title: "polars 2.1.0", runs: runs(4, 2, 3), output: 5e6},
			{name: "dermset", title: "dermset", is: likeForLike, runs: runs(1, 2), output: 6e6},
		},
		agreement: agreement{true, []string{"polars 2.1.0 with dermset"}}}
}

func TestLastLine(t *testing.T) {
	r := sample()
	if got := r.lastLine(); got != "dermset/polars rows=1000000 wall=0.50 cpu=0.50 memory=0.50 agree=yes" {
		t.Error(got)
	}
	r.agreement.yes = false
	if got := r.lastLine(); !strings.HasSuffix(got, "agree=no") {
		t.Error(got)
	}
	r.agreement = agreement{yes: true} // nothing was compared
	if got := r.lastLine(); !strings.HasSuffix(got, "agree=no") {
		t.Error(got)
	}
	r.programs = r.programs[1:]
	if got := r.lastLine(); !strings.Contains(got, "not compared") {
		t.Error(got)
	}
}

func TestReport(t *testing.T) {
	text := sample().text()
	for _, part := range []string{"# 1,000,000 rows", "2026-01-02, 2 cores of CPU",
		"**The machine was busy", "157 MB of input",
		"| polars 2.1.0 | 3 | 3.00 (2.00 – 4.00) | 6.00 (4.00 – 8.00) | 300 | 5 | 1.00 | 1.00 |",
		"| dermset | 2 | 1.50 (1.00 – 2.00) | 3.00 (2.00 – 4.00) | 150 | 6 | 0.50 | 0.50 |",
		"The answers agree: polars 2.1.0 with dermset."} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

func TestGrowthReplacesLines(t *testing.T) {
	old := growthHeader + "pandas,100000,1.00,1.00,7\npolars,100000,9.00,9.00,9\npolars,1000000,9.00,9.00,9\n"
	want := growthHeader + "dermset,1000000,1.50,3.00,150000000\npandas,100000,1.00,1.00,7\npolars,100000,9.00,9.00,9\n" +
		"polars,1000000,3.00,6.00,300000000\n"
	if got := sample().growth(old); got != want {
		t.Errorf("growth is\n%s, want\n%s", got, want)
	}
	if got := sample().growth(want); got != want {
		t.Errorf("growth changed to\n%s", got)
	}
}

// A whole comparison, with programs that a shell stands in for.
func TestComparison(t *testing.T) {
	dir := t.TempDir()
	c := &comparison{made: filepath.Join(dir, "made"), bench: filepath.Join(dir, "bench"), rows: 10, rounds: 3}
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	version := "mkdir -p %s/dist/DXv1-draft && echo rows > %s/dist/DXv1-draft/x.csv\n"
	write(filepath.Join(c.data(), "workspace", "dermset.yaml"), "version: 1\n")
	write(filepath.Join(c.data(), "peers", "src", "a.csv"), "a\n")
	write(filepath.Join(c.made, "bin", "likeforlike"),
		"#!/bin/sh\nset -e\ntest ! -e $1/dist\n"+strings.ReplaceAll(version, "%s", "$1"))
	write(filepath.Join(c.made, "bin", "dermset"),
		"#!/bin/sh\nset -e\n"+strings.ReplaceAll(version, "%s", "$3")+"exit 3\n")
	python := func(agree string) string {
		return fmt.Sprintf("#!/bin/sh\ncase $1 in *agree.py) test -e $2/t.csv -a -e $3/x.csv || exit 7; %s;; esac\n"+
			"if [ \"$2\" = --version ]; then echo tool 1; else mkdir -p $3 && echo 1 > $3/t.csv; fi\n", agree)
	}
	venv := filepath.Join(c.made, "venv", "bin", "python")
	write(venv, python("echo agree=yes; exit 0"))
	if err := c.run("", true); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(c.bench, "results", "table-10.md"))
	if err != nil || !strings.Contains(string(text), "agree=yes") || strings.Count(string(text), "| 3 |") != 5 {
		t.Fatalf("%v\n%s", err, text)
	}
	write(venv, python("echo agree=no; exit 1"))
	if err := c.run("polars,dermset", false); err != errDisagree {
		t.Errorf("error %v, want that answers differ", err)
	}
	write(venv, python("echo crashed; exit 1"))
	if err := c.run("", false); err == nil || !strings.Contains(err.Error(), "crashed") {
		t.Errorf("error %v, want what agree.py said", err)
	}
	write(venv, python("echo agree=yes; exit 0"))
	write(filepath.Join(c.made, "bin", "likeforlike"), "#!/bin/sh\necho no disk >&2\nexit 1\n")
	if err := c.run("", false); err == nil || !strings.Contains(err.Error(), "no disk") {
		t.Errorf("error %v, want what the program said", err)
	}
}
