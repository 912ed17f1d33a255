package build

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/twins"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// twinned is what pictures that show the same did: work/twins/answer.json. The ledger whose groups they joined, and the
// pairs that are nearly equal, lie beside it.
type twinned struct {
	Joined   bool           `json:"joined"`   // groups
	Findings []rows.Finding `json:"findings"` // giant groups, if Joined
	Idle     []int          `json:"idle"`     // lines of duplicate_verdicts.csv that name an image nobody knows
	Search   searched       `json:"search"`
	// what people say of pairs of rows
	Same      [][2]int32 `json:"same"`
	Different [][2]int32 `json:"different"`
}

// A searched is what the search for nearly equal pictures did, and what it was done on: with the same key it finds the
// same again, so that a build whose mapping alone changed need not search.
type searched struct {
	Key    string       `json:"key"`  // SHA-256 of the contents, what is known of them, the radius and the way of searching
	Near   string       `json:"near"` // of all of it and the pairs beside the answer
	Report searchReport `json:"report"`
}

// A searchReport is twins.Report as quality.json has it.
type searchReport struct {
	Candidates int64   `json:"candidates"`
	Refused    int64   `json:"refused"`
	Crowded    int     `json:"crowded"`
	Clumps     []clump `json:"clumps"` // the largest first
}

// A clump names one of its pictures. Hex, for a hash of 64 bits is more than a number of JSON keeps.
type clump struct {
	SHA256   string `json:"sha256"`
	Hash     string `json:"hash"`
	Pictures int    `json:"pictures"`
}

func reportOf(r twins.Report, content func(picture int32) [32]byte) searchReport {
	report := searchReport{r.Candidates, r.Refused, r.Crowded, make([]clump, len(r.Clumps))}
	for i, c := range r.Clumps {
		report.Clumps[i] = clump{fmt.Sprintf("%x", content(c.First)), fmt.Sprintf("%016x", c.Hash), c.Pictures}
	}
	return report
}

// hasTwins says whether anything can make images one group besides their patients and lesions.
func (b *build) hasTwins() bool { return b.HasPictures() || len(b.verdicts) > 0 }

func (b *build) twinsKey() (any, map[string]string, error) {
	images := b.Config.Images
	files := map[string]string{workspace.VerdictsFile: b.inputs.sum(workspace.VerdictsFile)}
	return []any{images.NearGroup, images.NearReport, b.groupsBy("duplicate")}, files, nil
}

// twins finds the pictures that show the same, and joins the groups of their rows.
func (b *build) twins(dir string) error {
	from := "generate"
	if b.HasPictures() {
		from = "pictures"
	}
	l, err := b.takeLedger(from)
	if err != nil {
		return err
	}
	answer := twinned{}
	found := &ledger.Twins{Within: uint8(b.Config.Images.NearGroup)}
	if b.HasPictures() {
		if err := b.searchTwins(dir, found, &answer); err != nil {
			return err
		}
	}
	if answer.Idle, err = b.addVerdicts(l, found, b.eachPaths); err != nil {
		return err
	}
	answer.Same, answer.Different = found.Same, found.Different
	if b.groupsBy("duplicate") && l.JoinPictures(found) {
		paths, err := b.steps.Dir("generate")
		if err == nil {
			err = b.identify(l, paths, "twins: group ids")
		}
		if err != nil {
			return err
		}
		answer.Joined, answer.Findings = true, l.GiantGroups()
	}
	if err := b.keepLedger(dir, l); err != nil {
		return err
	}
	steps.Leave(b.steps, l)
	steps.Leave(b.steps, found)
	return steps.WriteAnswer(dir, answer)
}

// searchTwins finds pictures that are nearly equal, and keeps the pairs.
func (b *build) searchTwins(dir string, found *ledger.Twins, answer *twinned) error {
	known, err := b.seePictures()
	if err != nil {
		return err
	}
	contents, err := steps.Take(b.steps, "pictures", readContents)
	if err != nil {
		return err
	}
	if found.Near, answer.Search, err = b.near(known, contents); err != nil {
		return err
	}
	sum, err := keepNear(filepath.Join(dir, nearFile), found.Near, contents)
	answer.Search.Near = answer.Search.sum(sum)
	return err
}

// sum is the SHA-256 of what a search found, the pairs of which have one: what is kept of it may be damaged.
func (s searched) sum(pairs string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %#v %s", s.Key, s.Report, pairs)) // nil is other than empty
	return hex.EncodeToString(sum[:])
}

// near are the pairs of nearly equal pictures among contents, sorted: as the last run of twins found them if it looked
// at the same, else as a search finds them.
func (b *build) near(known *knownPictures, contents [][32]byte) ([]ledger.Near, searched, error) {
	numbers, prints := known.prints(contents)
	key := sha256.New()
	fmt.Fprintln(key, twins.Way, pictures.Twins.Name, pictures.Luma.Name, b.Config.Images.NearReport)
	for _, number := range numbers {
		key.Write(contents[number][:])
	}
	now := searched{Key: hex.EncodeToString(key.Sum(nil))}
	if last, near, err := b.lastNear(now.Key, numbers, contents); near != nil || err != nil {
		return near, last, err
	}
	lumas, err := known.facts.Lumas()
	if err != nil {
		return nil, now, err
	}
	defer b.Progress.Begin("twins", "pictures", int64(len(prints)))()
	content := func(i int32) [32]byte { return contents[numbers[i]] }
	edges, report, err := twins.Search(b.ctx, prints, b.Config.Images.NearReport, b.Workspace.Run.Workers,
		func(i int32) (*images.Square, error) { return squareOf(lumas, content(i)) })
	if err := errors.Join(err, lumas.Close()); err != nil {
		return nil, now, err
	}
	b.Progress.Add("twins", int64(len(prints)), int64(len(prints)))
	b.Progress.End()
	now.Report = reportOf(report, content)
	near := make([]ledger.Near, 0, len(edges))
	for _, e := range edges {
		n := ledger.Near{A: numbers[e.A], B: numbers[e.B], Distance: e.Distance, Orientation: uint8(e.Orientation) + 1}
		near = append(near, n.InOrder())
	}
	slices.SortFunc(near, comparePictures)
	return near, now, nil
}

func comparePictures(x, y ledger.Near) int {
	return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
}

// lastNear are the pairs that the last run of twins found, if it searched with a key; nil: it did not, or they are
// damaged. Numbers are those of today's contents, sorted by these.
func (b *build) lastNear(key string, numbers []int32, contents [][32]byte) (searched, []ledger.Near, error) {
	var answer twinned
	var last searched
	path := filepath.Join(b.Work("twins"), nearFile)
	if workspace.ReadJSON(filepath.Join(b.Work("twins"), "answer.json"), &answer) != nil || answer.Search.Key != key {
		return last, nil, nil
	}
	if sum, _, err := workspace.HashFile(path); err != nil || answer.Search.sum(sum) != answer.Search.Near {
		return last, nil, nil
	}
	numberOf := func(content [32]byte) int32 {
		at, _ := slices.BinarySearchFunc(numbers, content, func(number int32, content [32]byte) int {
			return bytes.Compare(contents[number][:], content[:])
		})
		return numbers[at] // with the same key it is one of these
	}
	near := []ledger.Near{}
	err := eachNear(path, func(n ledger.Near, a, b [32]byte) {
		n.A, n.B = numberOf(a), numberOf(b)
		near = append(near, n.InOrder())
	})
	slices.SortFunc(near, comparePictures)
	return answer.Search, near, err
}

// squareOf is the square of a content that has prints.
func squareOf(lumas *pictures.Lumas, content [32]byte) (*images.Square, error) {
	square, known, err := lumas.Of(content)
	if err == nil && !known {
		err = fmt.Errorf("work/facts does not have the square of %x; run `dermset check`", content)
	}
	return square, err
}

// prints are the hashes of pictures that were decoded under today's limits and have some, in the bytewise order of
// their contents, and the number of each in contents.
func (k *knownPictures) prints(contents [][32]byte) (numbers []int32, prints [][4]uint64) {
	for number := range contents {
		numbers = append(numbers, int32(number))
	}
	slices.SortFunc(numbers, func(x, y int32) int { return bytes.Compare(contents[x][:], contents[y][:]) })
	numbers = slices.DeleteFunc(numbers, func(number int32) bool {
		result, _ := k.facts.Result(contents[number], k.limits)
		print, has := k.facts.Print(contents[number])
		if has = has && pictures.Decoded(result.Verdict); has {
			prints = append(prints, print)
		}
		return !has
	})
	return numbers, prints
}

// The contents of pictures, by number, as the step pictures keeps them: 32 bytes each.
const contentsFile = "contents"

func keepContents(dir string, contents [][32]byte) error {
	file, err := fileio.Create(filepath.Join(dir, contentsFile))
	if err != nil {
		return err
	}
	for part := range slices.Chunk(contents, 1<<15) {
		var bytes []byte
		for _, content := range part {
			bytes = append(bytes, content[:]...)
		}
		if _, err := file.Write(bytes); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return file.Close()
}

func readContents(dir string) ([][32]byte, error) {
	data, err := fileio.Read(filepath.Join(dir, contentsFile))
	if err != nil {
		return nil, err
	}
	contents := make([][32]byte, len(data)/32)
	for i := range contents {
		contents[i] = [32]byte(data[32*i:])
	}
	return contents, nil
}

// nearFile has the pairs of nearly equal pictures as twins keeps them: by number in the ledger, and by content.
const nearFile = "near.csv"

var nearColumns = []string{"picture_a", "picture_b", "distance", "orientation", "sha256_a", "sha256_b"}

// keepNear says with which SHA-256 it wrote the pairs.
func keepNear(path string, near []ledger.Near, contents [][32]byte) (string, error) {
	err := writeRecords(path, nearColumns, func(yield func([]string) bool) {
		for _, n := range near {
			if !yield([]string{strconv.Itoa(int(n.A)), strconv.Itoa(int(n.B)), strconv.Itoa(int(n.Distance)),
				strconv.Itoa(int(n.Orientation)), fmt.Sprintf("%x", contents[n.A]), fmt.Sprintf("%x", contents[n.B])}) {
				return
			}
		}
	})
	if err != nil {
		return "", err
	}
	sum, _, err := workspace.HashFile(path)
	return sum, err
}

// readTwins is what twins found, for later steps.
func (b *build) readTwins(dir string) (*ledger.Twins, error) {
	answer, err := steps.Answer[twinned](b.steps, "twins")
	if err != nil {
		return nil, err
	}
	found := &ledger.Twins{Within: uint8(b.Config.Images.NearGroup), Same: answer.Same, Different: answer.Different}
	if b.HasPictures() {
		path := filepath.Join(dir, nearFile)
		err = eachNear(path, func(n ledger.Near, _, _ [32]byte) { found.Near = append(found.Near, n) })
	}
	return found, err
}

// eachNear reads the pairs of nearly equal pictures.
func eachNear(path string, each func(n ledger.Near, a, b [32]byte)) error {
	var errs error
	err := csvio.EachRecord(path, nearColumns, func(r csvio.Record) {
		var contents [2][32]byte
		var numbers [4]int64
		for i := range numbers {
			n, err := strconv.ParseInt(r.Fields[i], 10, 32)
			numbers[i], errs = n, errors.Join(errs, err)
		}
		for i := range contents {
			_, err := hex.Decode(contents[i][:], []byte(r.Fields[4+i]))
			errs = errors.Join(errs, err)
		}
		each(ledger.Near{A: int32(numbers[0]), B: int32(numbers[1]), Distance: uint8(numbers[2]),
			Orientation: uint8(numbers[3])}, contents[0], contents[1])
	})
	return errors.Join(err, errs)
}

// addVerdicts adds what people say of pairs of images, whose rows each finds in the paths of all sources. It
// returns the lines that name an image nobody knows.
func (b *build) addVerdicts(l *ledger.Ledger, found *ledger.Twins,
	each func(what string, pass func(workspace.Source, engine.Stream) (engine.Pass, error)) error) ([]int, error) {
	if len(b.verdicts) == 0 {
		return nil, nil
	}
	named := &namedRows{wanted: workspace.Sets{}, rows: map[string]int32{}}
	for _, v := range b.verdicts {
		for _, id := range []string{v.A, v.B} {
			source, path, _ := strings.Cut(id, "/")
			named.wanted.Put(source, path)
		}
	}
	if err := each("twins: verdicts", func(source workspace.Source, paths engine.Stream) (engine.Pass, error) {
		sink := named.sink(source.Name, l.Row(source.Ordinal, 0), paths.Schema)
		return engine.Pass{Name: source.Name, In: paths, Into: []engine.Sink{sink}}, nil
	}); err != nil {
		return nil, err
	}
	var idle []int
	for _, v := range b.verdicts {
		rowA, isA := named.rows[v.A]
		rowB, isB := named.rows[v.B]
		pair := [2]int32{min(rowA, rowB), max(rowA, rowB)}
		switch {
		case !isA || !isB:
			idle = append(idle, v.Line)
		case v.Different:
			found.Different = append(found.Different, pair)
		default:
			found.Same = append(found.Same, pair)
		}
	}
	found.Sort()
	return idle, nil
}

// namedRows are the rows of images that somebody names.
type namedRows struct {
	wanted workspace.Sets   // source → image_path
	rows   map[string]int32 // by image_id
}

// sink looks at the paths of a source whose rows begin at a number.
func (n *namedRows) sink(source string, row int64, in *arrow.Schema) engine.Sink {
	wanted, at := n.wanted[source], in.FieldIndices(rows.ColImagePath)[0]
	type part struct {
		found map[string]int // places by path
		rows  int64
	}
	look := func(batch arrow.RecordBatch) (part, error) {
		found := map[string]int{}
		for i, path := range placesAmong(batch.Column(at), wanted) {
			found[path] = i
		}
		return part{found, batch.NumRows()}, nil
	}
	take := func(p part) error {
		for path, i := range p.found {
			n.rows[source+"/"+path] = int32(row) + int32(i)
		}
		row += p.rows
		return nil
	}
	return engine.Survey[part]{Name: "verdicts", OnLook: look, OnTake: take}
}

// idleVerdicts are the findings about verdicts on images that nobody knows.
func (b *build) idleVerdicts(lines []int) []findings.Finding {
	var all []findings.Finding
	for _, v := range b.verdicts {
		if slices.Contains(lines, v.Line) {
			source, _, _ := strings.Cut(v.A, "/")
			all = append(all, findings.New("verdict_unknown", fmt.Sprintf("%s:%d", workspace.VerdictsFile, v.Line), source,
				v.A+" and "+v.B, 0, "one of them is no image of any source; the verdict joins and parts nothing").Naming(v.A, v.B))
		}
	}
	return all
}
