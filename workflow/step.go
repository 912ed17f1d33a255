package workflow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A stepKey is everything a step's answer depends on. A step whose key is the one its last answer was made with does not run again.
type stepKey struct {
	Code     string            `json:"code"`     // SHA-256 of the program
	Settings string            `json:"settings"` // the part of the configuration the step reads, as JSON
	Inputs   map[string]string `json:"inputs"`   // path in the workspace, or name of an earlier step → SHA-256
}

// A stepState is work/<step>/step.json: the key of the answer beside it, the sizes of its files, and the SHA-256 of answer.json, which unlike
// an .arrows file does not hold its own.
type stepState struct {
	Key    stepKey          `json:"key"`
	Files  map[string]int64 `json:"files"`
	Answer string           `json:"answer"`
}

func newStepKey(settings any, inputs map[string]string) (stepKey, error) {
	code, err := codeHash()
	if err != nil {
		return stepKey{}, err
	}
	text, err := json.Marshal(settings)
	return stepKey{Code: code, Settings: string(text), Inputs: inputs}, err
}

// hash names the key, and so the answer, in the keys of later steps.
func (k stepKey) hash() string {
	text, err := json.Marshal(k)
	if err != nil {
		panic(err) // strings and JSON only
	}
	return hexSum(text)
}

// changes says in words why an answer made with the key old does not stand for the key k; empty when it does.
func (k stepKey) changes(old stepKey) []string {
	var why []string
	if k.Code != old.Code {
		why = append(why, "the program changed")
	}
	if k.Settings != old.Settings {
		why = append(why, "its settings changed")
	}
	for _, path := range sortedKeys(k.Inputs) {
		switch before, was := old.Inputs[path]; {
		case !was:
			why = append(why, path+" is new")
		case before != k.Inputs[path]:
			why = append(why, path+" changed")
		}
	}
	for _, path := range sortedKeys(old.Inputs) {
		if _, is := k.Inputs[path]; !is {
			why = append(why, path+" is gone")
		}
	}
	return why
}

// stale says why the step has to run; empty when its last answer stands.
func (w *Workspace) stale(name string, key stepKey) []string {
	data, err := os.ReadFile(filepath.Join(w.work(name), "step.json"))
	if err != nil {
		return []string{"it has not run yet"}
	}
	var state stepState
	if json.Unmarshal(data, &state) != nil {
		return []string{"its last answer cannot be read"}
	}
	if why := key.changes(state.Key); len(why) > 0 {
		return why
	}
	for file, size := range state.Files {
		if info, err := os.Stat(filepath.Join(w.work(name), filepath.FromSlash(file))); err != nil || info.Size() != size {
			return []string{file + " of its last answer is damaged"}
		}
	}
	if answer, err := answerHash(w.work(name)); err != nil || answer != state.Answer {
		return []string{"its last answer is damaged"}
	}
	return nil
}

// answerHash is the SHA-256 of a step's answer.json; empty for a step without one.
func answerHash(dir string) (string, error) {
	sum, _, err := hashFile(filepath.Join(dir, "answer.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return sum, err
}

// step brings work/<name> up to date: run writes the answer into the folder it is given, and the whole folder then takes the place of the
// last answer, or, on any error, nothing does.
func (w *Workspace) step(name string, key stepKey, run func(dir string) error) error {
	if len(w.stale(name, key)) == 0 {
		w.Log.Info(name + ": up to date")
		return nil
	}
	aside := w.work("." + name + ".partial")
	if err := os.RemoveAll(aside); err != nil {
		return err
	}
	if err := os.MkdirAll(aside, 0o755); err != nil {
		return err
	}
	if err := run(aside); err != nil {
		return errors.Join(err, os.RemoveAll(aside))
	}
	state := stepState{Key: key, Files: map[string]int64{}}
	err := filepath.WalkDir(aside, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(aside, path)
		state.Files[filepath.ToSlash(inside)] = info.Size()
		return err
	})
	if err != nil {
		return err
	}
	if state.Answer, err = answerHash(aside); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(aside, "step.json"), state); err != nil {
		return err
	}
	if err := os.RemoveAll(w.work(name)); err != nil {
		return err
	}
	return os.Rename(aside, w.work(name))
}

// codeHash is the SHA-256 of the running program: another build may compute another answer.
var codeHash = sync.OnceValues(func() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("the program's own file: %w", err)
	}
	sum, _, err := hashFile(path)
	return sum, err
})

// hashFile is the SHA-256 and the size of a regular file. Anything else (a pipe, a device) is an error, not a wait.
func hashFile(path string) (sum string, size int64, err error) { return hashFileInto(path, io.Discard) }

// hashFileInto is hashFile for a file that something else is asked about in the same reading: also gets every byte of it.
func hashFileInto(path string, also io.Writer) (sum string, size int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", 0, err
	}
	if err := ordinary(path, info); err != nil {
		return "", 0, err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	hash := sha256.New()
	buffer := make([]byte, 256<<10)
	size, err = io.CopyBuffer(io.MultiWriter(hash, also), onlyReader{file}, buffer)
	return hex.EncodeToString(hash.Sum(nil)), size, err
}

// onlyReader hides that a file would rather copy itself, 32 KiB at a time.
type onlyReader struct{ io.Reader }

// A lineCounter counts the lines of what is written to it; a last line needs no end.
type lineCounter struct {
	ends int64
	last byte
}

func (c *lineCounter) Write(data []byte) (int, error) {
	if len(data) > 0 {
		c.ends += int64(bytes.Count(data, []byte{'\n'}))
		c.last = data[len(data)-1]
	}
	return len(data), nil
}

func (c *lineCounter) lines() int64 {
	if c.last != 0 && c.last != '\n' {
		return c.ends + 1
	}
	return c.ends
}

// ordinary is an error for anything but a regular file.
func ordinary(path string, info fs.FileInfo) error {
	kind := "not a file with content"
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		kind = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	}
	return fmt.Errorf("%s: is %s, want an ordinary file", path, kind)
}

// readFile is os.ReadFile for regular files only.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := ordinary(path, info); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// jsonText is v as indented JSON with a line end, the same bytes for equal values.
func jsonText(v any) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", "  ")
	return append(data, '\n'), err
}

// writeJSON keeps v for readJSON.
func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w (delete work/ and run again)", path, err)
	}
	return nil
}
