package yamlio

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Of text that is no YAML, the line to write is told for what people do again and again.
func TestMends(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"a:\n\tb: 1\n\tc: 2\nd: 1\n", "2:1: a tab before the line's text, and YAML wants spaces: write `  b: " +
			"1`, and so on (lines: 1 more)"},
		{"a:\n-\tb: 1\n\tc: 1\n-\tb: 2\n", "2:2: a tab before the line's text, and YAML wants spaces: write `- b: 1`, " +
			"and so on (lines: 2 more)"},
		{"- -\ta: 1\n", "1:4: a tab before the line's text, and YAML wants spaces: write `- - a: 1`"},
		{"a:\n  b: 1\n  \tc: 1\n", "3:3: a tab before the line's text, and YAML wants spaces: write `  c: 1`"},
		{"a:\n    b: 1\n\tc: 1\n", "3:1: a tab before the line's text, and YAML wants spaces: write `    c: 1`"},
		{"a: 1\n\tb: DX\n", "2:1: a tab before the line's text, and YAML wants spaces: write `b: DX`"},
		{"a: 1\n \tb: 2\n", "2:1: a tab before the line's text, and YAML wants spaces: write `b: 2`"},
		{"a: 1\n\u00a0b: {c: 1\n", "2:11: a bracket that is not closed, or closed twice: write `\u00a0b: {c: 1}`"},
		{"a: “x: y”\n", "1:4: typographic quotes, and YAML wants straight ones: write `a: \"x: y\"`"},
		{`a: {b: "C:\Users\me"}`, "1:8: a backslash inside double quotes means something else: single ones keep it: write " +
			"`a: {b: 'C:\\Users\\me'}`"},
		{"a: 1\nb:2\nc: 3\n", "2:3: no space behind the colon: write `b: 2`"},
		{"a: \"x\nb: 1\n", "1:6: a quote that is not closed: write `a: \"x\"`"},
		{"a: {b: 'x}\n", "1:10: a quote that is not closed: write `a: {b: 'x'}`"},
		{"a: 1\nb: [1, 2\nc: 3\n", "2:9: a bracket that is not closed, or closed twice: write `b: [1, 2]`"},
		{"a: [1, 2]]\nc: 3\n", "1:10: a bracket that is not closed, or closed twice: write `a: [1, 2]`"},
		{"a: {b: [1}\n", "1:10: a bracket that is not closed, or closed twice: write `a: {b: [1]}`"},
		{"t: Skin: the book # 1\n", "1:4: text that YAML would take apart (it holds a colon, or begins with a sign): put " +
			"quotes around it: write `t: \"Skin: the book\" # 1`"},
		{"a:\n- @x\n", "2:3: text that YAML would take apart (it holds a colon, or begins with a sign): put " +
			"quotes around it: " +
			"write `- \"@x\"`"},
		{"p: {f}.jpg\n", "1:4: text that YAML would take apart (it holds a colon, or begins with a sign): put " +
			"quotes around " +
			"it: write `p: \"{f}.jpg\"`"},
		{"p: *.jpg\n", "1:4: text that YAML would take apart (it holds a colon, or begins with a sign): put " +
			"quotes around it: " +
			"write `p: \"*.jpg\"`"},
		{"a: {b: s3://x?y=http://z, c: 1}\n", "1:8: text that YAML would take apart (it holds a sign): put quotes " +
			"around it: " +
			"write `a: {b: \"s3://x?y=http://z\", c: 1}`"},
		{"a\nb: 1\n", "1:2: no colon behind the key: write `a:`"},
		{"a: 1\nb = 2\n", "2:2: no colon behind the key: write `b: 2`"},
		{"a:\n  b: 1\n   c: 1\n", "3:3: other spaces at the line's beginning than the lines above have: write `  c: 1`"},
		{"a:\r\n   b: 1\r\n  c: 1\r\n", "3:3: other spaces at the line's beginning than the lines above have: " +
			"write `   c: 1`"},
		{"t: caf\xe9\n", "1:7: byte 0xe9 is not UTF-8: save the file as UTF-8; of windows-1252, the line would be `t: café`"},
		{"a: 1\nb\x00: 1\n", "2:2: a NUL byte: if the file is UTF-16, save it as UTF-8, else take it out"},
	} {
		err := Parse("f", []byte(test.text)).Err()
		if err == nil || err.Error() != "f:"+test.want {
			t.Errorf("%q: got\n%v\nwant\nf:%s", test.text, err, test.want)
		}
	}
}

// Several mistakes come together, and what nobody understands is said in the words of the yaml package.
func TestMendsAllAtOnce(t *testing.T) {
	text := "a: x: y\nb: 1\nc: @z\nd: \"C:\\Users\"\n"
	err := Parse("f", []byte(text)).Err()
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("%v", err)
	}
	err = Parse("f", []byte("a: 1\n- ]\n")).Err()
	if err == nil || !strings.HasPrefix(err.Error(), "f:2: ") || !strings.Contains(err.Error(), "look at this line") {
		t.Errorf("%v", err)
	}
}

// UTF-16 with its mark, CR alone and a byte order mark are read.
func TestReadsTextOfOtherSystems(t *testing.T) {
	for _, text := range []string{"\xff\xfea\x00:\x00 \x001\x00", "\xfe\xff\x00a\x00:\x00 \x001", "a: 1\r\n", "a: 1\r",
		"\ufeffa: 1\n"} {
		if doc := Parse("f", []byte(text)); doc.Err() != nil || strings.Join(doc.Root().Keys(), " ") != "a" {
			t.Errorf("%q: %v", text, doc.Err())
		}
	}
}

// What can be seen of a value that is wrong is told with it.
func TestSlipsInValues(t *testing.T) {
	for text, want := range map[string]string{
		"nmae: x\n":            "f:1:1: nmae: unknown key; did you mean name?",
		"flag: true\n":         "f:1:1: flag: unknown key here: it stands below inner: write `inner: {flag: true}`",
		"inner: {flag: Yes}\n": `f:1: inner.flag: "Yes", want true or false: write true`,
		"inner: {count: 1,5}\n": "f:1:9: inner.count: unknown key here: it stands at the top, with no space before it\n" +
			"f:1:18: inner.5: unknown key: inside braces a comma parts keys: write numbers with a point, such as 0.5",
		"count: 1,5\n":          `f:1: count: "1,5", want a whole number: write it with a point`,
		"count: '1'\n":          `f:1: count: "1", want a whole number: write it without quotes`,
		"count: “1”\n":          `f:1: count: "“1”", want a whole number: these are typographic quotes, want straight ones`,
		"inner:\n  flag:true\n": `f:2: inner: "flag:true", want keys with values: a space is missing behind the colon: write ` + "`flag: true`",
		"\u00a0name: x\n": "f:1:1: \u00a0name: unknown key \"\\u00a0name\", which holds U+00A0: YAML wants " +
			"spaces of the space bar before a key: write ` name:`",
		"n\u0430me: x\n": "f:1:1: n\u0430me: unknown key \"nаme\", which holds U+0430; did you mean name?",
	} {
		_, err := Decode("f", []byte(text), &settings{}, nil)
		if err == nil || err.Error() != want {
			t.Errorf("%q: got\n%v\nwant\n%s", text, err, want)
		}
	}
}

// Whatever a file holds, an error names a line of it, and nothing is said of text that is YAML.
func FuzzMend(f *testing.F) {
	for _, text := range []string{"a: {b: 1\n", "a:\n\tb: 1\n", "a: x: y\n", "a: \"\\U\"", "- a\n b", "\xff\xfe"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc := Parse("f", text)
		if readOne(text, &yaml.Node{}) == nil && len(doc.errs) > 0 && doc.errs[0].Column == 0 {
			t.Errorf("%q: %v", text, doc.Err())
		}
		for _, err := range doc.errs {
			if err.Line < 0 || err.Line > 1+len(splitLines(string(text))) {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
