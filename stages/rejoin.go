package stages

// Rejoin is the ledger of the same rows under another mapping. The ledger it is asked of was made with a [Join] that maps every label to a
// name of its own; names says what each of these is mapped to: an index in the other mapping's names, -1 for unmapped, -2 for "-". Rows that
// were rejected before stay as they were: no earlier reason depends on the mapping. A row that lost its image does so if the mapping keeps it.
//
// The two ledgers share their patients, groups and pictures, which do not depend on it either; the new one takes 5 bytes a row more.
func (l *Ledger) Rejoin(names []int32) *Ledger {
	other := *l
	other.reason, other.mapped = vector[uint8]{}, vector[int32]{}
	for c := range l.mapped.chunks {
		reasons, mapped := l.reason.chunk(c), l.mapped.chunk(c)
		for i, label := range mapped {
			reason, name := Reason(reasons[i]), int32(labelUnmapped)
			if reason == Alive || reason.ofImage() {
				if name = names[label]; name < 0 {
					reason, name = reasonOf(name), labelUnmapped
				}
			}
			other.reason.add(uint8(reason))
			other.mapped.add(name)
		}
	}
	return &other
}

// CountNames counts the alive rows of each of n mapped names.
func (l *Ledger) CountNames(n int) []int64 {
	rows := make([]int64, n)
	for c := range l.mapped.chunks {
		reasons := l.reason.chunk(c)
		for i, name := range l.mapped.chunk(c) {
			if Reason(reasons[i]) == Alive {
				rows[name]++
			}
		}
	}
	return rows
}
