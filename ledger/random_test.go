package ledger_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
)

// randomWorld makes a small world in which everything collides often.
func randomWorld(rng *rand.Rand) *world {
	w := &world{patient: rng.IntN(4) > 0, lesion: rng.IntN(4) > 0}
	w.names = []string{"a", "b", "c", "d", "e", "f"}[:2+rng.IntN(5)]
	roots := []int32{}
	for i := range w.names {
		w.final = append(w.final, int32(i))
		switch {
		case rng.IntN(8) == 0:
			w.final[i] = -1
		case len(roots) > 0 && rng.IntN(3) == 0:
			w.final[i] = roots[rng.IntN(len(roots))]
		default:
			roots = append(roots, int32(i))
		}
	}
	w.options = ledger.DecideOptions{MinImages: int64(rng.IntN(4)), MinGroups: int64(rng.IntN(4))}
	ratios := [][3]int{{70, 15, 15}, {80, 20, 0}, {0, 50, 50}, {34, 33, 33}, {100, 0, 0}, {10, 45, 45},
		{0, 0, 100}, {40, 60, 0}, {1, 1, 98}}
	w.options.Split = ledger.SplitOptions{Ratios: ratios[rng.IntN(len(ratios))],
		Seed: int64(rng.IntN(5)), LockFail: rng.IntN(6) == 0}
	names := []string{"A", "a", "a-b", "a.b", "b"} // a/ stands behind a-b/ and a.b/
	keys := 1 + rng.IntN(25)
	size := []int{3, 6, 12, 12, 25, 25, 40, 120}[rng.IntN(8)]
	for _, name := range names {
		if rng.IntN(2) == 0 {
			w.sources = append(w.sources, randomSource(rng, w, name, rng.IntN(1+size), keys))
		}
	}
	w.options.Split.Pin = map[string]rows.Split{}
	if len(w.sources) > 0 && rng.IntN(3) == 0 {
		w.options.Split.Pin[w.sources[rng.IntN(len(w.sources))].group.Name] = rows.Split(rng.IntN(3))
		w.options.Split.Pin[w.sources[rng.IntN(len(w.sources))].group.Name] = rows.Split(rng.IntN(3))
	}
	if rng.IntN(3) == 0 {
		w.locked = map[string]rows.Split{}
		for _, s := range w.sources {
			for _, cells := range s.rows {
				if rng.IntN(3) == 0 {
					w.locked[s.group.Name+"/"+cells["image_path"]] = rows.Split(rng.IntN(3))
				}
			}
		}
	}
	if rng.IntN(2) == 0 {
		randomPictures(rng, w)
	}
	return w
}

// verdicts are those of files that are there.
var verdicts = []string{
	"empty", "not_an_image", "unsupported_format", "truncated", "corrupt", "too_small", "too_many_pixels", "blank",
}

// randomPictures gives the world pictures, few of which are the only ones of their content.
func randomPictures(rng *rand.Rand, w *world) {
	w.pictures, w.overrides, w.duplicate = map[string]picture{}, map[string]bool{}, rng.IntN(3) > 0
	w.options.First = rng.IntN(2) == 0
	contents := 1 + rng.IntN(60)
	for _, s := range w.sources {
		for _, cells := range s.rows {
			id := s.group.Name + "/" + cells["image_path"]
			w.overrides[id] = rng.IntN(8) == 0
			content := rng.IntN(contents)
			p := picture{SHA256: sha256.Sum256([]byte{byte(content)}), Width: content, Height: 7}
			switch fate := rng.IntN(12); {
			case fate == 0: // never fetched
				continue
			case fate == 1:
				p = picture{Verdict: "missing"}
			case fate < 4 || content%5 == 0: // what a file holds decides, but for a decoder of another day
				p.Verdict = verdicts[content%len(verdicts)]
			}
			if p.SHA256 != [32]byte{} && content%3 > 0 { // contents of the same pixels
				p.Pixels = sha256.Sum256([]byte{byte(content / 3), 'p'})
			}
			w.pictures[id] = p
		}
	}
	randomTwins(rng, w)
}

// randomTwins lets some pictures be nearly equal, and people say which images show the same or do not.
func randomTwins(rng *rand.Rand, w *world) {
	w.within = uint8(rng.IntN(6))
	var ids, keys []string
	for _, s := range w.sources {
		for _, cells := range s.rows {
			id := s.group.Name + "/" + cells["image_path"]
			ids = append(ids, id)
			if p := w.pictures[id]; p.SHA256 != [32]byte{} {
				keys = append(keys, p.key())
			}
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for i, a := range keys {
		for _, b := range keys[:i] {
			if rng.IntN(2*len(keys)) == 0 {
				w.near = append(w.near, nearly{a, b, uint8(rng.IntN(7)), uint8(1 + rng.IntN(8))})
			}
		}
	}
	said := map[[2]string]bool{}
	for range rng.IntN(1 + len(ids)/2) {
		pair := [2]string{ids[rng.IntN(len(ids))], ids[rng.IntN(len(ids))]}
		if pair[0] > pair[1] {
			pair[0], pair[1] = pair[1], pair[0]
		}
		switch {
		case pair[0] == pair[1] || said[pair]:
		case rng.IntN(8) == 0:
			w.same = append(w.same, pair)
		default:
			w.different = append(w.different, pair)
		}
		said[pair] = true
	}
}

func randomSource(rng *rand.Rand, w *world, name string, rows, keys int) worldSource {
	s := worldSource{group: ledger.GroupSource{Name: name, Space: name, LesionScopeSource: rng.IntN(3) == 0}}
	if rng.IntN(3) == 0 {
		s.group.Space = "shared"
	}
	s.norm.IDMissing = []string{"NA", "unknown to us"}
	s.join = stages.Join{Pending: rng.IntN(12) == 0, Derive: rng.IntN(2) == 0, RejectTies: rng.IntN(3) == 0,
		Given: rng.IntN(3) == 0, Labels: map[string]int32{}}
	for i := range 8 {
		if rng.IntN(10) > 0 {
			name := int32(rng.IntN(len(w.names)))
			if rng.IntN(6) == 0 {
				name = -1 - int32(rng.IntN(2))
			}
			s.join.Labels[fmt.Sprint("l", i)] = name
		}
	}
	ids := func(kind string) string {
		switch n := rng.IntN(keys); rng.IntN(6) {
		case 0:
			return ""
		case 1:
			return []string{"NA", "unknown to us", "na"}[rng.IntN(3)]
		case 2:
			return fmt.Sprintf("%s-with-a-long-id-%d", kind, n)
		default:
			return fmt.Sprint(kind, n)
		}
	}
	for _, n := range rng.Perm(rows) {
		cells := map[string]string{
			"image_path": fmt.Sprintf("%c/%d.jpg", 'a'+rng.IntN(3), n), "patient_id": ids("p"),
			"lesion_id": ids("l"), "differentials": randomCell(rng),
		}
		if rng.IntN(5) > 0 {
			cells["label"] = fmt.Sprint("l", rng.IntN(8))
		}
		s.rows = append(s.rows, cells)
	}
	if rows > 0 && rng.IntN(3) == 0 {
		s.join.WithdrawnPaths = map[string]struct{}{s.rows[rng.IntN(rows)]["image_path"]: {}}
		s.join.WithdrawnPatients = map[string]struct{}{ids("p"): {}}
	}
	return s
}

func randomCell(rng *rand.Rand) string {
	switch rng.IntN(6) {
	case 0, 1:
		return ""
	case 2:
		return []string{"[]", `["l1"`, `{"l1":2}`, "null"}[rng.IntN(4)]
	case 3:
		var labels []string
		for range 1 + rng.IntN(5) {
			labels = append(labels, fmt.Sprintf("%q", fmt.Sprint("l", rng.IntN(8))))
		}
		return "[" + strings.Join(labels, ",") + "]"
	}
	always := rng.IntN(2) == 0
	readers := 1 + rng.IntN(3)
	var objects []string
	for range 1 + rng.IntN(7) {
		object := fmt.Sprintf(`{"label":"l%d"`, rng.IntN(8))
		if always || rng.IntN(2) == 0 {
			object += fmt.Sprintf(`,"weight":%s`, []string{"1", "2", "0.5", "0.1", "-1", "0", "3e-3"}[rng.IntN(7)])
		}
		if r := rng.IntN(readers); r > 0 {
			object += fmt.Sprintf(`,"reader":"r%d"`, r)
		}
		objects = append(objects, object+"}")
	}
	return "[" + strings.Join(objects, ",") + "]"
}

var moreWorlds = flag.Uint64("worlds", 1, "multiplies the random worlds of each test")

// worlds runs a test on many random worlds.
func worlds(t *testing.T, n uint64, test func(t *testing.T, rng *rand.Rand, w *world)) {
	if testing.Short() {
		n /= 10
	}
	for seed := range n * *moreWorlds {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := randomWorld(rng)
		test(t, rng, w)
		if t.Failed() {
			t.Fatalf("of world %d", seed)
		}
	}
}
