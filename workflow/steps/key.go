package steps

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"github.com/dermset/dermset/workflow/workspace"
)

// A key is everything a step's answer depends on. A step whose key is the one its last answer was made
// with does not run again.
type key struct {
	Code     string            `json:"code"`     // SHA-256 of the program
	Settings string            `json:"settings"` // the part of the configuration the step reads, as JSON
	Inputs   map[string]string `json:"inputs"`   // path in the workspace, or what an earlier step gave → SHA-256
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
