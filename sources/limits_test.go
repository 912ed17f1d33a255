package sources

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/csvio"
)

// TestLongestCell reads a cell of a mebibyte in every format, and names one that is a byte longer.
func TestLongestCell(t *testing.T) {
	type record struct {
		I string `parquet:"i"`
		L string `parquet:"l"`
	}
	table := func(l string) map[string]string {
		var parts bytes.Buffer
		if err := parquet.Write(&parts, []record{{"b", ""}, {"a", l}}); err != nil {
			t.Fatal(err)
		}
		return map[string]string{
			"m.csv":     "i,l\nb,\na," + l + "\n",
			"q.csv":     "l,i\n,b\n\"" + l[1:] + "\"\"\",a\n", // as many bytes, quoted
			"m.tsv":     "i\tl\nb\t\na\t" + l + "\n",
			"m.jsonl":   `{"i":"b"}` + "\n" + `{"i":"a","l":"` + l + `"}`,
			"m.json":    "[{\"i\":\"b\"},\n" + `{"i":"a","l":"` + l + `"}]`,
			"m.parquet": parts.String(),
			"n.csv":     "i,unused\n", // joined to, in vain
		}
	}
	longest := strings.Repeat("x", csvio.MaxCell)
	const inCSV, elsewhere = "field is longer than 1 MiB", `column "l": a cell of 1048577 bytes, at most 1 MiB is read`
	for name, want := range map[string]string{
		"m.csv:3": inCSV, "q.csv:3": inCSV, "m.tsv:3": inCSV,
		"m.jsonl:2": elsewhere, "m.json:2": elsewhere,
		"m.parquet: row 2": `column "l": a value of 1048577 bytes, at most 1 MiB is read`,
	} {
		place := name
		name, _, _ = strings.Cut(name, ":")
		s := newTrial(t, "files: "+name+"\ncolumns: {image_path: i, label: l}\n", table(longest))
		if _, err := s.ingest(t); err != nil || !strings.Contains(s.ren, longest[1:]) {
			t.Errorf("%s: %.200v", name, err)
		}
		s.files(t, table(longest+"x"))
		_, err := s.ingest(t)
		mustName(t, err, place, want)
	}
	s := newTrial(t, "files: m.jsonl\ncolumns: {image_path: i}\n", table(longest+"x")) // a column that is not in use
	if _, err := s.ingest(t); err != nil {
		t.Errorf("%.200v", err)
	}
	s = newTrial(t, "files: m.csv\ncolumns: {image_path: i, label: \"{l}{i}\"}\n", table(longest))
	_, err := s.ingest(t)
	mustName(t, err, `m.csv:3: column "label" of the dataset: a cell of 1048577 bytes`)
	s = newTrial(t, "files:\n- m.csv\n- {path: q.csv, join: {on: i}}\ncolumns: {image_path: i, label: q.l}\n",
		table(longest+"x"))
	_, err = s.ingest(t)
	mustName(t, err, "q.csv:3", inCSV)
	header := strings.Join(dataset.Columns, ",") + "\n"
	s = newTrial(t, "exec: [sh, -c, 'cp \"$DERMSET_RAW/m.csv\" \"$DERMSET_OUT\"']\n",
		map[string]string{"m.csv": header + "a," + longest + "x,,,,,,,,,,\n"})
	_, err = s.ingest(t)
	mustName(t, err, "clinic_dataset.csv:2:3: "+inCSV, "mend the script")
}

// TestLists names the first of what is unused, bad or left out, counts all, and writes all of the first two.
func TestLists(t *testing.T) {
	const rows = MaxListed + 500
	var raw strings.Builder
	raw.WriteString("i,j,age,keep\n")
	for i := range rows {
		fmt.Fprintf(&raw, "%d,x%d,%d,yes\n%d,x%d,,no\n", i, i, 200+i, i, i)
		fmt.Fprintf(&raw, "%d,y%d,,yes\n", i, i)
	}
	s := newTrial(t, "files: m.csv\nrepeated_images: first\nskip: {column: keep, is: no}\n"+
		"columns: {image_path: {columns: [i, j]}, age: age}\n", map[string]string{"m.csv": raw.String()})
	c, err := Load(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	var unused, bad strings.Builder
	report, err := Ingest(context.Background(), c, Options{Unused: &unused, BadValues: &bad})
	if err != nil {
		t.Fatal(err)
	}
	got := []int{report.Unused, len(report.UnusedRows), report.Bad, len(report.BadValues), report.LeftOut,
		len(report.Repeated), strings.Count(unused.String(), "\n"), strings.Count(bad.String(), "\n")}
	if diff := cmp.Diff([]int{rows, MaxListed, rows, MaxListed, rows, MaxListed, rows + 1, rows + 1}, got); diff != "" {
		t.Error(diff)
	}
	last := 3*(rows-1) + 2
	if want := fmt.Sprintf("\nm.csv,%d,skip,\"keep is \"\"no\"\"\"\n", last+1); !strings.HasSuffix(unused.String(), want) {
		t.Errorf("unused ends with %q, want %q", unused.String()[unused.Len()-50:], want)
	}
	if want := fmt.Sprintf("\nm.csv,%d,age,%d\n", last, 200+rows-1); !strings.HasSuffix(bad.String(), want) {
		t.Errorf("bad values end with %q, want %q", bad.String()[bad.Len()-50:], want)
	}
	detail := fmt.Sprintf("%d, first in m.csv:%d", MaxListed-1, 3*MaxListed-1)
	if got := report.Repeated[MaxListed-1]; got.Detail != detail {
		t.Errorf("left out is %+v, want %s", got, detail)
	}
}

// TestManyFilesOfAWalk lists more files that are no images than a walk keeps, links first.
func TestManyFilesOfAWalk(t *testing.T) {
	files := map[string]string{"a.png": ""}
	for i := range MaxListed + 10 {
		files[fmt.Sprintf("t/%d.txt", i)] = ""
	}
	s := newTrial(t, "files: {walk: \"**\"}\ncolumns: {image_path: $file}\n", files)
	c, err := Load(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	var unused strings.Builder
	report, err := Ingest(context.Background(), c, Options{Unused: &unused})
	if err != nil || report.Unused != MaxListed+10 || strings.Count(unused.String(), "\n") != MaxListed+11 {
		t.Errorf("%v, %d unused:\n%.200s", err, report.Unused, unused.String())
	}
}
