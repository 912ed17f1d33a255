package build

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"

	"github.com/dermset/dermset/workflow/workspace"
)

// A told is a log that hands every line to a function.
type told func(line string)

func (told) Enabled(context.Context, slog.Level) bool { return true }

func (f told) Handle(_ context.Context, r slog.Record) error {
	f(r.Message)
	return nil
}

func (f told) WithAttrs([]slog.Attr) slog.Handler { return f }

func (f told) WithGroup(string) slog.Handler { return f }

// tell has f told every line that a run on the workspace logs.
func tell(w *workspace.Workspace, f func(line string)) {
	w.Log = slog.New(told(f))
	w.Progress = workspace.NewProgress(io.Discard, false, w.Log)
}

// during has do run once, in the middle of a run: as soon as it logs a line that begins with text.
func during(w *workspace.Workspace, text string, do func()) {
	var once sync.Once
	tell(w, func(line string) {
		if strings.HasPrefix(line, text) {
			once.Do(do)
		}
	})
}
