package transfer

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
)

const (
	composed   = "src/caf\u00e9.jpg"
	decomposed = "src/cafe\u0301.jpg"
)

// nearly are a name that is not there, one that is, and how they differ; empty: they are no names for one thing.
var nearly = []struct{ wanted, there, by string }{
	{composed, decomposed, "Unicode form"}, {decomposed, composed, "Unicode form"},
	{"src/a.jpg", "src/A.jpg", "case"}, {"src/Dir/a.jpg", "src/dir/a.jpg", "case"}, {"src/É.jpg", "src/é.jpg", "case"},
	{"src/STRASSE.jpg", "src/straße.jpg", "case"},
	{"src/a.jpg", "src/a.JPG", "extension"}, {"src/a.jpg", "src/a.jpeg", "extension"},
	{"src/a.jpeg", "src/a.JPG", "extension"}, {"src/a", "src/a.png", "extension"},
	{"src/a.tif", "src/a.TIFF", "extension"},
	{"src/a.b", "src/a.b.jpg", "extension"}, {"src/a.jpg", "src/a", "extension"},
	{"src/a b.jpg", "src/a%20b.jpg", "escapes"}, {"src/a%20b.jpg", "src/a b.jpg", "escapes"},
	{"src/a b.jpg", "src/a+b.jpg", "escapes"}, {"src/%C3%A9.jpg", "src/é.jpg", "escapes"},
	{"src/a.jpg", "src//a.jpg", "slashes"}, {`src/d\a.jpg`, "src/d/a.jpg", "slashes"},
	{"src/d/a.jpg", `src/d\a.jpg`, "slashes"}, {"src/d/a.jpg", "src/./d/a.jpg", "slashes"},
	{"src/d/a.jpg", "src/d//a.jpg", "slashes"},
	{"src/a.jpg ", "src/a.jpg", "blanks"}, {"src/a.jpg", "src/a .jpg", "blanks"},
	{"src/d /a.jpg", "src/d/a.jpg", "blanks"},
	{"src/\u00a0a.jpg", "src/a.jpg", "blanks"}, {"src/a.jpg\t", "src/a.jpg", "blanks"},
	{"src/A.jpeg", "src/a.JPG", "case and extension"}, {"src/A b.jpg", "src/a%20B.jpg", "escapes and case"},
	{`src/D\caf` + "\u00e9.jpg", "src/d/cafe\u0301.PNG", "slashes and Unicode form and case and extension"},
	{"src/a.jpg", "src/b.jpg", ""}, {"src/a.jpg", "src/a/a.jpg", ""}, {"src/a1.jpg", "src/a01.jpg", ""},
	{"src/a.b", "src/a.c", ""}, {"src/a-b.jpg", "src/a_b.jpg", ""}, {"src/100%.jpg", "src/100.jpg", ""},
	{"src/.jpg", "src/.png", ""}, {"src/é.jpg", "src/e.jpg", ""},
}

// A name that is there in place of one that is not is told with how they differ, both ways and for a few keys as for
// many.
func TestNearNames(t *testing.T) {
	none := func(string) bool { return false }
	for _, test := range nearly {
		for _, pair := range [][2]string{{test.wanted, test.there}, {test.there, test.wanted}} {
			names := newNearNames([]string{pair[0]})
			names.note(pair[1], false)
			names.whole = true
			near, _ := names.of(pair[0], none)
			if string(near.By) != test.by || (near.Name == pair[1]) != (test.by != "") {
				t.Errorf("%q for %q: %+v, want %q", pair[1], pair[0], near, test.by)
			}
		}
	}
}

// Of several names the one counts that differs least, then the first; a picture that is wanted itself is no other
// format of one that is missing.
func TestNearestName(t *testing.T) {
	for name, test := range map[string]struct {
		there  []string
		wanted string // one of them
		want   string
	}{
		"the least": {[]string{"src/A.png", "src/A.jpg", "src/a.PNG"}, "", "src/A.jpg"},
		"the first": {[]string{"src/a.png", "src/a.jpeg", "src/a.gif"}, "", "src/a.gif"},
		"a mask":    {[]string{"src/a.png"}, "src/a.png", ""},
		"two rows":  {[]string{"src/A.jpg"}, "src/A.jpg", "src/A.jpg"},
		"itself":    {[]string{"src/a.jpg"}, "", ""},
	} {
		for _, listed := range []bool{true, false} {
			keys := []string{"src/a.jpg"}
			if listed && test.wanted != "" {
				keys = append(keys, test.wanted)
			}
			names := newNearNames(keys)
			for _, is := range test.there {
				if is != test.wanted || !listed {
					names.note(is, false)
				}
			}
			names.noteWanted(map[string]bool{"src/a.jpg": true})
			names.whole = true
			got, _ := names.of("src/a.jpg", func(name string) bool { return !listed && name == test.wanted })
			if got.Name != test.want {
				t.Errorf("%s: %+v, want %q", name, got, test.want)
			}
		}
	}
}

// What is missing and there under another name is told by log and tally, for few objects and for many, in a bucket and
// in a folder; what an earlier run found stays where this one looks at less, and goes when the object comes.
func TestFetchTellsNearNames(t *testing.T) {
	for _, n := range []int{5, 3 * few} {
		dir := t.TempDir()
		f, g := world(n)
		want := map[Difference]int64{}
		near := map[string]string{}
		for i, by := range []Difference{ByExtension, ByCase, BySlashes} {
			key := g.Keys[i]
			there := map[Difference]string{ByExtension: strings.TrimSuffix(key, "jpg") + "JPG",
				ByCase: strings.ToUpper(key[:len(key)-3]) + "jpg", BySlashes: "src//" + key[len("src/"):]}[by]
			if by == ByCase {
				there = "src/x/" + fmt.Sprint(n) + ".jpg"
				g.Keys[i] = "src/X/" + fmt.Sprint(n) + ".jpg"
				key = g.Keys[i]
				f.Drop("src/0001.jpg")
			}
			f.Drop(key)
			f.Set(there, content(there))
			near[key], want[by] = there, 1
		}
		f.Set("src/nobody's.jpg", nil)
		tally, err := fetchInto(t, dir, f, usual, g)
		if err != nil || tally.Failures() != 3 {
			t.Fatalf("%+v, %v", tally, err)
		}
		got := map[Difference]int64{}
		for by, all := range tally.Near {
			got[by] = all.Objects
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d: %s", n, diff)
		}
		if logged := nearOf(t, dir, f, g.Keys); !maps.Equal(logged, near) {
			t.Errorf("%d: %v, want %v", n, logged, near)
		}
		lazily, asked := usual, f.Seen()["list src/"]
		lazily.Lazily = true
		tally, err = fetchInto(t, dir, f, lazily, Group{g.Prefix, g.Keys[:3]})
		if again := f.Seen()["list src/"]; again != asked {
			t.Errorf("%d: listed %d times, then %d", n, asked, again)
		}
		if err != nil || len(tally.Near) != 3 || !maps.Equal(nearOf(t, dir, f, g.Keys), near) {
			t.Errorf("%d: %+v, %v", n, tally, err)
		}
		strangers = 0
		tally, err = fetchInto(t, dir, f, usual, Group{g.Prefix, g.Keys[:3]})
		strangers = 1_000_000
		if err != nil || len(tally.Near) != 3 || !maps.Equal(nearOf(t, dir, f, g.Keys), near) {
			t.Errorf("%d: %+v, %v", n, tally, err)
		}
		f.Set(g.Keys[0], content(g.Keys[0]))
		f.Drop(near[g.Keys[1]])
		delete(near, g.Keys[1])
		if _, err := fetchInto(t, dir, f, usual, g); err != nil {
			t.Error(err)
		}
		delete(near, g.Keys[0])
		if logged := nearOf(t, dir, f, g.Keys); !maps.Equal(logged, near) {
			t.Errorf("%d: %v, want %v", n, logged, near)
		}
	}
}

// nearOf is what a log says is there in place of keys.
func nearOf(t *testing.T, dir string, s blobio.Store, keys []string) map[string]string {
	t.Helper()
	b, err := ReadBlobs(dir, s.String())
	if err != nil {
		t.Fatal(err)
	}
	near := map[string]string{}
	for _, key := range keys {
		if e, _ := b.Entry(key); e.Near != "" {
			near[key] = e.Near
		}
	}
	return near
}

// A store that cannot list has no near names, and objects fail as they would without.
func TestNearNamesWithoutAListing(t *testing.T) {
	f, g := world(5)
	f.Drop(g.Keys[0])
	f.Set("src/0000.JPG", nil)
	f.Harm = func(op, _ string, _ int) error {
		if op == "list" {
			return reason("list", "", blobio.Denied)
		}
		return nil
	}
	tally, err := fetchInto(t, t.TempDir(), f, usual, g)
	if err != nil || tally.Moved != 4 || tally.Failed[Cause{Coming, blobio.Missing}].Objects != 1 || len(tally.Near) != 0 {
		t.Errorf("%+v, %v", tally, err)
	}
}

// A source of which the store has nothing at all is told with what there is instead, for few keys and for many.
func TestBarePrefixes(t *testing.T) {
	for _, n := range []int{3, 2 * few} {
		f, g := world(n)
		bare := Group{Prefix: "Src/"}
		for _, key := range g.Keys {
			bare.Keys = append(bare.Keys, "S"+key[1:])
		}
		f.Set("a.txt", nil)
		tally, err := fetchInto(t, t.TempDir(), f, usual, bare, g, Group{Prefix: "none/"})
		want := []Bare{{"Src/", Near{"src/", ByCase}, []string{"a.txt", "src/"}}}
		if diff := cmp.Diff(want, tally.Bare); err != nil || diff != "" || tally.Moved != int64(n) {
			t.Errorf("%d: %v, %s", n, err, diff)
		}
		f.Harm = func(op, _ string, _ int) error {
			if op == "top" {
				return reason("list", "", blobio.Denied)
			}
			return nil
		}
		if tally, err = fetchInto(t, t.TempDir(), f, usual, bare); err != nil || len(tally.Bare) != 0 {
			t.Errorf("%d: %+v, %v", n, tally.Bare, err)
		}
	}
}

// However many names are there, no more are kept than a few for each that is wanted.
func TestNearNamesAreBounded(t *testing.T) {
	const n = 20_000
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("src/%d.jpg", i)
	}
	names := newNearNames(keys)
	for i := range 10 * n {
		names.note(fmt.Sprintf("src/%d.JPG", i), false)
		names.note(fmt.Sprintf("src/%d.jPG", i%10), false)
	}
	names.whole = true
	kept := 0
	for _, all := range names.there {
		kept += len(all)
	}
	if kept < n || kept > n+10*mostAlike {
		t.Errorf("%d are kept", kept)
	}
	if near, _ := names.of("src/19999.jpg", func(string) bool { return false }); near.Name != "src/19999.JPG" {
		t.Errorf("%+v", near)
	}
}

// FuzzNear holds near names to what they are: what differs in no way is equal, each way alone changes nothing that is
// made alike already, and what is found differs.
func FuzzNear(f *testing.F) {
	for _, test := range nearly {
		f.Add(test.wanted, test.there)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		names := newNearNames([]string{a})
		names.note(b, false)
		names.whole = true
		near, _ := names.of(a, func(string) bool { return false })
		if (near.Name != "") != (fold(a) == fold(b) && a != b) || near.Name != "" && near.By == "" {
			t.Errorf("%q, %q: %+v", a, b, near)
		}
	})
}

func BenchmarkNearNames(b *testing.B) {
	keys := make([]string, 1_000_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("src/images/ISIC_%07d.jpg", i)
	}
	for b.Loop() {
		names := newNearNames(keys)
		for i := range keys {
			names.note(keys[i][:len(keys[i])-3]+"JPG", false)
		}
		names.whole = true
		found := 0
		for _, key := range keys {
			if near, _ := names.of(key, func(string) bool { return false }); near.Name != "" {
				found++
			}
		}
		if found != len(keys) {
			b.Fatal(found)
		}
	}
}
