package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// plainHandler writes a message as a line for people: its text, without time or attributes;
// warnings and errors say so first.
type plainHandler struct{ out io.Writer }

func (plainHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (h plainHandler) Handle(_ context.Context, r slog.Record) error {
	prefix := ""
	if r.Level >= slog.LevelWarn {
		prefix = "warning: "
	}
	_, err := fmt.Fprintln(h.out, prefix+r.Message)
	return err
}

func (h plainHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h plainHandler) WithGroup(string) slog.Handler      { return h }

// say tells something beside the result. With --log-format json it is a line of JSON like every other message.
func (a *app) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if a.logFormat == "json" {
		slog.New(slog.NewJSONHandler(a.stderr, nil)).Info(text)
		return
	}
	fmt.Fprintln(a.stderr, text)
}

// sayErrors tells what went wrong, a line for each of the errors that are joined in err.
func (a *app) sayErrors(err error) {
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSuffix(line, "\n")
		if a.logFormat == "json" {
			slog.New(slog.NewJSONHandler(a.stderr, nil)).Error(line)
			continue
		}
		fmt.Fprintln(a.stderr, red(a.stderr, "error: ")+line)
	}
}

// isTerminal says whether a person is likely to look at out while it is written.
func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// red colours text where out is a terminal and NO_COLOR is not set.
func red(out io.Writer, text string) string {
	if !isTerminal(out) || os.Getenv("NO_COLOR") != "" {
		return text
	}
	return "\x1b[31m" + text + "\x1b[0m"
}
