package workspace

import (
	"path/filepath"

	"github.com/dermset/dermset/io/releaseio"
)

// A File is a path of this system, in the workspace, and what it is to hold.
type File struct {
	Path string
	Data []byte
	Was  string // SHA-256 of what it was made from; empty: it does not matter what is there
}

// Together writes files of the workspace, all of them or none, whenever the run dies: who comes next finishes it
// (Settled). One that is a link stays a link. The caller holds the lock.
func (w *Workspace) Together(files []File) error {
	var changes []releaseio.Change
	for _, f := range files {
		inside, err := filepath.Rel(w.Dir, f.Path)
		if err != nil {
			return err
		}
		changes = append(changes,
			releaseio.Change{Path: filepath.ToSlash(inside), Content: f.Data, Before: f.Was, Linked: true})
	}
	return releaseio.Together(w.Dir, changes...)
}

// Settled finishes what a run that died was writing together. Who reads what changes together, the workbook and the log
// of decisions, calls it before; Locked does.
func (w *Workspace) Settled() error { return releaseio.Settle(w.Dir) }
