package csvio

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// readAs reads a file of a dialect in pieces: a line for each record with its line in the file, then the error.
func readAs(d Dialect, text string, pieceBytes int) string {
	c := d.Cutter(strings.NewReader(text), "f", pieceBytes)
	header, err := c.Header()
	if err != nil {
		return "error: " + err.Error()
	}
	var out strings.Builder
	for _, cell := range header {
		fmt.Fprintf(&out, "%d:%d %q ", cell.Line, cell.Column, cell.Name)
	}
	for {
		p, err := c.Next()
		if err == io.EOF {
			return out.String()
		}
		if err != nil {
			return out.String() + "\nerror: " + err.Error()
		}
		fields, err := p.Scan(len(header))
		if err != nil {
			return out.String() + "\nerror: " + err.Error()
		}
		for row := range fields.Rows() {
			begin := int(fields.Marks[row*fields.Columns])
			fmt.Fprintf(&out, "\n%d", p.InFile(p.Line+bytes.Count(fields.Data[:begin], []byte("\n"))))
			for column := range fields.Columns {
				fmt.Fprintf(&out, " %q", fields.AppendCell(nil, row, column))
			}
		}
		p.Free()
	}
}

func TestDialect(t *testing.T) {
	for name, c := range map[string]struct {
		dialect Dialect
		text    string
		want    string
	}{
		"sep=":                 {Dialect{}, "sep=;\r\na;b\r\n1;2,5\r\n", `2:1 "a" 2:3 "b" ` + "\n" + `3 "1" "2,5"`},
		"sep= in quotes":       {Dialect{}, "\ufeff\"sep=\t\"\na\tb\n1\t2\n", `2:1 "a" 2:3 "b" ` + "\n" + `3 "1" "2"`},
		"SEP= and skipped":     {Dialect{Header: 3}, "SEP=;\nStudy;\na;b\n1;2\n", `3:1 "a" 3:3 "b" ` + "\n" + `4 "1" "2"`},
		"sep= instead of tabs": {Dialect{Tabs: true}, "sep=;\na;b\t\n1;2\n", `2:1 "a" 2:3 "b\t" ` + "\n" + `3 "1" "2"`},
		"tabs":                 {Dialect{Tabs: true}, "a\tb\n1\t2\n", `1:1 "a" 1:3 "b" ` + "\n" + `2 "1" "2"`},
		"sep= and CR":          {Dialect{CR: true}, "sep=;\ra;b\r1;2\r", `2:1 "a" 2:3 "b" ` + "\n" + `3 "1" "2"`},
		"sep= as said":         {Dialect{Delimiter: ";"}, "sep=;\na;b\n", `2:1 "a" 2:3 "b" `},
		"sep= against what is said": {Dialect{Delimiter: "|"}, "sep=;\na;b\n",
			"error: f:1:1: says that fields are separated by " +
				`';', and delimiter: says "|": take delimiter: away, or mend the line`},
		"sep= as the header": {Dialect{Header: 1}, "sep=;\na;b\n",
			"error: f:1:1: is the line sep=; of Excel, no header: take header: 1 away"},
		"a column of that name": {Dialect{}, "sep=;,b\n1,2\n", `1:1 "sep=;" 1:7 "b" ` + "\n" + `2 "1" "2"`},
		"lines before":          {Dialect{Header: 3}, "a \"study\n\na,b\n1,2\n", `3:1 "a" 3:3 "b" ` + "\n" + `4 "1" "2"`},
		"skipped lines": {Dialect{Skip: 2}, "\ufeffx\r\ny\r\na,b\r\n1,2\r\n", `3:1 "a" 3:3 "b" ` + "\n" +
			`4 "1" "2"`},
		"header behind the end": {Dialect{Header: 4}, "a\nb\n", "error: f:2:1: is the last line: header: or skip_lines: " +
			"leaves " +
			"no line of column names behind it"},
		"header is a comment": {Dialect{Header: 2, Comment: "#"}, "x\n# a,b\n",
			"error: f:2:1: header: 2 names this line, but it " +
				"is a comment (#)"},
		"comments": {Dialect{Comment: "#"}, "# 1\n#2\na,b\n1,#2\n# \"x\n#\n\"3\n#4\",5\n# end", `3:1 "a" 3:3 "b" ` + "\n" +
			`4 "1" "#2"` + "\n" + `7 "3\n#4" "5"`},
		"comments of two bytes, skipped lines, an error": {Dialect{Comment: "//", Skip: 1}, "/x\n//\na,b\n//\n1,/2\n//\n1\n",
			`3:1 "a" 3:3 "b" ` + "\nerror: f:7:1: row has 1 fields, want 2 as in the header: add the missing ones, or put " +
				"quotes around a field that holds a line end"},
		"bars": {Dialect{Delimiter: "||"}, "a||b||c\n\"1||\"\"2\"||3||\n||x|y||\n", `1:1 "a" 1:4 "b" 1:7 "c" ` + "\n" +
			`2 "1||\"2" "3" ""` + "\n" + `3 "" "x|y" ""`},
		"bars and an error": {Dialect{Delimiter: "||"}, "a||b||c\n1||2||3\"\n", `1:1 "a" 1:4 "b" 1:7 "c" ` +
			"\nerror: f:2:8: " +
			errStray.Error()},
		"tab, bar, tab; quotes are bytes": {Dialect{Delimiter: "\t|\t", Plain: true}, "a\t|\tb\n\"1\t|\t2\n",
			`1:1 "a" 1:5 "b" ` +
				"\n" + `2 "\"1" "2"`},
		"no ASCII": {Dialect{Delimiter: "§"}, "a§b\n1§2\n", `1:1 "a" 1:4 "b" ` + "\n" + `2 "1" "2"`},
		"the byte that stands for bars": {Dialect{Delimiter: "||"}, "a||b\n1||\x1f\n",
			"error: f:2:1: the line has the byte 0x1f, " +
				"which cannot stand in a file whose delimiter has several characters: take it out"},
		"CR": {Dialect{CR: true, Delimiter: ";"}, "a;b\r\"1\r\";2\r3;4", `1:1 "a" 1:3 "b" ` + "\n" + `2 "1\r" "2"` + "\n" +
			`3 "3" "4"`},
		"CR, lines before, comments": {Dialect{CR: true, Header: 2, Comment: "#"}, "x\ra,b\r#\r1,2\r", `2:1 "a" 2:3 "b" ` +
			"\n" +
			`4 "1" "2"`},
	} {
		for _, pieceBytes := range []int{1, 4, 1 << 20} {
			got := readAs(c.dialect, c.text, pieceBytes)
			if before, failed, bad := strings.Cut(got, "error: "); bad { // of rows before it, those of whole pieces come
				header, _, _ := strings.Cut(before, "\n")
				got = strings.TrimSuffix(header+"\n", "\n") + strings.Repeat("\n", min(1, len(header))) + "error: " + failed
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, pieces of %d bytes:\n%s", name, pieceBytes, diff)
			}
		}
	}
}

// TestDialectsOfRandomTables writes random tables in random dialects, and reads them as they were.
func TestDialectsOfRandomTables(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	for range 2000 {
		d := Dialect{Delimiter: pick(";", "||", "::", "\t|\t", "§", ","), Comment: pick("", "#", "//"),
			CR: random.IntN(4) == 0}
		end := "\n"
		if d.CR {
			end = "\r"
		}
		var file, want strings.Builder
		line := 1
		put := func(text string) {
			file.WriteString(text + end)
			line += 1 + strings.Count(text, "\n")
		}
		if random.IntN(2) == 0 {
			d.Skip = 1 + random.IntN(3)
			for range d.Skip {
				put(pick("", "\"", "Study", "#"))
			}
		}
		for row := range 1 + random.IntN(6) {
			for d.Comment != "" && random.IntN(3) == 0 {
				put(d.Comment + pick("", "\"", d.Delimiter, " x"))
			}
			var fields []string
			if row > 0 {
				fmt.Fprintf(&want, "\n%d", line)
			}
			for column := range 2 {
				value := pick("", "a", "x|y", "#", `"`, d.Delimiter, "b\n#c", "/") + fmt.Sprint(column)
				fields = append(fields, `"`+strings.ReplaceAll(value, `"`, `""`)+`"`)
				if row > 0 {
					fmt.Fprintf(&want, " %q", value)
				}
			}
			put(strings.Join(fields, d.Delimiter))
		}
		got := readAs(d, file.String(), 1+random.IntN(40))
		_, rows, _ := strings.Cut(got+"\n", ` "`)
		_, rows, _ = strings.Cut(rows, "\" ")
		_, rows, _ = strings.Cut(rows, "\" ")
		if rows = strings.TrimSuffix(rows, "\n"); rows != want.String() {
			t.Fatalf("%+v of %q:\n%s\nwant\n%s", d, file.String(), got, want.String())
		}
	}
}

// FuzzDialect reads any text in any dialect alike in small pieces and in one.
func FuzzDialect(f *testing.F) {
	f.Add("a||b\n\"1||\"||2\n", "||", "#", uint8(0), false)
	f.Add("x\r#\ra;b\r1;2\r", ";", "#", uint8(1), true)
	f.Fuzz(func(t *testing.T, text, delimiter, comment string, skip uint8, cr bool) {
		if strings.ContainsAny(delimiter+comment, "\"\r\n\x00") || !utf8.ValidString(delimiter+comment) {
			return
		}
		d := Dialect{Delimiter: delimiter, Comment: comment, Skip: int(skip) % 4, CR: cr}
		if small, large := readAs(d, text, 1), readAs(d, text, 1<<20); small != large && !strings.Contains(large, "error:") {
			t.Errorf("%+v of %q: %q in small pieces, %q in one", d, text, small, large)
		}
	})
}
