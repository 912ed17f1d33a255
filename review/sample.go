package review

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// Draw draws n of some rows for the periodic quality check, or all if there are no more: how many of each tab follows
// the images that its rows touch (by highest averages, Sainte-Laguë's method), which of them only the seed. The order
// of the rows does not count.
func Draw(rows []Row, n int, seed int64) []Row {
	tabs, images := map[string][]Row{}, map[string]int64{}
	for _, row := range rows {
		tabs[row.Tab] = append(tabs[row.Tab], row)
		images[row.Tab] += row.Images
	}
	var names []string
	for name, all := range tabs {
		names = append(names, name)
		slices.SortFunc(all, func(a, b Row) int { return strings.Compare(lot(a, seed), lot(b, seed)) })
	}
	slices.Sort(names)
	drawn := map[string]int{}
	var out []Row
	for len(out) < min(n, len(rows)) {
		best := ""
		for _, name := range names {
			// images/(2 drawn + 1) is greatest; of equal ones the tab of the first name has it
			if drawn[name] < len(tabs[name]) && (best == "" ||
				images[name]*int64(2*drawn[best]+1) > images[best]*int64(2*drawn[name]+1)) {
				best = name
			}
		}
		out = append(out, tabs[best][drawn[best]])
		drawn[best]++
	}
	return out
}

// lot is what rows of a tab are drawn by, the least first.
func lot(row Row, seed int64) string {
	key := binary.BigEndian.AppendUint64(nil, uint64(seed))
	sum := sha256.Sum256(append(key, row.Tab+"\x00"+row.Label...))
	return string(sum[:])
}
