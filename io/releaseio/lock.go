package releaseio

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dermset/dermset/io/fileio"
)

// A Lock keeps a workspace to one run. The system gives it up when the process ends, however it ends.
type Lock struct {
	file *os.File
}

// A Holder is who holds a lock.
type Holder struct {
	PID     int    `json:"pid"`
	Verb    string `json:"verb"`
	Started string `json:"started"` // RFC 3339
}

// A HeldError says that another run holds the lock. Holder is empty if that run has not said yet who it is.
type HeldError struct {
	Path   string
	Holder Holder
}

func (e *HeldError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("%s: another run holds this workspace; wait for it to end", e.Path)
	}
	return fmt.Sprintf("%s: run %q of process %d, started %s, holds this workspace; wait for it to end or end it",
		e.Path, e.Holder.Verb, e.Holder.PID, e.Holder.Started)
}

// errHeld is what tryLock says when another process has the lock.
var errHeld = errors.New("held by another process")

// TakeLock takes the lock at path, whose folder is made if it is not there, for a run of verb started at the given
// time. It does not wait: if another run has it, the error is a *HeldError that names that run. A file that a dead run
// has left is no obstacle.
func TakeLock(path, verb string, started time.Time) (*Lock, error) {
	if err := fileio.MakeFolders(filepath.Dir(path)); err != nil {
		return nil, err
	}
	f, err := openLock(path)
	if errors.Is(err, errHeld) {
		return nil, &HeldError{Path: path, Holder: holder(path)}
	}
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(Holder{PID: os.Getpid(), Verb: verb, Started: started.Format(time.RFC3339)})
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt(append(text, '\n'), 0)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Lock{file: f}, nil
}

// holder reads who holds a lock, as far as it is written. What no run writes is nobody.
func holder(path string) (h Holder) {
	text, _ := fileio.ReadUpTo(path, 1<<12)
	err := json.Unmarshal(text, &h)
	if _, timeErr := time.Parse(time.RFC3339, h.Started); err != nil || timeErr != nil || h.PID <= 0 {
		return Holder{}
	}
	return h
}

func (l *Lock) held() bool { return l != nil && l.file != nil }

// Release gives the lock up. The file stays, empty: removing it would let two runs hold two files of one name.
// A second Release does nothing.
func (l *Lock) Release() error {
	if !l.held() {
		return nil
	}
	f := l.file
	l.file = nil
	return errors.Join(f.Truncate(0), closeLock(f))
}
