package steps

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/workspace"
)

// A bench is a workspace and a table whose steps write what they read.
type bench struct {
	t        *testing.T
	w        *workspace.Workspace
	settings map[string]string // step → what its answer depends on besides other steps
	ran      []string
	table    Table
	run      *Run
}

func newBench(t *testing.T, table Table) *bench {
	b := &bench{t: t, settings: map[string]string{}, table: slices.Clone(table)}
	log := slog.New(slog.DiscardHandler)
	b.w = &workspace.Workspace{Dir: t.TempDir(), Log: log, Progress: workspace.NewProgress(io.Discard, false, log)}
	for i := range b.table {
		s := &b.table[i]
		s.Gives = "what it read"
		s.Key = func() (any, map[string]string, error) { return b.settings[s.Verb], nil, nil }
		if s.Make == nil {
			s.Make = func(dir string) error { return b.write(s, dir) }
		}
	}
	b.again()
	return b
}

// rough has the steps that are named by what they say say only half of what they read, and know when that is the same.
func (b *bench) rough() {
	for i := range b.table {
		s := &b.table[i]
		if s.Named == nil {
			continue
		}
		half := func(settings string) string { return s.Verb + strings.Repeat("=", len(settings)/2) }
		s.Make = func(dir string) error {
			b.ran = append(b.ran, s.Verb)
			return WriteAnswer(dir, half(b.settings[s.Verb]))
		}
		s.Alike = func(before string) bool { return half(before[2:]) == half(b.settings[s.Verb]) } // without its quotes
	}
}

// again begins another run.
func (b *bench) again() *Run {
	b.run, b.ran = New(b.w, b.table), nil
	return b.run
}

// write makes an answer of the step's settings and the answers it needs.
func (b *bench) write(s *Step, dir string) error {
	b.ran = append(b.ran, s.Verb)
	text := s.Verb + "=" + b.settings[s.Verb]
	for _, verb := range s.Needs {
		if !b.table.Of(verb).counts("") {
			continue
		}
		other, err := Answer[string](b.run, verb)
		if err != nil {
			return err
		}
		text += "(" + *other + ")"
	}
	return WriteAnswer(dir, text)
}

// to runs until a verb and says what ran.
func (b *bench) to(until string) []string {
	b.t.Helper()
	if err := b.again().To(until); err != nil {
		b.t.Fatal(err)
	}
	return b.ran
}

func (b *bench) planned() (runs []string) {
	b.t.Helper()
	return b.says("yes")
}

// says are the steps of which plan says something.
func (b *bench) says(what ...string) (verbs []string) {
	b.t.Helper()
	rows, err := New(b.w, b.table).Plan()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, row := range rows {
		if slices.Contains(what, row[2]) {
			verbs = append(verbs, row[0])
		}
	}
	return verbs
}

// wantPlanned wants that what plan said of the next run came true: whoever was to run ran, and nobody else but those
// that perhaps run.
func (b *bench) wantPlanned(yes, perhaps, ran []string) {
	b.t.Helper()
	for _, s := range b.table {
		runs := slices.Contains(ran, s.Verb)
		if slices.Contains(yes, s.Verb) && !runs || !slices.Contains(slices.Concat(yes, perhaps), s.Verb) && runs {
			b.t.Fatalf("plan said that %v run and %v perhaps, and %v ran", yes, perhaps, ran)
		}
	}
}

func (b *bench) answer(verb string) string {
	text, _ := os.ReadFile(filepath.Join(b.w.Work(verb), answerFile))
	return string(text)
}

func (b *bench) want(got, want []string) {
	b.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("these ran (-want +got):\n%s", diff)
	}
}

func abc() Table {
	return Table{{Verb: "a"}, {Verb: "b", Needs: []string{"a"}}, {Verb: "c", Needs: []string{"b"}}}
}

// Whatever changes or is lost in whatever table, plan says what runs, what runs is what was touched or needs what was,
// and the answers are those of a run from nothing.
func TestAnyTable(t *testing.T) {
	seeds := uint64(200)
	if testing.Short() {
		seeds = 40
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 1))
		var table Table
		hasNames := rng.IntN(2) == 0 // some are named by what they say, which is the same for two of three settings
		for i := range 2 + rng.IntN(5) {
			s := Step{Verb: fmt.Sprintf("s%d", i)}
			for j := range i {
				if rng.IntN(2) == 0 {
					s.Needs = append(s.Needs, fmt.Sprintf("s%d", j))
				}
			}
			if off := rng.IntN(6) == 0; off {
				s.When = func() bool { return false }
			}
			if hasNames && rng.IntN(2) == 0 {
				s.Named = func(dir string) (string, error) {
					text, err := os.ReadFile(filepath.Join(dir, answerFile))
					return string(text), err
				}
			}
			table = append(table, s)
		}
		last := table[len(table)-1].Verb
		b := newBench(t, table)
		b.rough()
		b.to(last)
		for range 4 {
			touched := map[string]bool{}
			for _, s := range table {
				if s.When != nil && s.Verb != last {
					continue
				}
				switch rng.IntN(6) {
				case 0:
					b.settings[s.Verb] += "x"
					touched[s.Verb] = true
				case 1:
					if err := os.Remove(filepath.Join(b.w.Work(s.Verb), []string{stateFile, answerFile}[rng.IntN(2)])); err == nil {
						touched[s.Verb] = true
					}
				}
			}
			yes, perhaps := b.says("yes"), b.says("perhaps")
			if len(perhaps) > 0 && !hasNames {
				t.Fatalf("seed %d: %v perhaps run, though all keys are known", seed, perhaps)
			}
			if table[len(table)-1].When == nil {
				b.wantPlanned(yes, perhaps, b.to(last))
			} else {
				b.to(last)
			}
			for verb := range touched {
				if !slices.Contains(b.ran, verb) {
					t.Fatalf("seed %d: %s was touched and did not run", seed, verb)
				}
			}
			fresh := newBench(t, table)
			fresh.rough()
			fresh.settings = maps.Clone(b.settings)
			fresh.to(last)
			for _, s := range table {
				if got, want := b.answer(s.Verb), fresh.answer(s.Verb); got != want {
					t.Fatalf("seed %d: %s answers %s, from nothing %s", seed, s.Verb, got, want)
				}
			}
			b.to(last)
			if len(b.ran) > 0 {
				t.Fatalf("seed %d: without a change %v ran", seed, b.ran)
			}
		}
	}
}

// A step that was put between two others and reads what its key does not depend on, or an answer that is not today's,
// is an error. So was a ledger once taken for another.
func TestReadsOnlyWhatItNeeds(t *testing.T) {
	b, read := newBench(t, abc()), ""
	b.table[2].Make = func(dir string) error {
		_, err := Answer[string](b.run, read)
		return errors.Join(err, WriteAnswer(dir, "c"))
	}
	for verb, want := range map[string]string{
		"a": "step c reads what a left, and its key does not depend on it", "b": ""} {
		read, b.settings["c"] = verb, verb // so that c runs, whichever comes first
		err := b.again().To("c")
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("c reads %s: error %v, want %q", verb, err, want)
		}
	}
	b.again()
	if _, err := Answer[string](b.run, "a"); err == nil ||
		!strings.Contains(err.Error(), "work/a: its answer is not today's") {
		t.Errorf("a is read before anybody knows whether it stands: %v", err)
	}
	if err := b.run.To("a"); err != nil {
		t.Fatal(err)
	}
	if got, err := Answer[string](b.run, "a"); err != nil || *got != "a=" {
		t.Errorf("%v, %v", got, err)
	}
}

// What steps leave in memory is found under the step and the type; what is taken is read anew by the next who asks.
func TestLeft(t *testing.T) {
	b := newBench(t, abc())
	make := b.table[0].Make
	b.table[0].Make = func(dir string) error {
		Leave(b.run, 7)
		Leave(b.run, "seven")
		return make(dir)
	}
	opened := 0
	open := func(dir string) (int, error) {
		if filepath.Base(dir) != "a" {
			t.Errorf("opened %s", dir)
		}
		opened++
		return 8, nil
	}
	if err := b.again().To("b"); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		get  func(*Run, string, func(string) (int, error)) (int, error)
		want int
	}{{Left[int], 7}, {Take[int], 7}, {Left[int], 8}, {Take[int], 8}} {
		if got, err := c.get(b.run, "a", open); err != nil || got != c.want {
			t.Errorf("%d: %d, %v", i, got, err)
		}
	}
	if opened != 1 {
		t.Errorf("opened %d times", opened)
	}
	if err := b.again().To("b"); err != nil { // which runs nothing
		t.Fatal(err)
	}
	if got, err := Left(b.run, "a", open); err != nil || got != 8 {
		t.Errorf("of another run: %d, %v", got, err)
	}
}

// A step that fails leaves its last answer, and the later ones, as they were.
func TestAFailureLeavesTheLastAnswer(t *testing.T) {
	b := newBench(t, abc())
	b.to("c")
	before := []string{b.answer("a"), b.answer("b"), b.answer("c")}
	b.settings["b"] = "x"
	make := b.table[1].Make
	b.table[1].Make = func(dir string) error {
		return errors.Join(os.WriteFile(filepath.Join(dir, answerFile), []byte("half"), 0o644), errors.New("no"))
	}
	if err := b.again().To("c"); err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(before, []string{b.answer("a"), b.answer("b"), b.answer("c")}); diff != "" {
		t.Error(diff)
	}
	b.table[1].Make = make
	b.want(b.to("c"), []string{"b", "c"})
}

// An answer that is named by what it says has later steps run only where that differs.
func TestNamedByWhatItSays(t *testing.T) {
	b := newBench(t, abc())
	b.table[1].Named = func(dir string) (string, error) { return "always the same", nil }
	b.to("c")
	b.settings["a"] = "x"
	b.want(b.planned(), []string{"a", "b"})
	b.want(b.says("perhaps"), []string{"c"}) // nobody knows yet
	b.want(b.to("c"), []string{"a", "b"})
	b.table[1].Alike = func(settings string) bool { return settings == `""` }
	b.settings["b"] = "x" // of which it is known that it makes no difference
	b.want(b.planned(), []string{"b"})
	b.want(b.says("perhaps"), nil)
	b.want(b.to("c"), []string{"b"})
	b.settings["b"] = "y"
	b.want(b.says("perhaps"), []string{"c"})
}

// What a step left elsewhere is asked about; whether a later step will look is known beforehand.
func TestGone(t *testing.T) {
	b := newBench(t, abc())
	gone, asked := "", []bool{}
	b.table[0].Gone = func(looked bool) (string, error) {
		asked = append(asked, looked)
		if !looked {
			return "", nil
		}
		return gone, nil
	}
	b.to("c")
	b.want(b.to("c"), nil)
	gone = "it is gone"
	b.want(b.to("c"), nil)
	b.settings["c"] = "x" // which does not need a
	b.want(b.to("c"), []string{"c"})
	b.settings["b"] = "x"
	b.want(b.to("c"), []string{"a", "b", "c"})
	if diff := cmp.Diff([]bool{false, false, false, true}, asked); diff != "" {
		t.Error(diff)
	}
}

// A step apart runs where it is asked for, one that does not count never;
// what waits is taken as it is by who only looks.
func TestApartWhenWaits(t *testing.T) {
	counts := false
	b := newBench(t, Table{
		{Verb: "a"}, {Verb: "w", Needs: []string{"a"}, Waits: true, When: func() bool { return counts }},
		{Verb: "apart", Needs: []string{"a"}, Apart: "c does it"}, {Verb: "c", Needs: []string{"a", "w"}},
	})
	look := func(wantWhole bool, want ...string) {
		t.Helper()
		whole, err := b.again().Look("c")
		if err != nil || whole != wantWhole {
			t.Errorf("whole: %v, %v", whole, err)
		}
		b.want(b.ran, want)
	}
	look(true, "a", "c")
	b.want(b.to("apart"), []string{"apart"})
	counts = true
	look(false)
	b.want(b.to("c"), []string{"w", "c"})
	b.settings["a"], b.settings["w"] = "x", "x"
	look(true, "a", "c")
	if got := b.answer("w"); got != `"w=(a=)"` {
		t.Errorf("w was made again: %s", got)
	}
	rows, err := b.again().Plan()
	if err != nil || rows[2][0] != "apart" || rows[2][2] != "no" ||
		rows[2][3] != "c does it; run `dermset apart` for a look" {
		t.Errorf("%q, %v", rows, err)
	}
}

// A step made again has another Make, and forgets its last answer.
func TestAgain(t *testing.T) {
	b := newBench(t, abc())
	b.to("c")
	if err := b.again().To("a"); err != nil {
		t.Fatal(err)
	}
	if err := b.run.Again("b", func(string) error { return errors.New("no") }); err == nil {
		t.Error("no error")
	}
	if got := b.answer("b"); got != `"b=(a=)"` { // what fails leaves the last answer standing
		t.Errorf("%q left", got)
	}
	b.want(b.to("c"), nil)
}

// A table that contradicts itself does not run.
func TestTablesThatContradictThemselves(t *testing.T) {
	for _, table := range []Table{
		{{Verb: "a", Needs: []string{"b"}}, {Verb: "b"}}, {{Verb: "a", Needs: []string{"a"}}}, {{Verb: "a", CutLike: "z"}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", table)
				}
			}()
			table.Check()
		}()
	}
}

// Every part of a key is a reason to run, by name.
func TestReasons(t *testing.T) {
	old := key{Code: "1", Settings: "s", Inputs: map[string]string{"a": "1", "b": "2"}}
	for want, k := range map[string]key{
		"":                      {Code: "1", Settings: "s", Inputs: map[string]string{"a": "1", "b": "2"}},
		"the program changed":   {Code: "2", Settings: "s", Inputs: map[string]string{"a": "1", "b": "2"}},
		"its settings changed":  {Code: "1", Settings: "t", Inputs: map[string]string{"a": "1", "b": "2"}},
		"a changed; c is new":   {Code: "1", Settings: "s", Inputs: map[string]string{"a": "2", "b": "2", "c": "3"}},
		"a is gone; b is gone":  {Code: "1", Settings: "s"},
		"b changed; a is gone":  {Code: "1", Settings: "s", Inputs: map[string]string{"b": "3"}},
		"a is new, and changed": {},
	} {
		got := strings.Join(k.changes(old), "; ")
		if k.Code != "" && got != want ||
			k.Code == "" && !strings.Contains(got, "the program changed; its settings changed") {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// An answer that was damaged stands no more, whatever became of it, at equal size too.
func TestDamage(t *testing.T) {
	b := newBench(t, abc())
	b.table[0].Make = func(dir string) error {
		return errors.Join(os.MkdirAll(filepath.Join(dir, "rows"), 0o755),
			os.WriteFile(filepath.Join(dir, "rows", "x"), []byte("row"), 0o644), b.write(&b.table[0], dir))
	}
	b.to("c")
	for name, damage := range map[string]func(path string) error{
		"answer.json of other bytes": func(dir string) error {
			path := filepath.Join(dir, answerFile)
			text, err := os.ReadFile(path)
			text[1] ^= 1
			return errors.Join(err, os.WriteFile(path, text, 0o644))
		},
		"answer.json gone": func(dir string) error { return os.Remove(filepath.Join(dir, answerFile)) },
		"a file shorter":   func(dir string) error { return os.Truncate(filepath.Join(dir, "rows", "x"), 1) },
		"a file gone":      func(dir string) error { return os.Remove(filepath.Join(dir, "rows", "x")) },
		"step.json torn":   func(dir string) error { return os.Truncate(filepath.Join(dir, stateFile), 9) },
		"step.json gone":   func(dir string) error { return os.Remove(filepath.Join(dir, stateFile)) },
		"all gone":         os.RemoveAll,
	} {
		if err := damage(b.w.Work("a")); err != nil {
			t.Fatal(err)
		}
		if got := b.planned(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("%s: plan %v", name, got)
		}
		if got := b.to("c"); !slices.Equal(got, []string{"a"}) {
			t.Errorf("%s: %v ran", name, got)
		}
	}
}

// Rows are looked into by who is about to read them, be it another run of the step, one that only looks or one that is
// asked for alone: those that another byte has come into are made again first. Where nobody reads them nothing runs.
func TestDamagedRows(t *testing.T) {
	const rows = "rows/x.arrows"
	b := newBench(t, abc())
	b.table[0].Make = func(dir string) error {
		return errors.Join(os.MkdirAll(filepath.Join(dir, "rows"), 0o755),
			os.WriteFile(filepath.Join(dir, rows), []byte("row"), 0o644), b.write(&b.table[0], dir))
	}
	b.table[1].Make = func(dir string) error {
		from, err := b.run.Dir("a")
		if err != nil {
			return err
		}
		if text, err := os.ReadFile(filepath.Join(from, rows)); err != nil || string(text) != "row" {
			t.Errorf("b reads %q, %v", text, err)
		}
		return b.write(&b.table[1], dir)
	}
	b.to("c")
	damage := func() {
		t.Helper()
		if err := os.WriteFile(filepath.Join(b.w.Work("a"), rows), []byte("low"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	damage()
	b.want(b.planned(), nil)
	b.want(b.to("c"), nil)

	b.settings["b"] = "x"
	b.want(b.planned(), []string{"a", "b", "c"})
	b.want(b.to("c"), []string{"a", "b", "c"})

	damage()
	if err := b.again().Again("b", b.table[1].Make); err != nil {
		t.Error(err)
	}
	b.want(b.ran, []string{"a", "b"})

	damage()
	want := []string{rows + " of its last answer is damaged"}
	if why, err := b.again().Stale("a"); err != nil || !slices.Equal(why, want) {
		t.Errorf("%q, %v", why, err)
	}
	if has, err := b.run.HasRun("a"); !has || err == nil ||
		err.Error() != "work/a/"+rows+": is damaged; run `dermset build`, which makes it again" {
		t.Errorf("has run: %t, %v", has, err)
	}
	b.settings["b"] = "y"
	if whole, err := b.again().Look("c"); !whole || err != nil {
		t.Errorf("whole: %t, %v", whole, err)
	}
	b.want(b.ran, []string{"a", "b", "c"})
}

// Steps that are up to date are told in one line; not where a verb only wants them by the way.
func TestUpToDateIsSaidOnce(t *testing.T) {
	b := newBench(t, Table{{Verb: "a"}, {Verb: "b", Needs: []string{"a"}}})
	b.to("b")
	for _, brief := range []bool{false, true} {
		var said strings.Builder
		b.w.Log = slog.New(slog.NewTextHandler(&said, nil))
		b.w.Progress.Brief = brief
		b.to("b")
		one := strings.Count(said.String(), "\n") == 1 && strings.Contains(said.String(), `"up to date: a, b"`)
		if one == brief || brief && said.String() != "" {
			t.Errorf("brief %v: %s", brief, said.String())
		}
	}
}
