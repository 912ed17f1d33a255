package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fake is a module with one rule, a test that guards it and one that does not.
var fake = map[string]string{
	"go.mod":      "module fake\n\ngo 1.26\n",
	"rule/max.go": "package rule\n\nfunc Max(a, b int) int {\n\tif a > b {\n\t\treturn a\n\t}\n\treturn b\n}\n",
	"rule/max_test.go": `package rule

import "testing"

func TestMax(t *testing.T) {
	if Max(1, 2) != 2 || Max(2, 1) != 2 {
		t.Error("not the larger")
	}
}

func TestEqual(t *testing.T) {
	if Max(1, 1) != 1 {
		t.Error("not the same")
	}
}

func TestNothing(t *testing.T) { t.Skip() }
`,
	"uses/uses_test.go": `package uses

import (
	"testing"

	"fake/rule"
)

func TestUse(t *testing.T) {
	t.Run("larger", func(t *testing.T) {
		if rule.Max(3, 1) != 3 {
			t.Error("not the larger")
		}
	})
}
`,
	"work/made/broken.go": "no Go",
}

func fakeProject(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range fake {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRunner(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a dozen test programs")
	}
	dir := fakeProject(t)
	of := func(name, old, new, in, by string) mutant {
		return mutant{name: name, rule: "the larger counts", file: "rule/max.go", old: old, new: new, in: in, by: by}
	}
	mutants := []mutant{
		of("killed", "a > b", "a < b", "", "TestMax"),
		of("elsewhere", "a > b", "a < b", "uses", "TestUse"),
		of("survived", "a > b", "a >= b", "", "TestEqual"),
		of("broken", "return a", "return c", "", "TestMax"),
		of("gone", "a > c", "a < c", "", "TestMax"),
		of("twice", "return", "return 1 +", "", "TestMax"),
		of("quits", "a > b", "func() bool { panic(a) }()", "", "TestMax"),
		{name: "nowhere", rule: "none", file: "rule/min.go", by: "TestMax"},
	}
	var out bytes.Buffer
	err := run(context.Background(), dir, mutants, &out)
	if err == nil || !strings.HasPrefix(err.Error(), "5 of 8 mutants") {
		t.Errorf("error %v, want that 5 of 8 are not killed", err)
	}
	lines := strings.Split(out.String(), "\n")
	for i, want := range []string{
		"killed by TestMax", "killed by TestUse", "SURVIVED TestEqual", "Does not build",
		"Its text stands 0 times in rule/max.go", "Its text stands 2 times in rule/max.go",
		"killed by TestMax", "There is no rule/min.go",
	} {
		if !strings.HasPrefix(lines[i], mutants[i].name) || !strings.Contains(lines[i], want) {
			t.Errorf("line %d: %q, want %s: %s", i+1, lines[i], mutants[i].name, want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "rule", "max.go")); err != nil || string(text) != fake["rule/max.go"] {
		t.Errorf("the project was touched: %q, %v", text, err)
	}
}

// A test that fails without a mutant, or is not there, would prove nothing.
func TestUnsoundTests(t *testing.T) {
	if testing.Short() {
		t.Skip("builds test programs")
	}
	dir := fakeProject(t)
	for by, want := range map[string]string{
		"TestNothing": "skip, want pass", "TestNone": "it did not run, want pass",
	} {
		m := mutant{name: "m", file: "rule/max.go", old: "a > b", new: "a < b", by: by}
		if err := run(context.Background(), dir, []mutant{m}, &bytes.Buffer{}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", by, err, want)
		}
	}
}

// What the table says of the project must stand there: a mutant whose rule moved is found here, and not when all run.
func TestTable(t *testing.T) {
	names := map[string]bool{}
	for _, m := range table {
		if names[m.name] || m.rule == "" || m.new == m.old || !regexp.MustCompile(`^Test\w+$`).MatchString(m.by) {
			t.Errorf("%s: twice, without a rule, without a change or without a test: %+v", m.name, m)
		}
		names[m.name] = true
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(m.file)))
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		if n := bytes.Count(text, []byte(m.old)); n != 1 {
			t.Errorf("%s: %q stands %d times in %s, want once", m.name, m.old, n, m.file)
		}
	}
}

func TestNamed(t *testing.T) {
	all := []mutant{{name: "A"}, {name: "B"}, {name: "C"}}
	if some, err := named(all, []string{"C", "A"}); err != nil || len(some) != 2 || some[0].name != "A" {
		t.Errorf("%v, %v, want A and C", some, err)
	}
	if _, err := named(all, []string{"D"}); err == nil ||
		!strings.Contains(err.Error(), `"D" is not in the table, want one of A, B, C`) {
		t.Errorf("%v", err)
	}
}
