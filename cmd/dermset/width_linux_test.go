package main

import (
	"os"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/sys/unix"
)

// A table on a terminal is as wide as that at most, so that no line of it is broken; elsewhere, and on a wide one, it
// has maxWidth.
func TestTablesFitTheTerminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("this system lends no terminal:", err)
	}
	defer terminal.Close()
	t.Setenv("TERM", "xterm")
	columns, rows := []string{"place", "count"}, [][]string{{strings.Repeat("a long cell ", 40), "1"}}
	for _, c := range []struct{ columns, want int }{{80, 80}, {100, 100}, {300, maxWidth}, {0, maxWidth}} {
		size := &unix.Winsize{Col: uint16(c.columns)}
		if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, size); err != nil {
			t.Fatal(err)
		}
		table := render(columns, rows)
		table.SetColumnConfigs(fit(columns, rows, widthOf(terminal)))
		line, _, _ := strings.Cut(table.Render(), "\n")
		if got := text.StringWidth(line); got != c.want {
			t.Errorf("on %d columns a table has %d, want %d", c.columns, got, c.want)
		}
	}
	if got := widthOf(new(strings.Builder)); got != maxWidth {
		t.Errorf("for no terminal a table has %d columns, want %d", got, maxWidth)
	}
}
