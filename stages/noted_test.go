package stages

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

// drainInto feeds rows, cut into batches, to the sinks of sources 0 and 1.
func drainInto(t *testing.T, schema *arrow.Schema, in []row, batch int, sink func(source int) (engine.Sink, error)) {
	t.Helper()
	err := engine.Drain(t.Context(), engine.Settings{Workers: 3}, func(yield func(engine.Pass, error) bool) {
		for source := range 2 {
			into, err := sink(source)
			if !yield(engine.Pass{Name: "s", In: enginetest.Stream(t, schema, in, batch), Into: []engine.Sink{into}}, err) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTypeDiffers(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{rows.Nullable(rows.ColImagePath, rows.TypeText),
		rows.Nullable(rows.ColImageType, rows.TypeDict), rows.Nullable(rows.ColKind, rows.TypeDict),
		rows.Nullable(rows.ColKindConfidence, rows.TypeFloat32)}, nil)
	in := []row{
		{"image_path": "same", "image_type": "clinical", "kind": "clinical", "kind_confidence": float32(0.9)},
		{"image_path": "other", "image_type": "clinical", "kind": "dermoscopy", "kind_confidence": float32(0.75)},
		{"image_path": "unsure", "image_type": "clinical"},
		{"image_path": "not stated", "kind": "dermoscopy", "kind_confidence": float32(0.75)},
		{"image_path": "b", "image_type": "dermoscopy", "kind": "clinical", "kind_confidence": float32(1)},
	}
	for _, batch := range []int{1, 2, 5} {
		noted := NewNoted(10)
		drainInto(t, schema, in, batch, func(source int) (engine.Sink, error) {
			return noted.Sink(source, []string{"a", "b"}[source], TypeDiffers, schema)
		})
		finding := func(source int, row int64, subject, fault, detail string) rows.Finding {
			return rows.Finding{ID: "image_type_differs", Source: source, Row: row, Subject: subject + ": " + fault,
				About: []string{subject}, Images: 1, Detail: detail}
		}
		toDermoscopy, toClinical := "clinical, looks like dermoscopy", "dermoscopy, looks like clinical"
		dermoscopy := "the source says clinical, the picture looks like dermoscopy (0.75)"
		clinical := "the source says dermoscopy, the picture looks like clinical (1.00)"
		want := []rows.Finding{
			finding(0, 1, "a/other", toDermoscopy, dermoscopy), finding(0, 4, "a/b", toClinical, clinical),
			finding(1, 1, "b/other", toDermoscopy, dermoscopy), finding(1, 4, "b/b", toClinical, clinical)}
		if diff := cmp.Diff(want, noted.Findings()); diff != "" {
			t.Errorf("batches of %d (-want +got):\n%s", batch, diff)
		}
	}
}

// Of one source and id some images are listed, and the others counted; what many have is one finding.
func TestCropFlaws(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{rows.Nullable(rows.ColImagePath, rows.TypeText),
		rows.Nullable(rows.ColCropFlaws, rows.TypeText)}, nil)
	flaws := func(notes ...Note) string { return string(must(json.Marshal(notes))) }
	gone := flaws(Note{ID: "bad_mask", Fault: "m failed", Detail: "m is gone"})
	noisy := flaws(Note{ID: "bad_mask", Kind: "noisy", Detail: "m is noisy"})
	mostly := flaws(Note{ID: "bad_mask", Kind: "mostly", Fault: "masks", Detail: "m shows most"})
	in := []row{
		{"image_path": "1", "crop_flaws": flaws(Note{ID: "bad_mask", Fault: "m1 empty", Detail: "m1 is\nempty"},
			Note{ID: "bad_annotation", Fault: "a.csv: outside", Detail: "a.csv:3: outside"})},
		{"image_path": "2"},
		{"image_path": "3", "crop_flaws": noisy},
		{"image_path": "4", "crop_flaws": gone},
		{"image_path": "5", "crop_flaws": gone},
		{"image_path": "6", "crop_flaws": noisy},
		{"image_path": "7", "crop_flaws": gone},
		{"image_path": "8", "crop_flaws": mostly},
		{"image_path": "9", "crop_flaws": noisy}, {"image_path": "10", "crop_flaws": noisy},
		{"image_path": "11", "crop_flaws": noisy}, {"image_path": "12", "crop_flaws": noisy},
	}
	for _, batch := range []int{1, 3, 12} {
		noted := NewNoted(2)
		drainInto(t, schema, in, batch, func(source int) (engine.Sink, error) {
			return noted.Sink(source, "s", CropFlaws, schema)
		})
		var want []rows.Finding
		for source := range 2 {
			mask := func(row, images int64, subject, detail string) rows.Finding {
				f := rows.Finding{ID: "bad_mask", Source: source, Row: row, Subject: subject, Images: images, Detail: detail}
				if image, _, is := strings.Cut(subject, ": m"); is {
					f.About = []string{image}
				}
				return f
			}
			want = append(want,
				rows.Finding{ID: "bad_annotation", Source: source, Row: 0, Subject: "s/1: a.csv: outside",
					About: []string{"s/1"}, Images: 1, Detail: "a.csv:3: outside"},
				mask(0, 1, "s/1: m1 empty", "m1 is\nempty"),
				mask(2, 6, "noisy", "m is noisy; so it is with 6 images, the first 5: s/3, s/6, s/9, s/10, s/11"),
				mask(3, 1, "s/4: m failed", "m is gone"),
				mask(4, 2, "2 more", "2 more images than are listed here"),
				mask(7, 1, "mostly, masks: 1", "m shows most"))
		}
		if diff := cmp.Diff(want, noted.Findings()); diff != "" {
			t.Errorf("batches of %d (-want +got):\n%s", batch, diff)
		}
		if diff := cmp.Diff(want, noted.Findings()); diff != "" {
			t.Errorf("batches of %d, asked again (-want +got):\n%s", batch, diff)
		}
	}
}

func TestSites(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{rows.Nullable(rows.ColBodySite, rows.TypeDict)}, nil)
	in := []row{{"body_site": "back"}, {}, {"body_site": "arm"}, {"body_site": "back"}}
	for _, batch := range []int{1, 2, 4} {
		var sites [2]Sites
		drainInto(t, schema, in, batch, func(source int) (engine.Sink, error) { return sites[source].Sink(schema) })
		want := []Site{{"arm", 1}, {"back", 2}}
		if got := sites[1].Sorted(); !slices.Equal(got.Sites, want) || got.More != 0 {
			t.Errorf("batches of %d: %+v, want %v", batch, got, want)
		}
	}
	var many Sites
	for i := range 2 * MaxSites {
		many.add(Site{string(rune('A' + i)), 3})
		many.add(Site{"A", 1})
	}
	got := many.Sorted()
	first := Site{"A", 2*MaxSites + 3}
	if len(got.Sites) != MaxSites || got.More != 3*MaxSites || got.Sites[0] != first {
		t.Errorf("%d sites are listed and %d rows of more, first %v", len(got.Sites), got.More, got.Sites[0])
	}
}
