package models

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/fileio"
)

// A Kind is where answers come from.
type Kind uint8

// The kinds.
const (
	Nothing Kind = iota // nobody is asked
	BuiltIn             // what Name says, which is not of this room
	Table               // Predictions
	Network             // Card
)

// A Model is what a setting names.
type Model struct {
	Task        Task
	Kind        Kind
	Name        string       // the setting
	Predictions *Predictions // of Table
	Card        *Card        // of Network
	Files       []string     // what was read, in dir, with /: the card and its model file, or the predictions
}

// Open reads what a setting names: none, one of the names that are built in, a card (.yaml) or predictions (.csv) by
// their path in dir, which is the workspace. What is wrong comes all at once, with its line; so does what lies outside
// dir, also behind a link.
func Open(dir string, task Task, setting string, builtIn ...string) (*Model, error) {
	m := &Model{Task: task, Name: setting}
	var err error
	switch extension := path.Ext(setting); {
	case setting == "none":
	case slices.Contains(builtIn, setting):
		m.Kind = BuiltIn
	case extension == ".csv":
		m.Kind, m.Files = Table, []string{setting}
		m.Predictions, err = ReadPredictions(dir, setting, task)
	case extension == ".yaml":
		m.Kind = Network
		if m.Card, err = ReadCard(dir, setting); err == nil {
			m.Files = []string{setting, m.Card.modelPath()}
			if m.Card.Task != task {
				err = fmt.Errorf("%s: the task of the card is %s, want %s", setting, m.Card.Task, task)
			}
		}
	default:
		err = fmt.Errorf("%q: want %s, a card (.yaml) or predictions (.csv)",
			setting, strings.Join(append([]string{"none"}, builtIn...), ", "))
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// inside is the path of an ordinary file in a folder. That it lies elsewhere, also behind a link, is an error.
func inside(dir, name string) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", fmt.Errorf("%s: lies outside the folder, or is no path", name)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	info, err := root.Stat(name)
	if err != nil {
		var cause *os.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		if at, none := os.Lstat(filepath.Join(dir, filepath.FromSlash(name))); none == nil && at.Mode()&os.ModeSymlink != 0 {
			err = fmt.Errorf("is a link that leads nowhere, or out of the folder (%w)", err)
		}
		return "", fmt.Errorf("%s: %w", name, err)
	}
	if err := fileio.Check(info.Mode()); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return filepath.Join(dir, filepath.FromSlash(name)), nil
}
