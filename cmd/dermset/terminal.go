package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/dermset/dermset/fault"
)

// log is the one way of messages, to stderr: as lines for people, or of JSON.
func (a *app) log() *slog.Logger {
	if a.saysJSON() {
		return slog.New(slog.NewJSONHandler(a.stderr, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
				if attr.Value.Kind() == slog.KindString {
					attr.Value = slog.StringValue(safe(attr.Value.String()))
				}
				return attr
			}}))
	}
	return slog.New(plainHandler{a.stderr, &a.line})
}

// plainHandler writes a message as a line for people: its text, without time or attributes;
// warnings and errors say so first.
type plainHandler struct {
	out  io.Writer
	line *standingLine
}

func (plainHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (h plainHandler) Handle(_ context.Context, r slog.Record) error {
	prefix := ""
	switch {
	case r.Level >= slog.LevelError:
		prefix = "error: "
	case r.Level >= slog.LevelWarn:
		prefix = "warning: "
	}
	h.line.clear()
	_, err := fmt.Fprintln(h.out, onTerminal(h.out, prefix+safe(r.Message)))
	return err
}

func (h plainHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h plainHandler) WithGroup(string) slog.Handler      { return h }

// A standingLine is the one on which progress is shown, on a terminal. Whoever writes to that clears it first.
type standingLine struct {
	out    io.Writer
	mu     sync.Mutex
	stands bool
}

// Write puts what progress says into one line of the terminal: what does not fit would not be written over.
func (s *standingLine) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	said, is := strings.CutPrefix(string(text), clearLine)
	if !is {
		return 0, errors.New("progress without a line of its own")
	}
	line, _ := breakLine(safe(said), columnsOf(s.out)-1)
	s.stands = line != ""
	_, err := io.WriteString(s.out, clearLine+line)
	return len(text), err
}

func (s *standingLine) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stands {
		s.stands = false
		io.WriteString(s.out, clearLine)
	}
}

// clearLine empties the line of a terminal (ECMA-48, EL).
const clearLine = "\r\x1b[K"

// say tells something beside the result.
func (a *app) say(format string, args ...any) { a.log().Info(fmt.Sprintf(format, args...)) }

// sayErrors tells what went wrong, a line for each of the errors that are joined in err, and what to do. To people it
// says but once what several of them say alike.
func (a *app) sayErrors(err error, remedies []string) {
	a.quiet()
	lines := strings.Split(strings.TrimSuffix(err.Error(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = a.placed(line)
	}
	if !a.saysJSON() {
		if !isPanic(err) {
			together := fault.Together
			if isTerminal(a.stderr) {
				together = fault.Few
			}
			lines = together(lines)
		}
		for _, line := range lines {
			a.log().Error(line)
		}
		for _, remedy := range remedies {
			a.say("%s", remedy)
		}
		return
	}
	for i, line := range lines {
		var more []any
		if file, number := placeIn(line); file != "" {
			more = append(more, "file", file)
			if number > 0 {
				more = append(more, "line", number)
			}
		}
		if len(remedies) > 0 && i == len(lines)-1 {
			more = append(more, "remedy", strings.Join(remedies, "; "))
		}
		a.log().Error(line, more...)
	}
}

// place is how an error begins that names a place in a file, path:line or path:line:column, or a file alone, which is
// known by its ending. Before it may stand what was done with it, or for whom: a source, a step or a tab.
var place = regexp.MustCompile(`^(?:(?:open|read|write|stat|lstat|mkdir|remove|readlink) |[^:\n"/.]+: )?(?:` +
	`([^:\n"]+):([1-9][0-9]{0,9})(?::[1-9][0-9]*)?[: ]|` +
	`([^:\n"]+\.(?:ya?ml|jsonl?|csv|tsv|xlsx|ods|parquet|sha256|md|html|txt|onnx|xml|zip|gz)): )`)

// placeIn is the place that an error names, if it names one; without a line, number is 0.
func placeIn(line string) (file string, number int) {
	found := place.FindStringSubmatch(line)
	if found == nil {
		return "", 0
	}
	number, _ = strconv.Atoi(found[2])
	return found[1] + found[3], number
}

// placed is an error with the line of the setting that it begins with, where dermset.yaml has it.
func (a *app) placed(line string) string {
	rest, is := strings.CutPrefix(line, "dermset.yaml: ")
	key, _, _ := strings.Cut(rest, ":")
	if is && a.opened != nil {
		if number := a.opened.LineOf(key); number > 0 {
			return fmt.Sprintf("dermset.yaml:%d: %s", number, rest)
		}
	}
	return line
}

// saysJSON says whether messages are lines of JSON: as asked for, else as results are.
func (a *app) saysJSON() bool {
	return a.logFormat == "json" || a.logFormat != "text" && a.format == "json"
}

// foresee takes from the arguments how messages are to be, for those about arguments that cannot be parsed.
func (a *app) foresee(args []string) {
	for i, arg := range args {
		for flag, to := range map[string]*string{"--format": &a.format, "--log-format": &a.logFormat} {
			if value, is := strings.CutPrefix(arg, flag+"="); is {
				*to = value
			} else if arg == flag && i+1 < len(args) {
				*to = args[i+1]
			}
		}
	}
}

// sayCode is the last message of a run that does not end with 0, to programs.
func (a *app) sayCode(code int) {
	level, how := slog.LevelError, "failed"
	switch code {
	case exitUsage:
		how = "wrong usage or configuration"
	case exitWaiting:
		level, how = slog.LevelInfo, "done, and something waits for a person"
	case exitInterrupted:
		how = "interrupted"
	}
	a.log().Log(context.Background(), level, fmt.Sprintf("ends with %d: %s", code, how), "exit_code", code)
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

// isTerminal says whether a person looks at out while it is written.
func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && terminalWidth(file) >= 0
}

// redraws says whether out is a terminal on which lines can be coloured and written over.
func redraws(out io.Writer) bool { return isTerminal(out) && os.Getenv("TERM") != "dumb" }

// usualWidth is the width of a terminal that does not say its own.
const usualWidth = 80

// columnsOf is how many columns out has if it is a terminal, which would break longer lines anywhere; else 0.
func columnsOf(out io.Writer) int {
	if !isTerminal(out) {
		return 0
	}
	return cmp.Or(terminalWidth(out.(*os.File)), usualWidth)
}

// roomOn is what a table on out may take; elsewhere than on a terminal it is wrapped to so many columns.
func roomOn(out io.Writer, wanted int) room { return room{columnsOf(out), wanted} }

// onTerminal is a message as a terminal has it: wrapped, each of its lines with a hanging indent, and an error in red.
// What a person copies stays whole.
// Elsewhere it stays a line.
func onTerminal(out io.Writer, message string) string {
	columns := columnsOf(out)
	if columns == 0 {
		return message
	}
	var lines []string
	for line := range strings.SplitSeq(message, "\n") {
		lines = append(lines, hangKeeping(line, columns, hanging, copied)...)
	}
	if rest, is := strings.CutPrefix(lines[0], "error: "); is {
		lines[0] = red(out, "error: ") + rest
	}
	return strings.Join(lines, "\n")
}

// hanging is by how much the further lines of a sentence are indented.
const hanging = 2

// red colours text where out is a terminal and NO_COLOR is not set.
func red(out io.Writer, text string) string {
	if !redraws(out) || os.Getenv("NO_COLOR") != "" {
		return text
	}
	return "\x1b[31m" + text + "\x1b[0m"
}
