package workspace

import (
	"errors"
	"fmt"
	"os"

	"github.com/dermset/dermset/icd11"
)

// An Imported is icd11/<release>.json: the record of the zip beside it.
type Imported struct {
	Release string `json:"release"`
	Stamp   string `json:"stamp"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
}

// releaseFolder holds what was imported. It counts, so it is not under work/, which may be deleted at any time.
const releaseFolder = "icd11"

// ReleaseZip is the copy of a release, as a path of the workspace.
func ReleaseZip(release string) string { return releaseFolder + "/" + release + ".zip" }

// ReleaseRecord is the record of that copy.
func ReleaseRecord(release string) string { return releaseFolder + "/" + release + ".json" }

// Release opens the release that dermset.yaml names; nil if it has not been imported.
// The file must be the one that was.
func (w *Workspace) Release() (*icd11.Release, error) {
	id := w.Config.ICD11.Release
	path := w.Path(ReleaseZip(id))
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, w.importedEarlier(id)
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

// importedEarlier is an error where an earlier dermset put a release under work/, from where it is not read any more.
func (w *Workspace) importedEarlier(id string) error {
	earlier := w.Work(ReleaseZip(id))
	if _, err := os.Stat(earlier); err != nil {
		return nil
	}
	return Usage(fmt.Errorf("%s: an imported release counts, and is kept in %s/ now: run `dermset codes import %s` "+
		"(and `dermset codes check` again, if dermset.yaml names icd11.api), or delete the file",
		w.Inside(earlier), releaseFolder, earlier))
}

// CheckedCodes are icd11/<release>.checked.json: the codes of the workbook that release and API agreed on
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
func CheckedFile(release string) string { return releaseFolder + "/" + release + ".checked.json" }
