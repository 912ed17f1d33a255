package sources

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
)

func encoded(t *testing.T, to *charmap.Charmap, text string) string {
	t.Helper()
	data, err := to.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func inGzip(t *testing.T, texts ...string) string {
	t.Helper()
	var out bytes.Buffer
	for _, text := range texts {
		w := gzip.NewWriter(&out)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// TestLooksLike says of raw tables that are not what source.yaml declares what they seem to be, and what to write. What
// is to be written reads the file then.
func TestLooksLike(t *testing.T) {
	const table = "file,label\na.jpg,Úlcera\n"
	swap := func(comma string) string { return strings.ReplaceAll(table, ",", comma) }
	for name, c := range map[string]struct {
		path, files, text string
		want, write       string // write is files: as it is to be written; empty: nothing reads the file
	}{
		"semicolons": {"m.csv", "m.csv", swap(";"), "m.csv:", "{path: m.csv, delimiter: \";\"}"},
		"semicolons, by a pattern": {"m.csv", "{path: \"*.csv\"}", swap(";") + "b.jpg;x,y\n",
			"write `delimiter: \";\"` beside the path: of the file in line 1 of source.yaml",
			"{path: \"*.csv\", delimiter: \";\"}"},
		"tabs":          {"m.csv", "m.csv", swap("\t"), "has fields separated by tabs", "{path: m.csv, delimiter: tab}"},
		"commas in tsv": {"m.tsv", "m.tsv", table, "m.tsv: is no TSV", "{path: m.tsv, format: csv}"},
		"quoted semicolons in tsv": {"m.tsv", "m.tsv", "\"file\";\"label\"\n\"a.jpg\";\"Úlcera\"\n",
			"has fields separated by " +
				"semicolons; is no TSV", "{path: m.tsv, format: csv, delimiter: \";\"}"},
		"quotes in tsv": {"m.tsv", "m.tsv", "\"file\"\t\"label\"\n\"a.jpg\"\t\"Úlcera\"\n",
			"m.tsv: has fields separated by tabs; has its column names in quotes: write", "{path: m.tsv, quotes: rfc4180}"},
		"bars": {"m.csv", "m.csv", swap("||"), "has fields separated by \"||\"", "{path: m.csv, delimiter: \"||\"}"},
		"UTF-16": {"m.csv", "m.csv", inUTF16(table, le), "m.csv:1:1: is not UTF-8, but utf-16",
			"{path: m.csv, encoding: utf-16}"},
		"UTF-16 without a mark": {"m.csv", "m.csv", inUTF16(table, be)[2:], "is not UTF-8, but utf-16be",
			"{path: m.csv, encoding: utf-16be}"},
		"windows-1252": {"m.csv", "m.csv", encoded(t, charmap.Windows1252, table),
			"m.csv:2:7: is not UTF-8, but windows-1252 (\"Úlcera\")", "{path: m.csv, encoding: windows-1252}"},
		"windows-1252, far in the file": {"m.csv", "m.csv", "file,label\n" +
			strings.Repeat(",nevus\n", 20000) + encoded(t, charmap.Windows1252, "a.jpg,Úlcera\n"),
			"m.csv:20002:7: is not UTF-8, but windows-1252 (\"Úlcera\")", "{path: m.csv, encoding: windows-1252}"},
		"MacRoman and semicolons": {"m.csv", "m.csv", encoded(t, charmap.Macintosh, swap(";")+"b.jpg;lesión\n"),
			"is not UTF-8, but macintosh (\"Úlcera\"), or ibm850 (\"‗lcera\"); has fields separated by semicolons",
			"{path: m.csv, encoding: macintosh, delimiter: \";\"}"},
		"windows-1252, and semicolons beside it": {"m.csv", "{path: m.csv, encoding: latin1}",
			encoded(t, charmap.Windows1252, swap(";")), "has fields separated by semicolons",
			"{path: m.csv, encoding: latin1, delimiter: \";\"}"},
		"windows-1252 in JSON": {"m.json", "m.json", encoded(t, charmap.Windows1252, `[{"file":"a.jpg","label":"Úlcera"}]`),
			"m.json:1:27: is not UTF-8, but windows-1252", "{path: m.json, encoding: windows-1252}"},
		"lines before": {"m.csv", "m.csv", "Study\n\n" + table, "has its column names in line 3",
			"{path: m.csv, header: 3}"},
		"comments before": {"m.csv", "m.csv", "# Study\n" + table, "has comments (#)",
			"{path: m.csv, comment: \"#\"}"},
		"CR": {"m.csv", "m.csv", strings.ReplaceAll(table, "\n", "\r"), "CR alone",
			"{path: m.csv, line_ends: cr}"},
		"all at once": {"m.csv", "m.csv", inUTF16(strings.ReplaceAll("Study\n"+swap(";"), "\n", "\r"), le),
			"is not UTF-8, but utf-16; has lines that end with CR alone, as on an old Mac; has fields separated by " +
				"semicolons; " +
				"has its column names in line 2",
			"{path: m.csv, encoding: utf-16, delimiter: \";\", header: 2, line_ends: cr}"},
		"another delimiter": {"m.csv", "{path: m.csv, delimiter: \";\"}", table,
			"m.csv: has fields separated by commas: write " +
				"`delimiter: \",\"` beside the path:", "{path: m.csv, delimiter: \",\"}"},
		"header in line 1": {"m.csv", "{path: m.csv, header: 2}", table, "m.csv: has its column names in line 1: write " +
			"`header: 1` beside the path:", "{path: m.csv, header: 1}"},
		"nothing to skip": {"m.csv", "{path: m.csv, skip_lines: 1}", table, "m.csv: has its column names in line 1: write " +
			"`skip_lines: 0` beside the path:", "{path: m.csv, skip_lines: 0}"},
		"records below a key": {"m.json", "m.json", `{"n": [1], "data": {"images": [{"file":"a.jpg","label":"Úlcera"}]}}`,
			"m.json: has its records below data.images", "{path: m.json, records: data.images}"},
		"decimal commas": {"m.csv", "m.csv", "file;label;age\na.jpg;Úlcera;40,5\n",
			"and `replace: {\",\": \".\"}` beside the column: of such numbers", "{path: m.csv, delimiter: \";\"}"},
		"JSON Lines": {"m.csv", "m.csv", "{\"file\": \"a.jpg\", \"label\": \"Úlcera\"}\n{}\n", "is JSON Lines",
			"{path: m.csv, format: jsonl}"},
		"JSON": {"m.jsonl", "m.jsonl", "[\n{\"file\": \"a.jpg\", \"label\": \"Úlcera\"}]\n", "is JSON",
			"{path: m.jsonl, format: json}"},
		"gzip":              {"m.csv", "m.csv", inGzip(t, table), "is packed by gzip: give its name the end .gz", ""},
		"a packed workbook": {"m.xlsx", "m.xlsx", inGzip(t, table), "is packed by gzip: unpack it with gunzip", ""},
		"a web page":        {"m.csv", "m.csv", "<html>\n", "is a web page (HTML)", ""},
		"an old workbook":   {"m.xlsx", "m.xlsx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old or protected workbook", ""},
		"a ZIP archive":     {"m.csv", "m.csv", "PK\x03\x04xxxxm.txt", "is a ZIP archive: unpack it", ""},
		"ODS": {"m.csv", "m.csv", "PK\x03\x04xxmimetypeapplication/vnd.oasis.opendocument.spreadsheet",
			"(.ods)", ""},
		"PDF": {"m.csv", "m.csv", "%PDF-1.7", "is a PDF document", ""},
		"Parquet": {"m.csv", "m.csv", "PAR1", "is a Parquet file: write `{path: m.csv, format: parquet}` in line " +
			"1", ""},
		"text as workbook": {"m.xlsx", "m.xlsx", swap(";"), "is text, not xlsx",
			"{path: m.xlsx, format: csv, delimiter: \";\"}"},
	} {
		columns := "\ncolumns: {image_path: file, label: label}\n"
		s := newTrial(t, "files: "+c.files+columns, map[string]string{c.path: c.text})
		_, err := s.ingest(t)
		mustName(t, err, c.want)
		if n := strings.Count(err.Error(), "write `"); n > 1 {
			t.Errorf("%s: is told %d times: %v", name, n, err)
		}
		if strings.HasPrefix(c.write, "{path: m") && !strings.Contains(c.files, "{") {
			mustName(t, err, "write `"+c.write+"` in line 1 of source.yaml")
		}
		if c.write == "" {
			continue
		}
		s = newTrial(t, "files: "+c.write+columns, map[string]string{c.path: c.text})
		_, err = s.ingest(t)
		if err != nil {
			t.Errorf("%s: as it is to be written: %v", name, err)
		} else if diff := cmp.Diff("a.jpg,Úlcera,,,,,,,,,,", s.rows()[0]); diff != "" {
			t.Errorf("%s: as it is to be written: %s", name, diff)
		}
	}
	// what reads as CSV, and lacks a column, is no dialect
	s := newTrial(t, "files: m.csv\ncolumns: {image_path: fiel, label: label}\n", map[string]string{"m.csv": table})
	_, err := s.ingest(t)
	if mustName(t, err, `there is no column "fiel"`); strings.Contains(err.Error(), "write `") {
		t.Error(err)
	}
}

// TestFilesThatDiffer tells of files of one path: that no line reads both rightly.
func TestFilesThatDiffer(t *testing.T) {
	const utf8 = "file,label\nb.jpg,Úlcera\n"
	for other, alike := range map[string]bool{encoded(t, charmap.Windows1252, utf8): true, "file,label\nb.jpg,x\n": true,
		utf8: false, "file;label\nb.jpg;x\n": false, inUTF16(utf8, le): false} {
		s := newTrial(t, "files: \"*.csv\"\ncolumns: {image_path: file, label: label}\n",
			map[string]string{"a.csv": encoded(t, charmap.Windows1252, "file,label\na.jpg,Úlcera\n"), "b.csv": other})
		_, err := s.ingest(t)
		if alike {
			mustName(t, err, "a.csv:2:7: is not UTF-8, but windows-1252", "write `{path: \"*.csv\", encoding: windows-1252}`")
			continue
		}
		mustName(t, err, "a.csv:2:7: is not UTF-8, but windows-1252",
			"\"b.csv\" is not so, and what stands beside path: is for both: save them alike")
		if strings.Contains(err.Error(), "write `") {
			t.Errorf("%q: %v", other, err)
		}
	}
}

// TestPacked reads files that gzip packed as they are unpacked, and says what is wrong with others.
func TestPacked(t *testing.T) {
	const csv, tsv, json = "file,label\na,x\n", "file\tlabel\na\tx\n", `[{"file":"a","label":"x"}]`
	for name, text := range map[string]string{"m.csv.gz": csv, "m.TSV.GZ": tsv, "m.json.gz": json,
		"m.jsonl.gz": json[1 : len(json)-1]} {
		s := newTrial(t, "files: "+name+"\ncolumns: {image_path: \"{$stem}/{file}\", label: m.label}\nextra: [$file, "+
			"$name]\n",
			map[string]string{name: inGzip(t, text[:7], text[7:])})
		if _, err := s.ingest(t); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff([]string{"m/a,x,,,,,,,,,,," + name + "," + name}, s.rows()); diff != "" {
			t.Error(diff)
		}
	}
	latin := inGzip(t, encoded(t, charmap.Windows1252, "file;label\na;ñ\n"))
	s := newTrial(t, "files: {path: m.csv.gz, encoding: cp1252, delimiter: ;}\ncolumns: {image_path: file, label: "+
		"label}\n",
		map[string]string{"m.csv.gz": latin})
	if _, err := s.ingest(t); err != nil || s.rows()[0] != "a,ñ,,,,,,,,,," {
		t.Errorf("%v: %q", err, s.csv)
	}
	for text, want := range map[string]string{
		csv:                                    "m.csv.gz: is not packed by gzip, as its name says: take .gz from its name",
		inGzip(t, strings.Repeat(csv, 3))[:30]: "m.csv.gz: ends within what gzip packed, after 30 bytes of it",
		latin: "m.csv.gz:2:3: is not UTF-8, but windows-1252 (\"ñ\"), or windows-1250 " +
			"(\"ń\"), or macintosh (\"Ò\"); has fields separated by semicolons",
	} {
		s := newTrial(t, "files: m.csv.gz\ncolumns: {image_path: file, label: label}\n", map[string]string{"m.csv.gz": text})
		_, err := s.ingest(t)
		mustName(t, err, want)
	}
}
