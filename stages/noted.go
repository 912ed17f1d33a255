package stages

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// Noted collects what a person should look at in rows: findings whose subject is the image_id with its fault or, where
// many rows of a source have the same, what they have. Of each source and id it lists a bounded number of images; one
// more then says how many there are in all.
type Noted struct {
	most     int
	findings []rows.Finding
	counts   map[noteKey]*noteCount
}

type noteKey struct {
	source   int
	id, kind string
}

type noteCount struct {
	images int64
	first  int64    // row of the first that is not listed
	at     int      // of a kind: its finding
	named  []string // of a kind: its first images
}

// A Note is something about one row of a batch. Notes of a Kind are one finding for all rows of a source.
type Note struct {
	ID   string `json:"id"`
	Kind string `json:"kind,omitempty"`
	// Fault tells it from all else that may be wrong with the image, and does not change when rows or lines move: who
	// accepts the finding accepts this fault alone. Of a Kind: empty where all that will have it are accepted with it.
	Fault  string `json:"fault,omitempty"`
	Detail string `json:"detail"`
}

// mostNamed is how many images a finding about a kind names.
const mostNamed = 5

// A Noting gives a function that says what is to be noted about a row of a batch.
type Noting func(in *arrow.Schema) (func(batch arrow.RecordBatch) (notes func(row int) []Note), error)

// NewNoted has noted nothing yet, and will list at most so many findings of an id in a source.
func NewNoted(most int) *Noted { return &Noted{most: most, counts: map[noteKey]*noteCount{}} }

// Findings are what was noted, by source and row; what is not listed comes last.
func (n *Noted) Findings() []rows.Finding {
	all := slices.Clone(n.findings)
	for key, count := range n.counts {
		if key.kind != "" {
			n.tellKind(&all[count.at], key.kind, count)
		}
		if more := count.images - int64(n.most); more > 0 && key.kind == "" {
			all = append(all, rows.Finding{ID: key.id, Source: key.source, Row: count.first, Images: more,
				Subject: fmt.Sprintf("%d more", more), Detail: fmt.Sprintf("%d more images than are listed here", more)})
		}
	}
	sortFindings(all)
	return all
}

// tellKind says of a finding about a kind which images have it, and how many, where no others are accepted with them.
func (n *Noted) tellKind(f *rows.Finding, kind string, count *noteCount) {
	f.Images = count.images
	if f.Subject != kind {
		f.Subject = fmt.Sprintf("%s, %s: %d", kind, f.Subject, count.images)
	}
	if count.images > 1 {
		which := "all"
		if n := len(count.named); count.images > int64(n) {
			which = fmt.Sprintf("the first %d", n)
		}
		f.Detail += fmt.Sprintf("; so it is with %d images, %s: %s", count.images, which, strings.Join(count.named, ", "))
	}
}

type notes struct {
	rows  int64
	at    []int64
	found []Note
	paths []string
}

// Sink takes the batches of a source.
func (n *Noted) Sink(source int, name string, of Noting, in *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColImagePath, rows.TypeText))
	if err != nil {
		return nil, err
	}
	noting, err := of(in)
	if err != nil {
		return nil, err
	}
	base := int64(0)
	return engine.Survey[notes]{
		Name: "notes",
		OnLook: func(batch arrow.RecordBatch) (notes, error) {
			part, of, paths := notes{rows: batch.NumRows()}, noting(batch), batch.Column(at[0]).(*array.String)
			for row := range int(batch.NumRows()) {
				for _, note := range of(row) {
					part.at, part.found = append(part.at, int64(row)), append(part.found, note)
					part.paths = append(part.paths, strings.Clone(paths.Value(row)))
				}
			}
			return part, nil
		},
		OnTake: func(part notes) error {
			for i, note := range part.found {
				n.add(source, base+part.at[i], name+"/"+part.paths[i], note)
			}
			base += part.rows
			return nil
		},
	}, nil
}

func (n *Noted) add(source int, row int64, image string, note Note) {
	key := noteKey{source, note.ID, note.Kind}
	count := n.counts[key]
	if count == nil {
		count = &noteCount{at: len(n.findings)}
		n.counts[key] = count
	}
	count.images++
	if note.Kind != "" && len(count.named) < mostNamed {
		count.named = append(count.named, image)
	}
	switch {
	case note.Kind != "" && count.images > 1:
		return
	case note.Kind == "" && count.images == int64(n.most)+1:
		count.first = row
	}
	if note.Kind == "" && count.images > int64(n.most) {
		return
	}
	f := rows.Finding{ID: note.ID, Source: source, Row: row, Subject: image + ": " + note.Fault, About: []string{image},
		Images: 1, Detail: note.Detail}
	if note.Kind != "" {
		f.Subject, f.About = cmp.Or(note.Fault, note.Kind), nil
	}
	n.findings = append(n.findings, f)
}

// TypeDiffers notes images of which the source states another type than they show (finding image_type_differs).
func TypeDiffers(in *arrow.Schema) (func(arrow.RecordBatch) func(int) []Note, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColImageType, rows.TypeDict),
		rows.Nullable(rows.ColKind, rows.TypeDict), rows.Nullable(rows.ColKindConfidence, rows.TypeFloat32))
	return func(batch arrow.RecordBatch) func(int) []Note {
		stated, kind := TextsAt(batch.Column(at[0])), TextsAt(batch.Column(at[1]))
		sure := batch.Column(at[2]).(*array.Float32)
		return func(row int) []Note {
			says, shows := stated(row), kind(row)
			if says == "" || shows == "" || says == shows {
				return nil
			}
			return []Note{{ID: "image_type_differs", Fault: says + ", looks like " + shows,
				Detail: fmt.Sprintf("the source says %s, the picture looks like %s (%.2f)", says, shows, sure.Value(row))}}
		}
	}, err
}

// CropFlaws notes what is wrong with masks and annotations (findings bad_mask and bad_annotation).
func CropFlaws(in *arrow.Schema) (func(arrow.RecordBatch) func(int) []Note, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColCropFlaws, rows.TypeText))
	return func(batch arrow.RecordBatch) func(int) []Note {
		flaws := batch.Column(at[0]).(*array.String)
		return func(row int) (found []Note) {
			if flaws.IsValid(row) {
				if err := json.Unmarshal([]byte(flaws.Value(row)), &found); err != nil {
					panic(err) // Crops wrote it
				}
			}
			return found
		}
	}, err
}

// TextsAt gives the texts of a dictionary column; a null is empty.
func TextsAt(column arrow.Array) func(row int) string {
	codes, texts := rows.CodesOf(column)
	return func(row int) string {
		if column.IsNull(row) {
			return ""
		}
		return texts.Value(int(codes[row]))
	}
}

func sortFindings(all []rows.Finding) {
	slices.SortStableFunc(all, func(a, b rows.Finding) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Row, b.Row), cmp.Compare(a.ID, b.ID))
	})
}
