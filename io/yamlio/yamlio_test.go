package yamlio

import (
	"fmt"
	"strings"
	"testing"
)

type settings struct {
	Name  string         `yaml:"name"`
	Count int            `yaml:"count"`
	Split map[string]int `yaml:"split"`
	Inner struct {
		Flag bool `yaml:"flag"`
	} `yaml:"inner"`
}

func TestDecodeNamesEveryMistakeWithItsLine(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"unknown keys", "nam: a\ncount: 3\ninner:\n  flog: true\n", []string{
			`f.yaml:1:1: nam: unknown key; did you mean name?`,
			`f.yaml:4:3: inner.flog: unknown key; did you mean flag?`}},
		{"wrong types", "count: many\ninner: 4\nname: [a]\nsplit: {a: {}}\n", []string{
			`f.yaml:1: count: "many", want a whole number`, `f.yaml:2: inner: "4", want keys with values`,
			`f.yaml:3: name: is a list, want text`, `f.yaml:4: split.a: is keys with values, want a whole number`}},
		{"fractions", "count: 1.5\nsplit: {a: 2.0}\n",
			[]string{`f.yaml:1: count: "1.5", want a whole number`, `f.yaml:2: split.a: "2.0", want`}},
		{"too large", "count: 99999999999999999999\n",
			[]string{`f.yaml:1: count: "99999999999999999999", want a whole number`}},
		{"twice", "name: a\nname: b\n", []string{`f.yaml:2: name: stands twice, first in line 1`}},
		{"alias", "name: &a x\nsplit: {a: *a}\n", []string{"f.yaml:2: split.a: an alias"}},
		{"two documents", "name: a\n---\nname: b\n", []string{"f.yaml: more than one YAML document"}},
		{"not yaml", "name: [a\n", []string{"f.yaml:"}},
		{"not keys", "- a\n", []string{"f.yaml:1: is a list, want keys with values"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Decode("f.yaml", []byte(test.text), &settings{}, nil)
			if err == nil {
				t.Fatal("no error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got %q, want %q", lines, test.want)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("got %q, want %q", lines[i], want)
				}
			}
		})
	}
}

func TestDecodeKeepsDefaults(t *testing.T) {
	s := settings{Name: "default", Count: 7}
	if _, err := Decode("f.yaml", []byte("count: 8\n"), &s, nil); err != nil || s.Name != "default" || s.Count != 8 {
		t.Fatalf("got %+v, %v", s, err)
	}
	if _, err := Decode("f.yaml", nil, &s, nil); err != nil || s.Count != 8 {
		t.Fatalf("an empty file: got %+v, %v", s, err)
	}
}

// Where nothing stands the default stays, also of a list and a map, and the line is known still.
func TestDecodeKeepsDefaultsOfWhatIsEmpty(t *testing.T) {
	type lists struct {
		Names []string       `yaml:"names"`
		Split map[string]int `yaml:"split"`
		Inner struct {
			Sizes []int `yaml:"sizes"`
		} `yaml:"inner"`
	}
	for _, text := range []string{"names:\nsplit: ~\ninner:\n  sizes:\n", "names: null\ninner:\n",
		"split:\ninner: {sizes: }\n"} {
		s := lists{Names: []string{"a"}, Split: map[string]int{"a": 1}}
		s.Inner.Sizes = []int{1}
		doc, err := Decode("f.yaml", []byte(text), &s, nil)
		if err != nil || len(s.Names) != 1 || len(s.Split) != 1 || len(s.Inner.Sizes) != 1 {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
		if at := doc.Place("inner.sizes"); text[0] == 'n' && strings.Contains(text, "sizes") && at != "f.yaml:4" {
			t.Errorf("%q: inner.sizes stands at %s", text, at)
		}
	}
	s := lists{Names: []string{"a"}}
	if _, err := Decode("f.yaml", []byte("names: []\n"), &s, nil); err != nil || len(s.Names) != 0 {
		t.Errorf("an empty list: %+v, %v", s, err)
	}
}

// A number that YAML and people may read in two ways is refused.
func TestNumbersArePlain(t *testing.T) {
	var s struct {
		Count int     `yaml:"count"`
		Part  float64 `yaml:"part"`
	}
	for _, number := range []string{"010", "0x20", "0o17", "0b11", "1_000", "007", "01.5"} {
		for _, key := range []string{"count", "part"} {
			_, err := Decode("f.yaml", []byte(key+": "+number+"\n"), &s, nil)
			if err == nil || !strings.HasPrefix(err.Error(), `f.yaml:1: `+key+`: "`+number+`", want a `) {
				t.Errorf("%s: %s: %v", key, number, err)
			}
		}
	}
	for _, number := range []string{"0", "-3", "0.5", ".5", "10.", "1e-3", "20"} {
		if _, err := Decode("f.yaml", []byte("part: "+number+"\n"), &s, nil); err != nil {
			t.Error(err)
		}
	}
}

func TestRefuseNamesTheNearestLine(t *testing.T) {
	for key, want := range map[string]string{
		"inner.flag": "f.yaml:3: inner.flag: no", "inner.other": "f.yaml:2: inner.other: no", "none": "f.yaml: none: no",
	} {
		doc, err := Decode("f.yaml", []byte("name: a\ninner:\n  flag: true\n"), &settings{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		doc.Refuse(key, "no")
		if err := doc.Err(); err == nil || err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}

// What may have several forms is asked for its form, and text is taken as it is written.
func TestNodes(t *testing.T) {
	text := "a: 010\nb: [yes, ~, \"\"]\nc: {x: 1.50, y: no}\nd: on\ne: {f: [{g: 1}, h]}\n"
	var a, d string
	var b, keys, pairs []string
	var g int
	doc := Parse("f.yaml", []byte(text))
	root := doc.Root()
	root.Fields(Fields{
		"a": func(n *Node) { n.Filled(&a) },
		"b": func(n *Node) { n.OneOrMore(&b) },
		"c": func(n *Node) {
			keys = n.Keys()
			n.Pairs(func(key, value string) { pairs = append(pairs, key+"="+value) })
		},
		"d": func(n *Node) { n.OneOf(&d, "on", "off") },
		"e": func(n *Node) {
			n.Fields(Fields{"f": func(n *Node) {
				n.OneOrEach(func(n *Node) {
					if n.IsMapping() {
						n.Fields(Fields{"g": func(n *Node) { n.Positive(&g) }})
					}
				})
			}})
		},
	})
	got := strings.Join([]string{a, strings.Join(b, "|"), strings.Join(keys, "|"), strings.Join(pairs, "|"), d}, " ")
	if err := doc.Err(); err != nil || got != "010 yes|| x|y x=1.50|y=no on" || g != 1 {
		t.Errorf("%q, %d, %v", got, g, err)
	}
}

func TestNodesNameEveryMistakeWithItsLine(t *testing.T) {
	text := "a: \"\"\nb: []\nc: {x: [1]}\nd: maybe\ne: &e 0\nf: *e\ng:\n- h: 1\n  h: 2\ni:\n  j: 1\n"
	doc := Parse("f.yaml", []byte(text))
	var texts []string
	var yes bool
	var n int
	doc.Root().Fields(Fields{
		"a": func(n *Node) { n.Filled(&text) },
		"b": func(n *Node) { n.OneOrMore(&texts) },
		"c": func(n *Node) { n.Pairs(func(string, string) {}) },
		"d": func(n *Node) { n.YesNo(&yes) },
		"e": func(node *Node) { node.Positive(&n) },
		"f": func(n *Node) { n.Text(&text) },
		"g": func(n *Node) { n.Each(func(n *Node) { n.Members(func(string, *Node) {}) }) },
	})
	want := strings.Join([]string{
		"f.yaml:1: a: is empty", "f.yaml:2: b: is an empty list", "f.yaml:3: c.x: is a list, want text",
		`f.yaml:4:4: d: "maybe": want one of yes, no, true, false`,
		`f.yaml:5: e: "0": want a whole number, 1 or more`,
		"f.yaml:6: f: an alias (*name) is not allowed, write the value out",
		"f.yaml:9: g[1].h: stands twice, first in line 8",
		"f.yaml:10:1: i: unknown key, want one of a, b, c, d, e, f, g"}, "\n")
	if err := doc.Err(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// Keys that are not built yet do nothing where they are empty or mean off, and are refused else;
// they are listed among those that may stand.
func TestNotBuilt(t *testing.T) {
	notBuilt := map[string][]string{"later": {"none", "false"}, "inner.more": nil,
		"part.one": nil, "part.two.deep": {"none"}}
	for text, want := range map[string]string{
		"later: none\n": "", "later: false\n": "", "later:\n": "", "inner: {more: }\n": "",
		"part: {two: {deep: none}}\n": "", "part:\n": "",
		"later: soon\n": "f.yaml:1: later: is for a part of dermset that is not built yet: leave it out, or set it to " +
			"none",
		"later: [none]\n": "f.yaml:1: later: is for a part of dermset that is not built yet: leave it out, or set it to " +
			"none",
		"inner: {more: none}\n": "f.yaml:1: inner.more: is for a part of dermset that is not built yet: leave it out",
		"part:\n  one: 1\n":     "f.yaml:2: part.one: is for a part of dermset that is not built yet: leave it out",
		"part: {two: {deep: {a: b}}}": "f.yaml:1: part.two.deep: is for a part of dermset that is not built yet: leave it " +
			"out, or set it to none",
		"part: none\n":               `f.yaml:1: part: "none", want keys with values`,
		"part: {three: 1}\n":         "f.yaml:1:8: part.three: unknown key, want one of one, two",
		"inner: {mor: 1}\n":          "f.yaml:1:9: inner.mor: unknown key; did you mean more?",
		"part.one: none\n":           "f.yaml:1:1: part.one: unknown key; did you mean part?",
		"later: none\nlater: none\n": "f.yaml:2: later: stands twice, first in line 1",
	} {
		var got string
		if _, err := Decode("f.yaml", []byte(text), &settings{}, notBuilt); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: a\ncount: 3\n"))
	f.Add([]byte("a: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, _ := Decode("f.yaml", data, &settings{}, nil)
		if doc != nil {
			doc.Refuse("inner.flag", "x")
		}
	})
}

// An unknown key is told with the one that was meant, where it belongs, or how it is written; a word of a few likewise.
func TestWhatWasMeant(t *testing.T) {
	for text, want := range map[string]string{
		"Count: 3\n":            "1:1: Count: unknown key; did you mean count?",
		"name: a\nflag: true\n": "2:1: flag: unknown key here: it stands below inner: write `inner: {flag: true}`",
		"inner:\nflag: a, b\n": "2:1: flag: unknown key here: it stands below inner: which is in line 1: write " +
			"`flag: a, b` there",
		"flag: a, b\n":           "1:1: flag: unknown key here: it stands below inner: write `inner: {flag: 'a, b'}`",
		"inner:\n  count: 3\n":   "2:3: inner.count: unknown key here: it stands at the top, with no space before it",
		"inner: {flags: true}\n": "1:9: inner.flags: unknown key; did you mean flag?",
		"inner.flag: true\n":     "1:1: inner.flag: unknown key: a dot parts no keys: write `inner: {flag: true}`",
		"inner.flag: []\n":       "1:1: inner.flag: unknown key: a dot parts no keys: write `inner: {flag: …}`",
		"colour: red\n":          "1:1: colour: unknown key, want one of name, count, split, inner",
	} {
		_, err := Decode("f.yaml", []byte(text), &settings{}, nil)
		if err == nil || err.Error() != "f.yaml:"+want {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	doc := Parse("f.yaml", []byte("kind: lst\nname: {sort: a, kinds: b, kind: c, map: d}\n"))
	doc.Knows([]string{"kind", "list.sort", "set.*.map"})
	var kind string
	doc.Root().Fields(Fields{
		"kind": func(n *Node) { n.OneOf(&kind, "list", "set") },
		"name": func(n *Node) { n.Fields(Fields{"kinds": func(*Node) {}}) },
	})
	want := strings.Join([]string{`f.yaml:1:7: kind: "lst": want one of list, set; did you mean list?`,
		"f.yaml:2:8: name.sort: unknown key here: it stands below list: write `list: {sort: a}`",
		"f.yaml:2:27: name.kind: unknown key; did you mean kinds? (kind stands at the top, with no space before it)",
		"f.yaml:2:36: name.map: unknown key here: it stands below set: NAME:"}, "\n")
	if err := doc.Err(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// Keys that are unknown, that are not built and that stand in any order are each told; none breaks the reader.
func TestUnknownBeforeNotBuilt(t *testing.T) {
	notBuilt := map[string][]string{"later": {"none"}, "inner.more": nil, "part.one": nil}
	for _, text := range []string{
		"foo: 1\nlater: none\n", "foo: 1\npart: {one: 1}\n", "inner: {foo: 1, more: 2}\n",
		"part: {foo: 1, one: 2}\n", "foo: 1\ninner: {more: }\n",
	} {
		_, err := Decode("f.yaml", []byte(text), &settings{}, notBuilt)
		if err == nil || !strings.Contains(err.Error(), "foo: unknown key, want one of ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A file of nothing but mistakes is answered at once, by the first twenty and the count; keys that no field has are
// never given to the yaml package, whose time grows with the square of them.
func TestManyMistakes(t *testing.T) {
	var unknown, split strings.Builder
	split.WriteString("split:\n")
	for i := range 30_000 {
		fmt.Fprintf(&unknown, "k%d: 1\n", i)
		fmt.Fprintf(&split, "  k%d: 1\n", i)
	}
	d, err := Decode("f.yaml", []byte(unknown.String()), &settings{}, nil)
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 21 || lines[20] != "f.yaml: and 29980 more errors" ||
		!strings.HasPrefix(lines[19], "f.yaml:20:1: k19: unknown key") {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
	if n := len(d.root.Content[0].Content); n != 0 {
		t.Errorf("%d nodes are left", n)
	}
	s := settings{}
	_, err = Decode("f.yaml", []byte(split.String()), &s, nil)
	if err == nil || err.Error() != "f.yaml:2: split: has 30000 keys, want at most 10000" || len(s.Split) > 0 {
		t.Errorf("error %v, %d keys", err, len(s.Split))
	}
}
