package ledger

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// A PictureSurvey teaches a ledger what is known of the rows' images (spec 8.2 and 8.5). Rows that the mapping left
// alive are rejected for the verdict of their image, or as ImageMissing if it was never fetched. Rows of equal SHA-256
// get one number and, if they are asked to, one group. Rows that are rejected already have no image.
//
// Files that show nobody (empty, no image at all, all pixels equal) are not told apart and join nothing: one broken
// export would make a single group of all its patients.
//
// It takes 4 bytes a row, which the ledger keeps, and while it runs 28 a distinct picture (up to 32 where there are
// less than a million) and 4 a group.
type PictureSurvey struct {
	ledger *Ledger
	groups vector[int32] // forest over the ledger's groups; empty if equal images do not join them
	joined bool
	sums   keyTable
}

// LearnPictures begins a survey of the rows' images, and forgets what an earlier one has taught. With join, equal
// images join groups; findings are limited as by GroupOptions.MaxFindings.
func (l *Ledger) LearnPictures(join bool, maxFindings int) *PictureSurvey {
	p := &PictureSurvey{ledger: l, sums: keyTable{spaces: make([]keySlots, 1)}}
	l.hasPictures, l.picture, l.pictures, l.maxFindings = true, vector[int32]{}, 0, maxFindings
	if join {
		for g := range l.groups {
			p.groups.add(int32(g))
		}
	}
	return p
}

// picturePart is what Look hands to Take.
type picturePart struct {
	reasons []rows.Reason
	sums    []keyID
}

// Sink takes a source's rows, one behind another: their ColVerdict and ColSHA256. It is called for every source in
// order, and the sinks are drained in that order.
func (p *PictureSurvey) Sink(source int, in *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColVerdict, rows.TypeDict),
		rows.Nullable(rows.ColSHA256, rows.TypeText))
	if err != nil {
		return nil, err
	}
	return engine.Survey[picturePart]{
		Name: "pictures",
		OnLook: func(batch arrow.RecordBatch) (picturePart, error) {
			return lookAtPictures(batch.Column(at[0]), batch.Column(at[1]).(*array.String))
		},
		OnTake: func(part picturePart) error {
			from, end := int64(p.ledger.picture.n), p.ledger.starts[source+1]
			if from < p.ledger.starts[source] || from+int64(len(part.sums)) > end {
				return fmt.Errorf("pictures of source %q do not match its %d rows",
					p.ledger.Sources[source].Name, p.ledger.Sources[source].Rows)
			}
			for i, sum := range part.sums {
				p.take(int32(from)+int32(i), part.reasons[i], sum)
			}
			return nil
		},
	}, nil
}

// lookAtPictures is what the verdicts and sums of a batch say.
func lookAtPictures(verdict arrow.Array, sums *array.String) (picturePart, error) {
	codes, dictionary := rows.CodesOf(verdict)
	reasonOfCode := make([]rows.Reason, dictionary.Len())
	for code := range reasonOfCode {
		var err error
		if reasonOfCode[code], err = rows.VerdictReason(dictionary.Value(code)); err != nil {
			return picturePart{}, err
		}
	}
	part := picturePart{make([]rows.Reason, len(codes)), keysOf(sums)}
	for i, code := range codes {
		reason := rows.ImageMissing
		if verdict.IsValid(i) {
			reason = reasonOfCode[code]
		}
		if part.reasons[i] = reason; reason == rows.ImageEmpty ||
			reason == rows.ImageNotAnImage || reason == rows.ImageBlank {
			part.sums[i] = keyID{}
		}
	}
	return part, nil
}

// take notes the next row.
func (p *PictureSurvey) take(row int32, reason rows.Reason, sum keyID) {
	l := p.ledger
	if known := l.reason.at(int(row)); rows.Reason(*known) == rows.Alive {
		*known = uint8(reason)
	} else {
		sum = keyID{}
	}
	if sum == (keyID{}) {
		l.picture.add(-1)
		return
	}
	number, isNew := p.sums.number(0, 0, sum, row)
	l.picture.add(int32(number))
	if isNew || p.groups.n == 0 {
		return
	}
	a, b := l.group.get(int(row)), l.group.get(int(p.sums.entries.at(number).row))
	if root(&p.groups, a) != root(&p.groups, b) {
		unite(&p.groups, a, b)
		p.joined = true
	}
}

// End ends the survey and frees its tables. If it says that groups were joined, they have no ids: see Ledger.Identify.
func (p *PictureSurvey) End() (joined bool, err error) {
	l := p.ledger
	l.pictures = p.sums.entries.n
	p.sums = keyTable{}
	if l.picture.n != l.rows() {
		return false, fmt.Errorf("pictures of %d rows, want %d", l.picture.n, l.rows())
	}
	if p.joined {
		l.regroup(&p.groups)
	}
	p.groups = vector[int32]{}
	return p.joined, nil
}

// regroup numbers groups anew, by their first row as before, after a forest over the groups there are.
func (l *Ledger) regroup(forest *vector[int32]) {
	l.groups = numberTrees(forest)
	for c := range l.group.chunks {
		chunk := l.group.chunk(c)
		for i, group := range chunk {
			chunk[i] = forest.get(int(group))
		}
	}
	l.ids, l.naming = vector[uint64]{}, nil
}
