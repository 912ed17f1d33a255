package desk

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// Ingest says what is lost: names that a person gave to labels that are gone, and images that a row before has. Five
// are named.
func TestIngestTellsWhatIsLost(t *testing.T) {
	w := workspacetest.Small(t, "")
	var said bytes.Buffer
	w.Log = slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{
		Level: slog.LevelWarn,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.MessageKey {
				return a
			}
			return slog.Attr{}
		},
	}))
	dir := w.Path("sources/s")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ingest := func(messages ...string) {
		t.Helper()
		want := ""
		for _, message := range messages {
			want += "msg=" + strconv.Quote(message) + "\n"
		}
		for _, dry := range []bool{true, false} {
			said.Reset()
			if _, err := Ingest(t.Context(), w, IngestOptions{Names: []string{"s"}, DryRun: dry}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, said.String()); diff != "" {
				t.Errorf("dry run %t (-want +got):\n%s", dry, diff)
			}
		}
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "raw"), 0o755),
		os.Remove(filepath.Join(dir, "s_dataset.csv"))); err != nil { // which is not ingest's to overwrite
		t.Fatal(err)
	}
	write("source.yaml", "files: m.csv\nrepeated_images: first\ncolumns: {image_path: {columns: [a, b]}, label: dx}\n")
	write("raw/m.csv", "a,b,dx\n1.jpg,2.jpg,acne\n2.jpg,3.jpg,acne\n1.jpg,,acne\n")
	write("s_renaming.csv", `Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Images
acne,Acne,ED80,,3
a,A,,,1
empty,,,,1
b,,1A00,,1
c,,,see below,1
"d, ""D""",D,,,1
e,E,,,1
f,F,,,1
g,G,,,1
`)
	const left = "s: rows name images that a row before names, and others; these are left out: " +
		"m.csv:3: 2.jpg, first in m.csv:2"
	ingest("s: no row has these labels any more; what the renaming CSV had for them is left out: "+
		`"a", "b", "c", "d, \"D\"", "e" and 2 more`, left)
	ingest(left) // what is gone is told once

	write("source.yaml", "files: {path: m.csv, delimiter: \";\"}\ncolumns: {image_path: a, age: age}\n")
	write("raw/m.csv", "a;age\n1.jpg;40\n2.jpg;62,5\n3.jpg;7,5\n")
	if err := errors.Join(os.Remove(filepath.Join(dir, "s_dataset.csv")),
		os.Remove(filepath.Join(dir, "s_renaming.csv"))); err != nil {
		t.Fatal(err)
	}
	ingest(`s: m.csv:3: age "62,5" has a decimal comma: write ` + "`replace: {\",\": \".\"}`" + ` beside its column: in source.yaml`)

	write("source.yaml", "files: m.csv\nrepeated_images: first\nskip: {column: dx, is: TOTALES}\n"+
		"columns: {image_path: a, label: dx}\n")
	write("raw/m.csv", "a,dx\n1.jpg,acne\n1.jpg,nevus\n2.jpg,Total\n")
	ingest(`s: `+filepath.Join(dir, "source.yaml")+`:3: skip: dx: no row that it is asked of has "TOTALES" `+
		`(did you mean "Total"?)`,
		`s: rows say something else of an image than the first that names it, which counts: `+
			`m.csv:3: 1.jpg: label "nevus", first in m.csv:2`)

	write("source.yaml", "files: m.csv\nid_missing: [x]\n"+
		"columns: {image_path: a, label: dx, patient_id: p, lesion_id: l}\n")
	write("raw/m.csv", "a,dx,p,l\n1.jpg,acne,unknown,NA\n2.jpg,acne,unknown,\n3.jpg,Total,x,1\n4.jpg,acne,n1,na1\n")
	ingest("s: patient_id \"unknown\" in 2 rows, lesion_id \"NA\" in 1 rows: each is one patient or lesion; " +
		"if nobody knows which, write `id_missing: [\"x\", \"unknown\", \"NA\"]` in source.yaml")
	write("source.yaml", "files: m.tsv\ncolumns: {image_path: a, body_site: b}\n")
	write("raw/m.tsv", "a\tb\n1.jpg\t\"arm\"\n")
	ingest(`s: m.tsv:2: "arm" stands in quotes, which are kept: where they are none of the text, write ` +
		"`{path: m.tsv, quotes: rfc4180}` in line 1 of source.yaml")
}
