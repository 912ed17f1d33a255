package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/dermset/dermset/results"
)

// givesText are the verbs that give no data.
var givesText = []string{"completion"}

// Every verb declares what it gives, and each key says what it means.
func TestEveryVerbHasAForm(t *testing.T) {
	snake := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	var declared []string
	seen := map[string]bool{}
	for _, f := range forms {
		verb, _, _ := flagOf(f)
		declared = append(declared, verb)
		if seen[f.Name()] || !snake.MatchString(f.Name()) || f.Says == "" || (f.One == nil) == (f.Rows == nil) {
			t.Errorf("%q: not one form of a verb: %+v", f.Verb, f)
		}
		seen[f.Name()] = true
		tables := map[string]results.Columns{"": slices.Concat(f.One, f.Rows)}
		for _, part := range f.Parts {
			tables[part.Key] = part.Rows
			tables[""] = append(tables[""], results.List(part.Key, part.Says))
		}
		for in, columns := range tables {
			keys := columns.Keys()
			if slices.Sort(keys); len(slices.Compact(keys)) != len(columns) {
				t.Errorf("%s %s: a key stands twice: %q", f.Verb, in, keys)
			}
			for _, c := range columns {
				if !snake.MatchString(c.Key) || c.Says == "" {
					t.Errorf("%s: key %q means %q", f.Verb, c.Key, c.Says)
				}
			}
		}
	}
	slices.Sort(declared)
	want := slices.DeleteFunc(verbs(newRoot()), func(verb string) bool { return slices.Contains(givesText, verb) })
	if diff := cmp.Diff(want, slices.Compact(declared)); diff != "" {
		t.Errorf("verbs with a form (-program +forms):\n%s", diff)
	}
}

// docs/json.md and docs/json.schema.json are made of the forms. -update writes them.
func TestResultsPage(t *testing.T) {
	page := filepath.Join(project, "docs", "json.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- begin: made by go test ./cmd/dermset -run TestResultsPage -update -->\n", "<!-- end -->\n"
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s lacks the marks %q and %q", page, begin, end)
	}
	for path, want := range map[string]string{
		page: before + begin + results.Page(forms) + end + after,
		filepath.Join(project, "docs", "json.schema.json"): string(schemaText()),
	} {
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%s is not made of the forms as they are, %v: run the test with -update", path, err)
		}
	}
}

// docs/json.md names the verbs that give with --dry-run what plan gives.
func TestPageNamesStepsWithDryRun(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(project, "docs", "json.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "With `--dry-run` these give what `plan` gives: ")
	named, _, _ := strings.Cut(strings.ReplaceAll(rest, "\n", " "), ".")
	want := []string{"`build`"}
	for verb := range stepForms {
		want = append(want, "`"+verb+"`")
	}
	slices.Sort(want)
	if got := strings.Split(named, ", "); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func schemaText() []byte { return results.Schema("What dermset gives with --format json", forms) }

// schemaOf is the compiled schema of a form.
func schemaOf(f results.Form) (*jsonschema.Schema, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText()))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource("results.json", document); err != nil {
		return nil, err
	}
	return compiler.Compile("results.json#/$defs/" + f.Name())
}

// validate holds a document against the schema of a form.
func validate(f results.Form, document []byte) error {
	schema, err := schemaOf(f)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// anyCell draws a cell of a column, and what JSON makes of it.
func anyCell(t *rapid.T, c results.Column) (string, any) {
	if c.Maybe && rapid.Bool().Draw(t, "absent") {
		return "", nil
	}
	switch c.Kind {
	case results.KindWhole:
		n := rapid.Int64().Draw(t, "n")
		return strconv.FormatInt(n, 10), json.Number(strconv.FormatInt(n, 10))
	case results.KindNumber:
		text := rapid.SampledFrom([]string{"0", "-1.50", "0.0001", "1e-07"}).Draw(t, "number")
		return text, json.Number(text)
	case results.KindYesNo:
		text := rapid.SampledFrom([]string{"yes", "true", "no", "false"}).Draw(t, "is")
		return text, text == "yes" || text == "true"
	case results.KindTime:
		return "2026-02-03T04:05:06+01:00", "2026-02-03T04:05:06+01:00"
	case results.KindDate:
		return "2024-02-29", "2024-02-29"
	case results.KindList:
		items := rapid.SliceOf(rapid.SampledFrom([]string{"2C30", "a; b", `"`, "<é>"})).Draw(t, "items")
		list := []any{}
		for _, item := range items {
			list = append(list, item)
		}
		return results.ListCell(items), list
	case results.KindValue:
		text := rapid.SampledFrom([]string{"x", "[é", "12"}).Draw(t, "value")
		return results.ValueCell(text), text
	}
	text := rapid.SampledFrom([]string{"x", "a b", "é", "a,b\n\"c\"", "\x01", "\xff", "=1"}).Draw(t, "text")
	return text, results.Escaped(text)
}

// What any verb may give is valid by the schema, and has the same values as JSON, CSV and a table.
func TestFormatsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(forms).Draw(t, "form")
		draw := func(columns results.Columns) (cells []string, want map[string]any) {
			want = map[string]any{}
			for _, c := range columns {
				cell, value := anyCell(t, c)
				cells, want[c.Key] = append(cells, cell), value
			}
			return cells, want
		}
		one, wanted := draw(f.One)
		rows, all := [][][]string{}, [][]any{}
		for _, columns := range tablesOf(f) {
			cells, list := [][]string{}, []any{}
			for range rapid.IntRange(0, 2).Draw(t, "rows") {
				row, want := draw(columns)
				cells, list = append(cells, row), append(list, want)
			}
			rows, all = append(rows, cells), append(all, list)
		}
		var want any = wanted
		for i, part := range f.Parts {
			wanted[part.Key] = all[i]
		}
		if f.One == nil {
			want = all[0]
		}
		said := map[string]string{}
		for _, format := range []string{"json", "csv", "table"} {
			var out bytes.Buffer
			if err := (&app{stdout: &out, format: format}).give(f, one, rows...); err != nil {
				t.Fatal(err)
			}
			said[format] = out.String()
		}
		if err := validate(f, []byte(said["json"])); err != nil {
			t.Fatalf("%s: %v\n%s", f.Verb, err, said["json"])
		}
		var got any
		decoder := json.NewDecoder(strings.NewReader(said["json"]))
		decoder.UseNumber()
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", f.Verb, diff)
		}
		columns, cells := f.Table(one, rows...)
		readable := columns.Readable(cells)
		lines, err := csv.NewReader(strings.NewReader(said["csv"])).ReadAll()
		if err != nil || len(lines) != 1+len(cells) || !slices.Equal(lines[0], columns.Keys()) {
			t.Fatalf("%s: %v\n%s", f.Verb, err, said["csv"])
		}
		for i, row := range cells {
			for j, cell := range row {
				if lines[i+1][j] != results.Escaped(cell) {
					t.Fatalf("%s: CSV has %q for %q", f.Verb, lines[i+1][j], cell)
				}
				if shown := readable[i][j]; len(visible(shown)) < 6 && !strings.Contains(said["table"], visible(shown)) {
					t.Fatalf("%s: the table lacks %q:\n%s", f.Verb, shown, said["table"])
				}
			}
		}
	})
}

// flagOf is the verb of a form, and the flag that makes the verb give it, if there is one.
func flagOf(f results.Form) (verb, flag string, is bool) {
	verb, _, _ = strings.Cut(f.Verb, ", ")
	return strings.Cut(verb, " --")
}

// tablesOf are the tables that a form has.
func tablesOf(f results.Form) (all []results.Columns) {
	if f.One == nil {
		return []results.Columns{f.Rows}
	}
	for _, part := range f.Parts {
		all = append(all, part.Rows)
	}
	return all
}

// formsSeen are the forms that scripts have seen as JSON and as CSV.
var formsSeen sync.Map

// Every verb, run in a workspace, gives JSON that the schema allows. Two need more than a script has: a document of
// Google Sheets, and ONNX Runtime.
func TestEveryVerbGivesItsForm(t *testing.T) {
	params := scripts()
	params.Files = []string{filepath.Join("testdata", "everyverb.txtar")}
	t.Run("script", func(t *testing.T) { testscript.Run(t, params) })
	for _, f := range forms {
		_, seen := formsSeen.Load(f.Name() + " json")
		if needsMore := f.Verb == "mapping pull" || f.Verb == "models doctor"; !seen && !needsMore {
			t.Errorf("%s was not seen as JSON", f.Verb)
		}
	}
}

// fitsForm holds what a command of a script gave against the forms of its verb: JSON by the schema, and CSV by the
// header, and by the JSON that its rows make.
func fitsForm(args []string, stdout []byte) error {
	at := slices.Index(args, "--format")
	if len(stdout) == 0 || at < 0 || args[0] == "__complete" || args[at+1] == "table" {
		return nil
	}
	cmd, _, err := newRoot().Find(args)
	if err != nil {
		return err
	}
	verb := verbOf(cmd)
	if !cmd.HasParent() { // dermset --version
		verb = "version"
	}
	var all, flagged []results.Form
	for _, f := range forms {
		of, flag, is := flagOf(f)
		if of == verb && is && slices.Contains(args, "--"+flag) {
			flagged = append(flagged, f)
		} else if of == verb && (!is || args[at+1] == "csv") {
			all = append(all, f)
		}
	}
	if len(flagged) > 0 {
		all = flagged
	}
	if slices.Contains(args, "--dry-run") && stepForms[verb].One != nil || verb == "build" {
		all = append(all, planForm)
	}
	problems := []error{fmt.Errorf("%s has no form for %q", verb, args)}
	for _, f := range all {
		format := args[at+1]
		var err error
		if format == "json" {
			err = validate(f, stdout)
		} else {
			err = csvFits(f, stdout)
		}
		if err == nil {
			formsSeen.Store(f.Name()+" "+format, true)
			return nil
		}
		problems = append(problems, fmt.Errorf("%s: %w", f.Verb, err))
	}
	return errors.Join(problems...)
}

// csvFits says why a CSV is none of a form, or of the findings that blocked it.
func csvFits(f results.Form, text []byte) error {
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return err
	}
	tables := tablesOf(f)
	if len(tables) == 0 {
		tables = append(tables, f.One)
	}
	for _, columns := range tables {
		if slices.Equal(columns.Keys(), lines[0]) {
			_, err := results.Form{Rows: columns}.JSON(nil, lines[1:])
			return err
		}
	}
	return fmt.Errorf("the header is %q", lines[0])
}
