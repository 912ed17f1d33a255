package main

import (
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// A completion says what may stand in the place of a word that a shell completes. It reads names of folders and
// uploads.jsonl alone, asks no store and no key, and says nothing of what is wrong: a shell has no place for that.
type completion = func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective)

// addCompletions gives arguments and flags their completions. Where a version may be named by the path of its folder,
// and there is no such version, the shell goes on with files.
func (a *app) addCompletions(root *cobra.Command) {
	aVersion := a.offers(cobra.ShellCompDirectiveDefault, versions.Names)
	aSource := a.offers(cobra.ShellCompDirectiveNoFileComp, sourceNames)
	arguments := map[string]completion{
		"dermset classes": upTo(1, aVersion), "dermset verify": upTo(1, aVersion), "dermset upload": upTo(1, aVersion),
		"dermset diff": upTo(2, aVersion), "dermset withdrawn": aVersion,
		"dermset mapping diff": upTo(2, a.offers(cobra.ShellCompDirectiveDefault, func(w *workspace.Workspace) []string {
			return append(versions.Names(w), currentWorkbook)
		})),
		"dermset download":      upTo(1, a.offers(cobra.ShellCompDirectiveNoFileComp, versions.Elsewhere)),
		"dermset source upload": upTo(1, aSource), "dermset source ingest": aSource,
	}
	flags := map[string]completion{
		"version": aVersion, "source": aSource, "only": oneOf("failed"), "role": oneOf("primary", "secondary"),
		"format": oneOf("table", "json", "csv"), "log-format": oneOf("text", "json"),
		"workspace": folders, "raw": folders, "images": folders,
	}
	var give func(cmd *cobra.Command)
	give = func(cmd *cobra.Command) {
		cmd.ValidArgsFunction = arguments[cmd.CommandPath()]
		for flag, complete := range flags {
			if cmd.LocalNonPersistentFlags().Lookup(flag) != nil || cmd.PersistentFlags().Lookup(flag) != nil {
				_ = cmd.RegisterFlagCompletionFunc(flag, complete) // it has none yet
			}
		}
		for _, sub := range cmd.Commands() {
			give(sub)
		}
	}
	give(root)
}

// offers completes with names of the workspace; without one with none.
func (a *app) offers(otherwise cobra.ShellCompDirective, names func(*workspace.Workspace) []string) completion {
	return func(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		w, err := workspace.Open(a.workspace, workspace.Resources{Workers: 1}, slog.New(slog.DiscardHandler), nil)
		if err != nil {
			return nil, otherwise
		}
		return begunSo(names(w), begun), otherwise
	}
}

// begunSo are the names that begin so. Not every shell leaves the others out.
func begunSo(names []string, begun string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasPrefix(name, begun) })
}

// upTo completes the first arguments, and nothing behind them; what was given is not offered again.
func upTo(most int, complete completion) completion {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names, otherwise := complete(cmd, args, begun)
		return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(args, name) }), otherwise
	}
}

func sourceNames(w *workspace.Workspace) []string {
	names, _ := w.SourceNames()
	return names
}

// oneOf completes with these.
func oneOf(all ...string) completion {
	return func(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return begunSo(all, begun), cobra.ShellCompDirectiveNoFileComp
	}
}

func folders(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}
