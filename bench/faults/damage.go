package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A harm is done to a file of work/ or of a version before the verb runs.
type harm struct {
	kind, path string
	at         int // byte that is flipped, or length that is left
	bit        byte
}

func (h *harm) String() string { return fmt.Sprintf("%s at %d", h.path, h.at) }

// newHarm chooses a file with bytes, and what to do to it; nil where there is none.
func newHarm(t tree, r *rand.Rand) *harm {
	var files []string
	for _, name := range t.names() {
		if len(t[name]) > 0 && (strings.HasPrefix(name, "w/work/") || strings.HasPrefix(name, "w/dist/")) {
			files = append(files, name)
		}
	}
	if len(files) == 0 {
		return nil
	}
	path := files[r.IntN(len(files))]
	return &harm{kind: []string{"flip", "cut"}[r.IntN(2)], path: path, at: r.IntN(len(t[path])), bit: 1 << r.IntN(8)}
}

func (h *harm) do(dir string, text string) error {
	path := filepath.Join(dir, filepath.FromSlash(h.path))
	data := []byte(text)
	if data[h.at] ^= h.bit; h.kind == "cut" {
		data = data[:h.at]
	}
	if err := os.Chmod(path, 0o600); err != nil { // blobs may not be written to
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// tryDamaged runs the verb on a damaged file. An error that tells to delete work/ is taken at its word.
func (a *arena) tryDamaged(t trial) (result, error) {
	r := result{trial: t}
	if err := t.harm.do(a.dir, t.before[t.harm.path]); err != nil {
		return r, err
	}
	ran, err := a.disturbed(t.args, func(int, call) fault { return fault{} })
	if err != nil {
		return r, err
	}
	got, err := a.tree()
	if err != nil {
		return r, err
	}
	if strings.HasPrefix(t.harm.path, "w/dist/") {
		return a.judgeDamagedVersion(r, ran, got)
	}
	if r.verdict, r.why = t.judged(ran, false, got); slices.Contains(bad, r.verdict) {
		return r, nil
	}
	if r.verdict == refused {
		if err := os.RemoveAll(filepath.Join(a.dir, "w", "work")); err != nil {
			return r, err
		}
	}
	exit, said, err := a.undisturbed(t.args)
	if err != nil {
		return r, err
	}
	if got, err = a.tree(); err != nil {
		return r, err
	}
	if verdict, why := t.healed(exit, said, got); verdict != "" {
		r.verdict, r.why = verdict, why
	}
	return r, nil
}

// judgeDamagedVersion wants a version that stays damaged to be refused by verify.
func (a *arena) judgeDamagedVersion(r result, ran tried, got tree) (result, error) {
	r.verdict, r.why = same, ""
	switch {
	case ran.hung || crashes.MatchString(ran.stderr):
		r.verdict, r.why = crash, last(ran.stderr)
		return r, nil
	case difference(r.after.outputs(), got.outputs()) == "":
		return r, nil
	case ran.exit == 1 || ran.exit == 2:
		r.verdict, r.why = refused, last(ran.stderr)
		return r, nil
	}
	exit, said, err := a.undisturbed([]string{"verify", "DXv1.0-draft", "--workspace", "w"})
	if r.verdict, r.why = toldOf, "verify: "+last(said); exit == 0 {
		r.verdict, r.why = wrong, "verify finds nothing"
	}
	return r, err
}
