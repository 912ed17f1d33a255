package bodysites

import "testing"

// written are sites as people may write them, and the part that they mean; empty: none. They were written down before
// the rule was tried on them.
var written = []struct{ site, part string }{
	// slips
	{"upper lipp", "lip"}, {"forhead", "face"}, {"foerhead", "face"}, {"abdomne", "abdomen"}, {"stomache", "abdomen"},
	{"sholder", "upper limb"}, {"shouldre left", "upper limb"}, {"buttok", "buttock"}, {"axila right", "axilla"},
	{"armpitt", "axilla"}, {"scalpe", "scalp"}, {"eyelyd", "eyelid"}, {"nosse", "nose"}, {"chinn", "face"},
	{"cheeck", "face"}, {"nekc", "neck"}, {"fore arm", "forearm"}, {"lowerleg", "lower leg"}, {"loewr leg", "lower leg"},
	{"uper arm", "upper arm"}, {"elbwo", "upper limb"}, {"wirst", "upper limb"}, {"handd", "hand"}, {"fingre", "hand"},
	{"palmm", "palm"}, {"tigh", "thigh"}, {"kneee", "lower limb"}, {"ankel", "lower limb"}, {"pretibal", "lower leg"},
	{"plantr", "sole"}, {"toenial", "nail"}, {"genitalls", "genital"}, {"scrotumm", "genital"}, {"perianl", "genital"},
	{"earlob", "ear"}, {"retroauriculr", "ear"}, {"tounge", "oral"}, {"gingva", "oral"}, {"sternm", "chest"},
	{"umbilcus", "abdomen"},
	// more words, another order, several
	{"finger, third, dorsal", "hand"}, {"leg lower outside", "lower leg"}, {"nose tipp", "nose"},
	{"mole on the left forearm", "forearm"}, {"toes 2 and 3", "foot"}, {"calfs", "lower leg"}, {"thighs inside", "thigh"},
	// Spanish
	{"antebraso", "forearm"}, {"mejila", "face"}, {"rodila derecha", "lower limb"}, {"espalada", "back"},
	{"tovillo", "lower limb"}, {"oreya", "ear"}, {"parpado inf.", "eyelid"}, {"muslos cara interna", "thigh"},
	{"pantorilla", "lower leg"}, {"cuero cabeludo", "scalp"}, {"planta pie izq", "sole"},
	// nothing is near
	{"xylophone", ""}, {"mole", ""}, {"lesion 3", ""}, {"see photo", ""}, {"unknwon", ""},
	{"T12", ""}, {"?", ""}, {"", ""},
}

// TestNearest says how often a proposal is what was meant.
func TestNearest(t *testing.T) {
	unknown, right, none := 0, 0, 0
	for _, c := range written {
		if _, known := Builtin().Part(c.site); known {
			continue // and needs no proposal
		}
		unknown++
		switch got := Builtin().Nearest(c.site); got {
		case c.part:
			right++
		case "":
			none++
			t.Logf("%q: nothing, want %q", c.site, c.part)
		default:
			t.Errorf("%q: %q, want %q", c.site, got, c.part)
		}
	}
	if unknown != 62 || right != 61 || none != 1 {
		t.Errorf("of %d sites %d have the right proposal, or rightly none, and %d wrongly none: want 61 and 1 of 62",
			unknown, right, none)
	}
}
