package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/slips"
)

// noWorkspace says what to do where a folder has no dermset.yaml: it has one of another name, a folder above or
// below it
// has one, or there is none.
func noWorkspace(dir string) string {
	entries, _ := os.ReadDir(dir) // that it is not there is told already
	for _, entry := range entries {
		if name := strings.ToLower(entry.Name()); name == "dermset.yml" || name == "dermset.yaml" ||
			name == "dermset.yaml.txt" {
			return fmt.Sprintf("%s is there: rename it to dermset.yaml", entry.Name())
		}
	}
	for _, entry := range entries {
		if below := filepath.Join(dir, entry.Name()); entry.IsDir() && isWorkspace(below) {
			return "the workspace is below: write --workspace " + below
		}
	}
	above := ".."
	if absolute, err := filepath.Abs(dir); err == nil {
		for at := filepath.Dir(absolute); at != filepath.Dir(at); at, above = filepath.Dir(at), above+"/.." {
			if isWorkspace(at) {
				return "the workspace is above: write --workspace " + filepath.Join(dir, above)
			}
		}
	}
	return "a workspace is a folder with a dermset.yaml: make one with `dermset init`, or name it with --workspace"
}

func isWorkspace(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "dermset.yaml"))
	return err == nil
}

// curated are the files in which people decide on images.
var curated = []string{WithdrawnFile, OverridesFile, VerdictsFile, BodySitesFile}

// tableSuffixes are those of files that may be meant to be read; a copy that an editor keeps has another.
var tableSuffixes = map[string]bool{"": true, ".csv": true, ".tsv": true, ".txt": true, ".xlsx": true, ".xls": true}

// checkCurated refuses a file that a person took for one of curation/, and that nobody would read: it has nearly the
// name of one, or its name in another folder.
func (w *Workspace) checkCurated() error {
	for _, file := range curated {
		base := filepath.Base(file)
		if _, err := os.Lstat(w.Path(base)); err == nil {
			return Usage(fmt.Errorf("%s: nobody reads it there: move it to %s", base, file))
		}
	}
	entries, _ := os.ReadDir(w.Path(CurationFolder)) // who reads its files says what is wrong with it
	for _, entry := range entries {
		name := entry.Name()
		stem := strings.TrimSuffix(name, filepath.Ext(name))
		for _, file := range curated {
			own := strings.TrimSuffix(filepath.Base(file), ".csv")
			if name != own+".csv" && tableSuffixes[strings.ToLower(filepath.Ext(name))] && slips.Nearest(stem,
				[]string{own}) != "" {
				return Usage(fmt.Errorf("%s/%s: nobody reads a file of this name: is it %s? Rename it, or take it out of %s/",
					CurationFolder, name, file, CurationFolder))
			}
		}
	}
	return nil
}
