package stages

// A Class is a line of a class table (spec 8.9 and 10). Names are indices in Join.Names.
type Class struct {
	Name                              int32
	Images, Sources, Patients, Groups int64    // rows; distinct sources, (space, patient_id) and groups among them
	MergedFrom                        []int32  // the other mapped names of these rows, bytewise; stages 2 and 3
	ClassID                           int32    // stage 3, else -1
	Splits                            [3]int64 // images per split, stage 3
}

// byKey is some rows of the ledger, ordered by a key from 0 up: those of key k are rows[ends[k-1]:ends[k]], by row number. It takes 4 bytes
// a row.
type byKey struct {
	ends []int64
	rows []int32
}

func (b *byKey) of(key int) []int32 {
	if key == 0 {
		return b.rows[:b.ends[0]]
	}
	return b.rows[b.ends[key-1]:b.ends[key]]
}

// orderBy orders rows by key(row); a negative key leaves the row out.
func (l *Ledger) orderBy(keys int, key func(row int) int32) *byKey {
	b := &byKey{ends: make([]int64, keys)}
	for row := range l.rows() {
		if k := key(row); k >= 0 {
			b.ends[k]++
		}
	}
	var total int64
	for k, n := range b.ends {
		b.ends[k] = total
		total += n
	}
	b.rows = make([]int32, total)
	for row := range l.rows() {
		if k := key(row); k >= 0 {
			b.rows[b.ends[k]] = int32(row)
			b.ends[k]++
		}
	}
	return b
}

// classTable counts the rows of every key that has any; keys are names. It takes 4 bytes a patient and a group while it runs. Mapped names
// other than the key are MergedFrom: final(name) is the key that a mapped name counts for.
func (l *Ledger) classTable(b *byKey, final func(name int32) int32) []Class {
	patients, groups := make([]int32, l.patients), make([]int32, l.groups) // 1 + the last key that had it
	mapped := make([]bool, len(b.ends))
	var table []Class
	for k := range b.ends {
		rows := b.of(k)
		if len(rows) == 0 {
			continue
		}
		c := Class{Name: int32(k), Images: int64(len(rows)), ClassID: -1}
		stamp := int32(k) + 1
		sourceEnd := int64(-1)
		for _, row := range rows {
			if int64(row) >= sourceEnd {
				source, _ := l.Place(int64(row))
				sourceEnd = l.starts[source+1]
				c.Sources++
			}
			if p := l.patient.get(int(row)); p >= 0 && patients[p] != stamp {
				patients[p] = stamp
				c.Patients++
			}
			if g := l.group.get(int(row)); groups[g] != stamp {
				groups[g] = stamp
				c.Groups++
			}
			mapped[l.mapped.get(int(row))] = true
		}
		table = append(table, c)
	}
	at := make(map[int32]int, len(table))
	for i, c := range table {
		at[c.Name] = i
	}
	for name, has := range mapped {
		if key := final(int32(name)); has && key != int32(name) {
			c := &table[at[key]]
			c.MergedFrom = append(c.MergedFrom, int32(name))
		}
	}
	return table
}
