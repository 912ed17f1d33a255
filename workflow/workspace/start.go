package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

const settingsFile = "dermset.yaml"

// starter is what Init writes: path → text.
var starter = map[string]string{
	settingsFile: `# Settings of this dataset. Every key that is left out has the default shown here; an unknown key is an error.
dataset: DX
version: "0.1"
mapping: {workbook: mapping/workbook}        # a folder with a CSV per source, or an .xlsx file
# images: {store: "", layout: link}          # empty: tables only; layout: link, copy or none of the pictures
# describe: {skin_tone: groh2022, image_type: builtin, body_part: none}     # who says what pictures show; none: nobody
# crops: {margin: 0.1, min_area: 0.0005, max_per_image: 10}
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
