package sources

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/dataset"
	"github.com/parquet-go/parquet-go"
)

// A shape is a declaration, raw files, and what becomes of them.
type shape struct {
	name   string
	yaml   string
	files  map[string]string
	rows   []string
	unused []string
	left   []string // images left out of rows that are used
	bad    []BadValue
}

func (c shape) run(t *testing.T) {
	t.Run(c.name, func(t *testing.T) {
		s := newTrial(t, c.yaml, c.files)
		report, err := s.ingest(t)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.rows, s.rows()); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(c.unused, texts(report.UnusedRows)); diff != "" {
			t.Errorf("unused (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(c.left, texts(report.Repeated)); diff != "" {
			t.Errorf("left out (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(c.bad, report.BadValues); diff != "" {
			t.Errorf("bad values (-want +got):\n%s", diff)
		}
		before := s.csv + s.ren
		if _, err := s.ingest(t); err != nil || before != s.csv+s.ren {
			t.Errorf("a second run differs (%v)", err)
		}
	})
}

func TestShapes(t *testing.T) {
	for _, c := range []shape{
		{
			name: "value maps, templates, normalised cells, an id with leading zeros",
			yaml: "files: m.csv\ncolumns: {image_path: \"{id}.jpg\", label: dx, lesion_id: id, sex: {column: sex, map: " +
				"{unknown: \"\"}, other: keep}, age: age, fitzpatrick: skin, image_type: {constant: Dermoscopy}}\nextra: [site]\n",
			files: map[string]string{"m.csv": "\ufeffid,dx,sex,age,skin,site\r\n007,nv ,MALE,80.0,FST III,\"a,b\"\r\n" +
				"008,,unknown,40-49,2.0,\r\n009,mel,x,200,VII,c\r\n"},
			rows: []string{`007.jpg,nv ,,,007,male,80,,3,dermoscopy,,,"a,b"`, "008.jpg,,,,008,,44.5,,2,dermoscopy,,,",
				"009.jpg,mel,,,009,x,200,,VII,dermoscopy,,,c"},
			bad: []BadValue{{"m.csv", 4, "sex", "x"}, {"m.csv", 4, "age", "200"}, {"m.csv", 4, "fitzpatrick", "VII"}},
		},
		{
			name: "several images a case, a join, a Python dict, signed 64-bit ids",
			yaml: "files:\n- cases.csv\n- {path: labels.csv, join: {on: case_id}}\ndifferentials: {weights: given}\n" +
				"label: {from: differentials}\n" +
				"columns: {image_path: {columns: [i1, i2, i3]}, patient_id: case_id, differentials: {column: weighted, format: " +
				"python}}\nextra: {shot: {columns: [s1, s2, s3]}}\n",
			files: map[string]string{
				"cases.csv": "case_id,i1,i2,i3,s1,s2,s3\n-1000600354148496558,a.png,,c.png,near,,far\n9223372036854775807,,,,,,\n" +
					"5,d.png,,,near,,\n6,e.png,,,,,\n",
				"labels.csv": "case_id,weighted\n5,{}\n-1000600354148496558,\"{'Eczema': 0.41, \"\"Bowen's\"\": 1}\"\n" +
					"77,\"{'Acne': 1.0}\"\n9223372036854775807,\n6,oops\n",
			},
			rows: []string{
				`a.png,,"[{""label"":""Eczema"",""weight"":0.41},{""label"":""Bowen's"",""weight"":1}]",-1000600354148496558,,,,,,,,,near`,
				`c.png,,"[{""label"":""Eczema"",""weight"":0.41},{""label"":""Bowen's"",""weight"":1}]",-1000600354148496558,,,,,,,,,far`,
				"d.png,,,5,,,,,,,,,near", "e.png,,oops,6,,,,,,,,,",
			},
			unused: []string{"cases.csv:3 no_image: image_path is empty",
				"labels.csv:4 nothing_joins: no row of cases has its key \"77\"",
				"labels.csv:5 row_unused: the rows that it joins to are unused"},
			bad: []BadValue{{"cases.csv", 5, "differentials", "oops"}},
		},
		{
			name: "one-hot labels",
			yaml: "files: m.csv\ncolumns: {image_path: i, label: {one_hot: {columns: {mel: Melanoma, bkl: Keratosis}, none: " +
				"Nevus}}}\n",
			files: map[string]string{"m.csv": "i,mel,bkl\na,1.0,0.0\nb,0.0,True\nc,0,\nd,1,1\ne,0.5,0\n"},
			rows:  []string{"a,Melanoma,,,,,,,,,,", "b,Keratosis,,,,,,,,,,", "c,Nevus,,,,,,,,,,"},
			unused: []string{"m.csv:5 one_hot: both mel and bkl are set (several: first or join would take them)",
				`m.csv:6 one_hot: mel is "0.5", want 1 or 0, true or false, yes or no, X or nothing; ` +
					"if it is a probability, write it as differentials: {probabilities: {column: label, …}}"},
		},
		{
			name: "conditions and a rejected value",
			yaml: "files: m.csv\nwhere: [{column: kind, matches: ^photo}]\n" +
				"skip: [{column: qc, is: bad, reason: wrongly labelled}, {column: i, is: [\"\"]}]\n" +
				"columns: {image_path: i, label: {column: dx, map: {n: nevus}, other: reject}}\n",
			files: map[string]string{
				"m.csv": "i,kind,qc,dx\na,photo,,n\nb,photo,bad,n\nc,scan,,n\n,photo,,n\nd,photo,,z\ne,photo,,\n"},
			rows: []string{"a,nevus,,,,,,,,,,", "e,,,,,,,,,,,"},
			unused: []string{"m.csv:3 skip: wrongly labelled", `m.csv:4 where: kind is "scan"`, `m.csv:5 skip: i is ""`,
				`m.csv:6 value_rejected: label is "z", which map: does not have`},
		},
		{
			name: "folder names as labels, masks by pattern",
			yaml: "files:\n- walk: \"photos/{label}/{stem}.{suffix}\"\n" +
				"columns: {image_path: $file, label: label, mask_path: {template: \"masks/{stem}_m.png\", missing: empty}}\n",
			files: map[string]string{
				"photos/Úlcera/b.JPG": "", "photos/Úlcera/a.x.png": "", "photos/nevus/c.jpg": "", "photos/nevus/notes.txt": "",
				"photos/d.jpg": "", "masks/b_m.png": "", "masks/z_m.png": "", "masks/other.png": "",
			},
			rows: []string{"photos/nevus/c.jpg,nevus,,,,,,,,,,", "photos/Úlcera/a.x.png,Úlcera,,,,,,,,,,",
				"photos/Úlcera/b.JPG,Úlcera,,,,,,,,,,masks/b_m.png"},
			unused: []string{"photos/d.jpg:0 no_pattern: its path does not match photos/{label}/{stem}.{suffix}",
				"photos/nevus/notes.txt:0 not_an_image: its suffix is not one of .jpg .jpeg .png .webp .bmp .gif .tif .tiff",
				"masks/z_m.png:0 mask_without_image: no image has this mask"},
		},
		{
			name: "images joined to metadata, masks beside them, a constant label",
			yaml: "files:\n- {walk: \"**\", suffixes: [.png]}\n- {path: m.tsv, join: {on: {$stem: id}, type: inner}}\n" +
				"columns: {image_path: $file, label: {constant: non-specific lesion}, patient_id: p, mask_path: " +
				"\"{id}_mask.png\"}\n",
			files: map[string]string{"m.tsv": "id\tp\nx\tP1\ny\tP2\n", "x.png": "", "w.png": ""},
			rows:  []string{"x.png,non-specific lesion,,P1,,,,,,,,x_mask.png"},
			unused: []string{"w.png:0 no_match: no row of m has its key \"w\"",
				"m.tsv:3 nothing_joins: no row of images has its key \"y\""},
		},
		{
			name: "JSON: records below a key, nested objects, numbers as written",
			yaml: "files: {path: x.json, records: data.images}\ncolumns: {image_path: file, patient_id: who.id, age: who.age, " +
				"differentials: dx}\n",
			files: map[string]string{"x.json": `{"licence": [1, {"a": null}], "data": {"images": [
				{"file": "a.jpg", "who": {"id": 12345678901234567890, "age": 41.0}, "dx": {"A": 1, "B": 0.5}},
				{"file": "b.jpg", "who": null, "dx": ["C", "\u00e9"], "more": true}]}}`},
			rows: []string{
				`a.jpg,,"[{""label"":""A"",""weight"":1},{""label"":""B"",""weight"":0.5}]",12345678901234567890,,,41,,,,,`,
				`b.jpg,,"[""C"",""é""]",,,,,,,,,`},
		},
		{
			name: "JSON before other files: which has a column is known at its end",
			yaml: "files:\n- {path: a.jsonl, name: a}\n- {path: b.json, join: {on: {a.k: k}}}\n" +
				"columns: {image_path: i, label: l, patient_id: a.p, lesion_id: $stem, body_site: b.a.s}\n",
			files: map[string]string{"a.jsonl": "{\"i\":\"1\"}\n{\"i\":\"2\",\"k\":7,\"p\":\"P\"}\n",
				"b.json": `[{"k":7,"l":"x","a":{"s":"arm"}}]`},
			rows: []string{"1,,,,a,,,,,,,", "2,x,,P,a,,,arm,,,,"},
		},
		{
			name: "JSON as Python writes it, a file with brackets in its name, a file for each record",
			yaml: "files: {path: [\"m[1].json\", \"d/*.json\"]}\ncolumns: {image_path: \"{$stem}/{i}\", age: a.b}\nextra: [n]\n",
			files: map[string]string{"m[1].json": `[{"i":1,"a":{"b":NaN},"n":-Infinity},{"i":2,"n":[Infinity, "NaN \" Infinity", [NaN]]}]`,
				"m1.json": "[]", "d/x.json": "{\n \"a\": {\"b\": 40},\n \"i\": 3\n}\n", "d/y.json": `{"k":{"i":4},"l":{"i":5}}`},
			rows: []string{"m[1]/1,,,,,,,,,,,,", `m[1]/2,,,,,,,,,,,,"[null, ""NaN \"" Infinity"", [null]]"`, "x/3,,,,,,40,,,,,,",
				"y/4,,,,,,,,,,,,", "y/5,,,,,,,,,,,,"},
		},
		{
			name: "JSON: objects one after another; objects whose members are objects, each a record",
			yaml: "files:\n- {path: a.json}\n- {path: \"d/*.json\", records: $file, name: d, join: {on: {i: $stem}}}\n" +
				"columns: {image_path: i, label: d.meta.dx}\n",
			files: map[string]string{"a.json": "{\n \"i\": \"x\"\n}\n{\n \"i\": \"y\"\n}{\"i\": \"z\"}",
				"d/x.json": "{\"meta\": {\"dx\": \"A\"}}",
				"d/y.json": "{\"meta\": {\"dx\": \"B\"}}\n"},
			rows: []string{"x,A,,,,,,,,,,", "y,B,,,,,,,,,,", "z,,,,,,,,,,,"},
		},
		{
			name:  "JSON: an object of records; one file after another",
			yaml:  "files: {path: [\"x*.json\"]}\ncolumns: {image_path: \"{$stem}/{$key}\", label: l}\n",
			files: map[string]string{"x2.json": `{"c": {"l": "two"}}`, "x1.json": `{"a": {"l": "one"}, "b": {}}`},
			rows:  []string{"x1/a,one,,,,,,,,,,", "x1/b,,,,,,,,,,,", "x2/c,two,,,,,,,,,,"},
		},
		{
			name: "JSON Lines with a list of images and lists beside it",
			yaml: "files: x.jsonl\ncolumns: {image_path: {column: i, split: json, replace: {\"\\\\\": /}}, image_type: " +
				"{column: k, split: json}, label: l}\n",
			files: map[string]string{"x.jsonl": "{\"i\":[\"a\",\"x\\\\b\"],\"k\":[\"clinical\",\"dermoscopy\"],\"l\":\"x\"}\n" +
				"\n{\"i\":[\"c\"],\"k\":[],\"l\":\"y\"}\n{\"i\":[]}\n"},
			rows:   []string{"a,x,,,,,,,,clinical,,", "x/b,x,,,,,,,,dermoscopy,,", "c,y,,,,,,,,,,"},
			unused: []string{"x.jsonl:4 no_image: image_path is empty"},
		},
		{
			name: "differentials: delimited, parallel lists, several readers, a pair of images",
			yaml: "files: m.csv\ncolumns:\n  image_path: {templates: [\"{id}_c.jpg\", \"{id}_d.jpg\"]}\n" +
				"  image_type: {constants: [clinical, dermoscopy]}\n  differentials:\n" +
				"  - {column: r1, reader: R1, format: delimited, weight_separator: \":\"}\n" +
				"  - {labels: l, weights: w, reader: R2, format: python}\n  - {columns: [d1, d2]}\n",
			files: map[string]string{"m.csv": "id,r1,l,w,d1,d2\n1,a; b:0.3;,\"['c', 'd']\",\"[4, 1e-2]\",,e\n"},
			rows: []string{
				`1_c.jpg,,"[{""label"":""a"",""reader"":""R1""},{""label"":""b"",""weight"":0.3,""reader"":""R1""},{""label"":""c"",""weight"":4,""reader"":""R2""},{""label"":""d"",""weight"":0.01,""reader"":""R2""},{""label"":""e""}]",,,,,,,clinical,,`,
				`1_d.jpg,,"[{""label"":""a"",""reader"":""R1""},{""label"":""b"",""weight"":0.3,""reader"":""R1""},{""label"":""c"",""weight"":4,""reader"":""R2""},{""label"":""d"",""weight"":0.01,""reader"":""R2""},{""label"":""e""}]",,,,,,,dermoscopy,,`,
			},
		},
		{
			name:   "repeated images keep the first",
			yaml:   "files: m.csv\nrepeated_images: first\ncolumns: {image_path: {columns: [a, b]}, label: l}\n",
			files:  map[string]string{"m.csv": "a,b,l\nx,y,1\ny,z,2\nx,,3\n"},
			rows:   []string{"x,1,,,,,,,,,,", "y,1,,,,,,,,,,", "z,2,,,,,,,,,,"},
			unused: []string{`m.csv:4 repeated_image: rows before name all of its images, which say otherwise: here label "3"`},
			left:   []string{"m.csv:3 repeated_image: y, first in m.csv:2"},
		},
		{
			name: "a template with split makes a text of every entry; map and replace follow",
			yaml: "files: m.csv\ncolumns:\n" +
				"  image_path: {template: \"fotos/{id}/{fotos}\", split: \";\", replace: {jpeg: jpg}}\n" +
				"  mask_path: {template: \"m;{$stem}/{masks}_{fotos}\", split: \";\"}\n" +
				"  label: {column: dx, split: \";\", map: {a: A}, other: keep}\n" +
				"  image_type: {constant: clinical;dermoscopy, split: \";\"}\n",
			files: map[string]string{"m.csv": "id,fotos,masks,dx\n1,a.jpeg; b.jpg;,x;y,a;b\n2,a.jpg;b.jpg,x,a;b\n3,,x,a;b\n" +
				"4,a;b,x;y;z,a;b\n5;6,a;b,x,a;a\n7;8;9,a;b,x,a;b\n"},
			rows: []string{"fotos/1/a.jpg,A,,,,,,,,clinical,,m;m/x_a.jpeg", "fotos/1/b.jpg,b,,,,,,,,dermoscopy,,m;m/y_b.jpg",
				"fotos/2/a.jpg,A,,,,,,,,clinical,,m;m/x_a.jpg", "fotos/2/b.jpg,b,,,,,,,,dermoscopy,,m;m/x_b.jpg",
				"fotos/5/a,A,,,,,,,,clinical,,m;m/x_a", "fotos/6/b,A,,,,,,,,dermoscopy,,m;m/x_b"},
			unused: []string{"m.csv:4 list_length: label has 2 entries, image_path 0",
				"m.csv:5 list_length: mask_path: fotos has 2 entries, masks 3",
				"m.csv:7 list_length: image_path: fotos has 2 entries, id 3"},
		},
		{
			name: "a template with split of JSON and Python lists, beside columns that are none",
			yaml: "files: x.jsonl\ncolumns: {image_path: {template: \"{id}/{l}\", split: json}, label: dx}\n" +
				"extra: {n: {template: \"{p}-{id}\", split: python}}\n",
			files: map[string]string{"x.jsonl": `{"id":"a","l":["1","2"],"p":"('x','y')","dx":"d"}` + "\n" +
				`{"id":"b","l":"3","p":"z","dx":"d"}` + "\n" + `{"id":"c","l":"[4","p":"","dx":"d"}` + "\n"},
			rows:   []string{"a/1,d,,,,,,,,,,,x-a", "a/2,d,,,,,,,,,,,y-a", "b/3,d,,,,,,,,,,,z-b"},
			unused: []string{`x.jsonl:3 value_rejected: l is "[4": byte 3: the text ends, want a comma or ]`},
		},
		{
			name:  "quotes of a TSV are bytes",
			yaml:  "files: m.tsv\ncolumns: {image_path: \"\\\"i\\\"\", label: l, body_site: s}\n",
			files: map[string]string{"m.tsv": "\"i\"\tl\ts\n\"a\"\t5\" scar\t\"\"\r\nb\t\"open\t'\n"},
			rows:  []string{`"""a""","5"" scar",,,,,,"""""",,,,`, `b,"""open",,,,,,',,,,`},
		},
		{
			name: "quotes of a TSV and of a CSV as declared",
			yaml: "files:\n- {path: m.tsv, quotes: rfc4180}\n- {path: n.csv, quotes: none, delimiter: \";\", join: {on: i}}\n" +
				"columns: {image_path: i, label: l, body_site: s}\n",
			files: map[string]string{"m.tsv": "i\tl\na\t\"x\ty\"\n", "n.csv": "i;s\na;\"left\" arm\n"},
			rows:  []string{`a,x	y,,,,,,"""left"" arm",,,,`},
		},
		{
			name: "what systems leave beside people's files is no image, no mask and no metadata",
			yaml: "files:\n- walk: \"p/**\"\n- {path: \"m*.csv\", join: {on: {$file: i}}}\n" +
				"columns: {image_path: $file, label: l, mask_path: {template: \"p/masks/{$name}\", missing: empty}}\n",
			files: map[string]string{"m.csv": "i,l\np/a.jpg,x\n", "p/a.jpg": "", "p/._a.jpg": "", "p/.DS_Store": "",
				"p/.hidden/b.jpg": "", "p/__MACOSX/c.jpg": "", "p/@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg": "", "p/Thumbs.db": "",
				"p/#recycle/d.jpg": "", "p/masks/a.jpg": "", "p/masks/._a.jpg": "",
				"m._x.csv": "i,l\np/b.jpg,y\n", "p/b._c.jpg": ""},
			rows: []string{"p/a.jpg,x,,,,,,,,,,p/masks/a.jpg", "p/b._c.jpg,,,,,,,,,,,"},
			unused: append(texts([]Unused{{"m._x.csv", 2, "nothing_joins", "no row of images has its key \"p/b.jpg\""}}),
				leftBySystems("p/#recycle/d.jpg", "p/.DS_Store", "p/._a.jpg", "p/.hidden/b.jpg",
					"p/@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg", "p/Thumbs.db", "p/__MACOSX/c.jpg", "p/masks/._a.jpg")...),
		},
		{
			name: "a pattern of metadata files does not match what a system left; a hidden folder that is named is read",
			yaml: "files:\n- {path: \"*.csv\"}\n- {walk: \".p/{stem}.png\", join: {on: {i: stem}}}\n" +
				"columns: {image_path: i, label: l}\n",
			files:  map[string]string{"m.csv": "i,l\na,x\n", "._m.csv": "\x00\x05\x16\x07", ".p/a.png": "", ".p/.b.png": ""},
			rows:   []string{"a,x,,,,,,,,,,"},
			unused: leftBySystems(".p/.b.png", "._m.csv"),
		},
		{
			name: "another encoding, another delimiter, paths with backslashes",
			yaml: "files: {path: m.txt, format: csv, delimiter: \";\", encoding: windows-1252}\n" +
				"columns: {image_path: {column: i, replace: {\"\\\\\": /}}, label: l}\n",
			files: map[string]string{"m.txt": "i;l\na\\b.jpg;\xdalcera \x80\n"},
			rows:  []string{"a/b.jpg,Úlcera €,,,,,,,,,,"},
		},
	} {
		c.run(t)
	}
}

func leftBySystems(paths ...string) (unused []string) {
	for _, path := range paths {
		unused = append(unused, path+":0 system_file: "+bySystem)
	}
	return unused
}

func TestErrorsComeTogether(t *testing.T) {
	cases := []struct {
		name  string
		yaml  string
		files map[string]string
		want  []string
	}{
		{
			"paths and repeated images", "files: m.csv\ncolumns: {image_path: i, mask_path: m}\n",
			map[string]string{"m.csv": "i,m\n/a,\n../b,\na,x/../y\nb,\nb,\nc\\d,\n"},
			[]string{`m.csv:2: image_path: path "/a" is absolute`, `m.csv:3: image_path: path "../b"`, "m.csv:4: mask_path",
				`m.csv:6: image "b" stands twice, first in`, "m.csv:5", "m.csv:7: image_path"},
		},
		{
			"missing columns are all named", "files: m.csv\ncolumns: {image_path: i, label: dx,\n  sex: gender}\n",
			map[string]string{"m.csv": "i,d,sex\na,b,c\n"},
			[]string{`source.yaml:2: there is no column "dx" in the raw material, only i, d, sex`,
				`source.yaml:3: there is no column "gender"`},
		},
		{
			"files that are not there", "files:\n- m.csv\n- {path: n.csv, join: {on: i}}\ncolumns: {image_path: i}\n", nil,
			[]string{"m.csv: ", "n.csv: "},
		},
		{
			"keys that stand twice", "files:\n- m.csv\n- {path: n.csv, join: {on: i}}\ncolumns: {image_path: i, label: l}\n",
			map[string]string{"m.csv": "i\na\n", "n.csv": "i,l\na,1\nb,2\na,3\nb,4\n"},
			[]string{`n.csv:4: key i "a" stands twice`, `n.csv:5: key i "b" stands twice`},
		},
		{
			"a column in two files", "files:\n- m.csv\n- {path: n.csv, join: {on: i}}\ncolumns: {image_path: i, label: l}\n",
			map[string]string{"m.csv": "i,l\na,1\n", "n.csv": "i,l\na,1\n"},
			[]string{`column "l" is in several files, want one of m.l, n.l`},
		},
		{
			"a mask that must be there",
			"files: m.csv\ncolumns: {image_path: i, mask_path: {template: \"masks/{i}\", missing: error}}\n",
			map[string]string{"m.csv": "i\na\nb\n", "masks/a": ""},
			[]string{`m.csv:3: mask `},
		},
		{
			"JSON before other files, columns of both, of one that repeats a key, and of none",
			"files:\n- a.json\n- {path: b.csv, join: {on: k}}\ncolumns: {image_path: i, label: l,\n  sex: s}\n",
			map[string]string{"a.json": `[{"i":"1","k":"x"},{"l":"late"}]`, "b.csv": "k,l\nx,y\nx,z\n"},
			[]string{`column "l" is in several files, want one of a.l, b.l`, `source.yaml:5: there is no column "s"`,
				`b.csv:3: key k "x" stands twice`},
		},
		{
			"broken JSON says where", "files: x.json\ncolumns: {image_path: i}\n",
			map[string]string{"x.json": "[{\"i\": 1},\n {\"i\": 01}]"},
			[]string{"x.json:2:", "want a number"},
		},
		{
			"every broken line of JSON Lines", "files: x.jsonl\ncolumns: {image_path: i}\n",
			map[string]string{"x.jsonl": "{}\n{\"i\":1,\"i\":2}\n[]\n{\"i\":\"\\ud800\"}\n"},
			[]string{"x.jsonl:2:", `key "i" stands twice`, "x.jsonl:3:", "x.jsonl:4:", "surrogate"},
		},
		{
			"not UTF-8", "files: m.csv\ncolumns: {image_path: i}\n",
			map[string]string{"m.csv": "i\n\xff\n"}, []string{"m.csv:2:"},
		},
		{
			"NUL in a label", "files: x.jsonl\ncolumns: {image_path: i, label: l}\n",
			map[string]string{"x.jsonl": `{"i":"a","l":"x\u0000"}`}, []string{"NUL"},
		},
		{
			"files of other columns", "files: {path: \"m*.csv\"}\ncolumns: {image_path: i, label: l}\n",
			map[string]string{"m1.csv": "i,l\na,b\n", "m2.csv": "i\nc\n"},
			[]string{`m2.csv: column "l" of the files before it is missing`},
		},
		{
			"damaged Parquet", "files: m.parquet\ncolumns: {image_path: i}\n",
			map[string]string{"m.parquet": "PAR1xxxxxxxxPAR1"}, []string{"m.parquet"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newTrial(t, c.yaml, c.files)
			_, err := s.ingest(t)
			mustName(t, err, c.want...)
			if s.csv != "" || s.ren != "" {
				t.Error("a file was written in spite of the error")
			}
		})
	}
}

func TestColumnOfOneOfTwoFiles(t *testing.T) {
	s := newTrial(t,
		"files:\n- m.csv\n- {path: n.csv, join: {on: {i: k, j: j}}}\ncolumns: {image_path: i, label: n.l, body_site: m.l}\n",
		map[string]string{"m.csv": "i,j,l\na,1,x\nb,,y\n", "n.csv": "k,j,l\na,1,z\nb,,w\n"})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a,z,,,,,,x,,,,", "b,,,,,,,y,,,,"}, s.rows()); diff != "" { // an empty key joins nothing
		t.Error(diff)
	}
}

func TestParquet(t *testing.T) {
	type record struct {
		Image string   `parquet:"image"`
		ID    int64    `parquet:"id"`
		Small uint32   `parquet:"small"`
		Age   *float64 `parquet:"age,optional"`
		Dx    []string `parquet:"dx,list"`
		Bare  []string `parquet:"bare"`
		Who   struct {
			Sex string `parquet:"sex,dict"`
		} `parquet:"who"`
	}
	age := 41.5
	var buf bytes.Buffer
	records := []record{{Image: "a.jpg", ID: -9007199254740993, Small: 1 << 31, Age: &age, Dx: []string{"x", `y"`}},
		{Image: "b.jpg", ID: 7, Bare: []string{"q"}}}
	records[1].Who.Sex = "f"
	if err := parquet.Write(&buf, records); err != nil {
		t.Fatal(err)
	}
	s := newTrial(t, "files: m.parquet\ncolumns: {image_path: image, patient_id: id, lesion_id: small, age: age, "+
		"differentials: dx, sex: who.sex}\nextra: [bare]\n", map[string]string{"m.parquet": buf.String()})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	want := []string{`a.jpg,,"[""x"",""y\""""]",-9007199254740993,2147483648,,41.5,,,,,,`,
		`b.jpg,,,7,0,female,,,,,,,"[""q""]"`}
	if diff := cmp.Diff(want, s.rows()); diff != "" {
		t.Error(diff)
	}
}

func TestRepeatAndKeep(t *testing.T) {
	const header = "Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Images\n"
	s := newTrial(t, "files: m.csv\ncolumns: {image_path: i, label: l, differentials: d}\n",
		map[string]string{"m.csv": "i,l,d\n1,b,\"[\"\"b\"\",\"\"a\"\",\"\"a\"\"]\"\n2,\" b\",\n3,b,\n4,Z,\n"})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	if want := header + "b,,,,2\n b,,,,1\nZ,,,,1\na,,,,1\n"; s.ren != want {
		t.Errorf("renaming is\n%swant\n%s", s.ren, want)
	}
	filled := header + "b,Bx,\"EA80;EK00\",\"why, so\",2\nZ,Zed,,,1\n"
	if err := os.WriteFile(filepath.Join(s.dir, "clinic_renaming.csv"), []byte(filled), 0o644); err != nil {
		t.Fatal(err)
	}
	s.files(t, map[string]string{"m.csv": "i,l,d\n1,b,\n2,c,\n"})
	report, err := s.ingest(t)
	if err != nil {
		t.Fatal(err)
	}
	if want := header + "b,Bx,EA80;EK00,\"why, so\",1\nc,,,,1\n"; s.ren != want {
		t.Errorf("renaming is\n%swant\n%s", s.ren, want)
	}
	if diff := cmp.Diff([]dataset.RenamingRow{{Label: "Z", Target: "Zed", Images: 1}}, report.Gone); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenRenamingIsNotOverwritten(t *testing.T) {
	s := newTrial(t, "files: m.csv\ncolumns: {image_path: i}\n", map[string]string{"m.csv": "i\na\n"})
	if err := os.WriteFile(filepath.Join(s.dir, "clinic_renaming.csv"), []byte("Label;Target\nx;y\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := s.ingest(t)
	mustName(t, err, "clinic_renaming.csv:1: its columns are parted by semicolons: want commas, so that this line is "+
		`"Source Label,Target Name`)
	if s.csv != "" || !strings.Contains(s.ren, "x;y") {
		t.Error("a file changed in spite of the error")
	}
}

func TestBothOrNone(t *testing.T) {
	s := newTrial(t, "files: m.csv\ncolumns: {image_path: i}\n", map[string]string{"m.csv": "i\na\n"})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	before := s.csv
	renaming := filepath.Join(s.dir, "clinic_renaming.csv")
	c, err := Load(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	s.files(t, map[string]string{"m.csv": "i\nb\n"})
	o, err := newOutput(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	o.header(nil)
	if err := errors.Join(os.Remove(renaming), os.MkdirAll(filepath.Join(renaming, "in the way"), 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := o.publish(); err == nil {
		t.Error("a folder in the place of the renaming CSV is no error")
	}
	o.discard()
	if now, _ := os.ReadFile(c.Dataset(s.dir)); string(now) != before {
		t.Errorf("the dataset CSV is %q, want what it was: %q", now, before)
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	s := newTrial(t, "files: m.csv\ncolumns: {image_path: i}\n", map[string]string{"m.csv": "i\na\n"})
	c, err := Load(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(s.dir, 0o755)
	report, err := Ingest(context.Background(), c, Options{DryRun: true})
	if err != nil || report.Rows != 1 {
		t.Fatalf("%v, %+v", err, report)
	}
	if entries, _ := os.ReadDir(s.dir); len(entries) != 2 {
		t.Errorf("%d entries, want raw and source.yaml", len(entries))
	}
}

func TestLinksAreNotFollowed(t *testing.T) {
	s := newTrial(t, "files: [{walk: \"{stem}.png\"}]\ncolumns: {image_path: $file}\n", map[string]string{"a.png": ""})
	outside := filepath.Join(filepath.Dir(s.dir), "secret.csv")
	if err := os.WriteFile(outside, []byte("i\nx\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b.png", "m.csv"} {
		if err := os.Symlink(outside, filepath.Join(s.dir, "raw", name)); err != nil {
			t.Fatal(err)
		}
	}
	report, err := s.ingest(t)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b.png:0 link: a link is not followed", "m.csv:0 link: a link is not followed"},
		texts(report.UnusedRows)); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"m.csv", "m.xlsx", "m.json", "m.parquet"} {
		link := filepath.Join(s.dir, "raw", name)
		os.Remove(link)
		if err := os.Symlink(outside, link); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.dir, "source.yaml"),
			[]byte("files: "+name+"\ncolumns: {image_path: i}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := s.ingest(t)
		mustName(t, err, name)
	}
}

// A script gets the environment, but nothing of the key of pseudonyms.
func TestScriptsGetNoKey(t *testing.T) {
	t.Setenv("DERMSET_PSEUDONYM_KEY", "a key of many bytes")
	t.Setenv("DERMSET_PSEUDONYM_KEY_COMMAND", "cat key")
	t.Setenv("DERMSET_TEST_OTHER", "here")
	header := "image_path,label,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,image_type," +
		"diagnosis_method,mask_path"
	s := newTrial(t, "exec: [sh, -c, 'env >\"$DERMSET_RAW/env\"; echo "+header+" >\"$DERMSET_OUT\"']\n",
		map[string]string{"in.txt": ""})
	_, _ = s.ingest(t) // a CSV without rows
	got, err := os.ReadFile(filepath.Join(s.dir, "raw", "env"))
	other := strings.Contains(string(got), "DERMSET_TEST_OTHER=here")
	if err != nil || strings.Contains(string(got), "PSEUDONYM") || !other {
		t.Errorf("the script's environment is %q, error %v", got, err)
	}
}

func TestScript(t *testing.T) {
	const declaration = "exec: [./make.sh, --fast]\nlesion_scope: source\n"
	s := newTrial(t, declaration, map[string]string{"in.txt": "nevus"})
	script := func(text string) {
		if err := os.WriteFile(filepath.Join(s.dir, "make.sh"), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const header = "label,image_path,note,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,image_type," +
		"diagnosis_method,mask_path"
	script("echo working $1\n" +
		"[ \"${DERMSET_OUT#$PWD/.ingest-}\" != \"$DERMSET_OUT\" ] || echo $DERMSET_OUT is never swept\n(echo '" + header +
		"'; echo \"$(cat $DERMSET_RAW/in.txt),a.jpg,kept,oops,p,1,M,9+,,IV,,,\") > $DERMSET_OUT\n")
	c, err := Load(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	report, err := Ingest(context.Background(), c, Options{Messages: &said})
	if err != nil {
		t.Fatal(err)
	}
	csv, _ := os.ReadFile(c.Dataset(s.dir))
	if got := strings.Split(string(csv), "\n")[1]; got != "a.jpg,nevus,oops,p,1,male,9,,4,,,,kept" {
		t.Errorf("row is %q", got)
	}
	if said.String() != "working --fast\n" {
		t.Errorf("the script said %q", said.String())
	}
	if diff := cmp.Diff([]BadValue{{"clinic_dataset.csv", 2, "differentials", "oops"}}, report.BadValues); diff != "" {
		t.Error(diff)
	}
	script("echo 'image_path,lable\na,b' > $DERMSET_OUT")
	_, err = s.ingest(t)
	mustName(t, err, `clinic_dataset.csv:1:12: column "lable": did you mean "label"?`, "mend the script")
	// some columns, in any order
	script("printf 'age,extra.age,note,label,image_path\\n40-49,x,n,nevus,a.jpg\\n' > $DERMSET_OUT")
	if _, err = s.ingest(t); err != nil || s.rows()[0] != "a.jpg,nevus,,,,,44.5,,,,,,x,n" {
		t.Errorf("%v: %q", err, s.csv)
	}
	script("exit 3")
	_, err = s.ingest(t)
	mustName(t, err, "make.sh", "exit status 3")
	script("true")
	_, err = s.ingest(t)
	mustName(t, err, "wrote no file where DERMSET_OUT says")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Ingest(ctx, c, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run ends with %v", err)
	}
}

func TestNoRawMaterial(t *testing.T) {
	s := newTrial(t, "", nil)
	_, err := s.ingest(t)
	mustName(t, err, "declares no raw material")
	s = newTrial(t, "files: m.csv\ncolumns: {image_path: i}\n", nil)
	if err := os.Remove(filepath.Join(s.dir, "raw")); err != nil {
		t.Fatal(err)
	}
	_, err = s.ingest(t)
	mustName(t, err, "--raw")
}

func TestRawFolder(t *testing.T) {
	dir := t.TempDir()
	c := &Config{Name: "clinic", Dir: "/sources/clinic"}
	if got := c.Raw(""); got != "/sources/clinic/raw" {
		t.Error(got)
	}
	if got := c.Raw(dir); got != dir {
		t.Error(got)
	}
	if err := os.Mkdir(filepath.Join(dir, "clinic"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := c.Raw(dir); got != filepath.Join(dir, "clinic") {
		t.Error(got)
	}
}
