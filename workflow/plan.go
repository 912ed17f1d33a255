package workflow

import (
	"context"
	"fmt"
	"strings"
)

// Plan says for each step what it does, whether a build would run it, and why. It runs nothing.
func (w *Workspace) Plan(ctx context.Context) ([][]string, error) {
	b := newBuild(ctx, w)
	if err := w.begin(b); err != nil {
		return nil, err
	}
	var rows [][]string
	if n := len(blockers(b.findings)); n > 0 {
		rows = append(rows, []string{"mapping", "Check the mapping", "no", fmt.Sprintf("%d findings block the build; see `dermset mapping check`", n)})
	}
	for _, step := range Steps {
		if step.Verb == "soft" {
			rows = append(rows, []string{step.Verb, step.Does, "no", "publish makes soft labels itself; run `dermset soft` for a look"})
			continue
		}
		if w.skips(step.Verb) {
			continue
		}
		key, err := step.key(b)
		if err != nil {
			return nil, err
		}
		b.stepHash[step.Verb] = key.hash()
		why := w.stale(step.Verb, key)
		if step.Verb == "fetch" && len(why) == 0 {
			if err := b.lastFetch(); err != nil {
				return nil, err
			}
		}
		if step.Verb == "publish" && len(why) == 0 {
			why = b.unpublished()
		}
		runs := "yes"
		if len(why) == 0 {
			runs, why = "no", []string{"nothing it depends on changed"}
		}
		rows = append(rows, []string{step.Verb, step.Does, runs, strings.Join(why, "; ")})
	}
	return rows, nil
}
