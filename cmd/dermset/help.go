package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is how wide help is at most, on a terminal and in a file.
const helpWidth = 80

// help begins with examples: most people who ask for help look for a line to copy. Whatever of it is prose is wrapped
// for the terminal.
func (a *app) help(cmd *cobra.Command, _ []string) {
	if a.refused = a.textOnly("help"); a.refused != nil {
		return
	}
	width := a.helpWidth()
	var out strings.Builder
	if cmd.HasExample() {
		out.WriteString("Examples:\n" + examples(cmd.Example, width) + "\n\n")
	}
	says := cmd.Long
	if says == "" {
		says = cmd.Short
	}
	out.WriteString(paragraphs(says, width) + "\n\n" + usageOf(cmd, width))
	fmt.Fprint(a.stdout, out.String())
}

// examples are lines to copy. Where one of them is too wide, comments stand above their lines, and a command goes on
// behind a backslash.
func examples(given string, width int) string {
	lines := strings.Split(given, "\n")
	if !slices.ContainsFunc(lines, func(line string) bool { return text.StringWidth(line) > width }) {
		return given
	}
	var all []string
	for _, line := range strings.Split(goesOn.ReplaceAllString(given, " "), "\n") {
		command, comment, is := strings.Cut(line, "  # ")
		if is {
			all = append(all, hang("  # "+strings.TrimSpace(comment), width, 4)...)
		}
		all = append(all, commandLines(strings.TrimSpace(command), width)...)
	}
	return strings.Join(all, "\n")
}

var (
	goesOn = regexp.MustCompile(` *\\\n *`)
	// a word of a shell: what stands in quotes is of one, with its blanks
	shellWord = regexp.MustCompile(`(?:'[^']*'|"[^"]*"|[^ '"])+`)
)

// commandLines are a command that goes on behind backslashes, broken only between words of the shell.
func commandLines(command string, width int) (lines []string) {
	now := " "
	for _, word := range shellWord.FindAllString(command, -1) {
		if strings.TrimSpace(now) != "" && text.StringWidth(now+" "+word+" \\") > width {
			lines, now = append(lines, now+" \\"), "   "
		}
		now += " " + word
	}
	return append(lines, now)
}

func (a *app) usage(cmd *cobra.Command) error {
	_, err := fmt.Fprint(cmd.OutOrStderr(), usageOf(cmd, a.helpWidth()))
	return err
}

func (a *app) helpWidth() int {
	if columns := columnsOf(a.stdout); columns > 0 {
		return min(columns, helpWidth)
	}
	return helpWidth
}

// usageOf is how a verb is called: its line, its own verbs and its flags.
func usageOf(cmd *cobra.Command, width int) string {
	var out strings.Builder
	out.WriteString("Usage:")
	if cmd.Runnable() {
		out.WriteString("\n  " + strings.Join(hang(cmd.UseLine(), width-2, 4), "\n  "))
	}
	if cmd.HasAvailableSubCommands() {
		out.WriteString("\n  " + cmd.CommandPath() + " COMMAND")
		for _, group := range append(cmd.Groups(), &cobra.Group{Title: "Commands"}) {
			out.WriteString(verbsOf(cmd, group, width))
		}
	}
	out.WriteString("\n")
	out.WriteString(flagsOf("Flags", cmd.LocalFlags(), width))
	out.WriteString(flagsOf("Flags of every verb", cmd.InheritedFlags(), width))
	return out.String()
}

// verbsOf lists the verbs of a group with what they do.
func verbsOf(cmd *cobra.Command, group *cobra.Group, width int) string {
	var out strings.Builder
	for _, sub := range cmd.Commands() {
		if sub.GroupID == group.ID && sub.IsAvailableCommand() {
			name := fmt.Sprintf("  %-*s ", sub.NamePadding(), sub.Name())
			out.WriteString("\n" + strings.Join(hang(name+sub.Short, width, len(name)), "\n"))
		}
	}
	if out.Len() == 0 {
		return ""
	}
	return "\n\n" + group.Title + ":" + out.String()
}

func flagsOf(title string, flags *pflag.FlagSet, width int) string {
	if !flags.HasAvailableFlags() {
		return ""
	}
	return "\n" + title + ":\n" + strings.TrimRight(flags.FlagUsagesWrapped(width), " \n") + "\n"
}

// paragraphs are those of a text, between empty lines, each wrapped anew.
func paragraphs(prose string, width int) string {
	all := strings.Split(strings.TrimSpace(prose), "\n\n")
	for i, paragraph := range all {
		all[i] = strings.Join(wrap(strings.Join(strings.Fields(paragraph), " "), width), "\n")
	}
	return strings.Join(all, "\n\n")
}
