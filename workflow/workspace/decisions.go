package workspace

import (
	"errors"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/people"
)

// The files of people and of what they decided, as paths of the workspace.
const (
	PeopleFile    = people.FileName
	DecisionsFile = "mapping/" + decisions.FileName
	HeadFile      = "mapping/" + decisions.HeadName
)

// People are those of people.yaml; nil without one.
func (w *Workspace) People() (*people.People, error) {
	all, err := people.Read(w.Path(PeopleFile))
	if errors.Is(err, people.ErrNobody) {
		return nil, nil
	}
	return all, Usage(err)
}

// Decisions is the log of decisions as far as it can be read; the error says why it is not whole.
func (w *Workspace) Decisions() (*decisions.Log, error) {
	return decisions.Read(w.Path("mapping"), time.Now())
}

// LogFiles are the files of a log, to be written together with what else changes by the same act.
func (w *Workspace) LogFiles(l *decisions.Log) []File {
	return []File{{Path: w.Path(DecisionsFile), Data: l.Text()}, {Path: w.Path(HeadFile), Data: l.Head()}}
}

// SaveDecisions puts a log to which lines were added in the place of the one that it was read from. Only the holder of
// the workspace's lock may do this.
func (w *Workspace) SaveDecisions(l *decisions.Log) error { return w.Together(w.LogFiles(l)) }
