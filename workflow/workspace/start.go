package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/dermset/dermset/io/yamlio"
)

const settingsFile = "dermset.yaml"

// starter is what Init writes: path → text.
var starter = map[string]string{
	settingsFile: settingsHead + yamlio.Commented{Keys: Keys(), Open: true, Set: map[string]string{
		"dataset": "DX", "version": `"0.1"`, "mapping.workbook": "mapping/workbook"}}.String(),
	"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
	"mapping/known_categories.csv":                          "Target Name,ICD-11 Code(s),Since version\n",
	"mapping/accepted_findings.csv":                         "finding,source,subject,person,date,reason\n",
	"curation/withdrawn.csv":                                "source,source_path,patient_id,person,date,reason\n",
	"curation/image_overrides.csv":                          "source,source_path,person,date,reason\n",
	"sources/.gitignore": "# raw material is large, and often not yours to pass on\n" +
		"raw/\n",
	".gitignore": "/work/\n/.dermset.lock\n",
}

const settingsHead = `## Settings of this dataset. Behind a # stands every key with its default: take the # away from what
## you want otherwise. An unknown key is an error. docs/settings.md says more of each.

`

// Init makes a new, empty workspace in dir and returns the files it wrote. A file that is there is left as it is. The
// settings come last: what has none is no workspace yet, and is gone on with.
func Init(dir string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(dir, settingsFile)); err == nil {
		return nil, Usage(fmt.Errorf("%s is a workspace already: it has a dermset.yaml", dir))
	}
	var written []string
	defer func() { slices.Sort(written) }()
	names := slices.DeleteFunc(SortedKeys(starter), func(name string) bool { return name == settingsFile })
	for _, inside := range append(names, settingsFile) {
		path := filepath.Join(dir, filepath.FromSlash(inside))
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		if err := Keep(path, []byte(starter[inside])); err != nil {
			return written, err
		}
		written = append(written, path)
	}
	return written, nil
}
