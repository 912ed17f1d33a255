package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Every verb and every verb below it has help that begins with examples of itself, and stands in a group.
func TestEveryVerbHasExamples(t *testing.T) {
	root := (&app{stdout: io.Discard, stderr: io.Discard}).rootCommand()
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
	var help strings.Builder
	root.SetOut(&help)
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
