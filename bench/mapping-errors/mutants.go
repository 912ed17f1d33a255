package main

import (
	"fmt"
	"slices"

	"github.com/dermset/dermset/icd11"
)

// mutants are errors that nobody chose: in turn, every code of every name is replaced by the code before it and the one
// after it below the same parent, by its parent, and by a code of another behaviour. They check that the rules do not
// fit the planted errors alone. Not every mutant is an error that a person would call one: a parent may be right, and a
// sibling may be called alike.
func (w *workbook) mutants(verbose bool) {
	rules := []struct {
		name   string
		change func(*icd11.Release, *icd11.Entity) []*icd11.Entity
	}{{"neighbours", neighbours}, {"the parent", parent}, {"another behaviour", otherBehaviours}}
	for _, rule := range rules {
		var t tally
		for i, name := range w.table.Names {
			for _, code := range w.table.Codes[i] {
				e, ok := w.given.Release.Entity(code)
				if !ok {
					continue
				}
				for _, wrong := range rule.change(w.given.Release, e) {
					if slices.Contains(w.table.Codes[i], wrong.Code) {
						continue // a code that the name has besides is not wrong
					}
					by, err := w.try(plant{op: "code", what: name, to: code + ">" + wrong.Code}, false)
					t.count(by != nil)
					if (err != nil || by == nil) && verbose {
						fmt.Printf("missed mutant, %s: %q %s -> %s %q\n", rule.name, name, code, wrong.Code, wrong.Title)
					}
				}
			}
		}
		fmt.Printf("mutants of %s, %s: caught=%d of %d, %.1f %%\n", w.name, rule.name, t.caught, t.of,
			100*float64(t.caught)/float64(max(t.of, 1)))
	}
}

// neighbours are the categories before and after e below the same parent.
func neighbours(r *icd11.Release, e *icd11.Entity) (all []*icd11.Entity) {
	if e.Parent < 0 {
		return nil
	}
	var last *icd11.Entity
	for _, s := range r.Children(&r.Entities()[e.Parent]) {
		if s.Kind != icd11.Category {
			continue
		}
		if last != nil && last.Code == e.Code {
			all = append(all, s)
		}
		if s.Code == e.Code && last != nil {
			all = append(all, last)
		}
		last = s
	}
	return all
}

// parent is the category that e lies in; none if that has no code.
func parent(r *icd11.Release, e *icd11.Entity) []*icd11.Entity {
	if e.Parent < 0 || r.Entities()[e.Parent].Kind != icd11.Category {
		return nil
	}
	return []*icd11.Entity{&r.Entities()[e.Parent]}
}

// behaving are a code of each behaviour.
var behaving = []struct{ code, block string }{{"2C30", "BlockL1-2B5"}, {"2E63.0", "BlockL1-2E6"},
	{"2F20.0", "BlockL1-2E8"}, {"2F72", "BlockL1-2F7"}}

// otherBehaviours are codes of the behaviours that e does not have; none if it is no neoplasm of those blocks.
func otherBehaviours(r *icd11.Release, e *icd11.Entity) (all []*icd11.Entity) {
	own := ""
	for _, up := range r.Parents(e) {
		for _, b := range behaving {
			if up.Code == b.block {
				own = b.block
			}
		}
	}
	for _, b := range behaving {
		if other, ok := r.Entity(b.code); ok && own != "" && own != b.block {
			all = append(all, other)
		}
	}
	return all
}
