package steps

import (
	"slices"
)

// A Step is one act of the workflow and one verb.
type Step struct {
	Verb  string   // also the name of its folder under work/, and what its messages begin with
	Does  string   // in the words of the people who do it by hand today
	Gives string   // what later steps read of it, in the reasons why they run: "the rows"
	Needs []string // the earlier steps whose answers it reads; its key holds what they gave

	When    func() bool // whether it counts in this workspace; nil: always
	CutLike string      // the step whose rows its own stand beside, piece by piece; empty: it keeps no such rows
	// why a build does without it, so that it runs only where it is asked for by name; empty: a build does not
	Apart string
	Waits bool // for a store or for decoders: mapping check takes its last answer as it is

	// Key is what the answer depends on besides the steps it needs: settings,
	// and files of the workspace with their SHA-256.
	Key func() (settings any, files map[string]string, err error)
	// Make writes the answer into dir, which takes the place of the last one if there is no error.
	Make func(dir string) error
	// Named, if not nil, names the answer in dir by what it says, and not by what it was made of:
	// later steps run only where that differs.
	Named func(dir string) (string, error)
	// Alike, if not nil, says whether Named would say the same of an answer that is made today and of the last one, which
	// was made with other settings or files, all that it needs being equal: plan asks.
	Alike func(settings string) bool
	// Now, if not nil, is what Named would say of what the step left as it is at this time, whatever has changed since: so
	// mapping check takes it.
	Now func() (string, error)
	// Gone, if not nil, says why what the step left outside its folder does not stand any more; empty where it does.
	// Looked says that a later step will look at it in this run.
	Gone func(looked bool) (why string, err error)
}

// A Table is all steps in order.
type Table []Step

// Of is the step of a verb.
func (t Table) Of(verb string) *Step { return &t[t.at(verb)] }

func (t Table) at(verb string) int {
	i := slices.IndexFunc(t, func(s Step) bool { return s.Verb == verb })
	if i < 0 {
		panic("no step " + verb)
	}
	return i
}

// counts says whether a step takes part in a run that goes until a verb.
func (s *Step) counts(until string) bool {
	return s.Verb == until || s.Apart == "" && (s.When == nil || s.When())
}

// Check panics where the table contradicts itself: a step that needs, or is cut like, none of the earlier ones.
func (t Table) Check() {
	for i, s := range t {
		for _, other := range append(slices.Clone(s.Needs), s.CutLike) {
			if other != "" && t.at(other) >= i {
				panic(s.Verb + " comes before " + other)
			}
		}
	}
}
