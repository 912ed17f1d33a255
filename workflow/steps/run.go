package steps

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/workflow/workspace"
)

// A Run is one run through a table. Steps are made by one goroutine; what they left may be read by several.
type Run struct {
	w     *workspace.Workspace
	table Table
	names map[string]string  // of the answers that are today's, by verb
	found map[string]*damage // the damage that was found in answers, by verb
	now   *Step              // the one that is being made

	looking sync.Mutex
	sound   map[string]bool // answers whose rows are as they were left, by verb

	upToDate []string // steps of which that has not been told

	reading sync.Mutex
	left    map[leftover]any
}

// A leftover is something that a step left in memory: one of each type.
type leftover struct {
	verb string
	kind reflect.Type
}

// New is a run in which no step is up to date yet.
func New(w *workspace.Workspace, table Table) *Run {
	table.Check()
	return &Run{w: w, table: table, names: map[string]string{}, found: map[string]*damage{}, sound: map[string]bool{},
		left: map[leftover]any{}}
}

func (r *Run) dir(verb string) string { return r.w.Work(verb) }

// key is a step's key, where names are those of the earlier answers.
func (r *Run) key(s *Step, names map[string]string) (key, error) {
	settings, files, err := s.Key()
	if err != nil {
		return key{}, err
	}
	inputs := maps.Clone(files)
	if inputs == nil {
		inputs = map[string]string{}
	}
	for _, verb := range s.Needs {
		if other := r.table.Of(verb); other.counts("") {
			inputs[other.Gives+" of "+verb] = names[verb]
		}
	}
	return newKey(settings, inputs)
}

// name is what later keys call the answer of a step that has a key.
func (r *Run) name(s *Step, k key) (string, error) {
	if s.Named == nil {
		return k.hash(), nil
	}
	return s.Named(r.dir(s.Verb))
}

// To brings the steps up to and with a verb up to date.
func (r *Run) To(until string) error {
	return r.mending(func() error { return r.to(until) })
}

// mending does what reads answers. Where one of them is found to be damaged, it and what follows it counts for nothing,
// and do, which brings them up to date, is called again.
func (r *Run) mending(do func() error) error {
	for {
		err := do()
		d, is := errors.AsType[*damage](err)
		if !is || r.found[d.verb] != nil {
			return err
		}
		r.found[d.verb] = d
		for _, s := range r.table[r.table.at(d.verb):] {
			delete(r.names, s.Verb)
		}
	}
}

func (r *Run) to(until string) error {
	defer r.tell()
	for i := range r.table {
		s := &r.table[i]
		if !s.counts(until) {
			continue
		}
		if err := r.bring(i, until); err != nil {
			return err
		}
		if s.Verb == until {
			break
		}
	}
	return nil
}

// bring brings one step up to date, unless it is; those it needs are.
func (r *Run) bring(i int, until string) error {
	s := &r.table[i]
	if r.Has(s.Verb) {
		return nil
	}
	k, err := r.key(s, r.names)
	if err != nil {
		return err
	}
	why, err := r.reasons(i, until, k)
	if err != nil {
		return err
	}
	if len(why) > 0 {
		r.tell()
		if why[0] == notRun {
			r.w.Progress.Begins(s.Verb)
		} else {
			r.w.Log.Info(s.Verb + ": runs again: " + r.w.Progress.Reasons(why))
		}
		return r.make(s, k, s.Make)
	}
	r.upToDate = append(r.upToDate, s.Verb)
	r.names[s.Verb], err = r.name(s, k)
	return err
}

// tell says of the steps that were found up to date that they are.
func (r *Run) tell() {
	if len(r.upToDate) > 0 && !r.w.Progress.Brief {
		r.w.Log.Info("up to date: " + strings.Join(r.upToDate, ", "))
	}
	r.upToDate = nil
}

// reasons says why a step has to run; empty where its last answer stands for a key.
func (r *Run) reasons(i int, until string, k key) (why []string, err error) {
	s := &r.table[i]
	if why = r.stale(s.Verb, k); len(why) > 0 {
		return why, nil
	}
	if d := r.found[s.Verb]; d != nil && !r.sound[s.Verb] {
		return d.why(), nil
	}
	if why, err = r.cutOtherwise(s); len(why) > 0 || err != nil || s.Gone == nil {
		return why, err
	}
	looked, err := r.looked(i, until, k)
	if err != nil {
		return nil, err
	}
	gone, err := s.Gone(looked)
	if gone != "" {
		why = []string{gone}
	}
	return why, err
}

// looked says whether a later step that needs this one, whose answer stands for a key, will run.
func (r *Run) looked(i int, until string, k key) (bool, error) {
	names := maps.Clone(r.names)
	for j := i; j < len(r.table); j++ {
		s := &r.table[j]
		if !s.counts(until) {
			continue
		}
		if j > i {
			var err error
			if k, err = r.key(s, names); err != nil {
				return false, err
			}
			if slices.Contains(s.Needs, r.table[i].Verb) && len(r.stale(s.Verb, k)) > 0 {
				return true, nil
			}
		}
		name, err := r.name(s, k)
		if err != nil && j == i {
			return false, err
		}
		names[s.Verb] = name // of one that has not run: none
	}
	return false, nil
}

// make makes a step's answer, whatever the last one is worth.
func (r *Run) make(s *Step, k key, fill func(dir string) error) error {
	delete(r.names, s.Verb)
	maps.DeleteFunc(r.left, func(l leftover, _ any) bool { return l.verb == s.Verb })
	r.now = s
	done := r.w.Progress.Phase(s.Verb)
	err := r.keep(s.Verb, k, fill)
	done()
	r.now = nil
	if err != nil {
		return err
	}
	r.sound[s.Verb] = true
	r.names[s.Verb], err = r.name(s, k)
	return err
}

// Again makes the answer of a step anew with fill in place of its own Make; the steps it needs are up to date. Where
// fill fails, the last answer stands. It is called again where what it reads had to be mended first.
func (r *Run) Again(verb string, fill func(dir string) error) error {
	s := r.table.Of(verb)
	return r.mending(func() error {
		for _, need := range s.Needs {
			if err := r.to(need); err != nil {
				return err
			}
		}
		k, err := r.key(s, r.names)
		if err != nil {
			return err
		}
		return r.make(s, k, fill)
	})
}

// cutOtherwise says so where a step's rows are cut into other pieces than those that they stand beside. Its key may
// stand all the same: how rows are cut is no part of an answer, but rows are zipped piece by piece.
func (r *Run) cutOtherwise(s *Step) (why []string, err error) {
	if s.CutLike == "" {
		return nil, nil
	}
	alike, err := cutAlike(filepath.Join(r.dir(s.CutLike), "rows"), filepath.Join(r.dir(s.Verb), "rows"))
	if err == nil && !alike {
		why = []string{"its rows are cut otherwise than those of " + s.CutLike}
		if d, is := errors.AsType[*damage](r.whole(s.Verb)); is { // which is why they cannot be told
			why = d.why()
		}
	}
	if err != nil {
		err = cmp.Or(r.whole(s.CutLike), err)
	}
	return why, err
}

// cutAlike says whether all rows files of a folder have one of the same pieces in another.
func cutAlike(rows, beside string) (bool, error) {
	entries, err := os.ReadDir(rows)
	if err != nil {
		return false, err
	}
	for _, entry := range entries {
		pieces, err := arrowio.PiecesOf(filepath.Join(rows, entry.Name()))
		if err != nil {
			return false, err
		}
		if other, err := arrowio.PiecesOf(filepath.Join(beside, entry.Name())); err != nil || !slices.Equal(other, pieces) {
			return false, nil
		}
	}
	return true, nil
}

// Look brings the steps up to and with a verb up to date, but for those that wait, whose last answers it takes as they
// are. Where there is none it stops: whole is false.
func (r *Run) Look(until string) (whole bool, err error) {
	err = r.mending(func() error {
		whole, err = r.look(until)
		return err
	})
	return whole, err
}

func (r *Run) look(until string) (whole bool, err error) {
	defer r.tell()
	for i := range r.table {
		s := &r.table[i]
		if !s.counts(until) {
			continue
		}
		if s.Waits {
			whole, err = r.takeLast(s)
			if !whole || err != nil {
				return false, err
			}
		} else if err := r.bring(i, until); err != nil {
			return false, err
		}
		if s.Verb == until {
			break
		}
	}
	return true, nil
}

// takeLast takes what a step left for what it is: by its name now, or by the key that it was made with.
func (r *Run) takeLast(s *Step) (there bool, err error) {
	last, there, err := r.lastWhole(s.Verb)
	if !there || err != nil {
		return false, err
	}
	if s.Now != nil {
		r.names[s.Verb], err = s.Now()
		return true, err
	}
	r.names[s.Verb], err = r.name(s, last.Key)
	return true, err
}

// lastWhole is the state of a step's answer, of whatever day. One that is damaged is an error.
func (r *Run) lastWhole(verb string) (last state, there bool, err error) {
	last, there, err = r.last(verb)
	if !there || err != nil {
		return last, there, err
	}
	if d := r.outside(verb, last); d != nil {
		return last, true, d
	}
	return last, true, r.whole(verb)
}

// HasRun says whether a step has an answer, of whatever day. One that is damaged is an error.
func (r *Run) HasRun(verb string) (bool, error) {
	_, there, err := r.lastWhole(verb)
	return there, err
}

// Stale says why the last answer of a step, whose needs are up to date, does not stand; empty where it does,
// and is today's from then on.
func (r *Run) Stale(verb string) (why []string, err error) {
	s := r.table.Of(verb)
	k, err := r.key(s, r.names)
	if err != nil {
		return nil, err
	}
	if why := r.stale(verb, k); len(why) > 0 {
		return why, nil
	}
	if d, is := errors.AsType[*damage](r.whole(verb)); is {
		return d.why(), nil
	}
	r.names[verb], err = r.name(s, k)
	return nil, err
}

// may is an error unless the answer of a step is today's and, while a step is being made, one that its key depends on.
func (r *Run) may(verb string) error {
	if r.now != nil && r.now.Verb == verb {
		return nil // what it has left itself
	}
	if _, is := r.names[verb]; !is {
		return fmt.Errorf("work/%s: its answer is not today's, and nothing may be read from it", verb)
	}
	if r.now != nil && !slices.Contains(r.now.Needs, verb) {
		return fmt.Errorf("step %s reads what %s left, and its key does not depend on it", r.now.Verb, verb)
	}
	return nil
}

// mayRead is may for who reads rows, which must be what the step left.
func (r *Run) mayRead(verb string) error {
	if err := r.may(verb); err != nil || r.now != nil && r.now.Verb == verb {
		return err
	}
	return r.whole(verb)
}

// Has says whether the answer of a step is today's.
func (r *Run) Has(verb string) bool {
	_, is := r.names[verb]
	return is
}

// Stands says whether a step's answer is today's and lies there, as far as is seen without looking into rows: a plan
// knows the names of answers that nobody has made yet.
func (r *Run) Stands(verb string) (bool, error) {
	if !r.Has(verb) {
		return false, nil
	}
	k, err := r.key(r.table.Of(verb), r.names)
	return err == nil && len(r.stale(verb, k)) == 0, err
}

// Name is what later keys call the answer of a step; empty where it is not today's.
func (r *Run) Name(verb string) string { return r.names[verb] }

// Dir is the folder of a step's answer, which must be one that may be read now.
func (r *Run) Dir(verb string) (string, error) { return r.dir(verb), r.mayRead(verb) }

// Answer is what a step wrote into its answer.json.
func Answer[T any](r *Run, verb string) (*T, error) {
	return left(r, verb, r.may, func(dir string) (*T, error) {
		answer := new(T)
		return answer, workspace.ReadJSON(filepath.Join(dir, answerFile), answer)
	})
}

// WriteAnswer writes the answer.json of the step that is being made into dir.
func WriteAnswer(dir string, answer any) error {
	return workspace.WriteJSON(filepath.Join(dir, answerFile), answer)
}

// Leave keeps v in memory for later steps, as what the step that is being made left.
func Leave[T any](r *Run, v T) {
	r.reading.Lock()
	defer r.reading.Unlock()
	r.left[leftover{r.now.Verb, reflect.TypeFor[T]()}] = v
}

// Left is what a step left in memory in this run or else, and from then on, what open makes of its folder.
func Left[T any](r *Run, verb string, open func(dir string) (T, error)) (T, error) {
	return left(r, verb, r.mayRead, open)
}

// left is Left; the folder is opened where may says that it may be.
func left[T any](r *Run, verb string, may func(string) error, open func(dir string) (T, error)) (T, error) {
	var none T
	if err := r.may(verb); err != nil {
		return none, err
	}
	at := leftover{verb, reflect.TypeFor[T]()}
	r.reading.Lock()
	v, is := r.left[at]
	r.reading.Unlock()
	if is {
		return v.(T), nil
	}
	if err := may(verb); err != nil {
		return none, err
	}
	opened, err := open(r.dir(verb))
	if err != nil {
		return none, err
	}
	r.reading.Lock()
	defer r.reading.Unlock()
	r.left[at] = opened
	return opened, nil
}

// Take is Left for who changes what it gets, or is the last to need it: whoever asks for it again
// gets it from the folder.
func Take[T any](r *Run, verb string, open func(dir string) (T, error)) (T, error) {
	v, err := Left(r, verb, open)
	r.reading.Lock()
	defer r.reading.Unlock()
	delete(r.left, leftover{verb, reflect.TypeFor[T]()})
	return v, err
}
