package dataset

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func folded(id string) string { return string(AppendFoldedID(nil, id)) }

// Each list is ways to write one id; no two lists share one.
func TestFoldedIDs(t *testing.T) {
	lists := [][]string{
		{"12", "12.0", "12.00", "12,0", "012", "0012.0", " 12", "12 ", "1 2", "12\r", "\t12", "\u00a012", "１２", "١٢",
			"'12",
			`"12"`, "\ufeff12", "12\u200b", "12.0 ", "12\u202f", "१२", "１２．０", "12\ufe0e", "\x0012"},
		{"P-7", "p-7", "P-007", "p_7", "P/7", `P\7`, "P–7", "P−7", "P\u20117", "P \u2014 07",
			"Р-7", "Ρ-7", "ｐ-7", "P-7.0"},
		{"Ärzte 3", "a\u0308rzte3", "ÄRZTE 03"}, {"straße", "STRASSE"},
		{"O'Neil", "O’Neil", "oneil"},
		{"1.2", "01.2"}, {"1.20"}, {"1.02"}, {"10.0.1"}, {"10.1"}, {"102"}, {"120"}, {"1-2", "1/2", "01-02"},
		{"0", "000", "0.0"},
		{"12.5"}, {"12.0x"}, {"12.0-3.0", "12-3"}, {"P7"}, {"Ж1", "ж1"}, {"1.12.0"}, {"-12"},
		{"", " ", "\u200b"}, {"12a"}, {"12."},
		{"\xff"}, {"\xfe"},
	}
	first := map[string]int{}
	for i, list := range lists {
		want := folded(list[0])
		if other, taken := first[want]; taken {
			t.Errorf("%q and %q are one id", list[0], lists[other][0])
		}
		first[want] = i
		for _, id := range list {
			if got := folded(id); got != want {
				t.Errorf("%q becomes %q, want %q as %q does", id, got, want, list[0])
			}
		}
	}
}

// The ten digits of every script count as those of ASCII, by the names that Unicode's NFKC does not give them.
func TestDigitsOfAllScripts(t *testing.T) {
	for _, zero := range []rune{'٠', '۰', '߀', '०', '০', '௦', '๐', '០', '᠐', '０', '𝟎', '𝟘', '𞥐'} {
		for n := range rune(10) {
			if !unicode.IsDigit(zero + n) {
				t.Fatalf("%q is no digit", zero+n)
			}
			if got, want := folded("x"+string(zero+n)), "x"+string('0'+n); got != want {
				t.Errorf("%q becomes %q, want %q", zero+n, got, want)
			}
		}
	}
}

func BenchmarkFoldedID(b *testing.B) {
	var folded []byte
	for b.Loop() {
		folded = AppendFoldedID(folded[:0], "archive-07-P0001234")
	}
}

// What does not count can be added to an id anywhere; and to fold what is folded changes nothing.
func FuzzFoldedID(f *testing.F) {
	for _, id := range []string{"12.0", "P-007", "１２．０", "Ärzte", "\xff0", "0.0.0", "00-00,00", "ǅ１", "ẞ"} {
		f.Add(id, uint(1))
	}
	f.Fuzz(func(t *testing.T, id string, at uint) {
		if !utf8.ValidString(id) {
			return // no dataset CSV holds one
		}
		want := folded(id)
		if got := string(appendFoldedSlowly(nil, id)); got != want {
			t.Fatalf("%q becomes %q, and slowly %q", id, want, got)
		}
		if got := folded(want); got != want {
			t.Fatalf("%q becomes %q, and that %q", id, want, got)
		}
		if got := string(AppendFoldedID([]byte("kept 0"), id)); got != "kept 0"+want {
			t.Fatalf("%q behind other bytes becomes %q, want it unchanged before %q", id, got, want)
		}
		if !IsASCII(id) {
			if got := folded(norm.NFD.String(id)); got != want {
				t.Fatalf("%q decomposed becomes %q, want %q", id, got, want)
			}
			return
		}
		cut := int(at % uint(len(id)+1))
		if got := folded(id[:cut] + " " + id[cut:]); got != want {
			t.Fatalf("%q with a space becomes %q, want %q", id, got, want)
		}
		if got := folded(strings.ToUpper(id)); got != want {
			t.Fatalf("%q in capitals becomes %q, want %q", id, got, want)
		}
	})
}
