package bodysites

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/io/csvio"
)

// TestTables holds the two tables to what the code takes for granted of them.
func TestTables(t *testing.T) {
	seen := map[string]bool{"": true}
	for _, part := range Builtin().Parts() {
		if seen[part.Name] || !seen[part.Parent] || part.Meaning == "" {
			t.Errorf("%+v: want a new name, a parent above it, and a meaning", part)
		}
		seen[part.Name] = true
		if found, known := Builtin().Part(part.Name); found != part.Name || !known {
			t.Errorf("the text %q is %q", part.Name, found)
		}
	}
	if n := len(seen) - 1; n < 20 || n > 32 {
		t.Errorf("%d parts, want about 25", n)
	}
	keys, origins := map[string]string{}, map[string]int{}
	for _, r := range embedded("sites.csv", sitesCSV) {
		site, part := r.Fields[0], r.Fields[1]
		key := textOf(site).key()
		if strings.HasPrefix(key, "=") || !seen[part] {
			t.Errorf("%q, %q: want words, and a part of parts.csv", site, part)
		}
		if other, again := keys[key]; again && other != part {
			t.Errorf("%q is %q, and the same text is %q", site, part, other)
		}
		if Builtin().Has(site) && site != part {
			t.Errorf("%q is a part, and its text is %q", site, part)
		}
		keys[key] = part
		origins[r.Fields[2]]++
	}
	for _, origin := range []string{"HAM10000", "PAD-UFES-20", "SCIN", "ISIC", "English", "Spanish"} {
		if origins[origin] == 0 {
			t.Errorf("no site of %s", origin)
		}
		delete(origins, origin)
	}
	if len(origins) > 0 {
		t.Errorf("unknown origins %v", origins)
	}
}

// published are the sites that public sets state, as they state them: of the columns of HAM10000 (localization) and
// PAD-UFES-20 (region) all, of SCIN the names of its twelve columns, of the ISIC archive its anatom_site_general. The
// other two sets that the examples read, ISIC 2017 and Fitzpatrick17k, state none.
var published = map[string]string{
	"abdomen": "abdomen", "acral": "limb", "back": "back", "chest": "chest", "ear": "ear", "face": "face",
	"foot": "foot", "genital": "genital", "hand": "hand", "lower extremity": "lower limb", "neck": "neck",
	"scalp": "scalp", "trunk": "trunk", "unknown": "", "upper extremity": "upper limb",

	"ABDOMEN": "abdomen", "ARM": "upper limb", "BACK": "back", "CHEST": "chest", "EAR": "ear", "FACE": "face",
	"FOOT": "foot", "FOREARM": "forearm", "HAND": "hand", "LIP": "lip", "NECK": "neck", "NOSE": "nose", "SCALP": "scalp",
	"THIGH": "thigh",

	"HEAD_OR_NECK": "head and neck", "arm": "upper limb", "palm": "palm", "back_of_hand": "hand", "torso_front": "trunk",
	"torso_back": "back", "genitalia_or_groin": "genital", "buttocks": "buttock", "leg": "lower limb",
	"foot_top_or_side": "foot", "foot_sole": "sole", "other": "",

	"head/neck": "head and neck", "anterior torso": "trunk", "posterior torso": "trunk", "lateral torso": "trunk",
	"torso": "trunk", "palms/soles": "limb", "oral/genital": "",
}

func TestPublishedSites(t *testing.T) {
	for site, want := range published {
		if part, known := Builtin().Part(site); part != want || !known {
			t.Errorf("%q is %q, %v; want %q", site, part, known, want)
		}
	}
}

// TestDocsHaveTheTables: docs/bodysites.md has the parts as the program has them.
func TestDocsHaveTheTables(t *testing.T) {
	page, err := os.ReadFile("../docs/bodysites.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, part := range Builtin().Parts() {
		fmt.Fprintf(&table, "| %s | %s | %s |\n", part.Name, part.Parent, part.Meaning)
	}
	if !strings.Contains(string(page), table.String()) {
		t.Errorf("docs/bodysites.md lacks this table:\n%s", table.String())
	}
	for site, part := range published {
		if row := fmt.Sprintf("| `%s` | %s |", site, part); !strings.Contains(string(page), row) {
			t.Errorf("docs/bodysites.md lacks the row %s", row)
		}
	}
}

// FuzzPart: whatever a source states, a part is one there is, is found again by its name, and does not depend on case,
// on what stands around, or on which side of the body is meant.
func FuzzPart(f *testing.F) {
	for site := range published {
		f.Add(site)
	}
	for _, site := range []string{"Mano izquierda, dorso", "\xff", "ſ", "İ", "a\u0301\u0301", "'=", "upper / lower arm"} {
		f.Add(site)
	}
	f.Fuzz(func(t *testing.T, site string) {
		v := Builtin()
		part, known := v.Part(site)
		if part != "" && (!known || !v.Has(part)) {
			t.Fatalf("%q is %q, %v", site, part, known)
		}
		if nearest := v.Nearest(site); nearest != "" && !v.Has(nearest) {
			t.Fatalf("nearest to %q is %q", site, nearest)
		}
		for _, same := range []string{" " + site + " ", "left " + site, site + " (R)"} {
			if strings.TrimSpace(site) == "" || len(textOf(site).pieces) == 0 {
				break
			}
			if other, is := v.Part(same); other != part || is != known {
				t.Fatalf("%q is %q, %v, but %q is %q, %v", site, part, known, same, other, is)
			}
		}
		curated := v.With(Curated{{1, site, "ear"}})
		if part, known := curated.Part(site); strings.TrimSpace(site) != "" && (part != "ear" || !known) {
			t.Fatalf("%q is %q, %v, though people say ear", site, part, known)
		}
	})
}

// TestWith: what people say goes before what the tables say, and changes nobody else's vocabulary.
func TestWith(t *testing.T) {
	v := Builtin().With(Curated{{2, "Spot 7", "nose"}, {3, "arm", "upper arm"}, {4, "trunk", ""}, {5, "?", ""}})
	for site, want := range map[string]string{"spot-7": "nose", "ARM": "upper arm", "left arm": "upper arm",
		"trunk": "", "?": "", "face; arm": "", "face": "face"} {
		if part, known := v.Part(site); part != want || !known {
			t.Errorf("%q is %q, %v; want %q", site, part, known, want)
		}
	}
	if part, _ := Builtin().Part("arm"); part != "upper limb" {
		t.Errorf("arm became %q for all", part)
	}
}

// FuzzReadCurated: whatever people write is read, or refused with its line, and never breaks.
func FuzzReadCurated(f *testing.F) {
	header := string(csvio.AppendRecord(nil, CuratedColumns...))
	f.Add(header + "arm,forearm,ann,2026-11-28,as the source defines it\n")
	f.Add(header + ",,,,\n\"a\nb\",none,ann,2026-11-28,x\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := t.TempDir() + "/body_sites.csv"
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		curated, err := ReadCurated(path)
		if err == nil {
			table, again := csvio.Read(bytes.NewReader([]byte(text)), path)
			if again != nil || len(table.Records) != len(curated) {
				t.Fatalf("%d rows of %v (%v)", len(curated), table, again)
			}
		}
	})
}

// TestReadCurated: every row that cannot be followed is named with its line, all at once.
func TestReadCurated(t *testing.T) {
	dir := t.TempDir()
	read := func(text string) (Curated, error) {
		t.Helper()
		if err := os.WriteFile(dir+"/body_sites.csv", []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return ReadCurated(dir + "/body_sites.csv")
	}
	const header = "body_site,body_part,person,date,reason\n"
	curated, err := read(header + "Spot 7,nose,ann,2026-11-28,the source's plan\nall over,none,ann,2026-11-28,no part\n")
	if err != nil || !slices.Equal(curated, Curated{{2, "Spot 7", "nose"}, {3, "all over", ""}}) {
		t.Errorf("%v, %v", curated, err)
	}
	if none, err := ReadCurated(dir + "/none.csv"); none != nil || err != nil {
		t.Errorf("without a file: %v, %v", none, err)
	}
	_, err = read(header + "Spot 7,nose,ann,2026-11-28,x\n" +
		"spot-7,nose,ann,2026-11-28,x\n" + // the same again
		"SPOT 7 (left),chin,ann,2026-11-28,x\n" + // conflicting, and no part
		" ,nose,ann,2026-11-28,x\n" +
		"a,,ann,2026-11-28,x\n" + // forgotten
		"b,nose,,28/11/2026,\n")
	for _, want := range []string{
		`body_sites.csv:3: body_site "spot-7" is the same as in line 2`,
		`body_sites.csv:4: body_site "SPOT 7 (left)" is the same as in line 2`,
		`body_sites.csv:4: body_part "chin" is unknown, did you mean face? want one of head and neck, head, scalp`,
		`body_sites.csv:5: body_site must not be empty`,
		`body_sites.csv:6: body_part "" is unknown`,
		`body_sites.csv:7: person and reason must not be empty`,
		`body_sites.csv:7: date "28/11/2026"`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no error with %s in:\n%v", want, err)
		}
	}
}
