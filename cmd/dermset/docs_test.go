package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

var project = filepath.Join("..", "..")

// pages are what people read about the program as it is, by path: not what has changed (CHANGELOG), and not how it is
// made.
func pages(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(project, "docs", "*.md"))
	if err != nil || len(paths) < 10 {
		t.Fatal(paths, err)
	}
	for _, inside := range []string{"README.md", "examples/public/README.md"} {
		paths = append(paths, filepath.Join(project, filepath.FromSlash(inside)))
	}
	all := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.ToSlash(strings.TrimPrefix(path, project))] = string(text)
	}
	return all
}

// newRoot is the program's tree of verbs, fresh: flags keep what was parsed.
func newRoot() *cobra.Command {
	return (&app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}).rootCommand()
}

// verbs are all verbs without those that only hold others.
func verbs(cmd *cobra.Command) (all []string) {
	for _, sub := range cmd.Commands() {
		switch {
		case sub.HasSubCommands():
			all = append(all, verbs(sub)...)
		case sub.IsAvailableCommand():
			all = append(all, verbOf(sub))
		}
	}
	slices.Sort(all)
	return all
}

var (
	codeSpan = regexp.MustCompile("`([^`]+)`")
	fence    = regexp.MustCompile("(?ms)^```.*?^```")
	example  = regexp.MustCompile(`(?m)^    (?:[A-Z_]+=\S+ )*dermset (.*)$`)
	word     = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
)

// README's table has every verb, and no other. `group a · b` stands for two verbs; words in capitals are arguments.
func TestReadmeHasEveryVerb(t *testing.T) {
	_, table, found := strings.Cut(pages(t)["/README.md"], "## The verbs\n")
	table, _, closed := strings.Cut(table, "\n\n")
	if !found || !closed {
		t.Fatal("README.md has no table of verbs")
	}
	var got []string
	for _, row := range strings.Split(table, "\n")[2:] {
		for _, span := range codeSpan.FindAllStringSubmatch(strings.Split(row, "|")[1], -1) {
			group := ""
			for i, part := range strings.Split(span[1], " · ") {
				words := slices.DeleteFunc(strings.Fields(part), func(s string) bool { return !word.MatchString(s) })
				if i == 0 && len(words) == 2 {
					group = words[0] + " "
				} else {
					words[0] = group + words[0]
				}
				got = append(got, strings.Join(words, " "))
			}
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(verbs(newRoot()), got); diff != "" {
		t.Errorf("verbs (-program +README):\n%s", diff)
	}
}

// commandsIn are the command lines of a page: those in examples, and those in running text.
func commandsIn(page string) (lines []string) {
	for _, example := range example.FindAllStringSubmatch(page, -1) {
		lines = append(lines, example[1])
	}
	for _, span := range codeSpan.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		command, is := strings.CutPrefix(strings.Join(strings.Fields(span[1]), " "), "dermset ")
		first, more, _ := strings.Cut(command, " ")
		verb, _, err := newRoot().Find([]string{first})
		if is || err == nil && verb.HasParent() && more != "" && !strings.Contains(more, "·") {
			lines = append(lines, command)
		}
	}
	return lines
}

// arguments are the words of a command line as a shell would have them, up to a comment, a pipe, another command or the
// end of the line.
func arguments(line string) (args []string) {
	shell := regexp.MustCompile(`'([^']*)'|"([^"]*)"|(#.*|[|>;]|&&)|(\S+)`)
	for _, m := range shell.FindAllStringSubmatch(line, -1) {
		if m[3] != "" || m[4] == `\` {
			break
		}
		args = append(args, m[1]+m[2]+m[4])
	}
	return args
}

// Every command line that a page shows has a verb and flags that exist, and as many arguments as the verb takes.
func TestCommandsInDocsParse(t *testing.T) {
	n := 0
	for path, page := range pages(t) {
		for _, line := range commandsIn(page) {
			n++
			cmd, rest, err := newRoot().Find(arguments(line))
			if err == nil {
				err = cmd.ParseFlags(rest)
			}
			if args := cmd.Flags().Args(); err == nil && len(args) > 0 { // without, it may be talk of the verb
				err = cmd.ValidateArgs(args)
			}
			if err != nil {
				t.Errorf("%s: dermset %s: %v", path, line, err)
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d command lines", n)
	}
}

// README says all exit codes.
func TestReadmeHasExitCodes(t *testing.T) {
	_, said, _ := strings.Cut(pages(t)["/README.md"], "Exit codes:")
	said, _, _ = strings.Cut(said, ".")
	var got []int
	for _, text := range regexp.MustCompile(`\b[0-9]+\b`).FindAllString(said, -1) {
		code, _ := strconv.Atoi(text)
		got = append(got, code)
	}
	if diff := cmp.Diff([]int{exitDone, exitFailed, exitUsage, exitWaiting, exitInterrupted}, got); diff != "" {
		t.Errorf("exit codes (-program +README):\n%s", diff)
	}
}

// Findings, reasons, verdicts, columns and settings that a page names in code letters have that name in the program.
func TestNamesInDocsExist(t *testing.T) {
	name := regexp.MustCompile(`\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b`)
	texts := []string{".go", ".yaml", ".csv"}
	known := map[string]bool{"read_parquet": true, "dtype_backend": true} // of Polars and pandas
	err := filepath.WalkDir(project, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "bench", "testdata", "tools", "work"}, entry.Name()):
			return fs.SkipDir
		case strings.HasSuffix(path, "_test.go") || !slices.Contains(texts, filepath.Ext(path)):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, found := range name.FindAllString(string(text), -1) {
			known[found] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, page := range pages(t) {
		if strings.HasPrefix(path, "/examples/") { // names of others
			continue
		}
		for _, span := range codeSpan.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
			for _, found := range name.FindAllString(span[1], -1) {
				if !known[found] {
					t.Errorf("%s names %s, which nothing in the program is called", path, found)
				}
			}
		}
	}
}

// Pages lead to files that are there.
func TestLinksInDocs(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	for path, page := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(page, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(project, filepath.Dir(path), found[1])); err != nil {
				t.Errorf("%s leads to %s: %v", path, found[1], err)
			}
		}
	}
}

// README shows what the demo prints.
func TestReadmeShowsTheDemo(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("testdata", "script", "demo.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	_, prints, found := strings.Cut(string(script), "-- funnel --\n")
	prints, _, ends := strings.Cut(prints, "\n-- ")
	if !found || !ends {
		t.Fatal("demo.txtar does not say what the demo prints")
	}
	shown := "    " + strings.ReplaceAll(prints, "\n", "\n    ")
	if !strings.Contains(pages(t)["/README.md"], shown+"\n\n") {
		t.Errorf("README.md does not show this:\n%s", shown)
	}
}
