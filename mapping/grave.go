package mapping

import "github.com/dermset/dermset/icd11"

// A Gravity compares what names and codes say of the behaviour of a neoplasm.
type Gravity struct{ titles *titles }

// NewGravity knows the codes of a release; nil: names alone say something.
func NewGravity(release *icd11.Release) *Gravity {
	if release == nil {
		return &Gravity{}
	}
	return &Gravity{titlesOf(release)}
}

// Crosses says whether one of two diagnoses is malignant and the other is harmless: benign, or no neoplasm at all.
func (g *Gravity) Crosses(nameA string, codesA []string, nameB string, codesB []string) bool {
	a, b := g.behaviour(nameA, codesA), g.behaviour(nameB, codesB)
	return a == malignant && b != 0 && b&harmless == b || b == malignant && a != 0 && a&harmless == a
}

// Crossing says in words how two diagnoses differ in whether they are malignant, in situ, uncertain or benign; empty
// where they do not, or where one of them says nothing of it.
func (g *Gravity) Crossing(nameA string, codesA []string, nameB string, codesB []string) string {
	a, b := g.behaviour(nameA, codesA), g.behaviour(nameB, codesB)
	if !a.crosses(b) {
		return ""
	}
	return a.String() + " → " + b.String()
}

// behaviour is what the codes say or, where they say nothing, the name.
func (g *Gravity) behaviour(name string, codes []string) behaviours {
	if said := g.titles.behaviourOfCodes(codes); said != 0 {
		return said
	}
	return g.titles.behaviour(name)
}
