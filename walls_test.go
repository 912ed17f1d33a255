// Package dermset_test holds the whole project to the rules that no room can hold itself to.
package dermset_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/dermset/dermset/"

// walls says which rooms a room may import directly. A room that is not named here may import nothing of ours; what
// measures, in bench/, may import anything.
var walls = map[string][]string{
	"cmd/dermset": {
		"workflow/build", "workflow/desk", "workflow/versions", "workflow/workspace", "pictures", "findings",
		"mapping", "demo", "engine",
	},
	"workflow/desk": {
		"workflow/build", "workflow/workspace", "transfer", "findings", "mapping", "icd11", "sources", "dataset",
		"io/blobio", "io/csvio", "io/fileio", "io/releaseio", "io/sheetio",
	},
	"workflow/build": {
		"workflow/versions", "workflow/steps", "workflow/workspace", "stages", "ledger", "rows", "engine", "pictures",
		"images", "transfer", "findings", "mapping", "icd11", "sources", "dataset",
		"io/arrowio", "io/blobio", "io/csvio", "io/fileio", "io/parquetio", "io/releaseio", "io/sheetio",
	},
	"workflow/versions": {"workflow/workspace", "transfer", "io/blobio", "io/csvio", "io/releaseio"},
	"workflow/steps":    {"workflow/workspace", "io/arrowio"},
	"workflow/workspace": {
		"transfer", "findings", "icd11", "images", "sources", "dataset", "io/blobio", "io/csvio", "io/fileio",
		"io/releaseio", "io/sheetio", "io/yamlio",
	},
	"workflow/workspace/workspacetest": {"workflow/workspace"},

	"pictures": {"images", "io/factio", "io/fileio"},
	"images":   {"images/jpeg", "images/png"},
	"transfer": {"io/blobio", "io/appendio"},
	"stages":   {"rows", "engine", "dataset"}, // never ledger, nor ledger stages
	"ledger":   {"rows", "engine"},
	"rows":     {"dataset"},
	"mapping":  {"findings", "dataset", "icd11", "io/csvio", "io/fileio", "io/sheetio"},
	"findings": {"io/csvio"},
	"sources":  {"dataset", "dataset/literal", "io/csvio", "io/fileio", "io/sheetio", "io/yamlio"},
	"dataset":  {"dataset/literal", "io/csvio"},
	"icd11":    {"io/fileio", "io/httpio"},

	"engine/enginetest":     {"engine"},
	"io/arrowio":            {"engine", "io/csvio", "io/fileio"},
	"io/csvio":              {"io/fileio"},
	"io/parquetio":          {"engine"},
	"io/appendio":           {"packed"},
	"io/factio":             {"io/appendio"},
	"io/sheetio":            {"io/csvio", "io/fileio", "io/httpio"},
	"io/sheetio/googletest": {"io/sheetio"},
	"io/blobio":             {"io/fileio", "io/httpio"},
	"io/blobio/blobtest":    {"io/blobio"},
}

// withoutArrow are the rooms that a reader must be able to follow without knowing the engine;
// they never reach Arrow, not even indirectly.
var withoutArrow = []string{
	"workflow/workspace", "pictures", "images", "images/jpeg", "images/png", "transfer", "findings", "mapping", "icd11",
	"sources", "dataset", "dataset/literal", "io/blobio", "io/csvio", "io/factio", "io/fileio", "io/httpio", "io/sheetio",
	"io/yamlio",
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// packages are ours.
func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p goPackage
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, module)
		allowed, measures := walls[room], strings.HasPrefix(room, "bench/")
		for _, path := range p.Imports {
			inside, ours := strings.CutPrefix(path, module)
			if strings.HasPrefix(inside, "bench/") {
				t.Errorf("%s imports %s, which measures and is imported by nothing", room, inside)
			}
			if ours && !measures && !slices.Contains(allowed, inside) {
				t.Errorf("%s imports %s; it may import %v (ARCHITECTURE.md, Rooms)", room, inside, allowed)
			}
		}
		for _, inside := range allowed { // a door that nobody uses is a hole
			if !slices.Contains(p.Imports, module+inside) {
				t.Errorf("%s may import %s, and does not", room, inside)
			}
		}
	}
}

func TestPlainRoomsNeverReachArrow(t *testing.T) {
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, module)
		if !slices.Contains(withoutArrow, room) {
			continue
		}
		for _, path := range p.Deps {
			if strings.HasPrefix(path, "github.com/apache/arrow-go/") || path == module+"engine" {
				t.Errorf("%s reaches %s", room, path)
			}
		}
	}
}
