package ledger

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// These benchmarks measure what a build does on the ledger, from the group tables to the decisions. The rows have the
// shape of archive data: 51 sources of Zipf sizes. Three quarters of them have patients, a third as many as rows, and 2
// % of their rows have none. Two thirds have lesions, 3 a patient, and 10 % of their rows have none. There are 350
// names of Zipf sizes, drawn row by row, so that lesions with two names are frequent.

const benchSources, benchNames = 51, 350

// benchRows is the rows of a batch, about what a reader cuts.
const benchRows = 8192

func rowsPerSecond(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// zipfian draws numbers from 0 up whose frequency falls like (q + number)^-s.
type zipfian []float64

func newZipfian(n int, s, q float64) zipfian {
	z, sum := make(zipfian, n), 0.0
	for i := range z {
		sum += math.Pow(float64(i)+1+q, -s)
		z[i] = sum
	}
	for i := range z {
		z[i] /= sum
	}
	return z
}

func (z zipfian) draw(rng *rand.Rand) int {
	at, _ := slices.BinarySearch(z, rng.Float64())
	return min(at, len(z)-1)
}

// A benchBuild is the joined batches of every source.
type benchBuild struct {
	rows    int
	sources []GroupSource
	batches [][]arrow.RecordBatch
}

var benchBuilds sync.Map // rows → *benchBuild; one at a time

// buildOf makes the rows once for all benchmarks of a size.
func buildOf(rows int) *benchBuild {
	if known, has := benchBuilds.Load(rows); has {
		return known.(*benchBuild)
	}
	benchBuilds.Clear()
	w := &benchBuild{rows: rows}
	sizes := newZipfian(benchSources, 1, 1)
	for s := range benchSources {
		name := fmt.Sprintf("src_%02d", s)
		w.sources = append(w.sources, GroupSource{Name: name, Space: name})
		rank := s * 20 % benchSources // large and small ones mixed
		of := int(sizes[rank] * float64(rows))
		if rank > 0 {
			of -= int(sizes[rank-1] * float64(rows))
		}
		w.batches = append(w.batches, benchSource(name, s, of))
	}
	benchBuilds.Store(rows, w)
	return w
}

var benchSexes = rows.Texts([]string{"male", "female"})

func benchSource(name string, s, size int) (batches []arrow.RecordBatch) {
	rng := rand.New(rand.NewPCG(uint64(s), 7))
	patients, names := newZipfian(size/3+1, 0.8, 200), newZipfian(benchNames, 0.9, 1)
	for from := 0; from < size; from += benchRows {
		n := min(benchRows, size-from)
		path, patient, lesion := rows.NewText(n, 40*n), rows.NewText(n, 16*n), rows.NewText(n, 16*n)
		reason, mapped, noName := make([]uint8, n), make([]int32, n), rows.NewNulls(n)
		sexes, ages := make([]int32, n), make([]float32, n)
		for i := range n {
			who := patients.draw(rng)
			sexes[i], ages[i] = int32(who%2), float32(who%80+rng.IntN(10))
			path.Add(fmt.Sprintf("images/%s/%02x/%s_%08d.jpg", name, rng.IntN(256), name, from+i))
			if s%4 != 3 && rng.IntN(50) > 0 {
				patient.Add(fmt.Sprintf("%s-P%07d", name, who))
			} else {
				patient.AddNull()
			}
			if s%3 != 2 && rng.IntN(10) > 0 {
				lesion.Add(fmt.Sprintf("%s-L%07d%c", name, who, 'a'+rng.IntN(3)))
			} else {
				lesion.AddNull()
			}
			mapped[i] = int32(names.draw(rng))
			if rng.IntN(12) == 0 {
				reason[i] = uint8(rows.Unmapped)
				noName.Set(i)
			}
		}
		columns := []arrow.Array{path.Array(), patient.Array(), lesion.Array(), rows.Fixed(rows.TypeUint8, reason, nil),
			rows.Fixed(rows.TypeInt32, mapped, noName), rows.DictColumn(sexes, benchSexes),
			rows.Fixed(rows.TypeFloat32, ages, nil)}
		batches = append(batches, array.NewRecordBatch(joinedSchema, columns, int64(n)))
	}
	return batches
}

// look is what the sinks' Look makes of all batches; it does not depend on the Groups.
func (w *benchBuild) look() (parts [][]any) {
	g := NewGroups(benchGroupOptions())
	for s, batches := range w.batches {
		sink := must(g.Sink(w.sources[s], joinedSchema))
		var of []any
		for _, b := range batches {
			of = append(of, must(sink.Look(b)))
		}
		parts = append(parts, of)
	}
	return parts
}

func benchGroupOptions() GroupOptions {
	o := options(benchNames, SplitOptions{})
	return GroupOptions{Patient: true, Lesion: true, Names: o.Names, MaxFindings: 1000}
}

// take runs all rows through new group tables.
func (w *benchBuild) take(parts [][]any) *Groups {
	g := NewGroups(benchGroupOptions())
	sinks := make([]engine.Sink, len(parts))
	for s := range parts {
		sinks[s] = must(g.Sink(w.sources[s], joinedSchema))
	}
	for s, of := range parts {
		takeAll(sinks[s], of)
	}
	return g
}

func takeAll(sink engine.Sink, parts []any) {
	for _, p := range parts {
		if err := sink.Take(p); err != nil {
			panic(err)
		}
	}
}

// ledger has numbered groups without ids.
func (w *benchBuild) ledger() *Ledger {
	l, _ := w.take(w.look()).Ledger()
	return l
}

// identify is Identify on one goroutine, Look and Take.
func (w *benchBuild) identify(l *Ledger) {
	for s, batches := range w.batches {
		sink := must(l.Identify(s, joinedSchema))
		for _, b := range batches {
			if err := sink.Take(must(sink.Look(b))); err != nil {
				panic(err)
			}
		}
	}
}

// perSize runs a benchmark with 100,000 and a million rows, and with ten million unless -short is set.
func perSize(b *testing.B, run func(b *testing.B, w *benchBuild)) {
	for _, rows := range []int{100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprint("rows=", rows), func(b *testing.B) {
			if rows > 1_000_000 && testing.Short() {
				b.Skip("many rows")
			}
			w := buildOf(rows)
			b.ReportAllocs()
			run(b, w)
			rowsPerSecond(b, rows)
		})
	}
}

// BenchmarkBuildTake is what Groups does in order, on one goroutine.
func BenchmarkBuildTake(b *testing.B) {
	perSize(b, func(b *testing.B, w *benchBuild) {
		parts := w.look()
		for b.Loop() {
			w.take(parts)
		}
	})
}

func BenchmarkBuildLedger(b *testing.B) {
	perSize(b, func(b *testing.B, w *benchBuild) {
		parts := w.look()
		for b.Loop() {
			b.StopTimer()
			g := w.take(parts)
			b.StartTimer()
			g.Ledger()
		}
	})
}

func BenchmarkBuildIdentify(b *testing.B) {
	perSize(b, func(b *testing.B, w *benchBuild) {
		l := w.ledger()
		for b.Loop() {
			l.naming, l.ids = nil, vector[uint64]{}
			w.identify(l)
		}
	})
}

func BenchmarkBuildGiants(b *testing.B) {
	perSize(b, func(b *testing.B, w *benchBuild) {
		l := w.ledger()
		w.identify(l)
		for b.Loop() {
			l.GiantGroups()
		}
	})
}

// BenchmarkBuildDecide is the whole split step but for its files; 100,000 rows are to take less than 0.1 s of CPU.
func BenchmarkBuildDecide(b *testing.B) {
	perSize(b, func(b *testing.B, w *benchBuild) {
		l := w.ledger()
		w.identify(l)
		o := options(benchNames, SplitOptions{Ratios: [3]int{70, 15, 15}, Seed: 1})
		o.MinImages, o.MinGroups = 20, 3
		for b.Loop() {
			must(Decide(l, o))
		}
	})
}

// BenchmarkBuildBatches is the stream of decisions.
func BenchmarkBuildBatches(b *testing.B) {
	perSize(b, func(b *testing.B, w *benchBuild) {
		l := w.ledger()
		w.identify(l)
		d := must(Decide(l, options(benchNames, SplitOptions{Ratios: [3]int{70, 15, 15}})))
		for b.Loop() {
			for s, batches := range w.batches {
				row := int(l.starts[s])
				for _, batch := range batches {
					d.batch(row, int(batch.NumRows()))
					row += int(batch.NumRows())
				}
			}
		}
	})
}
