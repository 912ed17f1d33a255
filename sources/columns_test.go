package sources

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/dataset"
)

// What one_hot takes for set.
func TestMarks(t *testing.T) {
	for _, c := range []shape{
		{
			name: "marks are exactly what is set: case, blanks and variation selectors do not matter",
			yaml: "files: m.csv\ncolumns: {image_path: i, label: {one_hot: {columns: {a: A, b: B}, none: N,\n" +
				"  marks: [X, ✓, sí], unset: [n/a, \"no\"]}}}\n",
			files: map[string]string{"m.csv": "i,a,b\n1,X,\n2, x ,n/a\n3,N/A,✓\ufe0f\n4,si\u0301,NO\n5,,\n6,1,\n" +
				"7,\u00a0,(X)\n8,x,X\n"},
			rows: []string{"1,A,,,,,,,,,,", "2,A,,,,,,,,,,", "3,B,,,,,,,,,,", "4,A,,,,,,,,,,",
				"5,N,,,,,,,,,,"},
			unused: []string{
				`m.csv:7 one_hot: a is "1", want X, ✓, sí if set, n/a, no, nothing if not; if that means set, write marks: ["X", "✓", "sí", "1"], ` +
					`if not, unset: ["n/a", "no", "1"]`,
				`m.csv:8 one_hot: b is "(X)", want X, ✓, sí if set, n/a, no, nothing if not; if that means set, write marks: ["X", "✓", "sí", ` +
					`"(X)"], if not, unset: ["n/a", "no", "(X)"]`,
				"m.csv:9 one_hot: both a and b are set (several: first or join would take them)"},
		},
		{
			name:  "without marks: words, numbers with zeros, and ticks that stand beside empty cells alone",
			yaml:  "files: m.csv\ncolumns: {image_path: i, label: {one_hot: {columns: [a, b], unset: [-]}}}\n",
			files: map[string]string{"m.csv": "i,a,b\n1,1.00,0.\n2,-,TRUE\n3,X,\n4,,✔\n5,x,0\n6,Yes,no\n7,,\n"},
			rows: []string{"1,a,,,,,,,,,,", "2,b,,,,,,,,,,", "3,a,,,,,,,,,,", "4,b,,,,,,,,,,", "6,a,,,,,,,,,,",
				"7,,,,,,,,,,,"},
			unused: []string{`m.csv:6 one_hot: a is "x", want 1 or 0, true or false, yes or no, X or nothing; if that means ` +
				`set, write marks: ["1", "1.0", "true", "yes", "X", "✓", "✔", "x"], unset: ["-", "0", "0.0", "false", "no"], ` +
				`if not, unset: ["-", "x"]`},
		},
		{
			name: "any column may be one_hot, beside others; several set ones; else where none is",
			yaml: "files: m.csv\ncolumns:\n  image_path: i\n" +
				"  label: {column: proof, else: {one_hot: {columns: {n: Nevus, m: Melanoma}, several: first, marks: [X]}}}\n" +
				"  sex: {one_hot: {columns: {man: male, woman: female}}, other: empty, else: s}\n" +
				"  differentials: {one_hot: {columns: [n, m], marks: [X]}, reader: r}\n" +
				"extra:\n  colours: {one_hot: {columns: [red, blue, azure], marks: [X], several: join, separator: +}}\n" +
				"  blues: {one_hot: {columns: {blue: Blue, azure: Blue}, marks: [X]}}\n",
			files: map[string]string{"m.csv": "i,proof,n,m,man,woman,s,red,blue,azure\n" +
				"1,,X,X,1,0,,X,,x\n2,Scar,X,,1,1,f,,X,X\n3,,,,?,,,,,\n"},
			rows: []string{
				`1,Nevus,"[{""label"":""n"",""reader"":""r""},{""label"":""m"",""reader"":""r""}]",,,male,,,,,,,red+azure,Blue`,
				`2,Scar,"[{""label"":""n"",""reader"":""r""}]",,,female,,,,,,,blue+azure,Blue`,
				`3,,,,,,,,,,,,,`,
			},
		},
		{
			name: "columns of probabilities, and marks of differentials that nobody knows",
			yaml: "files: m.csv\ncolumns:\n  image_path: i\n  differentials:\n" +
				"    - {probabilities: {a: A, b: B}, reader: p}\n    - {one_hot: {columns: {c: C}}}\n",
			files: map[string]string{"m.csv": "i,a,b,c\n1,0.25,0.75,1\n2,0,1e-3,0\n3,,,\n4,much,,\n5,,,?\n"},
			rows: []string{
				`1,,"[{""label"":""A"",""weight"":0.25,""reader"":""p""},{""label"":""B"",""weight"":0.75,""reader"":""p""},{""label"":""C""}]",,,,,,,,,`,
				`2,,"[{""label"":""B"",""weight"":0.001,""reader"":""p""}]",,,,,,,,,`, "3,,,,,,,,,,,",
				`4,,"a: weight ""much"" is not a number",,,,,,,,,`,
				`5,,"c is ""?"", want 1 or 0, true or false, yes or no, X or nothing; if that means set, write marks: [""1"", ""1.0"", ""true"", ""yes"", ""X"", ""✓"", ""✔"", ""?""], ` +
					`unset: [""0"", ""0.0"", ""false"", ""no""], ` +
					`if not, unset: [""?""]",,,,,,,,,`,
			},
			bad: []BadValue{{"m.csv", 5, "differentials", `a: weight "much" is not a number`},
				{"m.csv", 6, "differentials", `c is "?", want 1 or 0, true or false, yes or no, X or nothing; if that means ` +
					`set, write marks: ["1", "1.0", "true", "yes", "X", "✓", "✔", "?"], ` +
					`unset: ["0", "0.0", "false", "no"], if not, unset: ["?"]`}},
		},
		{
			name: "columns of a joined file, by the file's name",
			yaml: "files:\n- m.csv\n- {path: t.csv, join: {on: i}}\ncolumns: {image_path: i, label: {one_hot: {columns: " +
				"{t.a: A, m.b: B}, none: N}}}\n",
			files: map[string]string{"m.csv": "i,a,b\n1,1,0\n2,1,1\n3,1,0\n", "t.csv": "i,a,b\n1,1,1\n2,0,0\n"},
			rows:  []string{"1,A,,,,,,,,,,", "2,B,,,,,,,,,,", "3,,,,,,,,,,,"},
		},
	} {
		c.run(t)
	}
}

// In a sheet: booleans, numbers and formulas without a value.
func TestMarksOfSheets(t *testing.T) {
	s := newTrial(t, "files: m.xlsx\ncolumns: {image_path: i, label: {one_hot: {columns: [a, b]}}}\n"+
		"extra: {p: {one_hot: {columns: [c], marks: [2]}, other: empty}}\n", nil)
	workbook(t, filepath.Join(s.dir, "raw", "m.xlsx"), [][]string{{"i", "a", "b", "c"},
		{"1", "TRUE", "FALSE", "#2.0"}, {"2", "#1", "#0", "#3"}, {"3", "X"}, {"4", "!#N/A"}})
	report, err := s.ingest(t)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1,a,,,,,,,,,,,c", "2,a,,,,,,,,,,,", "3,a,,,,,,,,,,,"}, s.rows()); diff != "" {
		t.Error(diff)
	}
	want := []string{`m.xlsx:5 one_hot: a is "#N/A" in cell Study!B5, want 1 or 0, true or false, yes or no, X or nothing; ` +
		`if that means set, write marks: ["1", "1.0", "true", "yes", "X", "✓", "✔", "#N/A"], ` +
		`unset: ["0", "0.0", "false", "no"], if not, unset: ["#N/A"]`}
	if diff := cmp.Diff(want, texts(report.UnusedRows)); diff != "" {
		t.Error(diff)
	}
}

// Stems and patterns, on any column.
func TestPatterns(t *testing.T) {
	for _, c := range []shape{
		{
			name: "stem, matches, to, map and else, in this order",
			yaml: "files: m.csv\ncolumns:\n  image_path: {column: f, replace: {\"\\\\\": /}}\n" +
				"  lesion_id: {column: f, stem: yes}\n" +
				"  patient_id: {column: f, matches: 'P(?P<n>\\d+)', other: empty, else: p}\n" +
				"  label: {column: l, matches: '^(\\w+) (?:pictures|Photos)$', other: keep, map: {acne: Acne}}\n" +
				"  body_site: {column: l, matches: '(a)(z)?', to: '{0}-{1}{2}{{x}}', other: empty}\n" +
				"extra: {view: {template: \"{f}-{l}\", matches: '_(front|back)\\.', other: reject}}\n",
			files: map[string]string{"m.csv": "f,l,p\nx\\P12_front.v1.jpg,acne Photos,\nP7_back.png,Other acne,\n" +
				"q_front.jpg,,z\nq_side.jpg,q,z\n"},
			rows: []string{"x/P12_front.v1.jpg,Acne,,12,P12_front.v1,,,a-a{x},,,,,front",
				"P7_back.png,Other acne,,7,P7_back,,,a-a{x},,,,,back", "q_front.jpg,,,z,q_front,,,,,,,,"},
			unused: []string{`m.csv:5 value_rejected: view is "q_side.jpg-q", which matches: does not match`},
		},
		{
			name: "a mask beside the image's stem",
			yaml: "files: m.csv\ncolumns: {image_path: \"i/{f}\", label: l, mask_path:\n" +
				"  {template: \"masks/{f}_m.png\", stem: yes, missing: empty}}\n",
			files:  map[string]string{"m.csv": "f,l\na.jpg,x\nb.JPG,x\n", "masks/a_m.png": "", "masks/c_m.png": ""},
			rows:   []string{"i/a.jpg,x,,,,,,,,,,masks/a_m.png", "i/b.JPG,x,,,,,,,,,,"},
			unused: []string{"masks/c_m.png:0 mask_without_image: no image has this mask"},
		},
		{
			name: "the stem of each entry of a list",
			yaml: "files: m.csv\ncolumns: {image_path: {column: f, split: \";\"},\n" +
				"  lesion_id: {column: f, stem: yes, split: \";\"},\n" +
				"  patient_id: {template: \"p-{f}\", stem: yes, split: \";\", matches: '^p-(.)', other: keep, else: k}}\n",
			files: map[string]string{"m.csv": "f,k\na/x.1.jpg; b/y.jpg,\nc.jpg,\n"},
			rows:  []string{"a/x.1.jpg,,,x,x.1,,,,,,,", "b/y.jpg,,,y,y,,,,,,,", "c.jpg,,,c,c,,,,,,,"},
		},
		{
			name: "the most telling of several columns",
			yaml: "files: m.csv\ncolumns: {image_path: f, label: {column: d3, else: {column: d2, else: {column: d1, " +
				"map: {b: B}, other: keep}}},\n  image_type: {column: t, else: {constant: clinical}}}\n",
			files: map[string]string{"m.csv": "f,d1,d2,d3,t\n1,b,,,\n2,b,m,,dermoscopy\n3,b,m,mel,\n4,,,,\n"},
			rows: []string{"1,B,,,,,,,,clinical,,", "2,m,,,,,,,,dermoscopy,,", "3,mel,,,,,,,,clinical,,",
				"4,,,,,,,,,clinical,,"},
		},
		{
			name: "else of lists",
			yaml: "files: m.csv\nextra:\n  a: {columns: [s1, s2], else: {columns: [u1, u2]}}\n" +
				"  b: {columns: [s1, s2], else: v}\n  c: {column: l, split: \";\", else: v}\n" +
				"  d: {column: l, split: \";\", else: {column: k, split: \";\"}}\n" +
				"columns: {image_path: {columns: [i, j]}}\n",
			files: map[string]string{"m.csv": "i,j,s1,s2,u1,u2,v,l,k\n1,2,p,,q,r,z,,m;n\n3,4,p,o,q,r,z,m;,x;y;z\n"},
			rows:  []string{"1,,,,,,,,,,,,p,p,z,m", "2,,,,,,,,,,,,r,z,z,n"},
			unused: []string{
				"m.csv:3 list_length: c has 1 entries, image_path 2"},
		},
	} {
		c.run(t)
	}
}

// Masks that replace, to: and map make are found; those of another shape than the template's too.
func TestMasksThatAreMade(t *testing.T) {
	for i, declared := range []string{
		`{column: f, matches: '^(.*)\.jpg$', to: 'Masks/{1}.png', other: empty, missing: empty}`,
		`{template: "masks/{f}", replace: {masks/: Masks/, jpg: png}, missing: empty}`,
		`{template: "masks/{f}", map: {masks/a.jpg: Masks/a.png}, other: empty, missing: empty}`,
		`{template: "masks/{f}", map: {}, other: empty, else: "Masks/{s}.png", missing: empty}`,
	} {
		folder := "masks"
		if i == 0 {
			folder = "Masks"
		}
		shape{
			name: declared, yaml: "files: m.csv\ncolumns: {image_path: f, label: l, mask_path: " + declared + "}\n",
			files:  map[string]string{"m.csv": "f,l,s\na.jpg,x,a\nb.jpg,x,b\n", "Masks/a.png": "", folder + "/c.png": ""},
			rows:   []string{"a.jpg,x,,,,,,,,,,Masks/a.png", "b.jpg,x,,,,,,,,,,"},
			unused: []string{folder + "/c.png:0 mask_without_image: no image has this mask"},
		}.run(t)
	}
}

// Keys of joins are made as columns are, on both sides.
func TestKeysThatAreMade(t *testing.T) {
	meta := "f,l,p,v\nNEL/1.jpg,bcc,7,1\nNEL/2.JPG,mel,8,2\n,nv,9,3\n"
	for _, c := range []shape{
		{
			name: "a template before it", yaml: "{\"derm/{f}\": file}",
			files: map[string]string{"k.csv": "file,s\nderm/NEL/1.jpg,m\nderm/NEL/2.jpg,f\n"},
			rows:  []string{"NEL/1.jpg,bcc,,,,male,,,,,,", "NEL/2.JPG,mel,,,,,,,,,,"},
			unused: []string{"m.csv:4 no_image: image_path is empty",
				`k.csv:3 nothing_joins: no row of m has its key "derm/NEL/2.jpg"`},
		},
		{
			name: "a pattern; what it does not match joins nothing", yaml: "{f: {column: file, matches: '^[a-z]+/(.*)$'}}",
			files: map[string]string{"k.csv": "file,s\nderm/NEL/1.jpg,m\nNEL/2.JPG,f\n,f\n"},
			rows:  []string{"NEL/1.jpg,bcc,,,,male,,,,,,", "NEL/2.JPG,mel,,,,,,,,,,"},
			unused: []string{"m.csv:4 no_image: image_path is empty",
				`k.csv:3 nothing_joins: its key is empty, or does not fit: file is "NEL/2.JPG"`,
				`k.csv:4 nothing_joins: its key is empty, or does not fit: file is ""`},
		},
		{
			name:  "a stem on both sides, without regard to case",
			yaml:  "[{before: {column: f, stem: yes}, this: {column: file, stem: yes}}, p], ignore_case: yes",
			files: map[string]string{"k.csv": "file,p,s\n1.PNG,7,m\nx/2,8,f\n2,9,f\n"},
			rows:  []string{"NEL/1.jpg,bcc,,,,male,,,,,,", "NEL/2.JPG,mel,,,,female,,,,,,"},
			unused: []string{"m.csv:4 no_image: image_path is empty",
				`k.csv:4 nothing_joins: no row of m has its key "2, 9"`},
		},
		{
			name:   "replace and map",
			yaml:   `{"{p}-{v}": {template: "{a}_{b}", replace: {_: "-"}, map: {"0-0": 8-2}, other: keep}}`,
			files:  map[string]string{"k.csv": "a,b,s\n7,1,m\n0,0,f\n"},
			rows:   []string{"NEL/1.jpg,bcc,,,,male,,,,,,", "NEL/2.JPG,mel,,,,female,,,,,,"},
			unused: []string{"m.csv:4 no_image: image_path is empty"},
		},
	} {
		c.yaml = "files:\n- m.csv\n- {path: k.csv, join: {on: " + c.yaml + "}}\ncolumns: {image_path: f, label: l, sex: s}\n"
		c.files["m.csv"] = meta
		c.run(t)
	}
	s := newTrial(t, "files:\n- m.csv\n- {path: k.csv, join: {on: {f: {column: f, stem: yes}}, type: inner}}\n"+
		"columns: {image_path: m.f}\n", map[string]string{"m.csv": "f\na\nb\n", "k.csv": "f\na.jpg\nx/a.png\n"})
	_, err := s.ingest(t)
	mustName(t, err, `k.csv:3: key f "a" stands twice, first in`)
	s.files(t, map[string]string{"k.csv": "f\nx/a.png\n"})
	report, err := s.ingest(t)
	if err != nil || len(report.Alone) > 0 {
		t.Fatal(err, report)
	}
	if diff := cmp.Diff([]string{`m.csv:3 no_match: no row of k has its key "b"`}, texts(report.UnusedRows)); diff != "" {
		t.Error(diff)
	}
	s = newTrial(t, "files:\n- m.csv\n- {path: k.csv, join: {on: f}}\ncolumns: {image_path: f}\n",
		map[string]string{"m.csv": "f\na\nb\nc\n", "k.csv": "f\na\n"})
	if report, err = s.ingest(t); err != nil {
		t.Fatal(err)
	}
	first := []string{`m.csv:3: no row of k has its key "b"`, `m.csv:4: no row of k has its key "c"`}
	if diff := cmp.Diff([]Alone{{"k", 2, 3, first}}, report.Alone); diff != "" {
		t.Error(diff)
	}
}

func TestBadColumns(t *testing.T) {
	const files = "files:\n- m.csv\n- {path: k.csv, join: {on: ON}}\ncolumns: {image_path: i, label:\n COLUMN}\n"
	for _, c := range [][2]string{
		{"{one_hot: {columns: [a, a]}}", `source.yaml:5: columns.label.one_hot.columns: "a" is empty, or stands twice`},
		{"{one_hot: {columns: []}}", "one_hot: want columns: {raw column: label}, or a list"},
		{"{one_hot: {columns: [a], marks: [\"\"]}}", `one_hot.marks: "": an empty cell is never set`},
		{"{one_hot: {columns: [a], marks: [x], unset: [X]}}", `"X" means set, and cannot mean unset too`},
		{"{one_hot: {columns: [a], unset: [1.0]}}", `"1.0" means set`},
		{"{one_hot: {columns: [a], several: all}}", "want one of reject, first, join"},
		{"{one_hot: {columns: [a], separator: +}}", "separator: has no meaning without several: join"},
		{"{one_hot: {columns: [a]}, map: {a: b}, other: keep}", "only other: and else: stand beside it"},
		{"{one_hot: {columns: [a]}, other: keep}", "other: keep: want empty or reject"},
		{"{column: a, matches: '(', other: keep}", "columns.label.matches: error parsing regexp"},
		{"{column: a, matches: 'a(?=b)', other: keep}", "without lookahead, lookbehind and backreferences"},
		{"{column: a, matches: '(a)\\1', other: keep}", "without lookahead, lookbehind and backreferences"},
		{"{column: a, matches: '(a)(b)', other: keep}", "matches: has 2 groups, want to: beside it"},
		{"{column: a, matches: '(?P<n>a)', to: '{m}', other: keep}", `has no group "m"`},
		{"{column: a, matches: 'a', to: '{1}', other: keep}", `has no group "1"`},
		{"{column: a, matches: 'a', to: '{', other: keep}", "to: template"},
		{"{column: a, matches: 'a'}", "matches: wants other: beside it"},
		{"{column: a, matches: 'a', map: {a: b}}", "matches: or map: wants other: beside it"},
		{"{column: a, to: 'a'}", "to: has no meaning without matches:"},
		{"{template: \"{a}/{b}\", stem: yes}", "stem: wants one column, alone or in braces"},
		{"{constant: b, stem: yes}", "stem: wants one column"},
		{"{column: a, else: {columns: [a, b]}}", "else: is a list, but what it stands for is not"},
		{"a, mask_path: {one_hot: {columns: [a]}, missing: empty}", "mask_path: missing: wants one column: or template:"},
		{"{columns: [a, b], else: {columns: [a, b, c]}}", "is a list, but image_path is not"},
		{"{column: a, else: {column: b, colum: c}}", "columns.label.else.colum: unknown key"},
	} {
		_, err := read(strings.ReplaceAll(strings.ReplaceAll(files, "COLUMN", c[0]), "ON", "i"))
		mustName(t, err, c[1])
	}
	for _, c := range [][2]string{
		{"{i: {column: j, other: reject, map: {a: b}}}", "source.yaml:3: files[2].join.on.i: other: reject: a key that does"},
		{"{i: {columns: [j]}}", "files[2].join.on.i.columns: unknown key"},
		{"{i: {constant: j}}", "files[2].join.on.i.constant: unknown key"},
		{"{\"{i\": j}", "want a column's name in braces"},
		{"[{before: i}]", "want before: how the key of the files before is made, and this:"},
		{"[{before: i, this: {}}]", "want one of column"},
		{"[]", "want on: the key column"},
		{"{i: {column: j, matches: '['}}", "files[2].join.on.i.matches: error parsing regexp"},
	} {
		_, err := read(strings.ReplaceAll(strings.ReplaceAll(files, "COLUMN", "a"), "ON", c[0]))
		mustName(t, err, c[1])
	}
	s := newTrial(t, strings.ReplaceAll(strings.ReplaceAll(files, "COLUMN", "{one_hot: {columns: [a, z]}}"),
		"ON", "{\"{i}{y}\": {column: w, stem: yes}}"), map[string]string{"m.csv": "i,a\n1,1\n", "k.csv": "i\n1\n"})
	_, err := s.ingest(t)
	mustName(t, err, `source.yaml:3: files before k: there is no column "y"`,
		`source.yaml:3: there is no column "w" in k, only i`, `source.yaml:5: there is no column "z"`)
}

// Random rows, against what a reader of docs/sources.md would write down by hand.
func TestColumnsAgainstOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 26))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	const yaml = `files:
- m.csv
- {path: k.csv, join: {on: [{before: {column: f, matches: 'P(\d)'}, this: {column: key, stem: yes}}]}}
columns:
  image_path: {column: n, else: f}
  label: {one_hot: {columns: {a: A, b: B, c: A}, marks: [X], unset: [-], none: N, several: %s}%s, else: d}
  patient_id: {column: f, matches: '^(?:(\w)/)?P(\d)', to: '{2}{1}', other: %s}
  body_site: s
`
	for range 60 {
		several, other, fit := pick("reject", "first", "join"), pick("", ", other: empty"), pick("keep", "empty", "reject")
		joined := map[string]string{}
		keys := "key,s\n"
		for i := range 9 {
			if r.IntN(2) == 0 {
				joined[fmt.Sprint(i)] = fmt.Sprint("site", i)
				keys += fmt.Sprintf("%s%d%s,site%d\n", pick("", "x/", "y\\"), i, pick("", ".jpg", "."), i)
			}
		}
		var meta strings.Builder
		var want []string
		meta.WriteString("n,f,a,b,c,d\n")
		for n := range 40 {
			f := pick("", "a/P1", "P2", "zP3x", "q/P4.jpg", "Q") + pick("", "P5")
			cells := []string{pick("", "X", "x", "-", "?"), pick("", "", " X", "-"), pick("", "", "", "X")}
			d := pick("", "D")
			fmt.Fprintf(&meta, "%d,%s,%s,%s\n", n, f, strings.Join(cells, ","), d)
			label, ok := naiveMark(cells, several, other != "", d)
			patient, fits := naivePatient(f, fit)
			if !ok || !fits {
				continue
			}
			site := ""
			if m := regexp.MustCompile(`P(\d)`).FindStringSubmatch(f); m != nil {
				site = joined[m[1]]
			}
			want = append(want, fmt.Sprintf("%d,%s,,%s,,,,%s,,,,", n, label, patient, site))
		}
		s := newTrial(t, fmt.Sprintf(yaml, several, other, fit), map[string]string{"m.csv": meta.String(), "k.csv": keys})
		if _, err := s.ingest(t); err != nil {
			if !strings.Contains(err.Error(), "not one of") || strings.Contains(strings.Join(want, "\n"), ",site") {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(want, s.rows()); diff != "" {
			t.Fatalf("several: %s%s, other: %s (-want +got):\n%s\n%s", several, other, fit, diff, meta.String())
		}
	}
}

// naiveMark is the label of TestColumnsAgainstOracle; ok is false for an unused row.
func naiveMark(cells []string, several string, emptied bool, otherwise string) (label string, ok bool) {
	broken := strings.Contains(cells[0], "?")
	var labels []string
	for i, cell := range cells {
		if strings.Contains(strings.ToUpper(cell), "X") {
			labels = append(labels, []string{"A", "B", "A"}[i])
		}
	}
	if len(labels) > 1 && labels[len(labels)-1] == labels[0] {
		labels = labels[:len(labels)-1]
	}
	switch {
	case broken || len(labels) > 1 && several == "reject":
		if !emptied {
			return "", false
		}
		return otherwise, true
	case len(labels) == 0:
		return "N", true
	case several == "join":
		return strings.Join(labels, "; "), true
	}
	return labels[0], true
}

// naivePatient is its patient_id.
func naivePatient(f, fit string) (id string, ok bool) {
	switch {
	case f == "":
		return "", true
	case f[0] == 'P':
		return f[1:2], true
	case len(f) > 3 && f[1] == '/' && f[2] == 'P':
		return f[3:4] + f[:1], true
	case fit == "keep":
		return f, true
	}
	return "", fit == "empty"
}

// example is the example of docs/sources.md that begins with a comment.
func example(t *testing.T, begin string) string {
	t.Helper()
	page, err := os.ReadFile("../docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```yaml\n# "+begin)
	if !found {
		t.Fatalf("no example begins with # %s", begin)
	}
	text, _, _ := strings.Cut(rest, "```")
	return "# " + begin + text
}

// The examples of docs/sources.md that name a set, or promise something, do it with rows of the set's shape.
func TestDocumentedSets(t *testing.T) {
	for _, c := range []shape{
		{
			name: "Derm7pt",
			files: map[string]string{"meta.csv": "case_num,diagnosis,seven_point_score,location,sex,management,clinic,derm\n" +
				"1,basal cell carcinoma,0,abdomen,female,excision,NEL/Nel026.jpg,NEL/NEL025.JPG\n"},
			rows: []string{"images/NEL/Nel026.jpg,basal cell carcinoma,,,1,female,,abdomen,,clinical,,,0,excision",
				"images/NEL/NEL025.JPG,basal cell carcinoma,,,1,female,,abdomen,,dermoscopy,,,0,excision"},
		},
		{
			name:  "MED-NODE",
			files: map[string]string{"melanoma/12_b.jpg": "", "naevus/x.jpg": ""},
			rows:  []string{"melanoma/12_b.jpg,melanoma,,12,,,,,,clinical,,", "naevus/x.jpg,naevus,,,,,,,,clinical,,"},
		},
		{
			name: "Metadata of the ISIC archive",
			files: map[string]string{"metadata.csv": "isic_id,diagnosis_1,diagnosis_2,diagnosis_3,patient_id,lesion_id,sex," +
				"age_approx,anatom_site_general,image_type,diagnosis_confirm_type\n" +
				"ISIC_1,Benign,Benign melanocytic proliferations,Nevus,IP_1,IL_1,male,40,head/neck,dermoscopic,\n" +
				"ISIC_2,Malignant,,,IP_2,,female,85,,TBP tile: close-up,histopathology\n"},
			rows: []string{"ISIC_1.jpg,Nevus,,IP_1,IL_1,male,40,head/neck,,dermoscopy,,",
				"ISIC_2.jpg,Malignant,,IP_2,,female,85,,,,histopathology,"},
		},
		{
			name: "Patient, visit and view",
			files: map[string]string{"photos.csv": "path,file,diagnosis,suspicion\nx\\P1_201907_a.jpg,P1_201907_a.jpg,,scar\n" +
				"q.jpg,q.jpg,keloid,scar\n", "masks/P1_201907_a_mask.png": ""},
			rows: []string{"x/P1_201907_a.jpg,scar,,1,P1_201907_a,,,,,,,masks/P1_201907_a_mask.png,2019-07"},
			unused: []string{
				`photos.csv:3 value_rejected: patient_id is "q.jpg", which matches: does not match`},
		},
		{
			name: "A list of what to keep",
			files: map[string]string{"meta.csv": "derm,diagnosis\nNEL/1.JPG,bcc\nNEL/2.jpg,mel\n",
				"keep.csv":    "file_name\nderm7pt/images/nel/1.jpg\nderm7pt/images/NEL/1.JPG\n",
				"quality.csv": "picture,quality\n1_scored.png,good\n"},
			rows: []string{"NEL/1.JPG,bcc,,,,,,,,,,,good"},
			unused: []string{`meta.csv:3 no_match: no row of keep has its key "derm7pt/images/NEL/2.jpg"`,
				`keep.csv:2 nothing_joins: no row of meta has its key "derm7pt/images/nel/1.jpg"`},
		},
	} {
		c.yaml = example(t, c.name)
		c.run(t)
	}
	s := newTrial(t, example(t, "PH2"), nil)
	const folder = "PH2 Dataset images/IMD002/IMD002_"
	s.files(t, map[string]string{folder + "lesion/IMD002_lesion.bmp": ""})
	workbook(t, filepath.Join(s.dir, "raw", "PH2_dataset.xlsx"), slices.Concat(make([][]string, 12), [][]string{
		{"Image Name", "Histological Diagnosis", "Common Nevus", "Atypical Nevus", "Melanoma", "Asymmetry", "White", "Red"},
		{"IMD001", "", "X", "", "", "#0"}, {"IMD002", "Spitz nevus", "", " x", "", "#2", "X", "X"}}))
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		"PH2 Dataset images/IMD001/IMD001_Dermoscopic_Image/IMD001.bmp,Common nevus,,,,,,,,dermoscopy,,,,0,",
		folder + "Dermoscopic_Image/IMD002.bmp,Atypical nevus,,,,,,,,dermoscopy,," + folder +
			"lesion/IMD002_lesion.bmp,Spitz nevus,2,white; red"}, s.rows()); diff != "" {
		t.Error(diff)
	}
}

// Further public sets, in the shape that their pages describe, with rows of our own. Of DDI the pairs of skin types
// (12, 34, 56) are no single type and stay further columns.
func TestPublicDeclarations(t *testing.T) {
	for _, c := range []shape{
		{
			name: "DDI",
			yaml: "files: ddi_metadata.csv\ncolumns: {image_path: DDI_file, label: disease, diagnosis_method: " +
				"{constant: histopathology}}\nextra: [skin_tone, malignant]\n",
			files: map[string]string{"ddi_metadata.csv": ",DDI_ID,DDI_file,skin_tone,malignant,disease\n" +
				"0,1,000001.png,56,True,melanoma-in-situ\n"},
			rows: []string{"000001.png,melanoma-in-situ,,,,,,,,,histopathology,,56,True"},
		},
		{
			name: "Dermnet",
			yaml: "files: {walk: \"{split}/{label}/*\"}\ncolumns:\n  image_path: $file\n" +
				"  label: {column: label, matches: '^(.*?) (?:Photos|Pictures)', other: keep}\nextra: [split]\n",
			files: map[string]string{"train/Acne and Rosacea Photos/a-1.jpg": "", "test/Eczema/b.jpg": ""},
			rows: []string{"test/Eczema/b.jpg,Eczema,,,,,,,,,,,test",
				"train/Acne and Rosacea Photos/a-1.jpg,Acne and Rosacea,,,,,,,,,,,train"},
		},
		{
			name: "SD-198",
			yaml: "files: {walk: \"images/{label}/*\"}\ncolumns:\n  image_path: $file\n" +
				"  label: {column: label, replace: {_: \" \"}}\n",
			files: map[string]string{"images/Acne_Vulgaris/1.jpg": ""},
			rows:  []string{"images/Acne_Vulgaris/1.jpg,Acne Vulgaris,,,,,,,,,,"},
		},
		{
			name: "ISIC 2019",
			yaml: "lesion_scope: source\nfiles:\n- {path: GroundTruth.csv, name: truth}\n" +
				"- {path: Metadata.csv, name: about, join: {on: image}}\n" +
				"columns:\n  image_path: \"{image}.jpg\"\n  label: {one_hot: {columns: [MEL, NV, BCC, UNK]}}\n" +
				"  lesion_id: lesion_id\n  sex: sex\n  age: age_approx\n  body_site: anatom_site_general\n",
			files: map[string]string{
				"GroundTruth.csv": "image,MEL,NV,BCC,UNK\nISIC_1,0.0,1.0,0.0,0.0\nISIC_2,0.0,0.0,1.0,0.0\n",
				"Metadata.csv":    "image,age_approx,anatom_site_general,lesion_id,sex\nISIC_1,55.0,anterior torso,BCN_7,female\n",
			},
			rows: []string{"ISIC_1.jpg,NV,,,BCN_7,female,55,anterior torso,,,,", "ISIC_2.jpg,BCC,,,,,,,,,,"},
		},
		{
			name: "BCN20000",
			yaml: "lesion_scope: source\nfiles: bcn_20k_train.csv\ncolumns: {image_path: bcn_filename, label: diagnosis, " +
				"lesion_id: lesion_id,\n  sex: sex, age: age_approx, body_site: anatom_site_general, " +
				"image_type: {constant: dermoscopy}}\nextra: {year: {column: capture_date, matches: '^\\d{4}', other: empty}}\n",
			files: map[string]string{"bcn_20k_train.csv": "bcn_filename,age_approx,anatom_site_general,diagnosis,lesion_id," +
				"capture_date,sex,split\nBCN_1.jpg,60.0,head/neck,NV,BCN_3,2012-05-16,male,train\n"},
			rows: []string{"BCN_1.jpg,NV,,,BCN_3,male,60,head/neck,,dermoscopy,,,2012"},
		},
		{
			name: "Dermofit",
			yaml: "files: {walk: \"{label}/{id}/{stem}.png\"}\ncolumns: {image_path: $file, label: label, mask_path:\n" +
				"  {template: \"{label}/{id}/{stem}mask.png\", missing: empty}}\n",
			files: map[string]string{"AK/A1/A1.png": "", "AK/A1/A1mask.png": ""},
			rows:  []string{"AK/A1/A1.png,AK,,,,,,,,,,AK/A1/A1mask.png"},
		},
		{
			name: "Fitzpatrick 17k with the concepts of SkinCon",
			yaml: "files:\n- fitzpatrick17k.csv\n- {path: annotations.csv, join: {on: {\"{md5hash}.jpg\": ImageID}}}\n" +
				"columns: {image_path: \"{md5hash}.jpg\", label: label}\n" +
				"extra: {concepts: {one_hot: {columns: [Papule, Plaque, Scale], several: join, separator: \"|\"}}}\n",
			files: map[string]string{"fitzpatrick17k.csv": "md5hash,label\nab,psoriasis\ncd,acne\n",
				"annotations.csv": "ImageID,Papule,Plaque,Scale\nab.jpg,0,1,1\n"},
			rows: []string{"ab.jpg,psoriasis,,,,,,,,,,,Plaque|Scale", "cd.jpg,acne,,,,,,,,,,,"},
		},
	} {
		c.run(t)
	}
}

// What docs/sources.md says of the dataset's columns is true of them: which there are, and that its examples may stand
// in them.
func TestDocumentedColumns(t *testing.T) {
	page, err := os.ReadFile("../docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "## The dataset CSV\n")
	part, _, _ := strings.Cut(rest, "\n## ")
	var names []string
	out := &output{report: &Report{}, badList: newList(nil, badColumns)}
	for line := range strings.Lines(part) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		name := strings.Trim(cells[1], " `")
		names = append(names, name)
		at := slices.Index(dataset.Columns, name)
		if at < 0 || !strings.Contains(cells[4], "`") {
			t.Fatalf("%s: no column, or no example", name)
		}
		for i, text := range strings.Split(cells[4], "`") {
			if i%2 == 0 {
				continue
			}
			row := make([]string, len(dataset.Columns))
			row[at] = text
			entries, err := dataset.ParseDifferentials(row[differentialsAt], nil)
			if out.normalise(place{"", 1}, row, entries); err != nil || out.report.Bad > 0 || row[at] == "" {
				t.Errorf("%s: example %q: %v, %v", name, text, err, out.report.BadValues)
			}
			if at == 0 || at == maskAt {
				if err := dataset.CheckPath(text); err != nil {
					t.Error(err)
				}
			}
		}
	}
	if diff := cmp.Diff(dataset.Columns, names); diff != "" {
		t.Error(diff)
	}
}
