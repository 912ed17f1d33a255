package ledger

import "github.com/dermset/dermset/rows"

// A Class is a line of a class table (spec 8.9 and 10). Names are indices in DecideOptions.Names.
type Class struct {
	Name                              int32
	Images, Sources, Patients, Groups int64    // rows; distinct sources, (space, patient_id) and groups among them
	MergedFrom                        []int32  // the other mapped names of these rows, bytewise; stages 2 and 3
	ClassID                           int32    // stage 3, else -1
	Splits                            [3]int64 // images per split, stage 3
}

// classTables are the tables of stage 1 and stage 2, but for patients and groups:
// their keys are mapped names and final classes.
func (d *Decision) classTables() (stage1, stage2 []Class) {
	byName, byClass, alive := make([]Class, len(d.final)), make([]Class, len(d.final)), make([]bool, len(d.final))
	for _, names := range d.names {
		seen := make([]bool, len(d.final))
		for _, n := range names {
			byName[n.name].Images += n.rows + n.lost
			byName[n.name].Sources++
			class := d.final[n.name]
			if class < 0 || n.rows == 0 {
				continue
			}
			alive[n.name] = true
			byClass[class].Images += n.rows
			if !seen[class] {
				seen[class] = true
				byClass[class].Sources++
			}
		}
	}
	for name, class := range d.final {
		if class >= 0 && class != int32(name) && alive[name] {
			byClass[class].MergedFrom = append(byClass[class].MergedFrom, int32(name))
		}
	}
	return withRows(byName), withRows(byClass)
}

// withRows are the classes that have any rows, by name.
func withRows(classes []Class) (table []Class) {
	for name, c := range classes {
		if c.Images > 0 {
			c.Name, c.ClassID = int32(name), -1
			table = append(table, c)
		}
	}
	return table
}

// nameRows are the alive rows of a source with a mapped name, and those that were lost at stage image.
type nameRows struct {
	name       int32
	rows, lost int64
}

// namesBy is the mapped names of rows at stage 1 by patient or by group, whose numbers are dense: those of number n are
// names[ends[n-1]:ends[n]]. A row that is lost at stage image has ^name: it counts at stage 1 alone.
//
// It takes 4 bytes a row and 4 a number. A source's patients and groups have numbers near one another, so that to fill
// it stays in the cache, and everything that is asked of groups and patients is answered from front to back. (To go
// through the rows of one class after another instead would miss the cache with every row.)
type namesBy struct{ ends, names []int32 }

func (b *namesBy) of(number int) []int32 {
	if number == 0 {
		return b.names[:b.ends[0]]
	}
	return b.names[b.ends[number-1]:b.ends[number]]
}

// namesBy orders the names of rows at stage 1 by a column of the ledger with numbers below n; -1 leaves a row out.
func (l *Ledger) namesBy(column *vector[int32], n int) *namesBy {
	b := &namesBy{ends: make([]int32, n)}
	for c := range column.chunks {
		numbers := column.chunk(c)
		reasons, names := l.reason.chunk(c)[:len(numbers)], l.mapped.chunk(c)[:len(numbers)]
		for i, number := range numbers {
			if reason := rows.Reason(reasons[i]); (reason == rows.Alive || reason.OfImage()) && names[i] >= 0 && number >= 0 {
				b.ends[number]++
			}
		}
	}
	total := int32(0)
	for number, n := range b.ends {
		b.ends[number] = total
		total += n
	}
	b.names = make([]int32, total)
	for c := range column.chunks {
		numbers := column.chunk(c)
		reasons, names := l.reason.chunk(c)[:len(numbers)], l.mapped.chunk(c)[:len(numbers)]
		for i, number := range numbers {
			if reason := rows.Reason(reasons[i]); (reason == rows.Alive || reason.OfImage()) && names[i] >= 0 && number >= 0 {
				name := names[i]
				if reason != rows.Alive {
					name = ^name
				}
				b.names[b.ends[number]] = name
				b.ends[number]++
			}
		}
	}
	return b
}

// distinct counts the numbers that have a row of each mapped name at stage 1, and an alive one of each final class.
func (b *namesBy) distinct(final []int32) (byName, byClass []int64) {
	byName, byClass = make([]int64, len(final)), make([]int64, len(final))
	seenName, seenClass := make([]int32, len(final)), make([]int32, len(final)) // 1 + the last number that had it
	from := int32(0)
	for number, end := range b.ends {
		stamp := int32(number) + 1
		for _, name := range b.names[from:end] {
			lost := name < 0
			if lost {
				name = ^name
			}
			if seenName[name] != stamp {
				seenName[name] = stamp
				byName[name]++
			}
			if class := final[name]; !lost && class >= 0 && seenClass[class] != stamp {
				seenClass[class] = stamp
				byClass[class]++
			}
		}
		from = end
	}
	return byName, byClass
}

// byKey is some rows of the ledger, ordered by a key from 0 up: those of key k are rows[ends[k-1]:ends[k]], by row
// number. It takes 4 bytes a row.
type byKey struct {
	ends []int64
	rows []int32
}

// orderBy orders alive rows by a key of their mapped name; a negative key leaves the row out.
func (l *Ledger) orderBy(keys int, keyOf []int32) *byKey {
	b := &byKey{ends: make([]int64, keys)}
	each := func(do func(row int32, key int32)) {
		row := int32(0)
		for c := range l.mapped.chunks {
			reasons := l.reason.chunk(c)
			for i, name := range l.mapped.chunk(c) {
				if rows.Reason(reasons[i]) == rows.Alive && name >= 0 && keyOf[name] >= 0 {
					do(row, keyOf[name])
				}
				row++
			}
		}
	}
	each(func(_, key int32) { b.ends[key]++ })
	var total int64
	for k, n := range b.ends {
		b.ends[k] = total
		total += n
	}
	b.rows = make([]int32, total)
	each(func(row, key int32) {
		b.rows[b.ends[key]] = row
		b.ends[key]++
	})
	return b
}
