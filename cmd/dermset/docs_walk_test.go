package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dermset/dermset/icd11/icd11test"
)

var (
	code  = regexp.MustCompile(` # ([0-9]+): `)
	asked = regexp.MustCompile("^\\| [^|]+ \\| `([^`|]+)` \\| ([^|]*) \\|$")
)

// walkOf makes a script of a page, to be run in order: its indented lines are commands, and end with 0 or with the code
// that the comment behind them begins with; what people do by hand, and what commands say besides, stands in comments
// of the page; and of a table of what one may ask, the command in the second cell says each code span of the third.
func walkOf(page string) string {
	var script strings.Builder
	run := func(line string) {
		want := "0"
		if found := code.FindStringSubmatch(line); found != nil {
			want = found[1]
		}
		if dir, is := strings.CutPrefix(line, "cd "); is {
			fmt.Fprintln(&script, "cd", dir)
			return
		}
		fmt.Fprintf(&script, "exits %s sh -c '%s'\n", want, quoted(line))
	}
	hidden := false
	for line := range strings.Lines(fence.ReplaceAllString(page, "")) {
		line = strings.TrimSuffix(line, "\n")
		ask := asked.FindStringSubmatch(line)
		switch {
		case line == "<!-- walk" || line == "-->":
			hidden = line != "-->"
		case hidden:
			fmt.Fprintln(&script, line)
		case strings.HasPrefix(line, "    "):
			run(strings.TrimSpace(line))
		case ask != nil:
			run(ask[1])
			for _, span := range codeSpan.FindAllStringSubmatch(ask[2], -1) {
				says := strings.ReplaceAll(regexp.QuoteMeta(span[1]), "…", ".*")
				fmt.Fprintf(&script, "stdout '%s'\n", quoted(says))
			}
		}
	}
	return script.String()
}

// quoted is a text as it stands between apostrophes in a script.
func quoted(text string) string { return strings.ReplaceAll(text, "'", "''") }

// The pages for reviewers and auditors are one walk: their commands run in order, end and say as they say.
func TestWalkInDocs(t *testing.T) {
	all := pages(t)
	script := "[!exec:ssh-keygen] skip\n" + walkOf(all["/docs/review.md"]) + walkOf(all["/docs/audit.md"])
	if n := strings.Count(script, "sh -c 'dermset "); n < 40 {
		t.Errorf("only %d commands", n)
	}
	path := filepath.Join(t.TempDir(), "pages.txt")
	if err := os.WriteFile(path, []byte(script), 0o666); err != nil {
		t.Fatal(err)
	}
	params := scripts()
	params.Files = []string{path}
	params.Setup = func(env *testscript.Env) error {
		examples := os.DirFS(filepath.Join(project, "examples"))
		if err := os.CopyFS(filepath.Join(env.WorkDir, "examples"), examples); err != nil {
			return err
		}
		release := icd11test.Release("2025-01", icd11test.Skin())
		return os.WriteFile(filepath.Join(env.WorkDir, "SimpleTabulation-ICD-11-MMS-en.zip"), release, 0o666)
	}
	testscript.Run(t, params)
}
