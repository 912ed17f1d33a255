package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/workflow/workspace"
)

// A key is everything a step's answer depends on. A step whose key is the one its last answer was made
// with does not run again.
type key struct {
	Code     string            `json:"code"`     // SHA-256 of the program
	Settings string            `json:"settings"` // the part of the configuration the step reads, as JSON
	Inputs   map[string]string `json:"inputs"`   // path in the workspace, or what an earlier step gave → SHA-256
}

// A state is work/<step>/step.json: the key of the answer beside it, and what its files were when it was made. An
// .arrows file holds its own sums.
type state struct {
	Key   key                 `json:"key"`
	Files map[string]fileSeal `json:"files"`
}

// A fileSeal is how a file is known again.
type fileSeal struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"` // not of what holds its own sums
}

// sealOf looks at a file of an answer.
func sealOf(path string) (seal fileSeal, err error) {
	if filepath.Ext(path) != ".arrows" {
		seal.SHA256, seal.Bytes, err = workspace.HashFile(path)
		return seal, err
	}
	info, err := os.Stat(path)
	if err == nil {
		seal.Bytes = info.Size()
	}
	return seal, err
}

func newKey(settings any, inputs map[string]string) (key, error) {
	code, err := codeHash()
	if err != nil {
		return key{}, err
	}
	text, err := json.Marshal(settings)
	return key{Code: code, Settings: string(text), Inputs: inputs}, err
}

// hash names the key, and so the answer, in the keys of later steps.
func (k key) hash() string {
	text, err := json.Marshal(k)
	if err != nil {
		panic(err) // strings and JSON only
	}
	return workspace.Sum(text)
}

// changes says in words why an answer made with the key old does not stand for the key k; empty when it does.
func (k key) changes(old key) []string {
	var why []string
	if k.Code != old.Code {
		why = append(why, "the program changed")
	}
	if k.Settings != old.Settings {
		why = append(why, "its settings changed")
	}
	for _, path := range workspace.SortedKeys(k.Inputs) {
		switch before, was := old.Inputs[path]; {
		case !was:
			why = append(why, path+" is new")
		case before != k.Inputs[path]:
			why = append(why, path+" changed")
		}
	}
	for _, path := range workspace.SortedKeys(old.Inputs) {
		if _, is := k.Inputs[path]; !is {
			why = append(why, path+" is gone")
		}
	}
	return why
}

// stale says why the answer in a folder does not stand for a key; empty when it does.
func stale(dir string, k key) []string {
	data, err := fileio.Read(filepath.Join(dir, stateFile))
	if err != nil {
		return []string{"it has not run yet"}
	}
	var last state
	if json.Unmarshal(data, &last) != nil {
		return []string{"its last answer cannot be read"}
	}
	if why := k.changes(last.Key); len(why) > 0 {
		return why
	}
	for _, file := range workspace.SortedKeys(last.Files) {
		if seal, err := sealOf(filepath.Join(dir, filepath.FromSlash(file))); err != nil || seal != last.Files[file] {
			return []string{file + " of its last answer is damaged"}
		}
	}
	return nil
}

// lastKey is the key that the answer in a folder was made with.
func lastKey(dir string) (key, error) {
	var last state
	err := workspace.ReadJSON(filepath.Join(dir, stateFile), &last)
	return last.Key, err
}

const (
	stateFile  = "step.json"
	answerFile = "answer.json"
)

// keep makes the folder dir with what fill writes into it, or, on any error, leaves it as it is.
func keep(dir string, k key, fill func(aside string) error) error {
	if err := fileio.MakeFolders(filepath.Dir(dir)); err != nil {
		return err
	}
	aside, err := fileio.MakeAside(dir) // what a dead run leaves is swept by who takes the lock
	if err != nil {
		return err
	}
	if err = fill(aside); err == nil {
		err = seal(aside, k)
	}
	if err == nil {
		err = os.RemoveAll(dir)
	}
	if err == nil {
		err = os.Rename(aside, dir)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(aside))
	}
	return nil
}

// seal writes the state of the answer in a folder that was made with a key.
func seal(aside string, k key) error {
	made, err := stateOf(aside, k)
	if err != nil {
		return err
	}
	return workspace.WriteJSON(filepath.Join(aside, stateFile), made)
}

// stateOf is the state of the answer in a folder that was made with a key.
func stateOf(dir string, k key) (state, error) {
	made := state{Key: k, Files: map[string]fileSeal{}}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		inside, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		made.Files[filepath.ToSlash(inside)], err = sealOf(path)
		return err
	})
	return made, err
}

// Prepare begins what takes a while and every run asks for: the SHA-256 of the program.
func Prepare() { go func() { _, _ = codeHash() }() }

// codeHash is the SHA-256 of the running program: another build may compute another answer.
var codeHash = sync.OnceValues(func() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("the program's own file: %w", err)
	}
	sum, _, err := workspace.HashFile(path)
	return sum, err
})
