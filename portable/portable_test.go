package portable_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/portable"
)

// mustHold are the rules of Windows ("Naming Files, Paths, and Namespaces"), which are stricter than those of the
// others, and ours.
func mustHold(t interface{ Errorf(string, ...any) }, name string) {
	switch {
	case name == "", len(name) > portable.MaxBytes, !utf8.ValidString(name), !norm.NFC.IsNormalString(name),
		strings.ContainsAny(name, `<>:"/\|?*`), strings.HasSuffix(name, "."), strings.HasSuffix(name, " "),
		strings.HasPrefix(name, " "), strings.HasPrefix(name, "."), strings.HasPrefix(name, "-"), fileio.IsDevice(name):
		t.Errorf("%q is no name for every system", name)
	}
	if strings.HasPrefix(name, "__") || splitInName.MatchString(name) || splitInName.MatchString(name+".jpg") {
		t.Errorf("%q tells loaders of a split, or not to look", name)
	}
	for _, r := range name {
		if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point,
			unicode.Variation_Selector) {
			t.Errorf("%q has the character %U", name, r)
		}
	}
}

// splitInName is that of which a loader of image folders makes splits.
var splitInName = regexp.MustCompile(
	`(^|[-._ 0-9])(train(ing)?|valid(ation)?|dev|val|test(ing)?|eval(uation)?)([-._ 0-9]|$)`)

func TestFolders(t *testing.T) {
	long := strings.Repeat("ä", 150)
	categories := []string{"Acne", "Lichen planus/lichenoid eruption", "A/B: \"C\"", "CON", "com1.x", ".hidden", "-",
		"ends. ", "  ", "e\u0301", "zero\u200bwidth", "right\u202eleft", "metadata.CSV", "nevus", "Nevus", "µ", "μ",
		"a_b", "a?b", "variant\ufe0f", "no\u00a0break", "x~0123456789ab", long, long + "x", "\xff", "~$a", "COM¹",
		"Patch test", "train", "contest", "__init", "val test-dev"}
	want := []string{"Acne", "Lichen planus_lichenoid eruption", "A_B_ _C_", "_CON", "_com1.x", "_.hidden", "_-",
		"ends", "_~", "é", "zero_width", "right_left", "_metadata.CSV", "nevus~", "Nevus~", "µ~", "μ~",
		"a_b~", "a_b~", "variant_", "no break", "x~0123456789ab~", long[:86] + "~", long[:86] + "~", "_~", "_~$a", "_COM¹",
		"Patch Test", "Train", "contest", "_init", "Val Test-Dev"}
	seen := map[string]string{}
	for i, got := range portable.Folders(categories) {
		mustHold(t, got)
		plain, tag := strings.CutSuffix(want[i], "~")
		if got != plain && (!tag || !strings.HasPrefix(got, want[i]) || len(got) != len(want[i])+12) {
			t.Errorf("%q: got %q, want %q", categories[i], got, want[i])
		}
		if other, is := seen[portable.Key(got)]; is {
			t.Errorf("%q and %q have one name", categories[i], other)
		}
		seen[portable.Key(got)] = categories[i]
	}
}

// Windows takes a name for a device, whatever stands behind its dot: COM and LPT with a superscript 1, 2 or 3 as well.
// What only looks like one keeps its name.
func TestDevicesAreNoNames(t *testing.T) {
	for category, want := range map[string]string{
		"COM¹": "_COM¹", "COM²": "_COM²", "com³": "_com³", "LPT¹": "_LPT¹", "lpt².x": "_lpt².x", "LPT³ .a": "_LPT³ .a",
		"Com9": "_Com9", "lpt1.": "_lpt1", "nul.csv": "_nul.csv", "CONIN$": "_CONIN$",
		"COM": "COM", "COM⁴": "COM⁴", "LPTx": "LPTx", "COM10": "COM10", "COM¹²": "COM¹²", "XCOM1": "XCOM1",
	} {
		if got := portable.Folders([]string{category})[0]; got != want {
			t.Errorf("%q: got %q, want %q", category, got, want)
		}
	}
	if got := portable.Stem("con.a", "b.jpg"); !strings.HasPrefix(got, "_con.a--b~") {
		t.Errorf("a file of a source called as a device: %q", got)
	}
}

func TestStems(t *testing.T) {
	for path, want := range map[string]string{
		"ISIC_0024306.jpg": "ham--ISIC_0024306", "part 1/a.b.JPEG": "ham--part 1--a.b", "scan.dcm": "ham--scan.dcm",
		".jpg": "ham--.jpg", "a/.png": "ham--a--.png", "été.tif": "ham--été",
		"isic2017_val/a.jpg": "ham--isic2017_Val--a", "test1val.jpg": "ham--Test1Val",
		"../../etc/passwd": "ham--..--..--etc--passwd",
	} {
		if got := portable.Stem("ham", path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
	for _, path := range []string{"a\x00b.jpg", "a:b.png", "x\u202egpj.exe", strings.Repeat("long/", 60) + "a.jpg",
		"x~0123456789ab.jpg", "a\\b.jpg", "a\\..\\b", "line\nend", "ends. ", "a\u200d"} {
		if got := portable.Stem("ham", path); got != portable.Tagged("ham", path) {
			t.Errorf("%q: %q has no tag", path, got)
		}
	}
}

var anything = rapid.OneOf(rapid.String(), rapid.StringMatching(`[aAbBeE\x{301}.~/\\ -]{1,4}`),
	rapid.StringMatching(`(CON|aux|Com1|metadata)(\.csv|\.| )?`),
	rapid.StringMatching(`_{0,2}(train|val|Test|dev)[_ 7.x](validation|eval)`),
	rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))

// Whatever categories are called, each has a name of its own that every system can hold, in any order of them.
func TestFoldersHoldForAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		categories := rapid.SliceOfDistinct(anything, rapid.ID[string]).Draw(t, "categories")
		names, seen := portable.Folders(categories), map[string]string{}
		for i, name := range names {
			mustHold(t, name)
			if other, is := seen[portable.Key(name)]; is {
				t.Errorf("%q and %q are both %q", other, categories[i], name)
			}
			seen[portable.Key(name)] = categories[i]
		}
		for i := range names {
			j := (i + 1) % len(names)
			categories[i], categories[j], names[i], names[j] = categories[j], categories[i], names[j], names[i]
		}
		for i, name := range portable.Folders(categories) {
			if name != names[i] {
				t.Errorf("%q: %q in another order, %q before", categories[i], name, names[i])
			}
		}
	})
}

func TestStemsHoldForAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,8}`).Draw(t, "source")
		a, b := anything.Draw(t, "a"), anything.Draw(t, "b")
		for _, stem := range []string{portable.Stem(source, a), portable.Tagged(source, a)} {
			mustHold(t, stem+".jpg")
			mustHold(t, stem+"--1234.jpg")
		}
		if tag := portable.Tagged(source, a); a != b && portable.Key(tag) == portable.Key(portable.Tagged(source, b)) ||
			tag != portable.Tagged(source, a) {
			t.Errorf("%q and %q are both %q", a, b, tag)
		}
	})
}
