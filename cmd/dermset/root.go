package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// Exit codes (spec 11).
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitWaiting     = 3 // done, and findings wait for a person
	exitInterrupted = 130
)

// errWaiting ends a verb that did its work and leaves findings for a person.
var errWaiting = errors.New("findings wait for a person")

// An app is one invocation: its streams and the flags that every verb has.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	workspace string
	format    string
	logFormat string
	workers   int
	memory    string
	batch     string

	opened  *workspace.Workspace // nil: none
	refused error                // why what cobra does by itself, such as help, was not done
	verb    string               // of this invocation, without the program's name
	line    standingLine         // where progress is shown
	over    func()               // ends what is shown while the verb works
}

// run is the program without its process: arguments and streams in, exit code out.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	defer engine.SteadyHeap()()
	ctx, stop := signal.NotifyContext(context.Background(), signals()...)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	a.line.out = stderr
	defer a.quiet()
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	a.foresee(args)
	err := fault.Contain(func() error { return root.ExecuteContext(ctx) })
	code := a.ended(cmp.Or(err, a.refused), args, ctx.Err() != nil)
	if code != exitDone && a.saysJSON() {
		a.sayCode(code)
	}
	return code
}

// ended says how a run ended that did not simply do what it should, and returns its exit code.
func (a *app) ended(err error, args []string, interrupted bool) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errWaiting):
		return exitWaiting
	case isPanic(err):
		a.sayErrors(err, nil)
		a.say("this is a fault of dermset %s, and not of your data; nothing is half-written. Please report it, with the "+
			"lines above and the command: dermset %s", build.Version, strings.Join(args, " "))
		return exitFailed
	case interrupted:
		a.say("interrupted; nothing is half-written, run the same command again to go on")
		return exitInterrupted
	}
	a.sayErrors(err, fault.Remedies(err))
	if workspace.IsUsage(err) {
		return exitUsage
	}
	return exitFailed
}

// signals are those that end a run in order. A hang-up that nohup has the program ignore stays ignored.
func signals() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// isPanic says whether a bug ended the run. Each room that catches one at the top of a goroutine has it as an error.
func isPanic(err error) bool {
	_, own := errors.AsType[*fault.Panic](err)
	_, ofEngine := errors.AsType[*engine.Panic](err)
	return own || ofEngine
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "dermset",
		Short: "Rebuild a versioned dermatology image dataset from many sources",
		Long: `Rebuild a versioned dermatology image dataset from many sources. Every image gets one
category that can be told apart by eye, with its ICD-11 codes; the tables that train and
audit a model come out as CSV and Parquet.`,
		Example: `  dermset demo                             # a small workspace, built in seconds
  dermset init my-dataset && cd my-dataset # a workspace of your own
  dermset source ingest --all --raw ~/raw  # raw material → dataset CSVs
  dermset mapping check                    # what is wrong or missing
  dermset build                            # all steps: the tables in dist/
  dermset trace ham10000/ISIC_0027419.jpg  # why is this image here?`,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			a.verb = verbOf(cmd)
			return emptyFlag(cmd)
		},
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
	}
	version := root.Flags().Bool("version", false, "the version of dermset")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if *version {
			return a.version()
		}
		return cmd.Help()
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.workspace, "workspace", ".", "folder with dermset.yaml")
	flags.StringVar(&a.format, "format", "table", "form of results on stdout: table, json or csv")
	flags.StringVar(&a.logFormat, "log-format", "",
		"form of messages on stderr: text or json (default text, json with --format json)")
	flags.IntVar(&a.workers, "workers", runtime.GOMAXPROCS(0),
		"batches worked on at once; never changes a result")
	flags.StringVar(&a.memory, "memory", "",
		"most memory of batches, such as 4GiB (default 70 % of the machine)")
	flags.StringVar(&a.batch, "batch-size", "1MiB",
		"bytes of a table in a batch, fewer where memory has no room for them; never changes a result")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if wrong, is := errors.AsType[*pflag.InvalidValueError](err); is && wrong.GetFlag().Value.Type() == "int" {
			err = fmt.Errorf("--%s %q, want a whole number", wrong.GetFlag().Name, wrong.GetValue())
		}
		return misused(cmd, err, flagMeant(cmd, err))
	})
	root.SetHelpFunc(a.help)
	root.SetUsageFunc(a.usage)
	root.SetHelpCommand(helpCommand(root))
	root.CompletionOptions.DisableDefaultCmd = true
	cobra.EnableCommandSorting = false // verbs stand in the order of their table
	for _, group := range a.verbs(root) {
		root.AddGroup(&cobra.Group{ID: group.title, Title: group.title})
		for _, verb := range group.verbs {
			verb.GroupID = group.title
			root.AddCommand(verb)
		}
	}
	usageArgs(root)
	a.addCompletions(root)
	return root
}

// helpCommand is cobra's own, but to ask about a verb that is not there is wrong usage.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [VERB]",
		Short:   "Examples and flags of a verb",
		Example: "  dermset help build\n  dermset source ingest --help",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return noVerb(root, strings.Join(args, " "))
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

// usageArgs makes wrong arguments of every verb errors of usage.
func usageArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if cmd.HasSubCommands() && len(args) > 0 {
				return noVerb(cmd, args[0])
			}
			if err := check(cmd, args); err != nil {
				return misused(cmd, cmp.Or(wrongArgs(cmd, args), err), "")
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		usageArgs(sub)
	}
}

// open opens the workspace with the flags' settings.
func (a *app) open() (*workspace.Workspace, error) { return a.openBy(workspace.Open) }

// openFor is open for a verb that looks at versions: those that are named by their paths need no workspace.
func (a *app) openFor(names ...string) (*workspace.Workspace, error) {
	if slices.ContainsFunc(names, func(name string) bool { return !versions.IsPath(name) }) {
		return a.open()
	}
	return a.openBy(workspace.OpenAnywhere)
}

func (a *app) openBy(open func(string, workspace.Resources, *slog.Logger, *workspace.Progress) (*workspace.Workspace,
	error)) (*workspace.Workspace, error) {
	log, progress, err := a.messages()
	if err != nil {
		return nil, err
	}
	settings, err := a.settings()
	if err != nil {
		return nil, err
	}
	progress.Brief = !runsSteps(a.verb)
	w, err := open(a.workspace, settings, log, progress)
	if err == nil {
		a.opened, a.over = w, progress.Phase(a.verb)
	}
	return w, err
}

// quiet ends what is shown while the verb works, for what it has to say.
func (a *app) quiet() {
	if a.over != nil {
		a.over()
	}
	a.line.clear()
}

// table runs a verb on the workspace and gives the rows that it returns.
func (a *app) table(f results.Form, do func(*workspace.Workspace) ([][]string, error)) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	rows, err := do(w)
	if err != nil {
		return err
	}
	return a.giveRows(f, rows)
}

// lockedTable is table for a verb that no other run may use the workspace beside.
func (a *app) lockedTable(verb string, f results.Form, do func(*workspace.Workspace) ([][]string, error)) error {
	return a.table(f, func(w *workspace.Workspace) (rows [][]string, err error) {
		err = w.Locked(verb, func() error {
			rows, err = do(w)
			return err
		})
		return rows, err
	})
}

// lockedOne is lockedTable for a verb that does one thing.
func (a *app) lockedOne(f results.Form, do func(*workspace.Workspace) ([]string, error)) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	var cells []string
	err = w.Locked(f.Verb, func() error {
		cells, err = do(w)
		return err
	})
	if err != nil {
		return err
	}
	return a.give(f, cells)
}

func (a *app) settings() (workspace.Resources, error) {
	s := workspace.Resources{Workers: a.workers}
	if a.workers < 1 || a.workers > 1024 {
		return s, workspace.Usage(fmt.Errorf("--workers %d, want 1 to 1024", a.workers))
	}
	batch, err := parseBytes(a.batch)
	if err != nil || batch < 1 || batch > 1<<30 {
		return s, workspace.Usage(fmt.Errorf("--batch-size %q, want 1 byte to 1GiB", a.batch))
	}
	s.BatchBytes = int(batch)
	if a.memory == "" {
		s.MemoryBytes = workspace.DefaultMemory()
		return s, nil
	}
	s.MemoryBytes, err = parseBytes(a.memory)
	if err != nil || s.MemoryBytes < 1 {
		return s, workspace.Usage(fmt.Errorf("--memory %q, want a size such as 4GiB", a.memory))
	}
	return s, nil
}

// parseBytes reads 512, 64KiB, 4GB and the like.
func parseBytes(text string) (int64, error) {
	units := []struct {
		suffix string
		bytes  int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"KB", 1e3}, {"MB", 1e6},
		{"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1}}
	for _, unit := range units {
		if number, ok := strings.CutSuffix(text, unit.suffix); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
			if err != nil || n < 0 || n*float64(unit.bytes) > 1<<60 {
				return 0, fmt.Errorf("%q is not a size", text)
			}
			return int64(n * float64(unit.bytes)), nil
		}
	}
	return 0, fmt.Errorf("%q is not a size", text)
}

func (a *app) messages() (*slog.Logger, *workspace.Progress, error) {
	if formats := []string{"table", "json", "csv"}; !slices.Contains(formats, a.format) {
		return nil, nil, workspace.Usage(fmt.Errorf("--format %q, want one of table, json, csv%s", a.format,
			slips.Meant(a.format, formats)))
	}
	if a.logFormat != "" && a.logFormat != "json" && a.logFormat != "text" {
		return nil, nil, workspace.Usage(fmt.Errorf("--log-format %q, want text or json%s", a.logFormat,
			slips.Meant(a.logFormat, []string{"text", "json"})))
	}
	terminal := !a.saysJSON() && redraws(a.stderr)
	return a.log(), workspace.NewProgress(&a.line, terminal, a.log()), nil
}
