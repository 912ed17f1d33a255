package bodysites

import "testing"

// TestPart shows the rules by which a text has a part.
func TestPart(t *testing.T) {
	for _, c := range []struct {
		site, part string
		known      bool
	}{
		{"", "", true}, {"  ", "", true},
		{"face", "face", true}, {"FACE", "face", true}, {" Face. ", "face", true}, // case, spaces, signs
		{"upper_limb", "upper limb", true}, {"upper-limb", "upper limb", true},
		{"TÓRAX", "chest", true}, {"to\u0301rax", "chest", true}, {"pabellon auricular", "ear", true}, // accents
		{"left hand", "hand", true}, {"Hand, right", "hand", true}, {"hand (L)", "hand", true}, {"R ear", "ear", true},
		{"mano izquierda", "hand", true}, {"pie dcho.", "foot", true}, {"left/right arm", "upper limb", true}, // sides
		{"hands", "hand", true}, {"feet", "foot", true}, {"calves", "lower leg", true}, {"pies", "foot", true},
		{"extremities", "limb", true}, {"axillae", "axilla", true}, // several
		{"skin of the nose", "nose", true}, {"zona lumbar", "back", true},
		{"body_parts_arm", "upper limb", true}, {"los labios", "lip", true}, {"body", "", false}, // words that say nothing
		{"anterior neck", "neck", true}, {"Trunk, anterior", "trunk", true}, {"upper or lower arm", "", false},
		{"upper lip", "lip", true},
		{"labio superior", "lip", true}, {"upper arm", "upper arm", true}, {"lower leg", "lower leg", true},
		{"upper", "", false}, {"left", "", false}, {"the", "", false}, {"-", "", false}, {"?", "", false},
		{"head/neck", "head and neck", true}, {"neck or head", "head and neck", true},
		{"Cuello y cabeza", "head and neck", true},
		{"face, nose", "face", true}, {"palm; sole", "limb", true}, {"['arm', 'leg']", "limb", true}, // several sites
		{"arm|torso_front", "", true}, {"oral/genital", "", true}, {"arm, other", "", true},
		{"back of hand", "hand", true}, {"back, hand", "", true},
		{"foot_top_or_side", "foot", true}, {"genitalia_or_groin", "genital", true},
		{"unknown", "", true}, {"Other", "", true}, {"upper unknown", "", false},
		{"fase", "", false}, {"mole on the face", "", false}, {"arm, fase", "", false}, {"faces of death", "", false},
	} {
		part, known := Builtin().Part(c.site)
		if part != c.part || known != c.known {
			t.Errorf("%q: %q, %v; want %q, %v", c.site, part, known, c.part, c.known)
		}
	}
}
