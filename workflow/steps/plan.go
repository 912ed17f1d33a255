package steps

import (
	"errors"
	"slices"
	"strings"
)

// A plan is what is known of a run before it begins: of each step whether it runs. It follows the way of a run
// with the keys that answers will have. Where only a step that runs tells what its answer is, the later ones that
// nothing else makes run perhaps run.
type plan struct {
	*Run
	runs    map[string][]string // why they run, by verb
	perhaps map[string][]string // likewise of those that perhaps run
	found   map[string][]string // why a step runs whatever its key says
	gone    map[goneOf]string   // what Gone said
}

type goneOf struct {
	verb   string
	looked bool
}

// Plan says for each step what it does, whether a build would run it (yes, no or perhaps), and why. It runs nothing.
func (r *Run) Plan() ([][]string, error) {
	p := &plan{Run: r, found: map[string][]string{}, gone: map[goneOf]string{}}
	for more := true; more; {
		err := p.forward()
		if err == nil {
			more, err = p.beyond()
		}
		if err != nil {
			return nil, err
		}
	}
	if err := p.goneIf(); err != nil {
		return nil, err
	}
	var rows [][]string
	for _, s := range r.table {
		if s.Apart != "" {
			rows = append(rows, []string{s.Verb, s.Does, "no", s.Apart + "; run `dermset " + s.Verb + "` for a look"})
		} else if s.counts("") {
			rows = append(rows, append([]string{s.Verb, s.Does}, p.says(s.Verb)...))
		}
	}
	return rows, nil
}

// says is whether a step runs, and why.
func (p *plan) says(verb string) []string {
	if why := p.runs[verb]; len(why) > 0 {
		return []string{"yes", strings.Join(why, "; ")}
	}
	if why := p.perhaps[verb]; len(why) > 0 {
		return []string{"perhaps", strings.Join(why, "; ")}
	}
	return []string{"no", "nothing it depends on changed"}
}

// forward goes through the steps in order.
func (p *plan) forward() error {
	p.runs, p.perhaps = map[string][]string{}, map[string][]string{}
	clear(p.names)
	for i := range p.table {
		s := &p.table[i]
		if s.Apart != "" || !s.counts("") {
			continue
		}
		if err := p.step(s); err != nil {
			return err
		}
	}
	return nil
}

// step finds out about one step, and what its answer will be called: nothing where nobody knows.
func (p *plan) step(s *Step) error {
	k, err := p.key(s, p.names)
	if err != nil {
		return err
	}
	last, there, err := p.last(s.Verb)
	known := there && err == nil
	var unsure []string
	for _, verb := range s.Needs {
		need := p.table.Of(verb)
		if _, sure := p.names[verb]; sure || !need.counts("") {
			continue
		}
		gives := need.Gives + " of " + verb
		if known {
			k.Inputs[gives] = last.Key.Inputs[gives] // as it was, until it turns out otherwise
		}
		unsure = append(unsure, "if "+gives+" change")
	}
	why := p.stale(s.Verb, k)
	if len(why) == 0 {
		why = p.found[s.Verb]
	}
	if len(why) == 0 && len(unsure) == 0 {
		return p.stands(s, k)
	}
	p.runs[s.Verb] = why
	if len(why) == 0 {
		p.perhaps[s.Verb] = unsure
	}
	if sure := len(unsure) == 0; s.Named != nil {
		p.foretell(s, k, last, sure && known)
	} else if sure || known && len(k.changes(last.Key)) > 0 {
		p.names[s.Verb] = k.hash()
	}
	return nil
}

// stands is about a step whose last answer stands for a key.
func (p *plan) stands(s *Step, k key) (err error) {
	if p.names[s.Verb], err = p.name(s, k); err != nil || s.CutLike == "" {
		return err
	}
	if len(p.runs[s.CutLike]) > 0 {
		p.perhaps[s.Verb] = []string{"if the rows of " + s.CutLike + " are cut otherwise"}
		return nil
	}
	cut, err := p.cutOtherwise(s)
	if d, is := errors.AsType[*damage](err); is {
		p.found[d.verb], err = d.why(), nil // it is made again in the next round
	}
	p.runs[s.Verb] = cut
	return err
}

// foretell names the answer of a step that is named by what it says, and runs, where that is known beforehand.
func (p *plan) foretell(s *Step, k key, last state, sure bool) {
	if !sure || s.Alike == nil || p.otherNeeds(s, k, last.Key) || !s.Alike(last.Key.Settings) {
		return
	}
	if name, err := p.name(s, k); err == nil { // else its last answer is damaged, and nobody knows
		p.names[s.Verb] = name
	}
}

// otherNeeds says whether the program, or something that a step needs of others, is not what it was.
func (p *plan) otherNeeds(s *Step, k, before key) bool {
	return k.Code != before.Code || slices.ContainsFunc(s.Needs, func(verb string) bool {
		gives := p.table.Of(verb).Gives + " of " + verb
		return k.Inputs[gives] != before.Inputs[gives]
	})
}

// beyond looks for what keys do not tell: answers that are damaged and would be read, last ones first, and what steps
// left elsewhere and is gone. More says that it found something.
func (p *plan) beyond() (more bool, err error) {
	for i := len(p.table) - 1; i >= 0; i-- {
		s := &p.table[i]
		if len(p.runs[s.Verb]) == 0 {
			continue
		}
		for _, need := range s.Needs {
			if !p.table.Of(need).counts("") || len(p.runs[need]) > 0 {
				continue
			}
			err := p.whole(need)
			if d, is := errors.AsType[*damage](err); is {
				p.found[need], more = d.why(), true
				p.runs[need] = d.why() // and reads what it needs
			} else if err != nil {
				return false, err
			}
		}
	}
	for i := range p.table {
		s := &p.table[i]
		if s.Gone == nil || len(p.runs[s.Verb]) > 0 || !s.counts("") || s.Apart != "" {
			continue
		}
		gone, err := p.goneSays(s, p.lookedAt(s.Verb, p.runs))
		if err != nil {
			return false, err
		}
		if gone != "" {
			p.found[s.Verb], more = []string{gone}, true
		}
	}
	return more || p.unheeded(), nil
}

// unheeded says whether something was found of a step that does not run yet.
func (p *plan) unheeded() bool {
	for verb := range p.found {
		if len(p.runs[verb]) == 0 {
			return true
		}
	}
	return false
}

// goneIf is about steps of which something is gone, and that run if a later one does that perhaps runs.
func (p *plan) goneIf() error {
	for i := range p.table {
		s := &p.table[i]
		if s.Gone == nil || s.Apart != "" || !s.counts("") || len(p.runs[s.Verb]) > 0 || len(p.perhaps[s.Verb]) > 0 ||
			!p.lookedAt(s.Verb, p.perhaps) {
			continue
		}
		gone, err := p.goneSays(s, true)
		if err != nil {
			return err
		}
		if gone != "" {
			p.perhaps[s.Verb] = []string{"if a later step runs: " + gone}
		}
	}
	return nil
}

// lookedAt says whether one of the steps that need this one is among some.
func (p *plan) lookedAt(verb string, some map[string][]string) bool {
	return slices.ContainsFunc(p.table, func(s Step) bool {
		return slices.Contains(s.Needs, verb) && len(some[s.Verb]) > 0
	})
}

// goneSays asks a step once. What is damaged and would be read is made again, and then seen to be there.
func (p *plan) goneSays(s *Step, looked bool) (string, error) {
	of := goneOf{s.Verb, looked}
	why, said := p.gone[of]
	if said {
		return why, nil
	}
	why, err := s.Gone(looked)
	if _, is := errors.AsType[*damage](err); is {
		return "", nil
	}
	p.gone[of] = why
	return why, err
}
