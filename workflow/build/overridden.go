package build

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/workflow/workspace"
)

// keepsNothing are the lines of overrides that keep no image: it is not known or does not count, is fit for use anyway, or cannot be kept.
func (b *build) keepsNothing(known *knownPictures) (lines []int, err error) {
	if len(b.overrides.Lines) == 0 {
		return nil, nil
	}
	keeps := map[string]bool{}
	for group, err := range b.wanted(false) {
		if err != nil {
			return nil, err
		}
		source := strings.TrimSuffix(group.Prefix, "/")
		for _, key := range group.Keys {
			path := key[len(group.Prefix):]
			if _, kept := b.overrides.Paths[source][path]; kept {
				p, is := known.of(source, path)
				keeps[key] = is && p.verdict.Keepable()
			}
		}
	}
	for _, line := range b.overrides.Lines {
		if !keeps[line.Source+"/"+line.Path] {
			lines = append(lines, line.Line)
		}
	}
	return lines, nil
}

// idleOverrides are the findings about overrides that keep nothing.
func (b *build) idleOverrides(lines []int) []findings.Finding {
	var all []findings.Finding
	for _, o := range b.overrides.Lines {
		if slices.Contains(lines, o.Line) {
			all = append(all, findings.New("override_unknown", fmt.Sprintf("%s:%d", workspace.OverridesFile, o.Line), o.Source, o.Path, 0, "names no image with a verdict that can be overridden"))
		}
	}
	return all
}
