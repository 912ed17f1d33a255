package ledger_test

import (
	"cmp"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
)

// These tests take small worlds through both rooms, as a build does, and compare what comes out with an oracle.

type row = enginetest.Row

// rawSchema is the schema of a dataset CSV.
func rawSchema() *arrow.Schema {
	repeating := []string{
		dataset.Label, dataset.SexColumn, dataset.AgeColumn, dataset.BodySite, dataset.FitzpatrickType,
		dataset.ImageTypeColumn, dataset.MethodColumn,
	}
	var fields []arrow.Field
	for _, name := range dataset.Columns {
		if slices.Contains(repeating, name) {
			fields = append(fields, rows.Nullable(name, rows.TypeDict))
		} else {
			fields = append(fields, rows.Nullable(name, rows.TypeText))
		}
	}
	return arrow.NewSchema(fields, nil)
}

// rawRow is a row of rawSchema(); cells that are not given are empty.
func rawRow(cells map[string]string) row {
	r := row{}
	for _, name := range dataset.Columns {
		r[name] = cells[name]
	}
	return r
}

func drain(t testing.TB, in engine.Stream, into ...engine.Sink) {
	t.Helper()
	if err := enginetest.Drain(in, into...); err != nil {
		t.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// A world is everything the rules get: sources with raw rows, a mapping, settings. Sources are sorted by name.
type world struct {
	names   []string
	final   []int32
	sources []worldSource
	options ledger.DecideOptions // without Names, Final and Split.Locked
	patient bool                 // group_by
	lesion  bool
	locked  map[string]rows.Split // by image_id

	pictures  map[string]picture // by image_id; nil: none are asked about
	overrides map[string]bool    // by image_id
	duplicate bool               // group_by
	near      []nearly
	within    uint8
	same      [][2]string // image_ids
	different [][2]string
}

// Two pictures are nearly equal: b, turned, looks like a. They are known by what makes them equal to others.
type nearly struct {
	a, b                  string
	distance, orientation uint8
}

type worldSource struct {
	group ledger.GroupSource
	norm  stages.Normalise
	join  stages.Join // without Names and Final
	rows  []map[string]string
}

// A picture is what is known of one image.
type picture struct {
	SHA256        [32]byte // zero: there are no bytes
	Pixels        [32]byte // zero: not known
	Verdict       string   // empty: it can be used
	Width, Height int
}

// An outcome is everything the rules answer.
type outcome struct {
	ledger   *ledger.Ledger
	findings []rows.Finding
	labels   []map[string]int64
	bad      [][]stages.BadValue
	batches  [][]arrow.RecordBatch // behind Join, by source
	known    [][]arrow.RecordBatch // of pictures, by source
	twins    *ledger.Twins
	joined   [][]row
	pairs    [][]string
	decision *ledger.Decision
	err      error
	final    [][]row // after SoftLabel
}

// stream is the joined rows of a source.
func (o *outcome) stream(source int) engine.Stream {
	return enginetest.Of(must(stages.Joined(rawSchema())), o.batches[source]...)
}

// run takes a world through all rules.
func (w *world) run(t testing.TB, batchRows int) *outcome {
	t.Helper()
	o := &outcome{}
	groups := ledger.NewGroups(ledger.GroupOptions{Patient: w.patient, Lesion: w.lesion, Names: w.names})
	for i, s := range w.sources {
		w.join(t, o, s, batchRows)
		joined, bad := o.stream(i), stages.NewBadValues()
		drain(t, joined, must(groups.Sink(s.group, joined.Schema)), must(bad.Sink(joined.Schema)))
		o.bad = append(o.bad, bad.Values())
	}
	o.ledger, o.findings = groups.Ledger()
	o.identify(t)
	w.learnTwins(t, o)
	o.findings = append(o.findings, o.ledger.GiantGroups()...)
	w.decide(t, o)
	return o
}

// join takes the rows of the next source as far as Join.
func (w *world) join(t testing.TB, o *outcome, s worldSource, batchRows int) {
	t.Helper()
	var raw []row
	for _, cells := range s.rows {
		raw = append(raw, rawRow(cells))
	}
	normal := must(engine.Map(enginetest.Stream(t, rawSchema(), raw, batchRows), s.norm))
	labels := stages.NewLabelTable().Source(nil, math.MaxInt)
	drain(t, normal, must(labels.Sink(normal.Schema)))
	counts, _ := labels.Counts()
	o.labels = append(o.labels, counts)
	j := s.join
	j.Names, j.Final = w.names, w.final
	batches := enginetest.Batches(t, must(engine.Map(normal, j)))
	o.batches = append(o.batches, batches)
	var joined []row
	for _, b := range batches {
		joined = append(joined, enginetest.Rows(b)...)
	}
	o.joined = append(o.joined, joined)
}

// identify gives the groups their ids.
func (o *outcome) identify(t testing.TB) {
	t.Helper()
	for i := range o.batches {
		joined := o.stream(i)
		drain(t, joined, must(o.ledger.Identify(i, joined.Schema)))
	}
}

// learnTwins teaches the ledger the world's pictures, and joins the groups of those that are equal or alike.
func (w *world) learnTwins(t testing.TB, o *outcome) {
	t.Helper()
	var contents [][32]byte
	if w.pictures != nil {
		contents = w.learnPictures(t, o)
	}
	o.twins = w.twins(contents)
	if w.duplicate && o.ledger.JoinPictures(o.twins) {
		o.identify(t)
	}
}

// learnPictures teaches the ledger the world's pictures.
func (w *world) learnPictures(t testing.TB, o *outcome) (contents [][32]byte) {
	t.Helper()
	survey := o.ledger.LearnPictures(0)
	hexOf := func(sum [32]byte) string {
		if sum == [32]byte{} {
			return ""
		}
		return hex.EncodeToString(sum[:])
	}
	for i, s := range w.sources {
		facts := stages.Facts{Columns: rows.PictureFields, Of: func(path, _ string, values []string) bool {
			p, known := w.pictures[s.group.Name+"/"+path]
			verdict := cmp.Or(p.Verdict, rows.VerdictOK)
			if w.overrides[s.group.Name+"/"+path] && images.Verdict(verdict).Keepable() {
				verdict = rows.VerdictOK
			}
			values[0], values[3], values[4] = verdict, strconv.Itoa(p.Width), strconv.Itoa(p.Height)
			values[2], values[5] = hexOf(p.SHA256), hexOf(p.Pixels)
			return known
		}}
		known := must(engine.Map(o.stream(i), facts))
		o.known = append(o.known, enginetest.Batches(t, known))
		drain(t, known, must(survey.Sink(i, known.Schema)))
	}
	return must(survey.End())
}

// twins are the world's, whose pictures have these contents by number.
func (w *world) twins(contents [][32]byte) *ledger.Twins {
	keys := map[[32]byte]string{}
	for _, p := range w.pictures {
		keys[p.SHA256] = p.key()
	}
	numbers := map[string]int32{}
	for number, content := range contents {
		numbers[keys[content]] = int32(number)
	}
	twins := &ledger.Twins{Within: w.within, Same: w.rowPairs(w.same), Different: w.rowPairs(w.different)}
	twins.Sort()
	for _, n := range w.near {
		a, hasA := numbers[n.a]
		b, hasB := numbers[n.b]
		if hasA && hasB {
			near := ledger.Near{A: a, B: b, Distance: n.distance, Orientation: n.orientation}
			twins.Near = append(twins.Near, near.InOrder())
		}
	}
	return twins
}

// key is what makes the picture equal to others.
func (p picture) key() string {
	if p.Pixels != [32]byte{} {
		return hex.EncodeToString(p.Pixels[:])
	}
	return hex.EncodeToString(p.SHA256[:])
}

// back undoes an orientation: all are their own opposites but the quarter turns.
func back(orientation uint8) uint8 {
	switch orientation {
	case 6:
		return 8
	case 8:
		return 6
	}
	return orientation
}

// rowPairs are the rows of pairs of images.
func (w *world) rowPairs(pairs [][2]string) (all [][2]int32) {
	number, row := map[string]int32{}, int32(0)
	for _, s := range w.sources {
		for _, cells := range s.rows {
			number[s.group.Name+"/"+cells["image_path"]] = row
			row++
		}
	}
	for _, p := range pairs {
		a, b := number[p[0]], number[p[1]]
		all = append(all, [2]int32{min(a, b), max(a, b)})
	}
	return all
}

func (w *world) decide(t testing.TB, o *outcome) {
	t.Helper()
	options := w.options
	options.Names, options.Final, options.Twins = w.names, w.final, o.twins
	if w.locked != nil {
		for _, s := range w.sources {
			for _, cells := range s.rows {
				to, has := w.locked[s.group.Name+"/"+cells["image_path"]]
				if !has {
					to = rows.NoSplit
				}
				options.Split.Locked = append(options.Split.Locked, to)
			}
		}
	}
	if o.decision, o.err = ledger.Decide(o.ledger, options); o.err != nil {
		return
	}
	if o.decision.HasEquals() {
		for i := range w.sources {
			named := must(engine.Zip(o.stream(i), enginetest.Of(arrow.NewSchema(rows.PictureFields, nil), o.known[i]...)))
			drain(t, named, must(o.decision.NameEquals(i, named.Schema)))
		}
		for pair := range o.decision.Duplicates() {
			o.pairs = append(o.pairs, pair)
		}
		o.findings = append(o.findings, o.decision.Conflicts(w.names, 0)...)
	}
	for i, s := range w.sources {
		zipped := must(engine.Zip(o.stream(i), o.decided(i)))
		soft := must(engine.Map(zipped, stages.SoftLabel{Given: s.join.Given, ClassID: o.decision.ClassID}))
		o.final = append(o.final, enginetest.Collect(t, soft))
	}
}

// decided are the decisions on the rows of a source, cut as they are.
func (o *outcome) decided(source int) engine.Stream {
	var pieces []int64
	for _, b := range o.batches[source] {
		pieces = append(pieces, b.NumRows())
	}
	return o.decision.Stream(source, pieces)
}
