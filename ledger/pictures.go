package ledger

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// A PictureSurvey teaches a ledger what is known of the rows' images (spec 8.2). Rows that the mapping left alive are
// rejected for the verdict of their image, or as ImageMissing if it was never fetched. Pictures are numbered: rows of
// equal upright pixels, or of equal bytes where the pixels are not known, have one number. Rows that are rejected
// already have no picture.
//
// Files that show nobody (empty, no image at all, all pixels equal) have no number and so join nothing: one broken
// export would make a single group of all its patients.
//
// It takes 4 bytes a row, which the ledger keeps, and 32 a distinct picture, which End gives away; while it runs 28 a
// distinct picture more (up to 32 where there are less than a million).
type PictureSurvey struct {
	ledger   *Ledger
	numbers  keyTable
	contents vector[[32]byte]
}

// LearnPictures begins a survey of the rows' images, and forgets what an earlier one has taught. Findings are limited
// as by GroupOptions.MaxFindings.
func (l *Ledger) LearnPictures(maxFindings int) *PictureSurvey {
	l.hasPictures, l.picture, l.pictures, l.maxFindings = true, vector[int32]{}, 0, maxFindings
	return &PictureSurvey{ledger: l, numbers: keyTable{spaces: make([]keySlots, 1)}}
}

// picturePart is what Look hands to Take.
type picturePart struct {
	reasons  []rows.Reason
	keys     []keyID // of what is equal; zero: nothing
	contents [][32]byte
}

// Sink takes a source's rows, one behind another: their ColVerdict, ColSHA256 and ColPixels. It is called for every
// source in order, and the sinks are drained in that order.
func (p *PictureSurvey) Sink(source int, in *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColVerdict, rows.TypeDict),
		rows.Nullable(rows.ColSHA256, rows.TypeText), rows.Nullable(rows.ColPixels, rows.TypeText))
	if err != nil {
		return nil, err
	}
	return engine.Survey[picturePart]{
		Name: "pictures",
		OnLook: func(batch arrow.RecordBatch) (picturePart, error) {
			return lookAtPictures(batch.Column(at[0]), batch.Column(at[1]).(*array.String), batch.Column(at[2]).(*array.String))
		},
		OnTake: func(part picturePart) error {
			from, end := int64(p.ledger.picture.n), p.ledger.starts[source+1]
			if from < p.ledger.starts[source] || from+int64(len(part.keys)) > end {
				return fmt.Errorf("pictures of source %q do not match its %d rows",
					p.ledger.Sources[source].Name, p.ledger.Sources[source].Rows)
			}
			for i, key := range part.keys {
				p.take(int32(from)+int32(i), part.reasons[i], key, part.contents[i])
			}
			return nil
		},
	}, nil
}

// lookAtPictures is what the verdicts and sums of a batch say.
func lookAtPictures(verdict arrow.Array, sums, pixels *array.String) (picturePart, error) {
	codes, dictionary := rows.CodesOf(verdict)
	reasonOfCode := make([]rows.Reason, dictionary.Len())
	for code := range reasonOfCode {
		var err error
		if reasonOfCode[code], err = rows.VerdictReason(dictionary.Value(code)); err != nil {
			return picturePart{}, err
		}
	}
	part := picturePart{make([]rows.Reason, len(codes)), keysOf(sums), make([][32]byte, len(codes))}
	for i, key := range keysOf(pixels) {
		if key != (keyID{}) {
			part.keys[i] = key
		}
	}
	for i, code := range codes {
		reason := rows.ImageMissing
		if verdict.IsValid(i) {
			reason = reasonOfCode[code]
		}
		if part.reasons[i] = reason; reason == rows.ImageEmpty ||
			reason == rows.ImageNotAnImage || reason == rows.ImageBlank {
			part.keys[i] = keyID{}
		}
		if sums.IsValid(i) {
			if _, err := hex.Decode(part.contents[i][:], []byte(sums.Value(i))); err != nil {
				return picturePart{}, fmt.Errorf("SHA-256 %q: %w", sums.Value(i), err)
			}
		}
	}
	return part, nil
}

// take notes the next row.
func (p *PictureSurvey) take(row int32, reason rows.Reason, key keyID, content [32]byte) {
	l := p.ledger
	if known := l.reason.at(int(row)); rows.Reason(*known) == rows.Alive {
		*known = uint8(reason)
	} else {
		key = keyID{}
	}
	if key == (keyID{}) {
		l.picture.add(-1)
		return
	}
	number, isNew := p.numbers.number(0, 0, key, row)
	l.picture.add(int32(number))
	if isNew {
		p.contents.add(content)
	} else if least := p.contents.at(number); bytes.Compare(content[:], least[:]) < 0 {
		*least = content
	}
}

// End ends the survey. Of each picture, by its number, it gives the SHA-256 of its bytes: the bytewise smallest where
// there are several.
func (p *PictureSurvey) End() (contents [][32]byte, err error) {
	l := p.ledger
	l.pictures = p.numbers.entries.n
	p.numbers = keyTable{}
	if l.picture.n != l.rows() {
		return nil, fmt.Errorf("pictures of %d rows, want %d", l.picture.n, l.rows())
	}
	contents = make([][32]byte, 0, p.contents.n)
	for c := range p.contents.chunks {
		contents = append(contents, p.contents.chunk(c)...)
	}
	p.contents = vector[[32]byte]{}
	return contents, nil
}
