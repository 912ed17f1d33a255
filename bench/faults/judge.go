package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A tree is every file of a run by its path, with its bytes; of folders, paths that end with a slash.
type tree map[string]string

func readTree(root string) (tree, error) {
	t := tree{}
	err := filepath.WalkDir(root, func(full string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(root, full)
		inside = filepath.ToSlash(inside)
		switch {
		case err != nil || inside == ".":
			return err
		case entry.IsDir():
			t[inside+"/"] = ""
			return nil
		}
		text, err := os.ReadFile(full)
		t[inside] = string(text)
		return err
	})
	return t, err
}

// inWork says whether a file is one that may be deleted at any time.
func inWork(name string) bool { return strings.HasPrefix(name, "w/work/") || name == "w/.dermset.lock" }

var builtAt = regexp.MustCompile(`"built_at": "[^"]*"`)

// outputs are the files that count, without the times that stand in them.
func (t tree) outputs() tree {
	out := tree{}
	for name, text := range t {
		switch {
		case inWork(name):
			continue
		case path.Base(name) == "manifest.json":
			text = builtAt.ReplaceAllString(text, `"built_at"`)
		case path.Base(name) == "manifest.sha256":
			text = withoutLine(text, "  manifest.json")
		case path.Base(name) == "uploads.jsonl":
			text = notes(text)
		}
		out[name] = text
	}
	return out
}

// noted is what differs between two trials in a line of uploads.jsonl: when it was, and where the trial's folders are.
var noted = regexp.MustCompile(`"begun":"[^"]*"|"to":"/[^"]*"`)

// notes are the lines of uploads.jsonl that are whole; a run that was killed may leave a part of one.
func notes(text string) string {
	var whole strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "{") && strings.HasSuffix(line, "}\n") {
			whole.WriteString(noted.ReplaceAllString(line, ""))
		}
	}
	return whole.String()
}

func withoutLine(text, end string) string {
	var left strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasSuffix(strings.TrimSuffix(line, "\n"), end) {
			left.WriteString(line)
		}
	}
	return left.String()
}

// settled are the outputs without what a run that failed may leave aside for the next one: its names begin with a dot.
func (t tree) settled() tree {
	out := t.outputs()
	maps.DeleteFunc(out, func(name, _ string) bool { return strings.Contains("/"+name, "/.") })
	return out
}

// names are all names, of what is in work/ too.
func (t tree) names() []string { return slices.Sorted(maps.Keys(t)) }

// difference names files that are not the same, at most five.
func difference(want, got tree) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if text, is := got[name]; !is {
			all = append(all, name+" is not there")
		} else if text != want[name] {
			all = append(all, name+" is another")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, is := want[name]; !is {
			all = append(all, name+" is too many")
		}
	}
	return strings.Join(all[:min(len(all), 5)], ", ")
}

// versions are the folders that hold, or should hold, a version.
func (t tree) versions() []string {
	var all []string
	for name := range t {
		dir, is := strings.CutSuffix(name, "/")
		base := path.Base(dir)
		inDist, inStore := path.Dir(dir) == "w/dist" && !strings.HasPrefix(base, "."), strings.HasPrefix(base, "DXv")
		if is && (inDist || inStore && (path.Dir(dir) == "up" || path.Dir(dir) == "s3/up")) {
			all = append(all, dir)
		}
	}
	slices.Sort(all)
	return all
}

// mixed says what is wrong with the versions of a tree, each of which must be whole, and one of those that it may be,
// if any are given.
// In a store, a folder without a manifest is no version yet.
func (t tree) mixed(may ...tree) string {
	for _, dir := range t.versions() {
		text, is := t[dir+"/manifest.json"]
		if !is && !strings.HasPrefix(dir, "w/") {
			continue
		}
		if !is {
			return dir + " has no manifest"
		}
		if why := t.broken(dir, text); why != "" {
			return dir + ": " + why
		}
		known := func(other tree) bool {
			return t.outputs()[dir+"/manifest.json"] == other.outputs()[dir+"/manifest.json"]
		}
		if len(may) > 0 && !slices.ContainsFunc(may, known) {
			return dir + " is neither the old version nor the new one"
		}
	}
	return ""
}

// broken holds a version against its manifest, without any code of dermset's.
func (t tree) broken(dir, text string) string {
	var manifest struct {
		Outputs []struct {
			Path, SHA256 string
			Bytes        int
		}
	}
	if err := json.Unmarshal([]byte(text), &manifest); err != nil {
		return "manifest.json: " + err.Error()
	}
	listed := map[string]bool{dir + "/manifest.json": true, dir + "/manifest.sha256": true}
	for _, output := range manifest.Outputs {
		name := dir + "/" + output.Path
		text, is := t[name]
		if listed[name] = true; !is {
			return output.Path + " is not there"
		}
		if sum := sumOf(text); len(text) != output.Bytes || sum != output.SHA256 {
			return output.Path + " is not what the manifest says"
		}
	}
	if len(manifest.Outputs) == 0 {
		return "the manifest names no file"
	}
	for line := range strings.Lines(t[dir+"/manifest.sha256"]) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if sumOf(t[dir+"/"+name]) != sum {
			return "manifest.sha256: " + name + " is not what it says"
		}
	}
	for name := range t {
		inside := strings.HasPrefix(name, dir+"/") && !strings.HasSuffix(name, "/")
		if inside && strings.HasPrefix(dir, "w/") && !listed[name] { // others may put more into a store
			return strings.TrimPrefix(name, dir+"/") + " is not in the manifest"
		}
	}
	return ""
}

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

var (
	figures = regexp.MustCompile(`\b[0-9.,]+ ?(ms|µs|s|m[0-9]+s|MB|MB/s)\b`) // of time; what is counted is told
	crashes = regexp.MustCompile(`(?m)^(panic:|fatal error:|goroutine \d+|unexpected fault)|this is a fault of dermset`)
)

// told are the lines that a run said and an undisturbed one does not say.
func told(said, usual string) (lines []string) {
	known := map[string]bool{}
	for line := range strings.Lines(usual) {
		known[figures.ReplaceAllString(line, "#")] = true
	}
	for line := range strings.Lines(said) {
		if !known[figures.ReplaceAllString(line, "#")] {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// What became of a run.
const (
	refused  = "refused" // it said that it failed
	toldOf   = "told"    // it ended well, and said what it lost
	same     = "same"    // it ended well, with the usual outputs
	missed   = "missed"  // there was no such call this time
	crash    = "CRASH"
	hang     = "HANG"
	wrong    = "WRONG"    // it ended well, with other outputs, and said nothing
	mix      = "MIXED"    // a version is neither the old one nor the new one
	leftover = "LEFTOVER" // the run after it left something aside
	unhealed = "UNHEALED" // the run after it does not end as an undisturbed one does
)

var verdicts = []string{refused, toldOf, same, missed, crash, hang, wrong, mix, leftover, unhealed}

// bad are those that must not be.
var bad = verdicts[4:]

// judged is the verdict on a run that met a fault, from what it left, and why.
func (s *stage) judged(t tried, killed bool, got tree) (verdict, why string) {
	lines := told(t.stderr, s.said)
	ended := t.exit == s.exit
	switch {
	case t.hung:
		return hang, "no end after " + patience.String()
	case crashes.MatchString(t.stderr) || t.exit > 3 && !(killed && t.exit == 128+9):
		return crash, fmt.Sprintf("exit %d: %s", t.exit, last(t.stderr))
	}
	if why := got.mixed(); why != "" {
		return mix, why
	}
	if why := got.mixed(s.before, s.after); why != "" && (!ended || len(lines) == 0) {
		return mix, why
	}
	switch differs := difference(s.after.settled(), got.settled()); {
	case !ended && !killed && t.exit != 1 && t.exit != 2:
		return wrong, fmt.Sprintf("exit %d, an undisturbed run has %d: %s", t.exit, s.exit, last(t.stderr))
	case !ended && !killed && len(lines) == 0:
		return wrong, fmt.Sprintf("exit %d without a word", t.exit)
	case !ended:
		return refused, last(t.stderr)
	case differs == "":
		return same, ""
	case len(lines) == 0:
		return wrong, differs
	default:
		return toldOf, lines[0]
	}
}

// healed is the verdict on the undisturbed run after it, and empty where all is well.
func (s *stage) healed(exit int, stderr string, got tree) (verdict, why string) {
	if crashes.MatchString(stderr) {
		return crash, "the next run: " + last(stderr)
	}
	if differs := difference(s.after.outputs(), got.outputs()); differs != "" || exit != s.exit {
		return unhealed, fmt.Sprintf("the next run exits %d; %s; it said: %s", exit, differs, last(stderr))
	}
	if extra := missing(s.after, got); len(extra) > 0 {
		return leftover, strings.Join(extra[:min(3, len(extra))], ", ")
	}
	return "", ""
}

// missing are the names of got that want lacks.
func missing(want, got tree) []string {
	return slices.DeleteFunc(got.names(), func(name string) bool { _, is := want[name]; return is })
}

func last(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-2):], " / ")
}

var errBad = errors.New("something that must not be was found")
