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

// walls says which rooms a room may import directly. A room that is not named here may import nothing of ours; "all" may import anything, and
// so may what measures, in bench/.
var walls = map[string][]string{
	"cmd/dermset":        {"workflow", "demo", "engine", "mapping", "io/csvio"},
	"workflow":           {"all"},
	"sources":            {"dataset", "io/csvio", "io/sheetio", "io/yamlio"},
	"mapping":            {"icd11", "io/csvio", "io/sheetio"},
	"stages":             {"engine", "dataset"},
	"images":             {"images/jpeg", "images/png", "images/turbo"},
	"images/turbo":       {"images/jpeg"},
	"transfer":           {"io/appendio", "io/blobio"},
	"engine/enginetest":  {"engine"},
	"io/appendio":        {"packed"},
	"io/factio":          {"io/appendio"},
	"io/arrowio":         {"engine", "io/csvio"},
	"io/parquetio":       {"engine", "io/csvio"},
	"io/sheetio":         {"io/csvio"},
	"io/blobio/blobtest": {"io/blobio"},
	// stands in for Google in tests
	"io/sheetio/googletest": {"io/sheetio"},
}

// withoutArrow are the rooms that a reader must be able to follow without knowing the engine; they never reach Arrow, not even indirectly.
var withoutArrow = []string{"mapping", "icd11", "sources", "dataset", "images", "images/jpeg", "images/png", "images/turbo", "io/blobio", "transfer"}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// packages are ours, in the build with these tags.
func packages(t *testing.T, tags string) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-tags", tags, "-json=ImportPath,Imports,Deps", "./...").Output()
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
	for _, p := range packages(t, "turbo") { // which has all rooms
		room := strings.TrimPrefix(p.ImportPath, module)
		allowed, measures := walls[room], strings.HasPrefix(room, "bench/")
		for _, path := range p.Imports {
			inside, ours := strings.CutPrefix(path, module)
			if strings.HasPrefix(inside, "bench/") {
				t.Errorf("%s imports %s, which measures and is imported by nothing", room, inside)
			}
			if ours && !measures && !slices.Contains(allowed, "all") && !slices.Contains(allowed, inside) {
				t.Errorf("%s imports %s; it may import %v (ARCHITECTURE.md, Rooms)", room, inside, allowed)
			}
		}
	}
}

func TestPlainRoomsNeverReachArrow(t *testing.T) {
	for _, p := range packages(t, "turbo") {
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

// What loads libraries makes every program that it is part of dynamic, even without cgo.
func TestOnlyTurboLoadsLibraries(t *testing.T) {
	const loader = "github.com/ebitengine/purego"
	for _, p := range packages(t, "") {
		if slices.Contains(p.Deps, loader) {
			t.Errorf("%s reaches %s in the default build", p.ImportPath, loader)
		}
	}
	for _, p := range packages(t, "turbo") {
		if room := strings.TrimPrefix(p.ImportPath, module); room != "images/turbo" && slices.Contains(p.Imports, loader) {
			t.Errorf("%s imports %s; images/turbo alone may", room, loader)
		}
	}
}
