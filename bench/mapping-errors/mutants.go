package main

import (
	"fmt"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/mapping"
)

// everyPair is which pairs of a name and a code are made wrong by the rules below; all of them would take minutes.
const everyPair = 4

// mutants are errors that nobody chose: for every fourth pair of a name and a code, in order of name and code, the code
// is replaced by the next one below the same parent, and by its parent. They check that the rule does not fit the
// planted errors alone. Not every mutant is an error that a person would call one: a parent may be right,
// and a sibling may be called alike.
func (m *measurement) mutants(table *mapping.Mapping) error {
	rules := []struct {
		name   string
		change func(*icd11.Release, *icd11.Entity) *icd11.Entity
	}{{"the next code", nextSibling}, {"the parent", parent}}
	for _, rule := range rules {
		caught, tried, at := 0, 0, 0
		for i, name := range table.Names {
			for _, code := range table.Codes[i] {
				if at++; at%everyPair != 0 {
					continue
				}
				e, ok := m.release.Entity(code)
				if !ok {
					continue
				}
				wrong := rule.change(m.release, e)
				if wrong == nil {
					continue
				}
				by, err := m.try(plant{rule.name, name, code, wrong.Code})
				if err != nil {
					return err
				}
				tried++
				if by != nil {
					caught++
				} else {
					fmt.Printf("missed mutant, %s: %q %s -> %s %q\n", rule.name, name, code, wrong.Code, wrong.Title)
				}
			}
		}
		fmt.Printf("mutants, %s: caught=%d of %d\n", rule.name, caught, tried)
	}
	return nil
}

// nextSibling is the category after e below the same parent, else the first one there; nil if e is alone.
func nextSibling(r *icd11.Release, e *icd11.Entity) *icd11.Entity {
	if e.Parent < 0 {
		return nil
	}
	var first, last *icd11.Entity
	for _, s := range r.Children(&r.Entities()[e.Parent]) {
		if s.Kind != icd11.Category {
			continue
		}
		if last != nil && last.Code == e.Code {
			return s
		}
		if first == nil {
			first = s
		}
		last = s
	}
	if first == nil || first.Code == e.Code {
		return nil
	}
	return first
}

// parent is the category that e lies in; nil if that has no code.
func parent(r *icd11.Release, e *icd11.Entity) *icd11.Entity {
	if e.Parent < 0 || r.Entities()[e.Parent].Kind != icd11.Category {
		return nil
	}
	return &r.Entities()[e.Parent]
}
