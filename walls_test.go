package dermset_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
		"mapping", "sources", "demo", "engine", "fault", "models", "agreement", "decisions", "results", "review", "slips",
	},
	"workflow/desk": {
		"workflow/build", "workflow/workspace", "fault", "transfer", "findings", "mapping", "icd11", "sources", "dataset",
		"people", "decisions", "review",
		"io/blobio", "io/csvio", "io/fileio", "io/releaseio", "io/sheetio",
		"results", "slips",
	},
	"workflow/build": {
		"workflow/versions", "workflow/steps", "workflow/workspace", "stages", "ledger", "rows", "engine", "pictures",
		"annotations", "bodysites", "models", "images", "portable", "pseudonyms", "twins", "transfer", "fault", "findings",
		"mapping", "icd11", "sources", "dataset", "sssom", "people", "decisions", "review",
		"io/arrowio", "io/blobio", "io/csvio", "io/fileio", "io/parquetio", "io/releaseio", "io/sheetio",
		"results", "slips",
	},
	"workflow/versions": {
		"dataset", "fault", "packed", "people", "decisions", "mapping", "portable", "pseudonyms", "review", "sources",
		"workflow/workspace", "transfer",
		"io/blobio", "io/columnio", "io/csvio", "io/fileio", "io/releaseio",
		"results", "slips",
	},
	"workflow/steps": {"workflow/workspace", "io/arrowio", "io/fileio"},
	"workflow/workspace": {
		"fault", "transfer", "findings", "icd11", "images", "pictures", "pseudonyms", "sources", "dataset", "people",
		"decisions", "io/blobio", "io/csvio", "io/fileio", "io/releaseio", "io/sheetio", "io/yamlio",
		"results", "slips",
	},
	"workflow/workspace/workspacetest": {"workflow/workspace"},

	"pictures":     {"fault", "images", "images/clean", "io/factio", "io/fileio", "results"},
	"images":       {"images/jpeg", "images/png"},
	"images/clean": {"images"},
	"twins":        {"images"},
	"portable":     {"io/fileio"},
	"pseudonyms":   {"packed", "io/csvio"},
	"transfer":     {"fault", "io/blobio", "io/appendio", "io/fileio"},
	"stages":       {"rows", "engine", "dataset"}, // never ledger, nor ledger stages
	"ledger":       {"rows", "engine", "dataset"},
	"rows":         {"dataset"},
	"mapping":      {"findings", "dataset", "icd11", "slips", "people", "io/csvio", "io/fileio", "io/sheetio", "results"},
	"sssom":        {"icd11", "mapping"},
	"findings":     {"io/csvio", "slips"},
	"sources": {"dataset", "dataset/literal", "packed", "slips", "io/columnio", "io/csvio", "io/fileio", "io/sheetio",
		"io/textio", "io/yamlio", "results"},
	"dataset":     {"dataset/literal", "packed", "slips", "io/csvio"},
	"demo":        {"demo/draw", "io/fileio"},
	"icd11":       {"slips", "io/fileio", "io/httpio"},
	"annotations": {"findings", "images", "slips", "io/csvio", "io/fileio", "io/yamlio"},

	"people":    {"slips", "io/fileio", "io/yamlio"},
	"decisions": {"people", "io/fileio"},
	"review":    {"agreement", "decisions", "people", "mapping", "icd11", "io/csvio", "io/fileio", "io/sheetio"},

	"bodysites": {"findings", "slips", "io/csvio"},
	"models":    {"bodysites", "dataset", "images", "packed", "slips", "io/csvio", "io/fileio", "io/yamlio"},

	"engine/enginetest":     {"engine"},
	"io/arrowio":            {"engine", "io/csvio", "io/fileio"},
	"io/csvio":              {"io/fileio", "io/textio"},
	"io/parquetio":          {"engine"},
	"io/appendio":           {"packed", "io/fileio"},
	"io/factio":             {"io/appendio", "io/fileio", "packed"},
	"io/releaseio":          {"io/fileio"},
	"io/sheetio":            {"io/csvio", "io/fileio", "io/httpio", "io/textio"},
	"io/sheetio/googletest": {"io/sheetio"},
	"io/textio":             {"slips"},
	"io/yamlio":             {"slips"},
	"io/blobio":             {"fault", "io/fileio", "io/httpio"},
	"io/blobio/blobtest":    {"io/blobio"},
}

// withoutArrow are the rooms that a reader must be able to follow without knowing the engine;
// they never reach Arrow, not even indirectly.
var withoutArrow = []string{
	"workflow/workspace", "annotations", "fault", "pictures", "images", "images/clean", "images/jpeg", "images/png",
	"transfer",
	"findings", "mapping", "icd11", "sources", "dataset", "dataset/literal", "io/blobio", "io/columnio", "io/csvio",
	"io/factio", "io/fileio", "io/httpio", "io/sheetio", "io/textio", "io/yamlio", "bodysites", "models", "portable",
	"pseudonyms", "twins", "people", "decisions", "results", "review", "sssom", "agreement", "slips",
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

// Files are opened, read and made through io/fileio, which waits for no pipe, follows no link where it writes, and
// leaves permissions to the umask. These rooms do some of it themselves.
var ownDoors = map[string]string{
	"transfer/blobs.go": "OpenFile: blobs are read-only from their first moment",
	"sources/spill.go":  "CreateTemp: what one run spills, which is for nobody else",
	"sources/script.go": "MkdirTemp RemoveAll: a folder outside the workspace, for a script that runs in it",
	"models/open.go":    "OpenRoot: a workspace, which nobody else names",
}

// doors are what package os opens, reads and makes files and folders with.
var doors = []string{"Open", "OpenFile", "OpenRoot", "OpenInRoot", "ReadFile", "Create", "CreateTemp", "WriteFile",
	"Mkdir", "MkdirAll", "MkdirTemp", "RemoveAll"}

func TestFilesAreOpenedInOnePlace(t *testing.T) {
	used := map[string]bool{}
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, module)
		if room == "io/fileio" || strings.HasPrefix(room, "bench/") || strings.HasPrefix(room, "tools/") ||
			regexp.MustCompile(`(test|gateway)$`).MatchString(room) {
			continue
		}
		paths, err := filepath.Glob(filepath.Join(room, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				use, is := n.(*ast.SelectorExpr)
				if !is {
					return true
				}
				of, is := use.X.(*ast.Ident)
				if !is || of.Name != "os" || !slices.Contains(doors, use.Sel.Name) {
					return true
				}
				inside := filepath.ToSlash(path)
				if allowed, _, _ := strings.Cut(ownDoors[inside], ":"); slices.Contains(strings.Fields(allowed), use.Sel.Name) {
					used[inside] = true
				} else {
					t.Errorf("%s uses os.%s; io/fileio has what opens, reads and makes files", inside, use.Sel.Name)
				}
				return true
			})
		}
	}
	for path := range ownDoors {
		if !used[path] {
			t.Errorf("%s has a door of its own, and does not use it", path)
		}
	}
}

// Words of a room's doc.go: that something may enter, and tests by file or name.
var (
	entering  = regexp.MustCompile(`\benters?\b`)
	testFiles = regexp.MustCompile(`[\w/]+_test\.go\b`)
	testNames = regexp.MustCompile(`\bTest[A-Z]\w*`)
)

// TestEveryRoomSaysWhatItIsFor: the package comment stands in doc.go, says what may enter, and names a test of the
// room; of a room without tests, one that uses it. Tests that it names are there.
func TestEveryRoomSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath+"/", module) // "" is the project itself
		if strings.HasPrefix(room, "bench/") {
			continue
		}
		doc := filepath.Join(room, "doc.go")
		file, err := parser.ParseFile(token.NewFileSet(), doc, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Errorf("%s: every room has a doc.go: %v", p.ImportPath, err)
			continue
		}
		comment, tests := file.Doc.Text(), testsOf(t, room)
		if !entering.MatchString(comment) {
			t.Errorf("%s does not say what may enter", doc)
		}
		named := len(tests) == 0 && testFiles.MatchString(comment)
		for _, name := range append(testFiles.FindAllString(comment, -1), testNames.FindAllString(comment, -1)...) {
			if _, err := os.Stat(name); strings.Contains(name, "/") && err == nil {
				continue // of another room
			}
			if !tests[name] {
				t.Errorf("%s names %s, which is not there", doc, name)
			}
			named = true
		}
		if !named {
			t.Errorf("%s names no test to read first", doc)
		}
	}
}

// testsOf are the files of tests in a room, and the names of the tests in them.
func testsOf(t *testing.T, room string) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(room, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tests[filepath.Base(path)] = true
		for _, found := range declared.FindAllSubmatch(text, -1) {
			tests[string(found[1])] = true
		}
	}
	return tests
}

var declared = regexp.MustCompile(`(?m)^func (Test\w+)\(`)

// TestStaticProgram: the program that is built without tags has nothing that needs cgo.
func TestStaticProgram(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains(p.Deps, "github.com/yalue/onnxruntime_go") {
			t.Errorf("%s reaches ONNX Runtime without -tags onnx", p.ImportPath)
		}
	}
}
