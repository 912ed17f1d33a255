package workspace

import (
	"errors"
	"fmt"
	"os"

	"github.com/dermset/dermset/icd11"
)

// An Imported is work/icd11/<release>.json: the record of the zip beside it.
type Imported struct {
	Release string `json:"release"`
	Stamp   string `json:"stamp"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
}

// ReleaseZip is the copy of a release, as a path of the workspace.
func ReleaseZip(release string) string { return "work/icd11/" + release + ".zip" }

// ReleaseRecord is the record of that copy.
func ReleaseRecord(release string) string { return "work/icd11/" + release + ".json" }

// Release opens the release that dermset.yaml names; nil if it has not been imported.
// The file must be the one that was.
func (w *Workspace) Release() (*icd11.Release, error) {
	id := w.Config.ICD11.Release
	path := w.Path(ReleaseZip(id))
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	r, err := icd11.OpenRelease(path)
	if err != nil {
		return nil, fmt.Errorf("%w (import it again with `dermset codes import`)", err)
	}
	var record Imported
	if err := ReadJSON(w.Path(ReleaseRecord(id)), &record); err != nil || record.SHA256 != r.SHA256 || r.ID != id {
		return nil,
			fmt.Errorf("%s: is not the file that was imported as release %q; import it again with `dermset codes import`",
				ReleaseZip(id), id)
	}
	return r, nil
}

// CheckedCodes are work/icd11/<release>.checked.json: the codes of the workbook that release and API agreed on
// when they were last checked.
type CheckedCodes struct {
	API     string                 `json:"api"`
	Release string                 `json:"release"`
	Codes   map[string]CheckedCode `json:"codes"`
}

// A CheckedCode is what both know of a code.
type CheckedCode struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

// CheckedFile is where they stand in the workspace.
func CheckedFile(release string) string { return "work/icd11/" + release + ".checked.json" }
