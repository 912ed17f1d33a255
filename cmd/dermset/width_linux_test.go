package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/sys/unix"
)

// aTerminal is a terminal of so many columns, and what is written to it.
func aTerminal(t *testing.T, columns int) (terminal, screen *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("this system lends no terminal:", err)
	}
	t.Cleanup(func() { screen.Close() })
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile("/dev/pts/"+count(int64(number)), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("this system lends no terminal:", err)
	}
	t.Cleanup(func() { terminal.Close() })
	size := &unix.Winsize{Col: uint16(columns)}
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, size); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	return terminal, screen
}

// A table on a terminal is as wide as that at most, so that no line of it is broken; elsewhere, and on a wide one, it
// has maxWidth.
func TestTablesFitTheTerminal(t *testing.T) {
	columns, rows := []string{"place", "count"}, [][]string{{strings.Repeat("a long cell ", 40), "1"}}
	for _, c := range []struct{ columns, want int }{{80, 80}, {100, 100}, {300, maxWidth}, {0, usualWidth}} {
		terminal, _ := aTerminal(t, c.columns)
		line, _, _ := strings.Cut(roomOn(terminal, maxWidth).lay(columns, rows), "\n")
		if got := text.StringWidth(line); got != c.want {
			t.Errorf("on %d columns a table has %d, want %d", c.columns, got, c.want)
		}
	}
	line, _, _ := strings.Cut(roomOn(new(strings.Builder), maxWidth).lay(columns, rows), "\n")
	if got := text.StringWidth(line); got != maxWidth {
		t.Errorf("for no terminal a table has %d columns, want %d", got, maxWidth)
	}
}

// Messages are wrapped on a terminal, also on a dumb one, and red where it can be and may be; elsewhere, as in a file,
// a message is a line.
func TestMessagesFitTheTerminal(t *testing.T) {
	long := strings.Repeat("what went wrong ", 9) + "`dermset mapping check`"
	for _, c := range []struct {
		term, noColor string
		red           bool
	}{{"xterm", "", true}, {"xterm", "1", false}, {"dumb", "", false}} {
		terminal, screen := aTerminal(t, 50)
		t.Setenv("TERM", c.term)
		t.Setenv("NO_COLOR", c.noColor)
		a := &app{stderr: terminal, logFormat: "text"}
		a.log().Error(long)
		text := make([]byte, 1<<10)
		n, err := screen.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		said := string(text[:n])
		if is := strings.Contains(said, "\x1b["); is != c.red {
			t.Errorf("%+v: %q", c, said)
		}
		said = strings.NewReplacer("\x1b[31m", "", "\x1b[0m", "", "\r", "").Replace(said)
		want := "error: what went wrong what went wrong what went\n  wrong what went wrong what went wrong what went\n" +
			"  wrong what went wrong what went wrong what went\n  wrong `dermset mapping check`\n"
		if said != want {
			t.Errorf("%+v: %q, want %q", c, said, want)
		}
	}
	file, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	(&app{stderr: file, logFormat: "text"}).log().Error(long)
	if said, err := os.ReadFile(file.Name()); err != nil || string(said) != "error: "+long+"\n" {
		t.Errorf("%q, %v", said, err)
	}
	if isTerminal(io.Discard) {
		t.Error("nowhere is a terminal")
	}
}

// Where progress stands is cleared before a path is printed there.
func TestPathsStandAlone(t *testing.T) {
	terminal, screen := aTerminal(t, 80)
	t.Chdir(t.TempDir())
	if code := run([]string{"init", "."}, strings.NewReader(""), io.Discard, io.Discard); code != exitDone {
		t.Fatal(code)
	}
	if code := run([]string{"source", "new", "clinic"}, strings.NewReader(""), terminal, terminal); code != exitDone {
		t.Fatal(code)
	}
	text := make([]byte, 1<<10)
	n, err := screen.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	if said := string(text[:n]); !strings.Contains(said, "\x1b[Ksources/clinic/source.yaml") {
		t.Errorf("%q", said)
	}
}
