package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
)

// Every verb and every verb below it has help that begins with examples of itself, and stands in a group.
func TestEveryVerbHasExamples(t *testing.T) {
	var help strings.Builder
	root := (&app{stdout: &help, stderr: io.Discard}).rootCommand()
	seen := 0
	var look func(cmd *cobra.Command)
	look = func(cmd *cobra.Command) {
		for _, verb := range cmd.Commands() {
			seen++
			if !strings.Contains(verb.Example, verb.CommandPath()) {
				t.Errorf("%s: no example of it: %q", verb.CommandPath(), verb.Example)
			}
			if verb.Short == "" || strings.HasSuffix(verb.Short, ".") || len([]rune(verb.Short)) > 100 {
				t.Errorf("%s: said in short: %q", verb.CommandPath(), verb.Short)
			}
			if cmd == root && verb.GroupID == "" && verb.Name() != "help" {
				t.Errorf("%s stands in no group", verb.CommandPath())
			}
			look(verb)
		}
	}
	look(root)
	if seen < 30 {
		t.Errorf("only %d verbs", seen)
	}
	root.SetArgs([]string{"--help"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, want := range []string{"Examples:\n  dermset demo", "Set up:\n  ", "Sources:\n", "Mapping:\n", "Build:\n",
		"Look:\n", "Publish:\n", "Flags:\n"} {
		next := strings.Index(help.String(), want)
		if next < at || next < 0 {
			t.Errorf("help has %q at %d, behind %d:\n%s", want, next, at, help.String())
		}
		at = next
	}
}

// The help of every verb begins with examples and has at most 80 columns.
func TestHelpFits(t *testing.T) {
	var look func(words []string, cmd *cobra.Command)
	look = func(words []string, cmd *cobra.Command) {
		var out strings.Builder
		root := (&app{stdout: &out, stderr: io.Discard}).rootCommand()
		root.SetArgs(append(words, "--help"))
		if err := root.Execute(); err != nil {
			t.Errorf("%q: %v", words, err)
		}
		if !strings.HasPrefix(out.String(), "Examples:\n") {
			t.Errorf("%q begins otherwise: %.40q", words, out.String())
		}
		for line := range strings.SplitSeq(out.String(), "\n") {
			if text.StringWidth(line) > 80 {
				t.Errorf("%q: %q has %d columns", words, line, text.StringWidth(line))
			}
		}
		for _, sub := range cmd.Commands() {
			look(append(slices.Clone(words), sub.Name()), sub)
		}
	}
	look(nil, newRoot())
}

// What is said instead of an empty table is said by a verb that there is.
func TestNoRows(t *testing.T) {
	all := verbs(newRoot())
	for verb, says := range noRows {
		if !slices.Contains(all, verb) || says == "" {
			t.Errorf("%q says %q", verb, says)
		}
		var out strings.Builder
		a := &app{stdout: &out, verb: verb}
		if err := a.printTable([]string{"what"}, nil); err != nil || out.String() != says+"\n" {
			t.Errorf("%q: %q, %v", verb, out.String(), err)
		}
	}
}

// An example that is too wide has its comment above it, and can be copied all the same.
func TestExamples(t *testing.T) {
	given := "  dermset build   # all steps\n  dermset upload DXv1.0 --to s3://bucket/a/prefix/of/versions"
	if got := examples(given, 80); got != given {
		t.Errorf("%q", got)
	}
	want := "  # all steps\n  dermset build\n  dermset upload DXv1.0 --to \\\n    s3://bucket/a/prefix/of/versions"
	if got := examples(given, 50); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	given = "  dermset accept --as ana --reason 'agreed on 3 March' \\\n      --subject 'age=*' --dry-run"
	want = "  dermset accept --as ana --reason \\\n    'agreed on 3 March' --subject \\\n    'age=*' --dry-run"
	if got := examples(given, 42); got != want { // nothing in quotes is broken
		t.Errorf("%q, want %q", got, want)
	}
}

// Arguments that are missing, too many or others are told by the names that the verb's usage has.
func TestWrongArguments(t *testing.T) {
	for line, want := range map[string]string{
		"source new":          "source new: NAME is missing; want `dermset source new NAME`; see ",
		"diff":                "diff: V1 and V2 are missing; want `dermset diff V1 V2`; see ",
		"codes show":          "codes show: CODE is missing; want `dermset codes show CODE...`; see ",
		"download":            "download: VERSION is missing; want `dermset download VERSION --from URL`; see ",
		"init my data":        `init: "data" is too many; want ` + "`dermset init [DIR]` (a name with blanks wants quotes)",
		"source upload a b":   `source upload: "b" is too many; want ` + "`dermset source upload NAME | --all`",
		"build DXv1":          `build: takes no argument, and there is "DXv1"`,
		"completion bsh":      `completion: "bsh", want one of bash, `,
		"log --row tab":       "want --row and the names of a tab and of a label",
		"log --row tab a b c": `log: "b" is too many; want `,
	} {
		var out, messages strings.Builder
		code := run(strings.Fields(line), strings.NewReader(""), &out, &messages)
		if code != exitUsage || !strings.HasPrefix(messages.String(), "error: "+want) {
			t.Errorf("%s: %d, %s", line, code, messages.String())
		}
	}
}
