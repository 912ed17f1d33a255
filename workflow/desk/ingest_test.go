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
}
