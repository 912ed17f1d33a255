package build_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// Manifest, findings and tables name files of people's folders: those whose names are not UTF-8 are told, all at once.
func TestNamesOfInputsAreUTF8(t *testing.T) {
	w := workspacetest.Small(t, "")
	for _, name := range []string{"annotations/t\xff.csv", "annotations/s/q\xfe/1.txt", "curation/\xfd"} {
		path := w.Path(name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, nil, 0o666)); err != nil {
			t.Skip("this system refuses such names: ", err)
		}
	}
	_, err := build.Findings(t.Context(), w)
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"annotations/t\xff.csv", "annotations/s/q\xfe", "curation/\xfd"} {
		if want := name + ": the name is not UTF-8: rename it"; strings.Count(err.Error(), want) != 1 {
			t.Errorf("%q does not say %q once", err, want)
		}
	}
}
