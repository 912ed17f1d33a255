package mapping

import "fmt"

// A Before is what an earlier version left out and merged: a large exclusion that stood there is no news.
type Before struct {
	Excluded map[[2]string]bool // labels that were left out, by source and label
	Finals   map[string]string  // what each Target Name became; empty: it was excluded
}

// An exclusion or merger is large if it moves more than a twentieth of all images, or more than largeClass.
const (
	largeShare = 20
	largeClass = 500
)

// checkLarge finds large exclusions, marks - and mergers that did not stand in the version before.
func (p *parser) checkLarge(sources []Source, before *Before) {
	total := int64(0)
	for _, s := range sources {
		total += s.Rows
	}
	large := func(images int64) bool { return images > largeClass || total > 0 && images*largeShare > total }
	share := func(images int64) string { return fmt.Sprintf("%d of %d images", images, total) }
	for category, r := range p.rules {
		images := p.images(category)
		final, kept, ends := p.rules.follow(category)
		if !ends || !large(images) || before != nil && before.stood(category, final, kept) {
			continue
		}
		detail := fmt.Sprintf("%q is excluded, with %s", category, share(images))
		if r.Merge {
			detail = fmt.Sprintf("%q, with %s, is merged into %q, with %d", category, share(images), r.Into, p.images(r.Into))
		}
		p.find("large_exclusion", r.place, "", category, images, detail)
	}
	for _, s := range sources {
		for label, to := range p.labels[s.Name] {
			images := s.Labels[label]
			if to.target == Excludes && large(images) && (before == nil || !before.Excluded[[2]string{s.Name, label}]) {
				p.find("large_exclusion", p.tabs[s.tab()].place(int(to.row), 1), s.Name, label, images,
					fmt.Sprintf("is left out, with %s", share(images)))
			}
		}
	}
}

// stood reports whether a category ended so in the version before.
func (b *Before) stood(category, final string, kept bool) bool {
	old, known := b.Finals[category]
	if !kept {
		final = ""
	}
	return known && old == final
}
