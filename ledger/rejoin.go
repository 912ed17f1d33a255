package ledger

import "github.com/dermset/dermset/rows"

// Rejoin is the ledger of the same rows under another mapping. The ledger it is asked of was made of rows whose labels
// have each a name of its own. names says what each of these is mapped to: an index in the other mapping's names,
// rows.LabelUnmapped or rows.LabelDash. Rows that were rejected before stay as they were: no earlier reason depends on
// the mapping. A row that lost its image does so if the mapping keeps it.
//
// The two ledgers share their patients and pictures; the new one takes 5 bytes a row more. With twins, pictures join
// groups, those of rows that this mapping keeps; then it has groups of its own, 4 bytes a row.
func (l *Ledger) Rejoin(names []int32, twins *Twins) *Ledger {
	other := *l
	other.reason, other.mapped = vector[uint8]{}, vector[int32]{}
	for c := range l.mapped.chunks {
		reasons, mapped := l.reason.chunk(c), l.mapped.chunk(c)
		for i, label := range mapped {
			reason, name := rows.Reason(reasons[i]), int32(rows.LabelUnmapped)
			if reason == rows.Alive || reason.OfImage() {
				if name = names[label]; name < 0 {
					reason, name = rows.MappingReason(name), rows.LabelUnmapped
				}
			}
			other.reason.add(uint8(reason))
			other.mapped.add(name)
		}
	}
	if twins != nil {
		other.JoinPictures(twins)
	}
	return &other
}

// CountNames counts the alive rows of each of n mapped names.
func (l *Ledger) CountNames(n int) []int64 {
	counts := make([]int64, n)
	for c := range l.mapped.chunks {
		reasons := l.reason.chunk(c)
		for i, name := range l.mapped.chunk(c) {
			if rows.Reason(reasons[i]) == rows.Alive {
				counts[name]++
			}
		}
	}
	return counts
}
