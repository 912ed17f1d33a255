package sources

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDoubtfulSex refuses M where words beside it say that it may be a woman, unless the map says what it is.
func TestDoubtfulSex(t *testing.T) {
	for _, c := range []struct{ sex, cells, want string }{
		{"s", "H,M", "raw/m.csv:2), so it may be a woman: write `sex: {column: s, map: {H: male, M: female}, other: keep}`"},
		{"{column: s, map: {H: male}, other: keep}", "m,F,h", "raw/m.csv:2) stands beside \"H\""},
		{"{column: s, map: {Varón: M}, other: keep}", "varón,M", `beside "varón"`},
		{"{one_hot: {columns: [H, M]}}", "", `beside "H"`},
		{"{column: t, else: s}", "V,M", "map: {V: male, M: female}"},
		{"{column: s, map: {H: male, M: female}, other: keep}", "H,M", ""},
		{"{column: s, map: {H: M, M: F}, other: reject}", "H,M", ""},
		{"s", "M,F,x,man", ""},
		{"s", "H,F", ""},
	} {
		raw := "i,s,t,H,M\n0,,,1,0\n0b,,,0,1\n"
		if c.cells != "" {
			raw = "i,s,t,H,M\n"
			for i, cell := range strings.Split(c.cells, ",") {
				raw += string(rune('a'+i)) + "," + cell + ",,,\n"
			}
		}
		s := newTrial(t, "files: m.csv\ncolumns: {image_path: i, sex: "+c.sex+"}\n", map[string]string{"m.csv": raw})
		_, err := s.ingest(t)
		if c.want != "" {
			mustName(t, err, c.want)
		} else if err != nil {
			t.Errorf("%s: %v", c.sex, err)
		}
	}
	s := newTrial(t, "exec: [sh, -c, 'cp \"$DERMSET_RAW/m.csv\" \"$DERMSET_OUT\"']\n",
		map[string]string{"m.csv": "image_path,label,sex\na,,M\nb,,H\n"})
	_, err := s.ingest(t)
	mustName(t, err, `sex "M" (`, `beside "H"`, "want male and female")
}

// TestRepeatedImagesThatDiffer names the rows that say something else of an image than the first.
func TestRepeatedImagesThatDiffer(t *testing.T) {
	s := newTrial(t, "files: m.csv\nrepeated_images: first\ncolumns: {image_path: {columns: [i, j]}, label: l, "+
		"patient_id: p, sex: s, differentials: {columns: [d]}}\nextra: [e]\n", map[string]string{"m.csv": "i,j,l,p,s,d,e\n" +
		"a,,nevus,1,m,x,0\na,,nevus,1,male,x,1\na,,melanoma,1,f,y,2\na,,,,,,3\na,b,nevus,2,m,x,4\nb,c,,,,,\n"})
	report, err := s.ingest(t)
	if err != nil {
		t.Fatal(err)
	}
	const differs = `label "melanoma", differentials "[""y""]", sex "female"`
	want := []string{`m.csv:4 repeated_image: a: ` + strings.ReplaceAll(differs, `"[""y""]"`, `"[\"y\"]"`) +
		", first in m.csv:2", `m.csv:6 repeated_image: a: patient_id "2", first in m.csv:2`}
	if diff := cmp.Diff(want, texts(report.Different)); diff != "" || report.Differ != 2 {
		t.Errorf("%d (-want +got):\n%s", report.Differ, diff)
	}
	if got := report.UnusedRows[1].Detail; !strings.HasSuffix(got, `sex "female"`) {
		t.Errorf("the list of unused rows says %s", got)
	}
	if got := report.UnusedRows[0].Detail; strings.Contains(got, "otherwise") {
		t.Errorf("of a row that says the same: %s", got)
	}
}

// TestJoinThatFitsNothing is an error where no row finds a partner, with the near key and the line that makes it fit:
// with that line it does.
func TestJoinThatFitsNothing(t *testing.T) {
	const nfd = "Pen\u0303a"
	for _, c := range []struct{ before, this, line, write string }{
		{nfd, "Peña", "`on: [{before: {column: i, replace: {\"n\\u0303\": \"\\u00f1\"}}, this: k}]`", ""},
		{"Peña", nfd, "`on: [{before: i, this: {column: k, replace: {\"n\\u0303\": \"\\u00f1\"}}}]`", ""},
		{"007", "7", "`on: [{before: {column: i, matches: \"^0*(.+)$\"}, this: k}]`", ""},
		{"7", "007", "`on: [{before: i, this: {column: k, matches: \"^0*(.+)$\"}}]`", ""},
		{"a", "A", "`ignore_case: yes`", "on: {i: k}, ignore_case: yes"},
		{"x/a.jpg", "a", "`on: [{before: {column: i, stem: yes}, this: k}]`", ""},
		{"a", "a.jpg", "`on: [{before: i, this: {column: k, stem: yes}}]`", ""},
		{"1000 ", "1000", "`on: [{before: {column: i, matches: \"^\\\\s*(.*\\\\S)\\\\s*$\"}, this: k}]`", ""},
		{"x", "y", "no row of n has its key \"x\"", "-"},
		{"", "y", "i is \"\"", "-"},
	} {
		files := map[string]string{"m.csv": "p,i\nq," + c.before + "\n", "n.csv": "k,l\n" + c.this + ",x\nzz,x\n"}
		s := newTrial(t, "files:\n- m.csv\n- {path: n.csv, join: {on: {i: k}}}\ncolumns: {image_path: p, label: l}\n", files)
		_, err := s.ingest(t)
		mustName(t, err, "source.yaml:3: join: not one of 1 used rows has a row in n: m.csv:2: ", c.line)
		if c.write == "" {
			c.write = strings.Trim(c.line, "`")
		}
		if c.write == "-" {
			continue
		}
		s = newTrial(t, "files:\n- m.csv\n- {path: n.csv, join: {"+c.write+"}}\ncolumns: {image_path: p, label: l}\n", files)
		if _, err := s.ingest(t); err != nil || !strings.Contains(s.csv, "q,x") {
			t.Errorf("%s: %v\n%s", c.write, err, s.csv)
		}
	}
}

// TestJoinThatMissesOne names the row without a partner.
func TestJoinThatMissesOne(t *testing.T) {
	s := newTrial(t, "files:\n- m.csv\n- {path: n.csv, join: {on: i}}\ncolumns: {image_path: i, label: l}\n",
		map[string]string{"m.csv": "i\na\n07\n", "n.csv": "i,l\na,x\n7,x\n"})
	report, err := s.ingest(t)
	if err != nil {
		t.Fatal(err)
	}
	want := []Alone{{"n", 1, 2, []string{`m.csv:3: no row of n has its key "07", but "7": write ` +
		"`on: [{before: {column: i, matches: \"^0*(.+)$\"}, this: i}]`"}}}
	if diff := cmp.Diff(want, report.Alone); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestIdleValues tells of values of map, where and skip that no row has: those that another one is near, and all where
// none is in any row. A code that this raw material happens not to have is no slip.
func TestIdleValues(t *testing.T) {
	for _, c := range []struct{ keys, want string }{
		{"columns: {image_path: i, label: {column: l, map: {Si: yes, No: no}, other: empty}}",
			`map of label: no row that it is asked of has "Si" (did you mean "Sí"?)`},
		{"columns: {image_path: i, label: {column: n, map: {melanom: x, naevus: y}, other: keep}}",
			`map of label: no row that it is asked of has "melanom" (did you mean "melanoma"?)`},
		{"columns: {image_path: i, label: {column: n, map: {quux: x, frob: y}, other: empty}}",
			`map of label: no row that it is asked of has "frob", "quux"`},
		{"columns: {image_path: i, label: {column: n, map: {quux: x}, other: keep}}", ""},
		{"columns: {image_path: i, label: {column: n, map: {eczema: x, naevus: y}, other: keep}}", ""},
		{"columns: {image_path: i, label: {column: n, map: {naevus: a, melanoma: b, naevi: c}, other: keep}}", ""},
		{"skip: {column: n, is: [NAEVUS, melanoma]}\ncolumns: {image_path: i}",
			`skip: n: no row that it is asked of has "NAEVUS" (did you mean "naevus"?)`},
		{"skip: {column: l, is: TOTALES}\ncolumns: {image_path: i}", `skip: l: no row that it is asked of has "TOTALES"`},
		{"where: {column: l, not: [\"\", no]}\ncolumns: {image_path: i}", `has "no" (did you mean "No"?)`},
		{"where: {column: l, not: \"\"}\ncolumns: {image_path: i}", ""},
		{"columns: {image_path: i, label: {column: e, map: {x: y}, other: keep}}", ""},
	} {
		s := newTrial(t, "files: m.csv\n"+c.keys+"\n",
			map[string]string{"m.csv": "i,l,n,e\na,Sí,naevus,\nb,No,melanoma,\nc,,,\n"})
		report, err := s.ingest(t)
		if err != nil {
			t.Fatal(c.keys, err)
		}
		if got := strings.Join(report.Idle, "\n"); !strings.HasSuffix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", c.keys, got, c.want)
		}
	}
}

// TestNothingKnown leaves empty what none: and map: would say where a joined file has no row; else: fills it.
func TestNothingKnown(t *testing.T) {
	const hot = "one_hot: {columns: {M: Melanoma, N: Naevus}, none: Healthy}"
	for _, c := range []struct{ label, want string }{
		{"{" + hot + "}", "Melanoma,Healthy,"},
		{"{" + hot + ", else: {constant: unknown}}", "Melanoma,Healthy,unknown"},
		{"{one_hot: {columns: {M: Melanoma, a: Other}, none: Healthy}}", "Melanoma,Healthy,Other"},
		{"{column: M, map: {\"\": Healthy, X: Melanoma}, other: reject}", "Melanoma,Healthy,"},
		{"{template: \"{M}\", map: {\"\": Healthy}, other: keep, else: {constant: unknown}}", "X,Healthy,unknown"},
		{"{column: a, map: {\"\": Healthy}, other: empty}", "Healthy,Healthy,"},
		{"{constant: all}", "all,all,all"},
	} {
		s := newTrial(t, "files:\n- m.csv\n- {path: d.csv, join: {on: k}}\ncolumns: {image_path: f, label: "+c.label+"}\n",
			map[string]string{"m.csv": "f,k,a\n1,1,\n2,2,\n3,9,x\n", "d.csv": "k,M,N\n1,X,\n2,,\n"})
		if _, err := s.ingest(t); err != nil {
			t.Fatal(c.label, err)
		}
		var labels []string
		for _, row := range s.rows() {
			labels = append(labels, strings.Split(row, ",")[1])
		}
		if got := strings.Join(labels, ","); got != c.want {
			t.Errorf("%s: %s, want %s", c.label, got, c.want)
		}
	}
}

// TestLineForPaths tells a line for bad paths that works as it is told, and changes no path that was right.
func TestLineForPaths(t *testing.T) {
	for _, c := range []struct{ column, files, line, rows string }{
		{"f", "/img/p1/img/a.jpg /img/b.jpg img/c.jpg", `matches: '^/img/(.*)$'`, "p1/img/a.jpg b.jpg img/c.jpg"},
		{"f", "/data/p1/a.jpg /other/c.jpg d/e.jpg", `matches: '^/(.*)$'`, "data/p1/a.jpg other/c.jpg d/e.jpg"},
		{"f", `\\srv\share\p\a.jpg \\srv\share\b.jpg`, `replace: {'\': '/'}, matches: '^//srv/share/(.*)$'`, "p/a.jpg b.jpg"},
		{"f", `\\srv\share\a.jpg`, `matches: '^\\\\srv\\share\\(.*)$'`, "a.jpg"},
		{"f", `C:\x\p\a.jpg C:\x\b.jpg /x/c.jpg q\d.jpg`, `matches: '^(?:C:/x/|/x/)(.*)$'`, "p/a.jpg b.jpg c.jpg q/d.jpg"},
		{"f", "https://x.org/p/a.jpg https://x.org/it's/b.jpg", `matches: '^https://x\.org/(.*)$'`, "p/a.jpg it's/b.jpg"},
		{`{template: "/x/{f}"}`, "a.jpg", `matches: '^/x/(.*)$'`, "a.jpg"},
		{`{column: f, split: ";"}`, "/x/a.jpg;b/x/c.jpg", `matches: '^/x/(.*)$'`, "a.jpg b/x/c.jpg"},
		{"f", "/x//a.jpg /x/b.jpg", "", ""},
		{"f", "/x/../a.jpg /x/b.jpg", "", ""},
		{"f", "http://x/a.jpg https://x/b.jpg", "", ""},
		{"{column: g, else: f}", "/x/a.jpg", "", ""},
		{"{column: f, map: {y: z}, other: keep}", "/x/a.jpg", "", ""},
	} {
		files := map[string]string{"m.csv": "f,g\n" + strings.ReplaceAll(c.files, " ", ",\n") + ",\n"}
		s := newTrial(t, "files: m.csv\ncolumns:\n  image_path: "+c.column+"\n", files)
		_, err := s.ingest(t)
		if err == nil {
			t.Fatal(c.files)
		}
		_, line, told := strings.Cut(err.Error(), "to mend these, write `")
		line, _, _ = strings.Cut(line, "`")
		if told != (c.line != "") || !strings.Contains(line, c.line) {
			t.Errorf("%s: %s", c.files, err)
		}
		if !told {
			continue
		}
		if inside, is := strings.CutSuffix(c.column, "}"); is {
			line = "image_path: " + inside + ", " + line + "}"
		}
		s = newTrial(t, "files: m.csv\ncolumns:\n  "+line+"\n", files)
		_, err = s.ingest(t)
		var paths []string
		for _, row := range s.rows() {
			paths = append(paths, strings.Split(row, ",")[0])
		}
		if got := strings.Join(paths, " "); err != nil || got != c.rows {
			t.Errorf("%s: %v: %s, want %s", line, err, got, c.rows)
		}
	}
}

// TestLookAlikeMark names a letter that only looks like a mark; the line to write takes it, and what was taken before.
func TestLookAlikeMark(t *testing.T) {
	for _, marks := range []string{"", ", marks: [X]"} {
		files := map[string]string{"m.csv": "f,a,b\n1,X,\n2,,\u0425\n"}
		s := newTrial(t, "files: m.csv\ncolumns: {image_path: f, label: {one_hot: {columns: [a, b]"+marks+"}}}\n", files)
		report, err := s.ingest(t)
		if err != nil || len(report.UnusedRows) != 1 {
			t.Fatal(err, report)
		}
		detail := report.UnusedRows[0].Detail
		if !strings.Contains(detail, `it is "\u0425", which looks like "X"`) {
			t.Error(detail)
		}
		_, line, _ := strings.Cut(detail, "if that means set, write ")
		line, _, _ = strings.Cut(line, ", if not,")
		s = newTrial(t, "files: m.csv\ncolumns: {image_path: f, label: {one_hot: {columns: [a, b], "+line+"}}}\n", files)
		if _, err := s.ingest(t); err != nil || !cmp.Equal(s.rows(), []string{"1,a,,,,,,,,,,", "2,b,,,,,,,,,,"}) {
			t.Errorf("%s: %v\n%s", line, err, s.csv)
		}
	}
}
