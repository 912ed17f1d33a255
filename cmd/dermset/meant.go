package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/workflow/workspace"
)

// verbOf is a verb as it is typed behind the program's name: source ingest.
func verbOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// noVerb is the error that cmd has no such verb below it, with the one of the program that was probably meant.
func noVerb(cmd *cobra.Command, written string) error {
	below := func(cmd *cobra.Command) (all []string) {
		for _, path := range verbPaths(cmd) {
			all = append(all, strings.TrimPrefix(path, cmd.CommandPath()+" "))
		}
		return all
	}
	meant := slips.Nearest(written, below(cmd))
	if meant != "" && cmd.HasParent() {
		meant = verbOf(cmd) + " " + meant
	} else if meant == "" {
		meant = slips.Nearest(written, below(cmd.Root()))
	}
	if meant != "" {
		meant = "`" + cmd.Root().Name() + " " + meant + "`"
	}
	return misused(cmd, fmt.Errorf("there is no verb %q",
		strings.TrimPrefix(cmd.CommandPath()+" "+written, cmd.Root().Name()+" ")), meant)
}

// misused is an error of usage that ends with what was probably meant, if anything was, and where help is.
func misused(cmd *cobra.Command, err error, meant string) error {
	if meant != "" {
		return workspace.Usage(fmt.Errorf("%w; did you mean %s? See `%s --help`", err, meant, cmd.CommandPath()))
	}
	return workspace.Usage(fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath()))
}

// wrongArgs is the error that a verb has fewer, more or other arguments than its usage names; nil where it has those.
func wrongArgs(cmd *cobra.Command, args []string) error {
	required, all := argumentsOf(cmd)
	verb := verbOf(cmd)
	usage := strings.TrimSuffix(cmd.UseLine(), " [flags]")
	switch {
	case len(args) < len(required):
		missing, is := required[len(args):], "is"
		if len(missing) > 1 {
			is = "are"
		}
		names := strings.ReplaceAll(strings.Join(missing, " and "), "...", "")
		return fmt.Errorf("%s: %s %s missing; want `%s`", verb, names, is, usage)
	case len(all) == 0 && len(args) > 0:
		return fmt.Errorf("%s: takes no argument, and there is %q", verb, args[0])
	case len(args) > len(all) && !strings.HasSuffix(all[len(all)-1], "..."):
		return fmt.Errorf("%s: %q is too many; want `%s` (a name with blanks wants quotes)", verb, args[len(all)], usage)
	case len(cmd.ValidArgs) > 0 && len(args) > 0 && !slices.Contains(cmd.ValidArgs, args[0]):
		return fmt.Errorf("%s: %q, want one of %s%s", verb, args[0], strings.Join(cmd.ValidArgs, ", "),
			slips.Meant(args[0], cmd.ValidArgs))
	}
	return nil
}

// argumentsOf are the arguments that a verb's usage names, without flags and what these take.
func argumentsOf(cmd *cobra.Command) (required, all []string) {
	optional, ofFlag := false, false
	for _, word := range strings.Fields(cmd.Use)[1:] {
		optional = optional || strings.HasPrefix(word, "[")
		isFlag := strings.HasPrefix(word, "--")
		if name := strings.Trim(word, "[]"); !isFlag && !ofFlag && name != "|" {
			if all = append(all, name); !optional {
				required = append(required, name)
			}
		}
		ofFlag = isFlag
		optional = optional && !strings.HasSuffix(word, "]")
	}
	return required, all
}

// emptyFlag refuses a flag that is given and says nothing, as a variable of the shell that is not set makes it: it
// would mean everything.
func emptyFlag(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if err == nil && strings.TrimSpace(flag.Value.String()) == "" {
			err = misused(cmd, fmt.Errorf("--%s is empty: leave it out, or say something there", flag.Name), "")
		}
	})
	return err
}

// verbPaths are the command lines of all verbs below cmd, those that hold others too, outer ones first.
func verbPaths(cmd *cobra.Command) (paths []string) {
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			paths = append(paths, sub.CommandPath())
		}
	}
	for _, sub := range cmd.Commands() {
		paths = append(paths, verbPaths(sub)...)
	}
	return paths
}

// flagMeant says which flag of the verb was probably meant by one that it does not have.
func flagMeant(cmd *cobra.Command, err error) string {
	unknown, is := errors.AsType[*pflag.NotExistError](err)
	if !is {
		return ""
	}
	var known []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) { known = append(known, flag.Name) })
	if name := slips.Nearest(unknown.GetSpecifiedName(), known); name != "" {
		return "--" + name
	}
	return ""
}
