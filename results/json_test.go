package results

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var everything = Form{
	Verb: "x", One: Columns{Text("path", ""), Whole("files", "").OrNone()},
	Parts: []Part{
		{Key: "rows", Rows: Columns{Text("name", ""), Text("note", "").OrNone(), Whole("n", ""),
			Number("part", "").OrNone(), YesNo("kept", ""), YesNo("known", "").OrNone(), Time("at", "").OrNone(),
			Date("on", "").OrNone(), List("codes", "")}},
		{Key: "more", Rows: Columns{Text("k", "")}},
	},
}

func TestJSON(t *testing.T) {
	got, err := everything.JSON([]string{"a <b>", ""}, [][]string{
		{"x\xff", "", "-12", "0.50", "yes", "", "2026-02-03T04:05:06Z", "2026-02-03", `["a;b","c"]`},
		{"", "\"\n", "9007199254740993", "", "", "no", "", "", "2C30;2C32 "},
		{"", "", "0", "1e-07", "true", "false", "", "", ""},
	}, nil)
	want := `{
  "path": "a <b>",
  "files": null,
  "rows": [
    {"name": "x\\xff", "note": null, "n": -12, "part": 0.50, "kept": true, "known": null, ` +
		`"at": "2026-02-03T04:05:06Z", "on": "2026-02-03", "codes": ["a;b","c"]},
    {"name": "", "note": "\"\n", "n": 9007199254740993, "part": null, "kept": false, "known": false, ` +
		`"at": null, "on": null, "codes": ["2C30","2C32"]},
    {"name": "", "note": null, "n": 0, "part": 1e-07, "kept": true, "known": false, ` +
		`"at": null, "on": null, "codes": []}
  ],
  "more": []
}
`
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	list := Form{Rows: everything.Parts[0].Rows[:1]}
	if got, err := list.JSON(nil, nil); string(got) != "[]\n" || err != nil {
		t.Errorf("nothing is %q, %v", got, err)
	}
	want = "[\n  {\"name\": \"a\"},\n  {\"name\": \"b\"}\n]\n"
	if got, err := list.JSON(nil, [][]string{{"a"}, {"b"}}); string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
}

// A cell that is none of its kind is never given as another.
func TestWrongCells(t *testing.T) {
	for kind, cells := range map[Kind][]string{
		KindWhole:  {"x", "1.5", "1 000", "99999999999999999999", "yes"},
		KindNumber: {"NaN", "Inf", "null", "1,5", "0x1", ".5", "true"},
		KindYesNo:  {"Yes", "0", "maybe"},
		KindTime:   {"2026-02-03", "2026-02-03 04:05:06", "now"},
		KindDate:   {"3.2.2026", "2026-02-30"},
		KindList:   {"[", `["a"`, "[1]"},
	} {
		for _, cell := range cells {
			got, err := (Column{Key: "k", Kind: kind}).value(cell)
			if err == nil || !strings.Contains(err.Error(), "k: ") {
				t.Errorf("%s %q: %s, %v", kind, cell, got, err)
			}
		}
	}
}

// unescaped is the way back: the bytes of a text that Escaped gave.
func unescaped(text string) string {
	return alike.ReplaceAllStringFunc(text, func(found string) string {
		b, _ := strconv.ParseUint(found[2:], 16, 8)
		return string([]byte{byte(b)})
	})
}

// Any bytes become UTF-8, and are had back; JSON and CSV have the same cells.
func TestEscapedIsUndone(t *testing.T) {
	for text, want := range map[string]string{
		"plain é 木 \\n \\x41": "plain é 木 \\n \\x41", "\xff": `\xff`, `\xff`: `\x5cxff`, `\x5c`: `\x5cx5c`,
		"\\\xff": `\\xff`, "\xed\xa0\x80": `\xed\xa0\x80`, `\xFF`: `\xFF`, "\\x5\xffc": `\x5\xffc`,
	} {
		if got := Escaped(text); got != want || unescaped(got) != text {
			t.Errorf("%q is escaped as %q, want %q; back %q", text, got, want, unescaped(got))
		}
	}
	form := Form{Rows: Columns{Text("k", "")}}
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"\\", "x", "5c", "ff", "\xff", "\x80", "é", "a", "\xe2", "\x82", "\r", "\n",
			"\""})
		text := strings.Join(rapid.SliceOf(piece).Draw(t, "text"), "")
		var rows []map[string]string
		document, err := form.JSON(nil, [][]string{{text}})
		if err == nil {
			err = json.Unmarshal(document, &rows)
		}
		if err != nil || unescaped(rows[0]["k"]) != text {
			t.Fatalf("%q, %v is not %q", rows, err, text)
		}
		if got := slices.Collect(EscapedRows([][]string{{text}}))[0][0]; got != rows[0]["k"] {
			t.Fatalf("CSV has %q, JSON %q", got, rows[0]["k"])
		}
	})
}

// A value is what it is as JSON; what is no JSON is a text, and none is null.
func TestValues(t *testing.T) {
	form := Form{Rows: Columns{Value("v", "").OrNone()}}
	for cell, want := range map[string]string{"64": "64", "true": "true", `["a<b"]`: `["a<b"]`, `{"a":0.50}`: `{"a":0.50}`,
		"": "null", "DXv1": `"DXv1"`, `"64"`: `"64"`, "[a": `"[a"`, ValueCell("64"): `"64"`, ValueCell([]int{1}): "[1]"} {
		got, err := form.JSON(nil, [][]string{{cell}})
		if want = "[\n  {\"v\": " + want + "}\n]\n"; err != nil || string(got) != want {
			t.Errorf("%s: %s, %v, want %s", cell, got, err, want)
		}
	}
}

func TestLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOf(rapid.StringMatching(`[a;,"\[\] é\\]{1,4}`)).Draw(t, "items")
		got, err := Items(ListCell(items))
		if err != nil || !slices.Equal(got, items) {
			t.Fatalf("%q: %q, %v", items, got, err)
		}
	})
}

// A CSV has the rows, those of the first part, or the one line of an object without any.
func TestTable(t *testing.T) {
	one, rows := []string{"a", "1"}, [][]string{{"b"}}
	for _, c := range []struct {
		form Form
		keys []string
		want [][]string
	}{
		{Form{Rows: Columns{Text("k", "")}}, []string{"k"}, rows},
		{Form{One: everything.One, Parts: everything.Parts[1:]}, []string{"k"}, rows},
		{Form{One: everything.One}, []string{"path", "files"}, [][]string{one}},
	} {
		columns, got := c.form.Table(one, rows)
		if !slices.Equal(columns.Keys(), c.keys) || cmp.Diff(c.want, got) != "" {
			t.Errorf("%q %q", columns.Keys(), got)
		}
	}
	if got := everything.One.Pairs([]string{"a", ""}); cmp.Diff([][]string{{"path", "a"}}, got) != "" {
		t.Errorf("%q", got)
	}
}
