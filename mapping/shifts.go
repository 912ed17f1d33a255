package mapping

import "fmt"

// leastShifted is how many labels that follow each other must fit their neighbour's name to be called shifted; two that
// fit each other's are swapped.
const leastShifted = 2

// mostUnsure is how many labels between two shifted ones may fit neither name.
const mostUnsure = 2

// A lean is how the name one row up or down becomes a label.
type lean uint8

const (
	away   lean = iota // worse than its own name, or its own one is meant
	unsure             // neither is meant, or both rows have one name
	toward             // better than its own, which is not meant
	there              // so well that it alone is evidence
)

// leaning is how the name of the row step further on becomes a label. There is none across an empty row.
func (m *meanings) leaning(rows []judged, i, step int) lean {
	r, other := &rows[i], i+step
	if other < 0 || other >= len(rows) || rows[other].Line != r.Line+step {
		return away
	}
	o := rows[other].own
	if o == nil || o == r.own {
		return unsure
	}
	switch f := m.fits(r.meaning, o); {
	case f >= byTitle && f > r.fit:
		return there
	case r.fit >= byTitle:
		return away
	case f > r.fit:
		return toward
	}
	return unsure
}

// checkShifts finds runs of labels that fit the names one row up or down.
func (p *parser) checkShifts(m *meanings, s Source, rows []judged) {
	for _, step := range [2]int{-1, 1} {
		for i := 0; i < len(rows); {
			from, n, sure := m.shifted(rows, i, step)
			if sure >= leastShifted {
				p.tellShifted(s, rows[from:from+n], step)
			}
			i = max(i+1, from+n)
		}
	}
}

// shifted is the run of labels from i on that lean to the names step further on: where it begins, how long it is, and
// how many that follow each other are evidence. What leans that way before it belongs to it, and at its end the label
// that has the name of its other end, for who turns a block has a name left over.
func (m *meanings) shifted(rows []judged, i, step int) (from, n, sure int) {
	if m.leaning(rows, i, step) != there {
		return i, 0, 0
	}
	from = i
	for from > 0 && !rows[from-1].told && m.leaning(rows, from-1, step) == toward {
		from--
	}
	end, streak := i, 0
	for at := i; at < len(rows) && !rows[at].told; at++ {
		l := m.leaning(rows, at, step)
		if l == away || at-end > mostUnsure {
			break
		}
		streak++
		if l != there {
			streak = 0
		}
		sure = max(sure, streak)
		if l >= toward {
			end = at + 1
		}
	}
	for at := end; step > 0 && at < len(rows) && at-end <= mostUnsure; at++ {
		if rows[at].Line-rows[from].Line == at-from && m.turned(&rows[at], &rows[from]) {
			return from, at + 1 - from, sure
		}
	}
	for at := from - 1; step < 0 && at >= 0 && from-at <= mostUnsure+1; at-- {
		if rows[end-1].Line-rows[at].Line == end-1-at && m.turned(&rows[at], &rows[end-1]) {
			return at, end - at, sure
		}
	}
	return from, end - from, sure
}

// turned reports whether a label means the name at the other end of a run, and not its own.
func (m *meanings) turned(r, other *judged) bool {
	if r.told || r.fit >= byTitle || other.own == nil {
		return false
	}
	f := m.fits(r.meaning, other.own)
	return f >= byTitle && f > r.fit
}

func (p *parser) tellShifted(s Source, run []judged, step int) {
	images := int64(0)
	for i := range run {
		run[i].told = true
		p.doubted.rows[[2]string{s.Name, run[i].Label}] = true
		images += run[i].images
	}
	where := "below"
	if step < 0 {
		where = "above"
	}
	first := &run[0]
	p.find("rows_shifted", p.placeOfRow(first.Row, 1), s.Name, first.Label, images, fmt.Sprintf(
		"%d labels, rows %d to %d, fit the Target Names one row %s and not their own: %q, for one, is mapped to %s",
		len(run), first.Line, run[len(run)-1].Line, where, first.Label, p.named(first.own)))
}
