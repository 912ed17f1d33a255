package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"

	"github.com/dermset/dermset/icd11/icd11test"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/models"
	"github.com/dermset/dermset/workflow/workspace"
)

var update = flag.Bool("update", false, "write what the program says into the scripts, for a person to read")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dermset": main})
}

// TestScripts runs the program as a person would, by the scripts under testdata.
func TestScripts(t *testing.T) {
	for _, dir := range []string{"script", "badinput"} {
		t.Run(dir, func(t *testing.T) {
			params := scripts()
			params.Dir = filepath.Join("testdata", dir)
			testscript.Run(t, params)
		})
	}
}

// scripts are what all scripts may use.
func scripts() testscript.Params {
	return testscript.Params{
		UpdateScripts: *update, RequireUniqueNames: true, ContinueOnError: true,
		Setup: func(env *testscript.Env) error {
			project, err := filepath.Abs(project)
			env.Setenv("BASE", filepath.Join(project, "cmd", "dermset", "testdata", "base"))
			env.Setenv("PUBLIC", filepath.Join(project, "examples", "public"))
			env.Setenv("TESTDATA", filepath.Join(project, "testdata"))
			env.Setenv("ONNX", filepath.Join(project, "models", "testdata"))
			return err
		},
		Condition: func(condition string) (bool, error) {
			if condition == "root" {
				return os.Geteuid() == 0, nil
			}
			if condition == "race" {
				return raceEnabled, nil
			}
			if condition == "onnx" {
				return models.Runs() && os.Getenv(models.LibraryVariable) != "", nil
			}
			return false, fmt.Errorf("no condition %q", condition)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "fails": fails, "interrupts": interrupts, "fresh": fresh, "raw": raw, "replace": replace,
			"fifo": fifo, "xlsx": xlsx, "hold": hold, "parses": parses, "narrow": narrow, "tree": tree, "list": list,
			"without": without, "icdzip": icdzip, "icdapi": icdapi, "picture": picture, "turned": turned,
			"reviewed": reviewed, "sshkey": sshkey, "fill": fill,
		},
	}
}

// exits CODE PROGRAM ARGS... wants the program to end with the code.
func exits(ts *testscript.TestScript, _ bool, args []string) { runs(ts, args) }

// runs is exits, and returns what the program said.
func runs(ts *testscript.TestScript, args []string) (said string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // for what waits for ever
	defer cancel()
	cmd := exec.CommandContext(ctx, args[1], args[2:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), os.Environ()
	for _, name := range icdEnvironment {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	if key := ts.Getenv(workspace.KeyVariable); key != "" {
		cmd.Env = append(cmd.Env, workspace.KeyVariable+"="+key)
	}
	var results, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(ts.Stdout(), &results), io.MultiWriter(ts.Stderr(), &messages)
	if got := exitCode(ts, cmd.Run()); got != want {
		ts.Fatalf("%v exits %d, want %d; it said:\n%s", args[1:], got, want, &messages)
	}
	if args[1] == "dermset" {
		ts.Check(fitsForm(args[2:], results.Bytes()))
	}
	return messages.String()
}

func exitCode(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}

// fails CODE PROGRAM ARGS... is exits for a command that must leave every file as it was but those of work/, and there
// nothing unfinished. What it says is then in $WORK/errors, without lines of progress.
func fails(ts *testscript.TestScript, _ bool, args []string) {
	before := snapshot(ts, ".")
	messages := runs(ts, args)
	if after := snapshot(ts, "."); after != before {
		ts.Fatalf("%v changed the workspace\nbefore:\n%s\nafter:\n%s", args[1:], before, after)
	}
	for _, pattern := range []string{".*", "*.partial*", "*/*.partial*", "dist/.*"} {
		left, err := filepath.Glob(ts.MkAbs(filepath.Join("work", pattern)))
		ts.Check(err)
		if len(left) > 0 {
			ts.Fatalf("%v left %v", args[1:], left)
		}
	}
	var said strings.Builder
	for line := range strings.Lines(messages) {
		if !strings.Contains(line, " rows in ") && !strings.HasPrefix(line, "up to date: ") {
			said.WriteString(strings.ReplaceAll(line, ts.Getenv("WORK"), "$WORK"))
		}
	}
	ts.Check(os.WriteFile(filepath.Join(ts.Getenv("WORK"), "errors"), []byte(said.String()), 0o666))
}

// hearHangUps lets programs that the tests start hear a hang-up, though the tests themselves may run under nohup.
func hearHangUps() { signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) }

// interrupts SIGNAL FILE PROGRAM ARGS... starts a program, waits for it to make the file, and sends it the signal; it
// must end with 130.
func interrupts(ts *testscript.TestScript, _ bool, args []string) {
	hearHangUps()
	sent := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}[args[0]]
	args = args[1:]
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	var said bytes.Buffer
	cmd.Stderr = &said
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for came := false; !came; {
		select {
		case err := <-ended:
			ts.Fatalf("%v ended before it made %s: %v\n%s", args[1:], args[0], err, &said)
		case <-time.After(10 * time.Millisecond):
			_, err := os.Stat(ts.MkAbs(args[0]))
			came = err == nil
		}
	}
	ts.Check(cmd.Process.Signal(sent))
	if got := exitCode(ts, <-ended); got != exitInterrupted {
		ts.Fatalf("interrupted, it exits %d, want %d; it said:\n%s", got, exitInterrupted, &said)
	}
	if !strings.Contains(said.String(), "interrupted") {
		ts.Fatalf("it said only:\n%s", &said)
	}
}

// fresh makes the small workspace of $BASE, testdata/base, anew in $WORK/ws and goes there.
func fresh(ts *testscript.TestScript, _ bool, _ []string) {
	ws := filepath.Join(ts.Getenv("WORK"), "ws")
	ts.Check(ts.Chdir(ts.Getenv("WORK")))
	ts.Check(os.RemoveAll(ws))
	ts.Check(os.CopyFS(ws, os.DirFS(ts.Getenv("BASE"))))
	ts.Check(ts.Chdir(ws))
}

// raw FILE TEXT writes text; it and the name of the file, whose folder is made, may have Go's escapes, such as \xff.
func raw(ts *testscript.TestScript, _ bool, args []string) {
	var unquoted [2]string
	for i, arg := range args {
		var err error
		unquoted[i], err = strconv.Unquote(`"` + strings.ReplaceAll(arg, `"`, `\"`) + `"`)
		ts.Check(err)
	}
	path := ts.MkAbs(unquoted[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o777))
	ts.Check(os.WriteFile(path, []byte(unquoted[1]), 0o666))
}

// picture FILE WIDTH HEIGHT draws a PNG, and makes its folder.
func picture(ts *testscript.TestScript, _ bool, args []string) {
	writePicture(ts, args, func(x, y, width int) uint8 { return uint8(y*width + x) })
}

// turned is picture, turned by a quarter to the right.
func turned(ts *testscript.TestScript, _ bool, args []string) {
	args[1], args[2] = args[2], args[1]
	writePicture(ts, args, func(x, y, width int) uint8 {
		was, err := strconv.Atoi(args[2])
		ts.Check(err)
		return uint8((width-1-x)*was + y)
	})
}

// writePicture writes a grey PNG of a width and height.
func writePicture(ts *testscript.TestScript, args []string, shade func(x, y, width int) uint8) {
	width, err := strconv.Atoi(args[1])
	ts.Check(err)
	height, err := strconv.Atoi(args[2])
	ts.Check(err)
	m := image.NewGray(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = shade(i%width, i/width, width)
	}
	var b bytes.Buffer
	ts.Check(png.Encode(&b, m))
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o777))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// replace FILE OLD NEW replaces text that the file holds once; OLD and NEW may have Go's escapes.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	text, was := ts.ReadFile(args[0]), args[1]
	if strings.Count(text, was) != 1 {
		ts.Fatalf("%s holds %q %d times, want once", args[0], was, strings.Count(text, was))
	}
	is, err := strconv.Unquote(`"` + strings.ReplaceAll(args[2], `"`, `\"`) + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, was, is, 1)), 0o666))
}

// xlsx FILE DIR [TAB!CELL=NUMBER...] makes a workbook of a folder of CSVs,
// with some cells as a spreadsheet holds numbers.
func xlsx(ts *testscript.TestScript, _ bool, args []string) {
	book := excelize.NewFile()
	defer book.Close()
	tabs, err := filepath.Glob(ts.MkAbs(filepath.Join(args[1], "*.csv")))
	ts.Check(err)
	for _, path := range tabs {
		tab := strings.TrimSuffix(filepath.Base(path), ".csv")
		_, err := book.NewSheet(tab[:min(31, len(tab))])
		ts.Check(err)
		rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(path))).ReadAll()
		ts.Check(err)
		for i, row := range rows {
			cell, err := excelize.CoordinatesToCellName(1, i+1)
			ts.Check(err)
			ts.Check(book.SetSheetRow(tab[:min(31, len(tab))], cell, &row))
		}
	}
	ts.Check(book.DeleteSheet("Sheet1"))
	for _, change := range args[2:] {
		place, value, _ := strings.Cut(change, "=")
		tab, cell, _ := strings.Cut(place, "!")
		number, err := strconv.ParseFloat(value, 64)
		ts.Check(err)
		ts.Check(book.SetCellFloat(tab, cell, number, -1, 64))
	}
	ts.Check(book.SaveAs(ts.MkAbs(args[0])))
}

// hold holds the lock of the workspace until the script ends.
func hold(ts *testscript.TestScript, _ bool, _ []string) {
	lock, err := releaseio.TakeLock(ts.MkAbs(".dermset.lock"), "build", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC))
	ts.Check(err)
	ts.Defer(func() { lock.Release() })
}

// fill FILE LABEL HEADER=TEXT... writes into the row of a CSV that begins with the label; of an XLSX, named FILE!TAB,
// as another spreadsheet would, and what begins with = as a formula.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	name, tab, isBook := strings.Cut(args[0], "!")
	var rows [][]string
	var book *excelize.File
	var err error
	if isBook {
		book, err = excelize.OpenFile(ts.MkAbs(name))
		ts.Check(err)
		defer book.Close()
		rows, err = book.GetRows(tab)
	} else {
		rows, err = csv.NewReader(strings.NewReader(ts.ReadFile(name))).ReadAll()
	}
	ts.Check(err)
	at := slices.IndexFunc(rows, func(row []string) bool { return len(row) > 0 && row[0] == args[1] })
	for _, cell := range args[2:] {
		header, text, _ := strings.Cut(cell, "=")
		column := slices.Index(rows[0], header)
		if at < 0 || column < 0 {
			ts.Fatalf("%s has no %q of %q", args[0], header, args[1])
		}
		if !isBook {
			rows[at][column] = text
			continue
		}
		place, err := excelize.CoordinatesToCellName(column+1, at+1)
		ts.Check(err)
		if formula, is := strings.CutPrefix(text, "="); is {
			ts.Check(book.SetCellFormula(tab, place, formula))
		} else {
			ts.Check(book.SetCellStr(tab, place, text))
		}
	}
	if isBook {
		ts.Check(book.Save())
		return
	}
	var b bytes.Buffer
	ts.Check(csv.NewWriter(&b).WriteAll(rows))
	ts.Check(os.WriteFile(ts.MkAbs(name), b.Bytes(), 0o666))
}

// icdEnvironment is what scripts say to the program by env; empty counts as not set.
var icdEnvironment = []string{"DERMSET_ICD_TOKEN_URL", "DERMSET_ICD_CLIENT_ID", "DERMSET_ICD_CLIENT_SECRET"}

// icdzip FILE RELEASE [CODE=TITLE...] writes a small release file of ICD-11, as WHO would,
// with some titles written otherwise.
func icdzip(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), icd11test.Release(args[1], retitled(args[2:])), 0o666))
}

// icdapi RELEASE [CODE=TITLE...] starts a server that answers as the ICD-API does, to the credentials canary-id and
// canary-secret, and names it in dermset.yaml and the environment.
func icdapi(ts *testscript.TestScript, _ bool, args []string) {
	api := icd11test.StartAPI(args[0], retitled(args[1:]))
	ts.Defer(api.Close)
	api.ID, api.Secret, api.Token = "canary-id", "canary-secret", "canary-token"
	settings := ts.ReadFile("dermset.yaml") + fmt.Sprintf("icd11: {release: %q, api: %q}\n", args[0], api.URL)
	ts.Check(os.WriteFile(ts.MkAbs("dermset.yaml"), []byte(settings), 0o666))
	ts.Setenv("DERMSET_ICD_TOKEN_URL", api.URL+"/connect/token")
	ts.Setenv("DERMSET_ICD_CLIENT_ID", api.ID)
	ts.Setenv("DERMSET_ICD_CLIENT_SECRET", api.Secret)
}

func retitled(changes []string) []icd11test.Row {
	rows := icd11test.Skin()
	for _, change := range changes {
		code, title, _ := strings.Cut(change, "=")
		for i := range rows {
			if rows[i].Code == code {
				rows[i].Title = title
			}
		}
	}
	return rows
}

// parses json|jsonl|csv FILE wants the file to be of that form.
func parses(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[1])
	switch args[0] {
	case "json":
		var value any
		ts.Check(json.Unmarshal([]byte(text), &value))
	case "jsonl":
		for line := range strings.Lines(text) {
			var message struct{ Time, Level, Msg string }
			if err := json.Unmarshal([]byte(line), &message); err != nil || message.Time == "" ||
				message.Level == "" || message.Msg == "" {
				ts.Fatalf("%s: %q: %v", args[1], line, err)
			}
		}
	case "csv":
		_, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		ts.Check(err)
	default:
		ts.Fatalf("no form %q", args[0])
	}
}

// narrow FILE WIDTH wants no line of the file to be wider.
func narrow(ts *testscript.TestScript, _ bool, args []string) {
	width, err := strconv.Atoi(args[1])
	ts.Check(err)
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
			ts.Fatalf("%d characters wide, want at most %d: %s", n, width, line)
		}
	}
}

// tree DIR FILE writes a line per file under the folder into the file: its SHA-256 and path. A line of JSON with
// built_at does not count, nor does that of the manifest in manifest.sha256.
func tree(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(snapshot(ts, args[0])), 0o666))
}

// list DIR FILE writes the paths of all files under the folder into the file.
func list(ts *testscript.TestScript, _ bool, args []string) {
	var paths strings.Builder
	err := fs.WalkDir(os.DirFS(ts.MkAbs(args[0])), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			fmt.Fprintln(&paths, path)
		}
		return err
	})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(paths.String()), 0o666))
}

// without FILE PATTERN writes stdout into the file without the lines that match.
func without(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile(args[1])
	var kept strings.Builder
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		if !pattern.MatchString(line) {
			kept.WriteString(line)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(kept.String()), 0o666))
}

// snapshot lists the files under a folder but those of work/: mode, SHA-256, path.
func snapshot(ts *testscript.TestScript, dir string) string {
	var lines []string
	root := ts.MkAbs(dir)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
		inside, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if inside == "work" && entry.IsDir() {
			return fs.SkipDir
		}
		if inside == ".dermset.lock" { // of runs, not of what they did
			return nil
		}
		var sum [sha256.Size]byte
		text := []byte(nil)
		if entry.Type().IsRegular() {
			text, err = os.ReadFile(path)
		}
		if err == nil {
			kept := slices.DeleteFunc(bytes.SplitAfter(text, []byte("\n")), func(line []byte) bool {
				return bytes.HasPrefix(bytes.TrimSpace(line), []byte(`"built_at"`)) ||
					filepath.Base(path) == "manifest.sha256" && bytes.HasSuffix(line, []byte("  manifest.json\n"))
			})
			sum = sha256.Sum256(bytes.Join(kept, nil))
		}
		lines = append(lines, fmt.Sprintf("%v %x %s\n", entry.Type(), sum[:8], filepath.ToSlash(inside)))
		return nil
	})
	ts.Check(err)
	slices.Sort(lines)
	return strings.Join(lines, "")
}
