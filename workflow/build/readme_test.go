package build

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

var (
	fromFile = regexp.MustCompile(`(?:FROM|JOIN)\s+(?:read_\w+\()?'([^']+)'(?:,[^)]*)?\)?\s+([a-z])\b`)
	ofAlias  = regexp.MustCompile(`\b([a-z])\.([a-z]\w*)`)
	skipped  = regexp.MustCompile(`skip = (\d+)`)
)

// What mapping/README.txt tells an auditor to type works: its commands find a damaged file and no other, and its
// statements name files and columns that are there. DuckDB itself is not at hand here.
func TestReadmeOfTheMapping(t *testing.T) {
	w := workspacetest.Small(t, "")
	write(t, w.Path("mapping/workbook/s.csv"), []byte("Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n"+
		"acne,Acne,ED80,\n\"a\n#b\",-,,\n"))
	writeLog(t, w, "it's \"\\ so\"")
	if _, err := Run(t.Context(), w, "publish"); err != nil {
		t.Fatal(err)
	}
	dir := w.Dist("DXv27.1-draft")
	text, err := os.ReadFile(filepath.Join(dir, "mapping/README.txt"))
	if err != nil {
		t.Fatal(err)
	}
	commands, statements, chains := 0, 0, 0
	for _, block := range strings.Split(string(text), "\n\n") {
		block, indented := strings.CutPrefix(strings.Trim(block, "\n"), "    ")
		switch {
		case !indented:
		case strings.HasPrefix(block, "(n=0 "):
			chains++
			typeChain(t, dir, block)
		case strings.HasPrefix(block, "sha256sum "):
			commands++
			typeCommand(t, dir, strings.Fields(block))
		default:
			statements++
			checkStatement(t, dir, block)
		}
	}
	if commands != 2 || statements != 13 || chains != 1 {
		t.Errorf("%d commands, %d statements and %d loops, want 2, 13 and 1", commands, statements, chains)
	}
	if strings.Contains(string(text), "VERSION") || strings.Contains(string(text), "HEAD") {
		t.Error("a name was not filled in")
	}
}

// typeCommand runs a command in a whole version and, if it checks, in one with a damaged file.
func typeCommand(t *testing.T, dir string, words []string) {
	t.Helper()
	if _, err := exec.LookPath(words[0]); err != nil {
		t.Logf("%s is not there: %q was not run", words[0], words)
		return
	}
	run := func() (string, error) {
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir = dir
		out, err := cmd.Output()
		return string(out), err
	}
	if out, err := run(); err != nil {
		t.Errorf("%q: %v, %s", words, err, out)
	}
	if !slices.Contains(words, "--check") {
		return
	}
	file := filepath.Join(dir, "mapping/normalised.csv")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(text)
	damaged[len(text)/2] ^= 1
	write(t, file, damaged)
	if out, err := run(); err == nil || out != "mapping/normalised.csv: FAILED\n" {
		t.Errorf("%q: %v, %q of a damaged file", words, err, out)
	}
	write(t, file, text)
}

// writeLog lets somebody say what he thinks of rows.
func writeLog(t *testing.T, w *workspace.Workspace, why ...string) {
	t.Helper()
	log, err := w.Decisions()
	if err != nil {
		t.Fatal(err)
	}
	for _, why := range append(why, `a\tb \u0041`, "  ends with spaces  ", strings.Repeat("long ", 50_000)) {
		if _, err := log.Add(decisions.Decision{Who: "cy", Role: decisions.Secondary, Act: decisions.Comment,
			Row: &decisions.Row{Tab: "s", Label: "a\n#b"}, Why: why}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SaveDecisions(log); err != nil {
		t.Fatal(err)
	}
}

// typeChain checks the chain of a log, then of logs that were changed, in a shell.
func typeChain(t *testing.T, dir, loop string) {
	t.Helper()
	for _, program := range []string{"sh", "sha256sum", "cut"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Logf("%s is not there: the chain was not checked", program)
			return
		}
	}
	file := filepath.Join(dir, "mapping/decisions.jsonl")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	head := len(lines) - 1
	for _, c := range []struct {
		what string
		text []byte
		want string
	}{
		{"whole", text, ""},
		{"a byte of line 2", bytes.Replace(text, []byte(`u0041`), []byte(`u0042`), 1),
			"line 3 does not follow the one before it\n"},
		{"a byte of the last line", bytes.Replace(text, []byte("long long"), []byte("lonG long"), 1),
			"the head is not of line 4\n"},
		{"line 2 taken out", bytes.Replace(text, lines[1], nil, 1), "line 2 does not follow the one before it\n" +
			"line 3 does not follow the one before it\nthe head is not of line 3\n"},
		{"cut off at a line's end", bytes.Join(lines[:head-1], nil), "the head is not of line 3\n"},
		{"cut off in a line", text[:len(text)-1], "the head is not of line 3\n"},
		{"a line more", append(bytes.Clone(text), lines[0]...), "line 5 does not follow the one before it\n" +
			"the head is not of line 5\n"},
	} {
		write(t, file, c.text)
		cmd := exec.Command("sh", "-c", loop)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); string(out) != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %v, %q, want %q", c.what, err, out, c.want)
		}
	}
	write(t, file, text)
}

// checkStatement holds the files of a statement, and the columns that it asks them for, against what is there.
func checkStatement(t *testing.T, dir, sql string) {
	t.Helper()
	columns := map[string][]string{}
	for _, from := range fromFile.FindAllStringSubmatch(sql, -1) {
		columns[from[2]] = append(columns[from[2]], columnsOf(t, filepath.Join(dir, from[1]), sql)...)
	}
	if !strings.HasSuffix(sql, ";") || len(columns) == 0 {
		t.Errorf("no statement of a file: %s", sql)
	}
	for _, use := range ofAlias.FindAllStringSubmatch(sql, -1) {
		if !slices.Contains(columns[use[1]], use[2]) {
			t.Errorf("%s is no column of %v in %s", use[0], columns[use[1]], sql)
		}
	}
}

// columnsOf are the columns of a table; of a Parquet file those of the CSV beside it, which has the same.
func columnsOf(t *testing.T, path, sql string) (columns []string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("%v in %s", err, sql)
		return nil
	}
	if table, ok := strings.CutSuffix(path, ".parquet"); ok {
		path = table + ".csv"
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".json") || strings.HasSuffix(path, ".jsonl") {
		var keys map[string]any
		if strings.HasSuffix(path, "l") {
			text, _, _ = bytes.Cut(text, []byte("\n"))
		}
		if err := json.Unmarshal(text, &keys); err != nil {
			t.Fatal(err)
		}
		return slices.Collect(maps.Keys(keys))
	}
	separator := ","
	if strings.HasSuffix(path, ".tsv") {
		separator = "\t"
		head := skipped.FindStringSubmatch(sql)[1]
		if n := bytes.Count(text[:bytes.Index(text, []byte("\nsubject_id"))+1], []byte("\n")); strconv.Itoa(n) != head {
			t.Errorf("%s lines are skipped, want %d", head, n)
		}
		_, text, _ = bytes.Cut(text, []byte("\nsubject_id"))
		text = append([]byte("subject_id"), text...)
	}
	header, _, _ := strings.Cut(string(text), "\n")
	return strings.Split(header, separator)
}
