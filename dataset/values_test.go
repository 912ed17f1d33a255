package dataset

import (
	"errors"
	"testing"
)

func TestWords(t *testing.T) {
	cases := []struct {
		name  string
		of    func(string) (string, bool)
		words map[string]string // what each becomes; "!" is a bad value
	}{
		{"Sex", Sex, map[string]string{
			"": "", " ": "", "male": "male", "M": "male", "man": "male", " Female\t": "female", "f": "female", "WOMAN": "female",
			"Other": "other", "x": "!", "unknown": "!", "mf": "!", "ｍ": "!", "0": "!",
		}},
		{"Fitzpatrick", Fitzpatrick, map[string]string{
			"": "", "1": "1", "6": "6", "I": "1", "ii": "2", "III": "3", "iv": "4", "V": "5", "VI": "6", "FST I": "1",
			"FST2": "2", "fst vi": "6", "2.0": "2", "6.000": "6", "FST 3.0": "3", " 4 ": "4", "0": "!", "7": "!", "VII": "!",
			"-1": "!", "NONE_SELECTED": "!", "2.5": "!", "2.": "!", ".0": "!", "iv.0": "!", "FST": "!", "1-2": "!",
			"IIII": "!", "01": "!", "FSTFST1": "!",
		}},
		{"ImageType", ImageType, map[string]string{
			"": "", "clinical": "clinical", "Dermoscopy": "dermoscopy",
			"non-dermatological": "non-dermatological", "dermoscopic": "!", "photo": "!",
		}},
		{"DiagnosisMethod", DiagnosisMethod, map[string]string{
			"": "", "histopathology": "histopathology", "Consensus": "consensus", "single": "single",
			"unknown": "unknown", "histo": "!",
		}},
	}
	for _, c := range cases {
		for cell, want := range c.words {
			got, ok := c.of(cell)
			if want == "!" && (ok || got != "") || want != "!" && (!ok || got != want) {
				t.Errorf("%s(%q) = %q, %v, want %q", c.name, cell, got, ok, want)
			}
			if again, ok := c.of(got); again != got || !ok {
				t.Errorf("%s(%q) = %q, %v: a normal form is not its own", c.name, got, again, ok)
			}
		}
	}
}

func TestAge(t *testing.T) {
	good := map[string]string{
		"0": "0", "8": "8", "80.0": "80", "120": "120", "120.0": "120", "40-49": "44.5", "40 - 49": "44.5", "18-29": "23.5",
		"5-5": "5", "85+": "85", "85 +": "85", "120+": "120", "<1": "0", "< 1": "0", "0.5": "0.5", "0.0833": "0.0833",
		"0.3333333333333333": "0.33333334", " 7 ": "7", "007": "7", "0.5-1": "0.75",
	}
	for cell, want := range good {
		years, known, ok := Age(cell)
		if got := string(AppendAge(nil, years)); !known || !ok || got != want {
			t.Errorf("Age(%q) = %s, %v, %v, want %s", cell, got, known, ok, want)
		}
		if again, known, ok := Age(want); again != years || !known || !ok {
			t.Errorf("Age(%q) = %v, want %v", want, again, years)
		}
	}
	for _, cell := range []string{"", "  "} {
		if _, known, ok := Age(cell); known || !ok {
			t.Errorf("Age(%q) is known %v, ok %v, want false, true", cell, known, ok)
		}
	}
	for _, cell := range []string{
		"200", "121", "120.1", "-1", "+5", "-", "<", "<2", "<1+", "1e2", "0x10", "NaN", "inf", "1_0", "4O", "40-",
		"-49", "49-40", "40-121", "1-2-3", "121+", "+", "++", "5.", ".5", "1.2.3", "1,5", "40–49", "5 years", "１",
		"99999999999999999999999999999999999999999999999999999999999999",
	} {
		if years, known, ok := Age(cell); ok || known || years != 0 {
			t.Errorf("Age(%q) = %v, %v, %v, want a bad value", cell, years, known, ok)
		}
	}
}

func TestCheckPath(t *testing.T) {
	for _, path := range []string{"a", "a/b.jpg", "a b/Úlcera.png", "..a/b..", "...", "a\nb", "-a", "ab:c", "1:/a"} {
		if err := CheckPath(path); err != nil {
			t.Errorf("CheckPath(%q): %v", path, err)
		}
	}
	for _, path := range []string{"", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "a/./b", "../a", "a/..", "a/../b",
		"a\x00b", `a\b`, `\\a`, "c:/a", "C:", "d:x", "a\xff"} {
		if err := CheckPath(path); err == nil {
			t.Errorf("CheckPath(%q) is no error", path)
		}
	}
}

// An error says what may be meant.
func TestBadPaths(t *testing.T) {
	for path, want := range map[string]string{
		"https://x.org/p/a.jpg": `path "https://x.org/p/a.jpg" is a URL, want it relative to the source's root, such as "a.jpg"`,
		"s3://bucket/a.jpg":     `path "s3://bucket/a.jpg" is a URL, want it relative to the source's root, such as "a.jpg"`,
		"/home/me/a.jpg":        `path "/home/me/a.jpg" is absolute, want it relative to the source's root, such as "a.jpg"`,
		`C:\me\a.jpg`:           `path "C:\\me\\a.jpg" begins with a drive letter, want it relative to the source's root, such as "a.jpg"`,
		`\\srv\share\a.jpg`:     `path "\\\\srv\\share\\a.jpg" is absolute, want it relative to the source's root, such as "a.jpg"`,
		`me\a.jpg`:              `path "me\\a.jpg" holds a backslash, want parts separated by /: write "me/a.jpg"`,
		"./a.jpg":               `path "./a.jpg" has the part ".": write "a.jpg"`,
		"a//b.jpg":              `path "a//b.jpg" has an empty part: write "a/b.jpg"`,
		"../a.jpg":              `path "../a.jpg" has the part ".."`,
		"/":                     `path "/" is absolute, want it relative to the source's root`,
		"":                      "path is empty",
	} {
		if err := CheckPath(path); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", path, err, want)
		}
	}
	var bad *BadPath
	if !errors.As(CheckPath(`C:\me\a.jpg`), &bad) || bad.Off != `C:\me\` {
		t.Errorf("%+v", bad)
	}
}

func FuzzValues(f *testing.F) {
	f.Add("40-49")
	f.Add("FST III")
	f.Fuzz(func(t *testing.T, cell string) {
		if years, known, ok := Age(cell); known {
			if !ok || years < 0 || years > maxAge {
				t.Errorf("Age(%q) = %v", cell, years)
			}
			if again, _, ok := Age(string(AppendAge(nil, years))); again != years || !ok {
				t.Errorf("Age(%q) = %v reads back as %v", cell, years, again)
			}
		}
		for _, of := range []func(string) (string, bool){Sex, Fitzpatrick, ImageType, DiagnosisMethod} {
			got, ok := of(cell)
			if again, fine := of(got); again != got || !fine || !ok && got != "" {
				t.Errorf("%q becomes %q, that %q", cell, got, again)
			}
		}
		_ = CheckPath(cell)
	})
}
