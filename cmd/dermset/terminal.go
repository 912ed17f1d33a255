package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// log is the one way of messages, to stderr: as lines for people, or of JSON.
func (a *app) log() *slog.Logger {
	if a.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.stderr, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
				if attr.Value.Kind() == slog.KindString {
					attr.Value = slog.StringValue(safe(attr.Value.String()))
				}
				return attr
			}}))
	}
	return slog.New(plainHandler{a.stderr})
}

// plainHandler writes a message as a line for people: its text, without time or attributes;
// warnings and errors say so first.
type plainHandler struct{ out io.Writer }

func (plainHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (h plainHandler) Handle(_ context.Context, r slog.Record) error {
	prefix := ""
	switch {
	case r.Level >= slog.LevelError:
		prefix = red(h.out, "error: ")
	case r.Level >= slog.LevelWarn:
		prefix = "warning: "
	}
	_, err := fmt.Fprintln(h.out, prefix+safe(r.Message))
	return err
}

func (h plainHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h plainHandler) WithGroup(string) slog.Handler      { return h }

// say tells something beside the result.
func (a *app) say(format string, args ...any) { a.log().Info(fmt.Sprintf(format, args...)) }

// sayErrors tells what went wrong, a line for each of the errors that are joined in err.
func (a *app) sayErrors(err error) {
	for line := range strings.Lines(err.Error()) {
		a.log().Error(strings.TrimSuffix(line, "\n"))
	}
}

// userInfo is the name and password inside a URL (RFC 3986, 3.2.1).
var userInfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^/?#\s"']*@`)

// safe is text of any origin as a terminal and a log may have it. Names, cells, and what servers and scripts say may
// hold control characters, and marks that reorder a line (neither are graphic characters to Unicode): they are written
// so that they can be seen and do nothing. Line ends and tabs stay. No URL says a password.
func safe(text string) string {
	text = userInfo.ReplaceAllString(text, "$1…@")
	if !strings.ContainsFunc(text, unsafe) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if unsafe(r) || r == utf8.RuneError && n == 1 {
			quoted := strconv.QuoteToASCII(text[:n])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(text[:n])
		}
		text = text[n:]
	}
	return b.String()
}

func unsafe(r rune) bool {
	return !unicode.IsGraphic(r) && r != '\n' && r != '\t' || r == '\u2028' || r == '\u2029'
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
