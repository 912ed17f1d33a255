package sssom

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/icd11/icd11test"
	"github.com/dermset/dermset/mapping"
)

// file is a file as a reader who knows the specification alone has it: what stands above, and cells by column.
type file struct {
	head map[string]any
	rows []map[string]string
}

// read reads SSSOM/TSV by the letter of its specification: a quoted cell ends at a quote that is not doubled.
func read(t interface{ Fatalf(string, ...any) }, data []byte) file {
	var head strings.Builder
	rest := string(data)
	for strings.HasPrefix(rest, "#") {
		line, after, _ := strings.Cut(rest, "\n")
		head.WriteString(line[1:] + "\n")
		rest = after
	}
	f := file{}
	if err := yaml.Unmarshal([]byte(head.String()), &f.head); err != nil {
		t.Fatalf("%v in\n%s", err, head.String())
	}
	var lines [][]string
	for line := []string{}; rest != ""; {
		var cell string
		if strings.HasPrefix(rest, `"`) {
			end := 1
			for rest[end] != '"' || strings.HasPrefix(rest[end+1:], `"`) {
				end += 1 + strings.Count(rest[end:end+1], `"`)
			}
			cell, rest = strings.ReplaceAll(rest[1:end], `""`, `"`), rest[end+1:]
		} else {
			end := strings.IndexAny(rest, "\t\n")
			cell, rest = rest[:end], rest[end:]
		}
		line = append(line, cell)
		if rest[0] == '\n' {
			lines, line = append(lines, line), []string{}
		}
		rest = rest[1:]
	}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		f.rows = append(f.rows, row)
	}
	return f
}

func set(rows ...mapping.Row) Set {
	for i := range rows {
		if rows[i].Tab == "" {
			rows[i].Source, rows[i].Tab = "s", "t"
		}
	}
	return Set{Dataset: "DX", Version: "27.1", Mapping: &mapping.Mapping{Rows: rows}, ReleaseID: "2025-01"}
}

// The smallest sets, whole.
func TestSmallestSet(t *testing.T) {
	for _, c := range []struct {
		name string
		set  Set
		want string
	}{
		{"one label, one code, one annotator", set(mapping.Row{Label: "bcc", Target: "Basal cell carcinoma",
			Codes: []string{"2C32"}, Notes: "an \"abbreviation\"", Annotator: "ana"}),
			`#sssom_version: "1.1"
#curie_map:
#  icd11mms: http://id.who.int/icd/release/11/2025-01/mms/codeinfo/
#  icd11release: http://id.who.int/icd/release/11/
#  label: https://github.com/dermset/dermset/id/DX/label/
#  person: https://github.com/dermset/dermset/id/DX/person/
#  source: https://github.com/dermset/dermset/id/DX/source/
#mapping_set_id: https://github.com/dermset/dermset/id/DX/mapping/27.1
#mapping_set_version: "27.1"
#mapping_set_title: Source labels of DX and their ICD-11 codes
#license: https://w3id.org/sssom/license/unspecified
#subject_source: source:s
#object_source: icd11release:2025-01/mms
#object_source_version: "2025-01"
subject_id	subject_label	subject_category	predicate_id	object_id	mapping_justification	author_id	comment
label:s/bcc	bcc	Basal cell carcinoma	skos:exactMatch	icd11mms:2C32	semapv:ManualMappingCuration	person:ana	"an ""abbreviation"""
`},
		{"nothing", set(), `#sssom_version: "1.1"
#curie_map:
#  icd11release: http://id.who.int/icd/release/11/
#mapping_set_id: https://github.com/dermset/dermset/id/DX/mapping/27.1
#mapping_set_version: "27.1"
#mapping_set_title: Source labels of DX and their ICD-11 codes
#license: https://w3id.org/sssom/license/unspecified
#object_source: icd11release:2025-01/mms
#object_source_version: "2025-01"
subject_id
`},
	} {
		if d := cmp.Diff(c.want, string(c.set.Text())); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// A record for each label and code; a decision against a code is one too, and no decision is none.
func TestRecords(t *testing.T) {
	s := set(
		mapping.Row{Label: "eczema", Target: "Eczema", Codes: []string{"EA80", "EK00"}},
		mapping.Row{Label: "left", Target: "BCC", Codes: []string{"2C32&XK8G"}},
		mapping.Row{Label: "blurred", Target: "-", Notes: "no lesion"},
		mapping.Row{Label: "left out with a code", Target: "-", Codes: []string{"2C32", "2C30"}},
		mapping.Row{Label: "naught", Target: "Non-specific lesion"},
		mapping.Row{Label: "not yet", Codes: []string{"2C32"}},
		mapping.Row{Label: "a code that is none", Target: "BCC", NoCode: true},
		mapping.Row{Label: "coded elsewhere", Target: "Naevus"},
		mapping.Row{Label: "twice", Target: "BCC", Codes: []string{"2C32"}},
		mapping.Row{Label: "twice", Target: "BCC", Codes: []string{"2C32"}},
		mapping.Row{Label: "of no source", Target: "BCC", Tab: "old", Codes: []string{"2C32"}},
		mapping.Row{Label: "other source", Target: "BCC", Source: "r", Tab: "t", Codes: []string{"2C32"}})
	s.Mapping.Names, s.Mapping.Codes = []string{"Eczema", "Naevus"}, [][]string{{"EA80", "EK00", "EK01"}, {"2F20"}}
	var got []string
	for _, row := range read(t, s.Text()).rows {
		got = append(got, strings.Join([]string{row["subject_id"], row["subject_category"], row["predicate_id"],
			row["object_id"], row["object_type"], row["subject_source"], row["comment"]}, "|"))
	}
	want := []string{
		"label:r/other%20source|BCC|skos:exactMatch|icd11mms:2C32||source:r|",
		"label:s/blurred|-|skos:exactMatch|sssom:NoTermFound||source:s|no lesion",
		"label:s/coded%20elsewhere|Naevus|skos:exactMatch|icd11mms:2F20||source:s|",
		"label:s/eczema|Eczema|skos:narrowMatch|icd11mms:EA80||source:s|",
		"label:s/eczema|Eczema|skos:narrowMatch|icd11mms:EK00||source:s|",
		"label:s/left|BCC|skos:exactMatch|icd11mms:2C32%26XK8G|composed entity expression|source:s|",
		"label:s/left%20out%20with%20a%20code|-|skos:exactMatch|sssom:NoTermFound||source:s|",
		"label:s/naught|Non-specific lesion|skos:exactMatch|sssom:NoTermFound||source:s|",
		"label:s/twice|BCC|skos:exactMatch|icd11mms:2C32||source:s|",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A release gives titles, and says which codes are wider than their labels.
func TestWithARelease(t *testing.T) {
	release := released(t)
	s := set(mapping.Row{Label: "Basal-cell carcinoma of the skin", Target: "BCC", Codes: []string{"2C32"}},
		mapping.Row{Label: "on the knee", Target: "Knee", Codes: []string{"2C32"}},
		mapping.Row{Label: "on the left knee", Target: "Knee", Codes: []string{"2C32&XK8G"}},
		mapping.Row{Label: "nodular", Target: "Nodules", Codes: []string{"2C32.0"}},
		mapping.Row{Label: "on the left", Target: "Nodules", Codes: []string{"2C32.0&XK8G"}},
		mapping.Row{Label: "rest", Target: "Rest", Codes: []string{"2C32.Y"}},
		mapping.Row{Label: "none", Target: "None", Codes: []string{"2C39"}})
	s.Release = release
	f := read(t, s.Text())
	got := map[string]string{}
	for _, row := range f.rows {
		got[row["subject_label"]] = row["predicate_id"] + " " + row["object_label"]
	}
	want := map[string]string{
		"Basal-cell carcinoma of the skin": "skos:exactMatch Basal cell carcinoma of skin",
		"on the knee":                      "skos:broadMatch Basal cell carcinoma of skin",
		"on the left knee":                 "skos:broadMatch Basal cell carcinoma of skin & Left",
		"nodular":                          "skos:exactMatch Nodular basal cell carcinoma of skin",
		"on the left":                      "skos:exactMatch Nodular basal cell carcinoma of skin & Left",
		"rest":                             "skos:broadMatch Other specified basal cell carcinoma of skin",
		"none":                             "skos:exactMatch ",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if comment, _ := f.head["comment"].(string); !strings.Contains(comment, icd11.Attribution) {
		t.Errorf("comment %q, want WHO's attribution", comment)
	}
}

func released(t *testing.T) *icd11.Release {
	t.Helper()
	release, err := icd11.ParseRelease(icd11test.Release("2025-01", icd11test.Skin()))
	if err != nil {
		t.Fatal(err)
	}
	return release
}

// Reviewers and days come from whoever knows them, by tab and label; the annotator of the log goes before that of the
// workbook.
func TestReviews(t *testing.T) {
	s := set(mapping.Row{Label: "a", Target: "N", Codes: []string{"2C32"}, Annotator: "of the workbook"},
		mapping.Row{Label: "b", Target: "N", Codes: []string{"2C32"}, Annotator: "bo|b"})
	s.Reviews = map[Key]Review{
		{"t", "a"}: {Annotator: "ana", Primary: "ben", Secondary: "eva", Approver: "zoe", AnnotatedOn: "2026-01-01",
			PrimaryOn: "2026-02-01", SecondaryOn: "2026-03-01", ApprovedOn: "2026-04-01"},
		{"s", "b"}: {Primary: "of a source, not of a tab"},
	}
	rows := read(t, s.Text()).rows
	for column, want := range map[string][2]string{
		"author_id": {"person:ana", "person:bo%7Cb"}, "reviewer_id": {"person:ben|person:eva", ""},
		"creator_id": {"person:zoe", ""}, "mapping_date": {"2026-01-01", ""}, "review_date": {"2026-03-01", ""},
		"publication_date": {"2026-04-01", ""},
	} {
		if got := [2]string{rows[0][column], rows[1][column]}; got != want {
			t.Errorf("%s: %q, want %q", column, got, want)
		}
	}
}

// Any label, name and note makes the way there and back: identifiers hold every byte, texts what UTF-8 can hold. The
// order of rows changes nothing.
func TestRoundTrip(t *testing.T) {
	texts := []string{"a\tb", "a\nb", "a\r\nb", `"`, `""a"`, "\x00\x1b[1m", "\xff\xfe", "\u2028", "#a: b", "a|b\\|c", "label:x",
		"%41", "é", "NA", " a ", "=1+1", "'", "\u0085", "\ufeff"}
	check := func(t *rapid.T) {
		draw := rapid.OneOf(rapid.SampledFrom(texts), rapid.String(),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
		var rows []mapping.Row
		labels := rapid.SliceOfNDistinct(draw, 0, 8, func(s string) string { return s }).Draw(t, "labels")
		for _, label := range labels {
			rows = append(rows, mapping.Row{Label: label, Target: "N" + draw.Draw(t, "name"), Notes: draw.Draw(t, "note"),
				Codes: []string{"2C32&XK8G/2C30"}, Annotator: draw.Draw(t, "annotator")})
		}
		data := set(rows...).Text()
		f := read(t, data)
		got := map[string]bool{}
		for _, row := range f.rows {
			label, err := url.PathUnescape(strings.TrimPrefix(row["subject_id"], "label:s/"))
			i := slices.IndexFunc(rows, func(r mapping.Row) bool { return r.Label == label })
			if err != nil || i < 0 || row["subject_label"] != text(label) || row["comment"] != text(rows[i].Notes) ||
				row["subject_category"] != text(rows[i].Target) || strings.ContainsAny(row["author_id"], "|\t \"") {
				t.Fatalf("%+v became %q", rows, row)
			}
			got[label] = true
		}
		if len(got) != len(labels) || len(f.rows) != len(labels) {
			t.Fatalf("%d labels came back as %d, in %d rows", len(labels), len(got), len(f.rows))
		}
		slices.Reverse(rows)
		if again := set(rows...).Text(); !bytes.Equal(data, again) {
			t.Fatalf("the order of rows shows:\n%s\n%s", data, again)
		}
	}
	rapid.Check(t, check)
}

// What stands above the records is YAML of the texts themselves, whatever they are.
func TestScalar(t *testing.T) {
	for _, value := range []string{"27.1", "1e3", "2025-01", "2025-01-01", "yes", "Null", "", "~", "- a", "a: b", "a #b",
		"#", "urn:x:", "urn:x:y", "a b", `"`, "\t", "é", "0x10", "1_000", "=", "<<", "'", "https://x.org/a%20b"} {
		var got map[string]any
		if err := yaml.Unmarshal([]byte("k: "+scalar(value)), &got); err != nil || got["k"] != value {
			t.Errorf("%q is written as %s, and read as %v, %v", value, scalar(value), got["k"], err)
		}
	}
}
