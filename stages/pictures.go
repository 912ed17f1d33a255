package stages

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
)

// A Picture is what fetch and check know of one image.
type Picture struct {
	SHA256        [32]byte // of its bytes; zero: there are none, such as where it is missing
	Verdict       string   // why it cannot be used, in the words of spec 9 ("missing", "truncated", …); empty: it can
	Flaw          string   // more about the verdict, for people; may be empty
	Width, Height int32    // pixels of the upright image; 0: unknown
}

// The verdicts of spec 9, in the order of their reasons.
const firstVerdict, lastVerdict = ImageMissing, ImageBlank

// Keepable says whether a person's word can keep an image of that verdict: what is not there, or has no bytes, nobody can keep, and one
// that can be used needs no word.
func Keepable(verdict string) bool {
	return verdict != "" && verdict != "missing" && verdict != "empty"
}

// verdicts are the texts of ColVerdict: the empty one, then those of the reasons.
var verdicts = verdictTexts()

func verdictTexts() []string {
	texts := []string{""}
	for r := firstVerdict; r <= lastVerdict; r++ {
		texts = append(texts, strings.TrimPrefix(r.String(), "image_"))
	}
	return texts
}

// VerdictReason is the reason of rows whose image has a verdict: Alive for the empty one. The error names the verdicts there are.
func VerdictReason(verdict string) (Reason, error) {
	for i, v := range verdicts {
		if v == verdict {
			return reasonOfCode(int32(i)), nil
		}
	}
	return Alive, fmt.Errorf("verdict %q, want one of %s, or none for an image that can be used", verdict, strings.Join(verdicts[1:], ", "))
}

// reasonOfCode is the reason of a place in verdicts.
func reasonOfCode(code int32) Reason {
	if code == 0 {
		return Alive
	}
	return firstVerdict + Reason(code-1)
}

// Depict makes, of the image paths of one source, what is known of the images: ColVerdict, ColFlaw, ColSHA256, ColWidth, ColHeight. Where
// there is ColReason, nothing is known of the image of a row that is rejected: it was never fetched, or for an earlier version, which must not
// show.
type Depict struct {
	Of   func(path string) (p Picture, known bool) // is called by many goroutines
	Kept map[string]struct{}                       // paths of images that count as fit for use in spite of their verdict; a missing one stays missing
}

// Name is the stage's name in errors.
func (Depict) Name() string { return "depict" }

var pictureFields = arrow.NewSchema([]arrow.Field{
	nullable(ColVerdict, typeDict), nullable(ColFlaw, typeDict), nullable(ColSHA256, typeText), nullable(ColWidth, typeInt32), nullable(ColHeight, typeInt32),
}, nil)

// Bind checks that there are image paths.
func (s Depict) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	want := []arrow.Field{nullable(ColImagePath, typeText)}
	if in.HasField(ColReason) {
		want = append(want, reasonSchema.Field(0))
	}
	at, err := columnsOf(in, want...)
	if err != nil {
		return nil, nil, err
	}
	return pictureFields, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		paths := batch.Column(at[0]).(*array.String)
		var reasons []uint8
		if len(at) > 1 {
			reasons = batch.Column(at[1]).(*array.Uint8).Uint8Values()
		}
		b := newDepicted(paths.Len())
		for row := range paths.Len() {
			if reasons != nil && Reason(reasons[row]) != Alive {
				b.addUnknown(row)
				continue
			}
			path := paths.Value(row)
			p, known := s.Of(path)
			if !known {
				b.addUnknown(row)
				continue
			}
			if _, kept := s.Kept[path]; kept && Keepable(p.Verdict) {
				p.Verdict, p.Flaw = "", ""
			}
			if err := b.add(row, p); err != nil {
				return nil, fmt.Errorf("image %q: %w", path, err)
			}
		}
		return b.batch(), nil
	}, nil
}

// depicted is a batch of pictureFields being filled.
type depicted struct {
	verdicts        []int32
	flaws           []int32
	flawTexts       []string // each once
	flawCodes       map[string]int32
	sums            *textColumn
	widths, heights []int32
	noWidth         *nulls
	noHeight        *nulls
}

func newDepicted(n int) *depicted {
	return &depicted{
		verdicts: make([]int32, n), flaws: make([]int32, n), flawCodes: map[string]int32{}, sums: newText(n, n*hex.EncodedLen(32)),
		widths: make([]int32, n), heights: make([]int32, n), noWidth: newNulls(n), noHeight: newNulls(n),
	}
}

func (b *depicted) addUnknown(row int) {
	b.verdicts[row], b.flaws[row] = -1, -1
	b.sums.addNull()
	b.noWidth.set(row)
	b.noHeight.set(row)
}

func (b *depicted) add(row int, p Picture) error {
	reason, err := VerdictReason(p.Verdict)
	if err != nil {
		return err
	}
	if reason != Alive {
		b.verdicts[row] = int32(reason-firstVerdict) + 1
	}
	b.flaws[row] = b.flawCode(p.Flaw)
	if p.SHA256 == ([32]byte{}) {
		b.sums.addNull()
	} else {
		b.sums.bytes = hex.AppendEncode(b.sums.bytes, p.SHA256[:])
		b.sums.end()
	}
	if b.widths[row] = p.Width; p.Width == 0 {
		b.noWidth.set(row)
	}
	if b.heights[row] = p.Height; p.Height == 0 {
		b.noHeight.set(row)
	}
	return nil
}

func (b *depicted) flawCode(flaw string) int32 {
	if flaw == "" {
		return -1
	}
	code, known := b.flawCodes[flaw]
	if !known {
		code = int32(len(b.flawTexts))
		b.flawTexts = append(b.flawTexts, flaw)
		b.flawCodes[flaw] = code
	}
	return code
}

func (b *depicted) batch() arrow.RecordBatch {
	n := len(b.verdicts)
	return array.NewRecordBatch(pictureFields, []arrow.Array{
		dictColumn(b.verdicts, texts(verdicts)), dictColumn(b.flaws, texts(b.flawTexts)), b.sums.array(), fixed(typeInt32, b.widths, b.noWidth), fixed(typeInt32, b.heights, b.noHeight),
	}, int64(n))
}

// Pictures teaches a ledger what is known of the rows' images (spec 8.2 and 8.5): rows that the mapping left alive are rejected for the
// verdict of their image, or as ImageMissing if it was never fetched; and rows of equal SHA-256 get one number and, if they are asked to,
// one group. Rows that are rejected already have no image, as for Depict.
//
// Files that show nobody (empty, no image at all, all pixels equal) are not told apart and join nothing: one broken export would make a
// single group of all its patients.
//
// It takes 4 bytes a row, which the ledger keeps, and while it runs 28 a distinct picture (up to 32 where there are less than a million) and
// 4 a group.
type Pictures struct {
	ledger *Ledger
	groups vector[int32] // forest over the ledger's groups; empty if equal images do not join them
	joined bool
	sums   keyTable
}

// NewPictures has seen no rows yet. It changes the ledger. With join, equal images join groups; findings are limited as by
// GroupOptions.MaxFindings.
func NewPictures(l *Ledger, join bool, maxFindings int) *Pictures {
	p := &Pictures{ledger: l, sums: keyTable{spaces: make([]keySlots, 1)}}
	l.depicted, l.picture, l.pictures, l.maxFindings = true, vector[int32]{}, 0, maxFindings
	if join {
		for g := range l.groups {
			p.groups.add(int32(g))
		}
	}
	return p
}

// picturePart is what Look hands to Take.
type picturePart struct {
	reasons []Reason
	sums    []keyID
}

// Sink takes what Depict makes of a source's rows. It is called for every source in order, and the sinks are drained in that order.
func (p *Pictures) Sink(source int, in *arrow.Schema) (engine.Sink, error) {
	at, err := columnsOf(in, nullable(ColVerdict, typeDict), nullable(ColSHA256, typeText))
	if err != nil {
		return nil, err
	}
	return engine.Survey[picturePart]{
		Name: "pictures",
		OnLook: func(batch arrow.RecordBatch) (picturePart, error) {
			return lookAtPictures(batch.Column(at[0]), batch.Column(at[1]).(*array.String)), nil
		},
		OnTake: func(part picturePart) error {
			from, end := int64(p.ledger.picture.n), p.ledger.starts[source+1]
			if from < p.ledger.starts[source] || from+int64(len(part.sums)) > end {
				return fmt.Errorf("pictures of source %q do not match its %d rows", p.ledger.Sources[source].Name, p.ledger.Sources[source].Rows)
			}
			for i, sum := range part.sums {
				p.take(int32(from)+int32(i), part.reasons[i], sum)
			}
			return nil
		},
	}, nil
}

func lookAtPictures(verdict arrow.Array, sums *array.String) picturePart {
	codes, _ := codesOf(verdict) // Depict's dictionary is verdicts
	part := picturePart{make([]Reason, len(codes)), keysOf(sums)}
	for i, code := range codes {
		reason := reasonOfCode(code)
		if verdict.IsNull(i) {
			reason = ImageMissing
		}
		if part.reasons[i] = reason; reason == ImageEmpty || reason == ImageNotAnImage || reason == ImageBlank {
			part.sums[i] = keyID{}
		}
	}
	return part
}

// take notes the next row.
func (p *Pictures) take(row int32, reason Reason, sum keyID) {
	l := p.ledger
	if known := l.reason.at(int(row)); Reason(*known) == Alive {
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
func (p *Pictures) End() (joined bool, err error) {
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
