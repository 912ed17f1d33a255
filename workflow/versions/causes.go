package versions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/mapping"
)

// Causes are why an image moved, in the order of the pipeline: of several, the first that explains it counts. That of a
// move which nothing in the two versions explains is the last.
var Causes = []string{bySource, byWithdrawal, byMapping, byPicture, byTwin, byExclusion, byMerge, byThreshold, byLock,
	bySplit, byCodes, byOther}

const (
	bySource     = "source"
	byWithdrawal = "withdrawal"
	byMapping    = "mapping"
	byPicture    = "picture"
	byTwin       = "twin"
	byExclusion  = "exclusion"
	byMerge      = "merge"
	byThreshold  = "threshold"
	byLock       = "lock"
	bySplit      = "split"
	byCodes      = "codes"
	byOther      = "other"
)

// A cause is why an image moved; the detail names the very thing.
type cause struct{ name, detail string }

// explain says why an image stands otherwise than it did. It is selected in one of the versions at least.
func (d *differ) explain(was, is *image) cause {
	switch {
	case d.bySum != "" && (was.state == "" || is.state == ""):
		return cause{byOther, "no selected image of the other version has its source and SHA-256, and of rejected ones " +
			"nothing is known: " + d.bySum}
	case was.state == "":
		return d.appeared(d.from, d.to, is, "new in", "is new")
	case is.state == "":
		return d.appeared(d.to, d.from, was, "gone from", "is gone")
	case was.state != is.state:
		return d.rejection(was, is)
	case was.class != is.class:
		return d.naming(was, is)
	case was.split != is.split && d.bySum != "":
		return cause{byOther, "patients, lesions and groups of the two versions cannot be compared: " + d.bySum}
	case was.split != is.split:
		return d.parting(was, is)
	case d.from.codes[is.class] != d.to.codes[is.class]:
		return cause{byCodes, d.codesOf(is.class)}
	}
	return cause{byPicture, "the picture in the store is another one: its bytes changed"}
}

// appeared explains an image that one version knows nothing of.
func (d *differ) appeared(without, with *known, at *image, row, source string) cause {
	if sum(without.manifest.Inputs, without.csvOf(at.source)) == "" {
		return cause{bySource, fmt.Sprintf("source %q %s", at.source, source)}
	}
	return cause{bySource, fmt.Sprintf("its row is %s %s", row, with.csvOf(at.source))}
}

// rejection explains an image that is selected in one version and rejected in the other.
func (d *differ) rejection(was, is *image) cause {
	rejected := is
	if is.state == selectedState {
		rejected = was
	}
	switch reason := rejected.state; {
	case reason == "source_pending":
		return cause{bySource, fmt.Sprintf("source %q: status %s", is.source,
			fromTo(pending(was), pending(is)))}
	case reason == "withdrawn":
		if rejected == is {
			return cause{byWithdrawal, "curation/withdrawn.csv names it or its patient"}
		}
		return cause{byWithdrawal, "curation/withdrawn.csv names it and its patient no longer"}
	case strings.HasPrefix(reason, "image_"):
		return cause{byPicture, d.pictureWords(was, is)}
	case slices.Contains([]string{"no_label", "unmapped", "label_excluded", "category_excluded", "duplicate_of",
		"below_threshold"}, reason):
		if named := d.naming(was, is); named.name != byOther {
			return named
		}
	}
	switch rejected.state {
	case "duplicate_of":
		return cause{byTwin, d.duplicateWords(rejected, rejected == is)}
	case "below_threshold":
		return cause{byThreshold, d.thresholdWords(rejected.class)}
	}
	return cause{byOther, d.otherWords("rejected as " + rejected.state)}
}

func pending(i *image) string {
	if i.state == "source_pending" {
		return "pending"
	}
	return "active"
}

// naming explains another final class, or none: the label of the row, what the workbook makes of it, or exclusions and
// mergers. Of these three the first counts that, put back to what it was, would change what became of the image; where
// two of them do the same, the first that alone would have done it.
func (d *differ) naming(was, is *image) cause {
	type parts struct {
		label  string
		labels *known
		rules  *known
	}
	outcome := func(p parts) string {
		target := p.labels.labels[labelOf{is.source, p.label}].target
		if target == "" || target == mapping.Excludes {
			return target
		}
		class, kept := p.rules.end(target)
		if !kept {
			return "excluded: " + class
		}
		return "class: " + class
	}
	before, after := parts{was.label, d.from, d.from}, parts{is.label, d.to, d.to}
	swap := func(p, with parts, which int) parts {
		switch which {
		case 0:
			p.label = with.label
		case 1:
			p.labels = with.labels
		default:
			p.rules = with.rules
		}
		return p
	}
	told := func(which int) cause {
		switch which {
		case 0:
			return cause{bySource, fmt.Sprintf("label in %s: %s", d.to.csvOf(is.source), fromTo(quoted(was.label),
				quoted(is.label)))}
		case 1:
			return cause{byMapping, d.rowWords(is.source, cmp.Or(is.label, was.label))}
		}
		return d.refinementOf(d.to.labels[labelOf{is.source, is.label}].target,
			d.from.labels[labelOf{was.source, was.label}].target)
	}
	if outcome(before) == outcome(after) {
		return cause{byOther, d.otherWords("another class")}
	}
	for which := range 3 {
		if outcome(swap(after, before, which)) != outcome(after) {
			return told(which)
		}
	}
	for which := range 3 {
		if outcome(swap(before, after, which)) != outcome(before) {
			return told(which)
		}
	}
	return cause{byOther, d.otherWords("another class")}
}

// rowWords says what became of a row of the workbook.
func (d *differ) rowWords(source, label string) string {
	words := func(k *known) string {
		m, is := k.labels[labelOf{source, label}]
		switch {
		case !is:
			return "(not in the tab)"
		case m.target == "":
			return "(no Target Name)"
		case m.target == mapping.Excludes:
			return "- (left out)"
		}
		return quoted(m.target)
	}
	return fmt.Sprintf("tab %q, label %s: %s", d.to.tab(source), quoted(label), fromTo(words(d.from), words(d.to)))
}

// refinementOf names the first rule on the way of one of the names that is not what it was.
func (d *differ) refinementOf(names ...string) cause {
	for _, name := range names {
		for at, steps := name, 0; steps <= len(d.from.rules)+len(d.to.rules); steps++ {
			old, new := d.from.rules[at], d.to.rules[at]
			if old.action != new.action || old.into != new.into {
				by := byMerge
				if old.action == exclude || new.action == exclude {
					by = byExclusion
				}
				detail := quoted(at) + ": " + fromTo(old.words(), new.words())
				if reason := cmp.Or(new.reason, old.reason); reason != "" {
					detail += " (" + reason + ")"
				}
				return cause{by, detail}
			}
			if new.action != "merge" {
				break
			}
			at = new.into
		}
	}
	return cause{byMerge, "exclusions and mergers are others"}
}

func (r refinement) words() string {
	switch r.action {
	case "":
		return "kept"
	case exclude:
		return "excluded"
	}
	return "merged into " + quoted(r.into)
}

// pictureWords says what was and is wrong with a picture, and which limit moved.
func (d *differ) pictureWords(was, is *image) string {
	words := func(i *image) string { return strings.TrimPrefix(cmp.Or(i.state, selectedState), "image_") }
	detail := fromTo(words(was), words(is))
	if is.detail != "" {
		detail += ": " + is.detail
	}
	reason := was.state + is.state
	from, to := d.from.settings.Images, d.to.settings.Images
	for _, s := range []struct {
		key      string
		old, new any
		counts   bool
	}{
		{"images.store", from.Store, to.Store, true},
		{"images.min_side", from.MinSide, to.MinSide, strings.Contains(reason, "too_small")},
		{"images.max_pixels", from.MaxPixels, to.MaxPixels, strings.Contains(reason, "too_many_pixels")},
	} {
		if s.counts && s.old != s.new {
			detail += fmt.Sprintf("; %s %s", s.key, fromTo(quoted(fmt.Sprint(s.old)), quoted(fmt.Sprint(s.new))))
		}
	}
	if overrides := "curation/image_overrides.csv"; sum(d.from.manifest.Inputs, overrides) !=
		sum(d.to.manifest.Inputs, overrides) {
		detail += "; " + overrides + " changed"
	}
	return detail
}

// duplicateWords names the equal image that is kept in place of this one.
func (d *differ) duplicateWords(rejected *image, now bool) string {
	verb := "was"
	if now {
		verb = "is"
	}
	detail := fmt.Sprintf("%s %s kept in its place, which shows the same", rejected.twin, verb)
	if from, to := d.from.settings.Select.Duplicates, d.to.settings.Select.Duplicates; from != to {
		detail += "; select.duplicates " + fromTo(from, to)
	}
	return detail
}

// thresholdWords holds a class against the threshold.
func (d *differ) thresholdWords(class string) string {
	from, to := d.from.classes[class], d.to.classes[class]
	old, new := d.from.settings.Select, d.to.settings.Select
	number := func(n int) string { return fmt.Sprint(n) }
	return fmt.Sprintf("%s: %s images of %s, %s groups of %s", quoted(class),
		fromTo(cmp.Or(from.images, "0"), cmp.Or(to.images, "0")), fromTo(number(old.MinImages), number(new.MinImages)),
		fromTo(cmp.Or(from.groups, "0"), cmp.Or(to.groups, "0")), fromTo(number(old.MinGroups), number(new.MinGroups)))
}

// otherWords is about what the two versions do not explain: another program may.
func (d *differ) otherWords(what string) string {
	if from, to := fmt.Sprint(d.from.manifest.Tool), fmt.Sprint(d.to.manifest.Tool); from != to {
		return what + "; the versions were built by different programs"
	}
	return what + "; the two versions do not say why"
}

// codesOf says which row made the codes of a class others. Rows are gone through once, for all classes.
func (d *differ) codesOf(class string) string {
	if d.recoded == nil {
		d.recoded = map[string]string{}
		for of := range d.rowsOfMapping() {
			old, new := d.from.labels[of], d.to.labels[of]
			if old.codes == new.codes && old.final == new.final {
				continue
			}
			words := d.rowWords(of.source, of.label)
			if old.target == new.target {
				words += ", codes " + fromTo(old.codes, new.codes)
			}
			for _, final := range []string{old.final, new.final} {
				if first := d.recoded[final]; first == "" || words < first {
					d.recoded[final] = words
				}
			}
		}
	}
	return strings.TrimSuffix(fmt.Sprintf("%s: %s; %s", quoted(class), fromTo(d.from.codes[class], d.to.codes[class]),
		d.recoded[class]), "; ")
}

// fromTo is what something was and is; once, if that is the same.
func fromTo(was, is string) string {
	if was == is {
		return is
	}
	return was + " → " + is
}

func quoted(text string) string { return fmt.Sprintf("%q", text) }
