package dermset_test

import (
	"go/scanner"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// longestLine is how many characters a line of code or prose has at most (CONTRIBUTING.md, Words).
const longestLine = 120

// What cannot be parted: a row of a table, an address, data between backquotes or under testdata/, code in prose.
func TestLinesAreShort(t *testing.T) {
	out, err := exec.Command("git", "ls-files").Output()
	if err != nil {
		t.Skip("no git checkout")
	}
	seen := 0
	for path := range strings.Lines(string(out)) {
		path = strings.TrimSuffix(path, "\n")
		var whole func(text string) map[int]bool
		switch name := filepath.Base(path); {
		case strings.Contains(path, "testdata/"):
			continue
		case strings.HasSuffix(name, ".go"):
			whole = rawLines
		case strings.HasSuffix(name, ".md"):
			whole = fencedLines
		case strings.HasSuffix(name, ".py"), strings.HasSuffix(name, ".sh"),
			strings.HasSuffix(name, ".s"), name == "run", name == "check":
			whole = func(string) map[int]bool { return nil }
		default:
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			continue // gone from the working tree
		}
		seen++
		cannot := whole(string(text))
		for i, line := range strings.Split(string(text), "\n") {
			if n := utf8.RuneCountInString(line); n > longestLine && !cannot[i+1] && !unbroken.MatchString(line) {
				t.Errorf("%s:%d: %d characters, want at most %d", path, i+1, n, longestLine)
			}
		}
	}
	if seen < 300 {
		t.Errorf("only %d files", seen)
	}
}

// unbroken is a line that is one word, such as an address, behind what begins it.
var unbroken = regexp.MustCompile(`^\W*\S+$`)

// rawLines are the lines of a Go file that raw strings stand on.
func rawLines(text string) map[int]bool {
	raw := map[int]bool{}
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, 0)
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return raw
		}
		if tok == token.STRING && literal[0] == '`' {
			first := file.Line(pos)
			for i := range 1 + strings.Count(literal, "\n") {
				raw[first+i] = true
			}
		}
	}
}

// fencedLines are the lines of a Markdown file in tables and code.
func fencedLines(text string) map[int]bool {
	fenced, inside := map[int]bool{}, false
	for i, line := range strings.Split(text, "\n") {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if fence {
			inside = !inside
		}
		fenced[i+1] = inside || fence || strings.HasPrefix(strings.TrimSpace(line), "|") || strings.HasPrefix(line, "    ")
	}
	return fenced
}
