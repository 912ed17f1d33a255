package versions

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/workflow/workspace"
)

// parting explains another split of an image whose class is the same: what its group is comes first, then what places
// groups.
func (d *differ) parting(was, is *image) cause {
	from, to := d.from.settings.Split, d.to.settings.Split
	if was.ids != is.ids && (slices.Contains(to.GroupBy, "patient") || slices.Contains(to.GroupBy, "lesion")) {
		return cause{bySource, fmt.Sprintf("its patient_id or lesion_id changed in %s", d.to.csvOf(is.source))}
	}
	if words := d.regrouped(was, is); words != "" {
		return cause{byTwin, words}
	}
	if pinned, pins := from.Pin[is.source], to.Pin[is.source]; pinned != pins || d.lockedToOlder() && pins != "" {
		return cause{bySplit, fmt.Sprintf("split.pin of source %q: %s", is.source, fromTo(orFree(pinned), orFree(pins)))}
	}
	if d.lockedToOlder() {
		return cause{byLock, "its group holds images that are pinned, or were locked to another split: quality.json has all"}
	}
	if from.Lock != to.Lock || d.lockSum(d.from) != d.lockSum(d.to) {
		return cause{byLock, "split.lock: " + fromTo(orNone(from.Lock), orNone(to.Lock))}
	}
	for _, s := range []struct {
		key      string
		old, new any
	}{
		{"group_by", from.GroupBy, to.GroupBy}, {"ratios", from.Ratios, to.Ratios}, {"seed", from.Seed, to.Seed},
		{"lock_conflict", from.LockConflict, to.LockConflict}, {"pin", from.Pin, to.Pin},
	} {
		if old, new := fmt.Sprint(s.old), fmt.Sprint(s.new); old != new {
			return cause{bySplit, "split." + s.key + ": " + fromTo(old, new) + d.lockRemedy()}
		}
	}
	if was.group != is.group {
		return cause{bySplit, "its group has other images" + d.lockRemedy()}
	}
	return cause{bySplit, fmt.Sprintf("other images: %s had %s and has %s, and all groups are parted anew%s",
		quoted(is.class), d.from.classes[is.class].images, d.to.classes[is.class].images, d.lockRemedy())}
}

func orFree(pin string) string {
	if pin == "" {
		return "(free)"
	}
	return pin
}

func orNone(lock string) string {
	if lock == "" {
		return "(none)"
	}
	return lock
}

// lockRemedy says how splits stay, where nothing held them.
func (d *differ) lockRemedy() string { return "; split.lock: " + d.from.Name + " keeps splits" }

// lockSum is the SHA-256 of the table that a version was locked to.
func (d *differ) lockSum(k *known) string {
	lock := k.settings.Split.Lock
	return sum(k.manifest.Inputs, "dist/"+lock+"/"+workspace.FilePrefix(lock)+"selected_unsampled.csv")
}

// lockedToOlder says whether the newer version was locked to the older one.
func (d *differ) lockedToOlder() bool {
	locked := d.lockSum(d.to)
	table := workspace.FilePrefix(d.from.Name) + "selected_unsampled.csv"
	return locked != "" && locked == sum(d.from.manifest.Outputs, table)
}

// regrouped says which pair of images that show the same joins or parts the group of an image, if one does.
func (d *differ) regrouped(was, is *image) string {
	if pair, touched := d.parted[was.group]; touched {
		return pair
	}
	return d.joined[is.group]
}

// edges are pairs of images that are held together, and how that is known.
type edges map[[2]string]string

// edges are the pairs of images that a version holds together because they show the same.
func (k *known) edges(ctx context.Context) (edges, error) {
	if !slices.Contains(k.settings.Split.GroupBy, "duplicate") {
		return nil, nil
	}
	all := edges{}
	columns := []string{"image_a", "image_b", "method", "distance"}
	err := k.Each(ctx, "duplicates", columns, func(cells []string) error {
		distance, err := strconv.Atoi(cells[3])
		if distance <= k.settings.Images.NearGroup {
			all[k.pair(cells[0], cells[1])] = cells[2]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	path := filepath.Join(k.Dir, filepath.FromSlash(KeptInput(workspace.VerdictsFile)))
	err = csvio.EachRow(ctx, path, []string{"image_a", "image_b", "verdict"}, func(row csvio.Row) bool {
		pair := k.pair(row.Cell(0), row.Cell(1))
		if verdict := row.Cell(2); verdict == "different" {
			delete(all, pair)
		} else {
			all[pair] = "verdict " + verdict
		}
		return true
	})
	if fault.Of(err) == fault.NotThere {
		err = nil
	}
	return all, err
}

// pair is one of two images as they are compared, bytewise.
func (k *known) pair(a, b string) [2]string {
	a, b = k.as.image(a), k.as.image(b)
	return [2]string{min(a, b), max(a, b)}
}

// compareEdges finds the groups that other pairs of images hold together than before.
func (d *differ) compareEdges(ctx context.Context) error {
	if d.bySum != "" { // which tells no pair
		return nil
	}
	older, err := d.from.edges(ctx)
	if err != nil {
		return err
	}
	newer, err := d.to.edges(ctx)
	if err != nil {
		return err
	}
	for pair := range older {
		if _, is := newer[pair]; is {
			delete(older, pair)
			delete(newer, pair)
		}
	}
	if d.parted, err = d.touched(ctx, d.from, older, "no longer held together"); err != nil {
		return err
	}
	d.joined, err = d.touched(ctx, d.to, newer, "now held together")
	return err
}

// touched are the groups of a version with the images of the pairs, and what is said of the first pair of each.
func (d *differ) touched(ctx context.Context, k *known, pairs edges, what string) (map[uint64]string, error) {
	words := map[string]string{}
	for pair, how := range pairs {
		text := fmt.Sprintf("%s and %s are %s (%s)", pair[0], pair[1], what, how)
		for _, id := range pair {
			if first := words[id]; first == "" || text < first {
				words[id] = text
			}
		}
	}
	groups := map[uint64]string{}
	if len(words) == 0 {
		return groups, nil
	}
	return groups, k.Each(ctx, "selected_unsampled", []string{"image_id", "group_id"}, func(cells []string) error {
		if text, is := words[k.as.image(cells[0])]; is {
			group := d.number(k.as.group(cells[1]))
			if first := groups[group]; first == "" || text < first {
				groups[group] = text
			}
		}
		return nil
	})
}

// rowsOfMapping are the labels of either version.
func (d *differ) rowsOfMapping() iter.Seq[labelOf] {
	return func(yield func(labelOf) bool) {
		for of := range d.from.labels {
			if !yield(of) {
				return
			}
		}
		for of := range d.to.labels {
			if _, both := d.from.labels[of]; !both && !yield(of) {
				return
			}
		}
	}
}
