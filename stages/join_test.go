package stages

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

var testJoin = Join{
	Names:  []string{"acne", "eczema", "junk", "wart"},
	Final:  []int32{0, 0, -1, 3},
	Labels: map[string]int32{"Acne": 0, "Ekzem": 1, "Junk": 2, "skip": -2, "none": -1},
}

func normalRow(changes row) row {
	return with(row{"image_path": "p"}, changes)
}

func entry(label, class, reader int, weight float64) row {
	r := row{"label": label, "reader": reader}
	if class >= 0 {
		r["class"] = class
	}
	if weight != 0 {
		r["weight"] = weight
	}
	return r
}

func TestJoinReasons(t *testing.T) {
	j := testJoin
	j.WithdrawnPaths = map[string]struct{}{"gone.jpg": {}}
	j.WithdrawnPatients = map[string]struct{}{"P9": {}}
	schema, _, err := Normalise{}.Bind(rawSchema("a"))
	if err != nil {
		t.Fatal(err)
	}
	labelled := func(label string) row {
		return row{"source_label": label, "label_origin": "stated", "patient_id": "P1"}
	}
	in := []row{
		normalRow(with(labelled("Acne"), row{"extra.a": "kept"})), normalRow(labelled("Ekzem")), normalRow(labelled("Junk")),
		normalRow(labelled("skip")), normalRow(labelled("none")), normalRow(labelled("acne")), normalRow(row{}),
		normalRow(row{"image_path": "gone.jpg"}),
		normalRow(row{"patient_id": "P9", "source_label": "Acne", "label_origin": "stated"}),
	}
	made := []row{
		{"reason": uint8(rows.Alive), "mapped": 0, "class": 0}, {"reason": uint8(rows.Alive), "mapped": 1, "class": 0},
		{"reason": uint8(rows.Alive), "mapped": 2},
		{"reason": uint8(rows.LabelExcluded)}, {"reason": uint8(rows.Unmapped)},
		{"reason": uint8(rows.Unmapped)}, {"reason": uint8(rows.NoLabel)},
		{"reason": uint8(rows.Withdrawn)}, {"reason": uint8(rows.Withdrawn)},
	}
	var want, pending []row
	for i := range in {
		want = append(want, with(in[i], made[i]))
		pending = append(pending, with(in[i], row{"reason": uint8(rows.SourcePending)}))
	}
	enginetest.Run(t, j, schema, in, want)
	j.Pending = true
	enginetest.Run(t, j, schema, in, pending)
}

func TestJoinDifferentials(t *testing.T) {
	acne := row{"source_label": "Acne", "label_origin": "stated", "reason": uint8(rows.Alive), "mapped": 0, "class": 0}
	cells := []struct {
		cell string
		want row
	}{
		{`["Acne","skip","Junk","Ekzem","none","Acne"]`, row{"differential": []any{
			entry(0, 0, 0, 0), entry(1, -1, 0, 0), entry(2, -1, 0, 0), entry(3, 0, 0, 0), entry(4, -1, 0, 0), entry(0, 0, 0, 0),
		}}},
		{`[{"label":"Ekzem","weight":0.5,"reader":"r"},{"label":"Acne","weight":2},{"label":"Ekzem","reader":"r"}]`,
			row{"differential": []any{
				entry(0, 0, 0, 0.5), entry(1, 0, 1, 2), entry(0, 0, 0, 0),
			}}},
		{`[]`, row{}},
		{`{"Acne":1}`, row{"bad": `["differentials={\"Acne\":1}"]`}},
		{`[`, row{"bad": `["sex=q","differentials=["]`}},
	}
	var in, want []row
	for i, c := range cells {
		given := map[string]string{"image_path": fmt.Sprint(i), "label": "Acne", "differentials": c.cell}
		if i == 4 {
			given["sex"] = "q"
		}
		in = append(in, rawRow(given))
		want = append(want, with(with(acne, row{"image_path": fmt.Sprint(i)}), c.want))
	}
	enginetest.Run(t, inTurn{Normalise{}, testJoin}, rawSchema(), in, want)
}

func TestJoinDerivesLabels(t *testing.T) {
	in := []row{
		rawRow(map[string]string{"image_path": "1", "differentials": `["Ekzem","Acne"]`}),
		rawRow(map[string]string{"image_path": "2",
			"differentials": `[{"label":"skip","weight":1},{"label":"Acne","weight":1}]`}),
		rawRow(map[string]string{"image_path": "3", "label": "Acne", "differentials": `["Ekzem"]`}),
		rawRow(map[string]string{"image_path": "4"}),
	}
	list := func(entries ...any) row { return row{"differential": entries} }
	want := []row{
		with(list(entry(0, 0, 0, 0), entry(1, 0, 0, 0)), row{
			"image_path": "1", "source_label": "Ekzem", "label_origin": "derived",
			"reason": uint8(rows.Alive), "mapped": 1, "class": 0,
		}),
		with(list(entry(0, -1, 0, 1), entry(1, 0, 0, 1)), row{
			"image_path": "2", "source_label": "skip", "label_origin": "derived_tie", "reason": uint8(rows.LabelExcluded),
		}),
		with(list(entry(0, 0, 0, 0)), row{
			"image_path": "3", "source_label": "Acne", "label_origin": "stated",
			"reason": uint8(rows.Alive), "mapped": 0, "class": 0,
		}),
		{"image_path": "4", "reason": uint8(rows.NoLabel)},
	}
	j := testJoin
	j.Derive = true
	enginetest.Run(t, inTurn{Normalise{}, j}, rawSchema(), in, want)
	j.RejectTies = true
	want[1] = with(list(entry(0, -1, 0, 1), entry(1, 0, 0, 1)), row{"image_path": "2", "reason": uint8(rows.NoLabel)})
	enginetest.Run(t, inTurn{Normalise{}, j}, rawSchema(), in, want)
	j.Derive = false
	want[0] = with(list(entry(0, 0, 0, 0), entry(1, 0, 0, 0)), row{"image_path": "1", "reason": uint8(rows.NoLabel)})
	enginetest.Run(t, inTurn{Normalise{}, j}, rawSchema(), in, want)
}

func TestJoinChecksItsOptions(t *testing.T) {
	schema, _, err := Normalise{}.Bind(rawSchema())
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range []Join{
		{Names: []string{"a"}}, {Names: []string{"a"}, Final: []int32{1}},
		{Names: []string{"a"}, Final: []int32{0}, Labels: map[string]int32{"x": 1}},
	} {
		if _, _, err := j.Bind(schema); err == nil {
			t.Errorf("bound %+v", j)
		}
	}
}

func TestManyLabelsOfARow(t *testing.T) {
	var n numbering
	for range 2 {
		n.reset()
		for i := range 3 * fewTexts {
			for range 2 {
				if got := n.number(fmt.Sprint(i)); got != int32(i) {
					t.Fatalf("text %d has number %d", i, got)
				}
			}
		}
	}
}

func TestLabels(t *testing.T) {
	in := []row{
		rawRow(map[string]string{"image_path": "1", "label": "a", "differentials": `["a","b","b"]`}),
		rawRow(map[string]string{"image_path": "2", "label": "a", "differentials": `{"bad"`}),
		rawRow(map[string]string{"image_path": "3", "differentials": `[{"label":"b","reader":"r"},{"label":"c"}]`}),
		rawRow(map[string]string{"image_path": "4"}),
	}
	for _, batchRows := range []int{1, 2, 7} {
		l := NewLabelTable().Source(nil, 10)
		normal := must(engine.Map(enginetest.Stream(t, rawSchema(), in, batchRows), Normalise{}))
		drain(t, normal, must(l.Sink(normal.Schema)))
		want := map[string]int64{"a": 2, "b": 2, "c": 1}
		if got, others := l.Counts(); !maps.Equal(got, want) || others != (OtherLabels{}) {
			t.Errorf("batches of %d rows: counts %v and %v, want %v", batchRows, got, others, want)
		}
		if l.Rows() != 3 {
			t.Errorf("batches of %d rows: %d rows name a label, want 3", batchRows, l.Rows())
		}
	}
}

// Of more labels than are held, those of the mapping are told, and of the others those that most rows name; the rest is
// counted. Batches make no difference, and neither does a source before.
func TestManyLabels(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var in []row
		naive := map[string]int64{}
		for i := range random.IntN(200) {
			label := fmt.Sprint("label ", random.IntN(40)*random.IntN(40))
			naive[label]++
			in = append(in, rawRow(map[string]string{"image_path": fmt.Sprint(i), "label": label}))
		}
		wanted, most, held := map[string]int32{"label 0": 0, "label 4": -1, "label 1001": 0}, random.IntN(9), random.IntN(900)
		want, rest := naiveLabels(maps.Clone(naive), wanted, most, held)
		for _, batchRows := range []int{1, 3, 200} {
			table := NewLabelTable()
			table.most = held
			for range 2 {
				l := table.Source(wanted, most)
				normal := must(engine.Map(enginetest.Stream(t, rawSchema(), in, batchRows), Normalise{}))
				drain(t, normal, must(l.Sink(normal.Schema)))
				if got, others := l.Counts(); !maps.Equal(got, want) || others != rest {
					t.Fatalf("batches of %d rows, at most %d, %d bytes: counts %v and %v, want %v and %v",
						batchRows, most, held, got, others, want, rest)
				}
			}
		}
	}
}

// naiveLabels is what a LabelTable tells of counts.
func naiveLabels(counts map[string]int64, wanted map[string]int32, most, held int) (map[string]int64, OtherLabels) {
	told, rest := map[string]int64{}, OtherLabels{}
	bytes := 0
	var texts []string
	for _, label := range slices.Sorted(maps.Keys(counts)) {
		if bytes += textBytes(label); bytes > held {
			break
		}
		texts = append(texts, label)
	}
	texts = slices.DeleteFunc(texts, func(label string) bool { _, is := wanted[label]; return is })
	slices.SortStableFunc(texts, func(a, b string) int { return int(counts[b] - counts[a]) })
	for label, n := range counts {
		if _, is := wanted[label]; is || slices.Contains(texts[:min(most, len(texts))], label) {
			told[label] = n
			continue
		}
		rest.Labels++
		rest.Rows += n
	}
	return told, rest
}

func TestBadWeights(t *testing.T) {
	schema := must(Joined(rawSchema()))
	list := func(entries ...any) row { return row{"image_path": "p", "reason": uint8(0), "differential": entries} }
	in := []row{
		list(entry(0, 0, 0, 1)), {"image_path": "p", "reason": uint8(0)},
		list(entry(0, 0, 0, 0), entry(0, 0, 0, 2), entry(0, 0, 0, -1)), list(entry(0, 0, 0, math.Inf(1))),
	}
	want := []BadWeight{{2, 0, ""}, {2, 2, "-1"}, {3, 0, "+Inf"}}
	for _, batchRows := range []int{1, 2, 7} {
		b := &BadWeights{}
		drain(t, enginetest.Stream(t, schema, in, batchRows), must(b.Sink(schema)))
		if b.Entries != 3 || b.Rows != 2 || !slices.Equal(b.First, want) {
			t.Errorf("batches of %d rows: %+v, want %v", batchRows, b, cmp.Diff(want, b.First))
		}
	}
}
