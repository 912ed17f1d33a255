package build_test

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/workflow/versions"
)

// This file holds what trace says of random images against what the raw files say, read by other code: the dataset CSV,
// the workbook's tabs and the lines of the log as JSON.

const refineTab = "Pathologies to exclude and merge"

// tracedCodes are the codes of the names of a traced world.
var tracedCodes = map[string]string{"A": "2C30", "B": "2C32", "C": "EA80;EK00", "D": "2F20", "E": "ED80"}

// A tracedWorld is a workspace without pictures whose rows were reviewed in all ways.
type tracedWorld struct {
	*stepBench
	r    *rand.Rand
	log  *decisions.Log
	now  time.Time
	seen []string // image_ids
}

func newTracedWorld(t *testing.T, seed uint64) *tracedWorld {
	t.Helper()
	log, _ := decisions.Parse(nil, nil, time.Time{})
	w := &tracedWorld{stepBench: &stepBench{t, tempDir(t)}, r: rand.New(rand.NewPCG(seed, 20)), log: log,
		now: time.Date(2024, 2, 27, 5, 0, 0, 0, time.UTC)}
	w.put("dermset.yaml", "version: \"1.0\"\nmapping: {workbook: mapping/workbook, tabs: {s1: other}}\n"+
		"select: {min_images: 1, min_groups: 1}\n")
	w.put("people.yaml", approvePeople+"- {id: fay, name: Fay, role: dermatologist}\n")
	for s := range 3 {
		w.source(fmt.Sprintf("s%d", s))
	}
	header := []string{"Category", "Action", "Merge into", "Reason", "Annotator", "Consult"}
	refine := [][]string{header}
	for _, rule := range [][3]string{{"A", "merge", "B"}, {"B", "merge", "C"}, {"D", "exclude", ""}} {
		if w.r.IntN(4) > 0 {
			proposed := decisions.Cells{"Action": rule[1], "Merge into": rule[2], "Reason": pick(w.r, []string{"", "so"})}
			refine = append(refine, w.rowOf(decisions.Row{Tab: refineTab, Label: rule[0]}, header, proposed))
		}
	}
	w.csv("mapping/workbook/"+refineTab+".csv", refine)
	w.put("mapping/decisions.jsonl", string(log.Text()))
	w.put("mapping/decisions.head", string(log.Head()))
	return w
}

// source writes a source of odd labels, and its tab.
func (w *tracedWorld) source(name string) {
	w.put("sources/"+name+"/source.yaml", "title: "+name+"\n")
	tab := name
	if name == "s1" {
		tab = "other"
	}
	rows := [][]string{datasetHeader}
	labels := []string{"nv", "n v, \"x\"", "two\nlines", " nv ", "Näv", "free"}
	for i := range 40 {
		cells := make([]string, len(datasetHeader))
		cells[0], cells[1] = fmt.Sprintf("%d, %d.jpg", i, i), pick(w.r, append(labels, ""))
		rows = append(rows, cells)
		w.seen = append(w.seen, name+"/"+cells[0])
	}
	w.csv("sources/"+name+"/"+name+"_dataset.csv", rows)
	header := []string{"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification", "Needed to Differentiate",
		"Annotator", "Consult"}
	table := [][]string{header}
	for _, label := range labels[:len(labels)-w.r.IntN(2)] {
		table = append(table, w.rowOf(decisions.Row{Tab: tab, Label: label}, header, w.named("")))
	}
	w.csv("mapping/workbook/"+tab+".csv", table)
}

// named is what somebody may decide on a label.
func (w *tracedWorld) named(note string) decisions.Cells {
	name := pick(w.r, []string{"A", "A", "B", "C", "D", "E", "-", ""})
	return decisions.Cells{"Target Name": name, "ICD-11 Code(s)": tracedCodes[name], "Notes/Justification": note}
}

// rowOf lets people review a row, ask, answer and edit it, and gives what the workbook holds in the end.
func (w *tracedWorld) rowOf(row decisions.Row, header []string, cells decisions.Cells) []string {
	w.add(decisions.Decision{Who: "ana", Role: decisions.Annotator, Act: decisions.Annotate, After: cells}, row, 3)
	if cells["Target Name"]+cells["Action"] != "" {
		cells = w.reviewed(row, cells)
	}
	consult := pick(w.r, []string{"", "", "which one?", "how old?"})
	w.add(decisions.Decision{Who: "fay", Role: decisions.Secondary, Act: decisions.Comment, Why: "or a wart?"}, row, 3)
	w.add(decisions.Decision{Who: "dora", Role: decisions.Secondary, Act: decisions.Answer, Question: "which one?",
		Why: "the \"left\" one", Sources: pick(w.r, []string{"", "PMID 1"})}, row, 2)
	if chance(w.r, 6) { // by hand
		edited := decisions.Cells{}
		for column, text := range cells {
			edited[column] = text
		}
		edited[map[bool]string{true: "Reason", false: "Notes/Justification"}[row.Tab == refineTab]] = "by hand"
		cells = edited
	}
	out := []string{row.Label}
	for _, column := range header[1:] {
		switch column {
		case "Annotator":
			out = append(out, "ana")
		case "Consult":
			out = append(out, consult)
		default:
			out = append(out, cells[column])
		}
	}
	return out
}

// reviewed lets people review a row, or not.
func (w *tracedWorld) reviewed(row decisions.Row, cells decisions.Cells) decisions.Cells {
	decide := func() decisions.Cells {
		if row.Tab == refineTab || w.r.IntN(2) == 0 {
			return cells
		}
		c := w.named("because")
		if c["Target Name"] == "" {
			return cells
		}
		return c
	}
	for range w.r.IntN(3) {
		after := decide()
		w.add(decisions.Decision{Who: "ben", Role: decisions.Primary, Act: decisions.Review, Annotator: "ana", Before: cells,
			After: after}, row, 1)
		cells = after
	}
	if last := w.log.Standing(row).Primary; last == nil {
		return cells
	}
	for range w.r.IntN(3) {
		sheet := ""
		for range w.r.IntN(3) {
			sheet = w.add(decisions.Decision{Who: "ana", Role: decisions.Secondary, Act: decisions.Export, Made: &decisions.Made{
				Version: "DXv1.0", For: "dora", As: decisions.Secondary, Open: chance(w.r, 3), Rows: []decisions.Row{row}}}, row, 1)
		}
		after := decide()
		w.add(decisions.Decision{Who: "dora", Role: decisions.Secondary, Act: decisions.Review, Annotator: "ana",
			Before: cells, After: after, Sheet: sheet}, row, 1)
		cells = after
	}
	return cells
}

// add adds a decision to the log, one time of so many, some hours after the last.
func (w *tracedWorld) add(d decisions.Decision, row decisions.Row, of int) string {
	w.t.Helper()
	if !chance(w.r, of) {
		return ""
	}
	if d.Made == nil {
		d.Row = &row
	}
	w.now = w.now.Add(time.Duration(w.r.IntN(20)) * time.Hour)
	sum, err := w.log.Add(d, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return sum
}

func (w *tracedWorld) csv(path string, rows [][]string) {
	w.t.Helper()
	var text strings.Builder
	if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
		w.t.Fatal(err)
	}
	w.put(path, text.String())
}

// A rawRow is a row of a CSV as an auditor reads it, by its header, and its line.
type rawRow struct {
	cells map[string]string
	line  int
}

// rawRows are the rows of a CSV.
func (w *tracedWorld) rawRows(path string) (all []rawRow) {
	w.t.Helper()
	file, err := os.Open(filepath.Join(w.dir, path))
	if err != nil {
		w.t.Fatal(err)
	}
	defer file.Close()
	in := csv.NewReader(file)
	header, err := in.Read()
	for err == nil {
		var cells []string
		if cells, err = in.Read(); err == nil {
			row := rawRow{map[string]string{}, 0}
			row.line, _ = in.FieldPos(0)
			for i, cell := range cells {
				row.cells[header[i]] = cell
			}
			all = append(all, row)
		}
	}
	return all
}

// rawLog are the lines of the log about a row, and those that exported it, as JSON has them.
func (w *tracedWorld) rawLog(tab, label string) (lines []map[string]any) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "mapping/decisions.jsonl"))
	if err != nil {
		w.t.Fatal(err)
	}
	about := map[string]any{"tab": tab, "label": label}
	for text := range strings.Lines(string(text)) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			w.t.Fatal(err)
		}
		line["sum"] = fmt.Sprintf("%x", sha256.Sum256([]byte(strings.TrimSuffix(text, "\n"))))
		made, _ := line["made"].(map[string]any)
		if cmp.Equal(line["row"], any(about)) || made != nil && cmp.Equal(made["rows"], any([]any{about})) {
			lines = append(lines, line)
		}
	}
	return lines
}

// saidIn is a cell of what a line decided.
func saidIn(line map[string]any, column string) string {
	cells, _ := line["after"].(map[string]any)
	text, _ := cells[column].(string)
	return text
}

// inWords is what a line decided.
func inWords(line map[string]any) string {
	if action := saidIn(line, "Action"); action != "" {
		return strings.TrimSpace(action + " " + saidIn(line, "Merge into"))
	}
	if codes := saidIn(line, "ICD-11 Code(s)"); codes != "" {
		return saidIn(line, "Target Name") + " (" + codes + ")"
	}
	return saidIn(line, "Target Name")
}

func on(line map[string]any) string {
	day, _, _ := strings.Cut(line["time"].(string), "T")
	return fmt.Sprintf("%s on %s", line["who"], day)
}

// wantReviews is what trace must say of a row of a tab that holds these cells.
func (w *tracedWorld) wantReviews(of, tab, label string, cells map[string]string) (want [][]string) {
	add := func(what, value string) {
		if value != "" {
			want = append(want, []string{of + what, value})
		}
	}
	var primary, secondary map[string]any
	annotated, blind, shown, open := cells["Annotator"], "", false, map[any]bool{}
	asked, answers := []string{}, [][2]string{}
	for _, line := range w.rawLog(tab, label) {
		switch line["act"] {
		case "annotate":
			annotated = on(line)
		case "export":
			is := line["made"].(map[string]any)["open"] == true
			shown, open[line["sum"]] = shown || is, is
		case "review":
			if line["role"] == "primary" {
				primary, secondary = line, nil
				continue
			}
			secondary, blind = line, "not blinded"
			if isOpen, exported := open[line["sheet"]]; exported && !isOpen && !shown {
				blind = "blinded"
			}
		case "comment":
			if !slices.Contains(asked, line["why"].(string)) {
				asked = append(asked, line["why"].(string))
			}
		case "answer":
			text := fmt.Sprintf("%s (%s)", line["why"], on(line))
			if line["sources"] != nil {
				text += fmt.Sprintf("; literature: %s", line["sources"])
			}
			answers = append(answers, [2]string{line["question"].(string), text})
		}
	}
	add("annotated by", annotated)
	last := primary
	switch {
	case primary == nil && cells["Target Name"]+cells["Action"] != "":
		add("reviews", "none yet")
	case primary != nil && secondary == nil:
		add("primary review", "by "+on(primary))
		add("secondary review", "none yet")
	case primary != nil:
		one, two := "", ""
		if inWords(primary) != inWords(secondary) {
			one, two = ": said "+inWords(primary), ": said "+inWords(secondary)+", which stands"
		}
		add("primary review", "by "+on(primary)+one)
		add("secondary review", "by "+on(secondary)+", "+blind+two)
		last = secondary
	}
	for _, column := range []string{"Target Name", "ICD-11 Code(s)", "Notes/Justification", "Action", "Merge into",
		"Reason"} {
		if last != nil && saidIn(last, column) != cells[column] {
			add("edited since", "the reviews left "+inWords(last))
			break
		}
	}
	if cells["Consult"] != "" {
		asked = append(asked, cells["Consult"])
	}
	for _, a := range answers {
		if !slices.Contains(asked, a[0]) {
			asked = append(asked, a[0])
		}
	}
	for _, question := range asked {
		add("question", question)
		for _, a := range answers {
			if a[0] == question {
				add("answer", a[1])
			}
		}
	}
	return want
}

// want is what trace must say of an image, as far as the raw files tell.
func (w *tracedWorld) want(image string) (want [][]string) {
	source, path, _ := strings.Cut(image, "/")
	add := func(what, value string) {
		if value != "" {
			want = append(want, []string{what, value})
		}
	}
	csv := "sources/" + source + "/" + source + "_dataset.csv"
	at := slices.IndexFunc(w.rawRows(csv), func(r rawRow) bool { return r.cells["image_path"] == path })
	raw := w.rawRows(csv)[at]
	label := raw.cells["label"]
	add("source label", label)
	add("dataset row", fmt.Sprintf("%s:%d", csv, raw.line))
	tab := map[string]string{"s0": "s0", "s1": "other", "s2": "s2"}[source]
	labels := w.rawRows("mapping/workbook/" + tab + ".csv")
	row := slices.IndexFunc(labels, func(r rawRow) bool { return r.cells["Source Label"] == label })
	if label == "" || row < 0 {
		add("rejected", map[bool]string{true: "at stage map: no_label", false: "at stage map: unmapped"}[label == ""])
		return want
	}
	cells := labels[row].cells
	name := cells["Target Name"]
	codes := `["` + strings.ReplaceAll(cells["ICD-11 Code(s)"], ";", `","`) + `"]`
	add("mapped to", map[string]string{"": "no Target Name yet", "-": "- (leave these images out)"}[name])
	if codes != `[""]` {
		add("mapped to", name+" "+codes)
	}
	add("because", cells["Notes/Justification"])
	want = append(want, w.wantReviews("", tab, label, cells)...)
	return append(want, w.wantEnd(name)...)
}

// wantEnd is what trace must say of where a name ends.
func (w *tracedWorld) wantEnd(name string) (want [][]string) {
	rules := map[string]map[string]string{}
	for _, r := range w.rawRows("mapping/workbook/" + refineTab + ".csv") {
		rules[r.cells["Category"]] = r.cells
	}
	end, excluded := name, false
	for rule := rules[end]; rule != nil; rule = rules[end] {
		what, text := "exclusion", end
		if rule["Action"] == "merge" {
			what, text = "merger", end+" → "+rule["Merge into"]
		}
		want = append(want, []string{what, text})
		if rule["Reason"] != "" {
			want = append(want, []string{what + " because", rule["Reason"]})
		}
		want = append(want, w.wantReviews(what+" ", refineTab, end, rule)...)
		end, excluded = rule["Merge into"], what == "exclusion"
		if excluded {
			break
		}
	}
	if end != name && !excluded {
		want = slices.Insert(want, 0, []string{"merged into", end})
	}
	switch {
	case name == "-":
		return append(want, []string{"rejected", "at stage map: label_excluded"})
	case name == "":
		return append(want, []string{"rejected", "at stage map: unmapped"})
	case excluded:
		return append(want, []string{"rejected", "at stage refine: category_excluded"})
	}
	return append(want, []string{"class", end})
}

// A trace of 100 random images agrees with the raw files, and names reviewers and decisions.
func TestTraceAgreesWithTheRawFiles(t *testing.T) {
	told := map[string]int{}
	for seed := range uint64(4) {
		w := newTracedWorld(t, seed)
		if _, err := buildIn(t.Context(), w.dir, "publish", plainRun); err != nil {
			t.Fatal(err)
		}
		opened, err := open(w.dir, plainRun)
		if err != nil {
			t.Fatal(err)
		}
		for range 25 {
			image := pick(w.r, w.seen)
			_, traced, err := versions.Trace(t.Context(), opened, "", image)
			if err != nil {
				t.Fatal(err)
			}
			var got [][]string
			for _, row := range traced {
				what, value := row[0], row[1]
				value, _, _ = strings.Cut(value, " (class_id ")
				if strings.HasSuffix(what, "edited since") { // with the notes behind it
					value, _, _ = strings.Cut(strings.TrimSuffix(value, "; nobody has reviewed what it is now"), ", ")
				}
				told[what]++
				if !slices.Contains([]string{"image", "version", "state", "ICD-11", "group", "split", "soft labels", "readers",
					"shows", "last name", "finding", "image type", "skin tone", "ITA", "body part", "crops"}, what) {
					got = append(got, []string{what, value})
				}
			}
			if d := cmp.Diff(w.want(image), got); d != "" {
				t.Fatalf("seed %d: %s (-want +got):\n%s", seed, image, d)
			}
		}
	}
	for _, what := range []string{"annotated by", "primary review", "secondary review", "reviews", "edited since",
		"question", "answer", "merger primary review", "merger secondary review", "exclusion", "rejected", "class"} {
		if told[what] == 0 {
			t.Errorf("no image had a line %q", what)
		}
	}
}
