package workspace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/io/fileio"
)

// starter is what Init writes: path → text.
var starter = map[string]string{
	"dermset.yaml": `# Settings of this dataset. Every key that is left out has the default shown here; an unknown key is an error.
dataset: DX
version: "0.1"
mapping: {workbook: mapping/workbook}        # a folder with a CSV per source, or an .xlsx file
# images: {store: ""}                        # empty: tables only
# select: {min_images: 20, min_groups: 3, duplicates: keep}
# split: {ratios: {train: 70, val: 15, test: 15}, seed: 1, group_by: [patient, lesion, duplicate], lock: "", pin: {}}
# icd11: {release: "2025-01", no_code: [Non-specific lesion, Non-specific finding]}
#   (dermset codes import keeps WHO's release file in icd11/)
`,
	"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
	"mapping/known_categories.csv":                          "Target Name,ICD-11 Code(s),Since version\n",
	"mapping/accepted_findings.csv":                         "finding,source,subject,person,date,reason\n",
	"curation/withdrawn.csv":                                "source,source_path,patient_id,person,date,reason\n",
	"curation/image_overrides.csv":                          "source,source_path,person,date,reason\n",
	"sources/.gitignore": "# raw material is large, and often not yours to pass on\n" +
		"raw/\n",
	".gitignore": "/work/\n/.dermset.lock\n",
}

// Init makes a new, empty workspace in dir and returns the files it wrote. A file that is there is left as it is.
func Init(dir string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(dir, "dermset.yaml")); err == nil {
		return nil, Usage(fmt.Errorf("%s is a workspace already: it has a dermset.yaml", dir))
	}
	var written []string
	for _, inside := range SortedKeys(starter) {
		path := filepath.Join(dir, filepath.FromSlash(inside))
		if err := fileio.MakeFolders(filepath.Dir(path)); err != nil {
			return written, err
		}
		file, err := fileio.Create(path)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return written, err
		}
		_, err = file.WriteString(starter[inside])
		if err := errors.Join(err, file.Close()); err != nil {
			return written, err
		}
		written = append(written, path)
	}
	return written, nil
}
