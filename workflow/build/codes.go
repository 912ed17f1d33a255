package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/workflow/workspace"
)

// noteCodes makes the imported release, and what the API was asked about it, inputs of the build.
func (b *build) noteCodes() error {
	if b.release == nil {
		return nil
	}
	zip, checked := workspace.ReleaseZip(b.release.ID), workspace.CheckedFile(b.release.ID)
	b.inputs[zip] = releaseio.Entry{Path: zip, Bytes: b.release.Bytes, SHA256: b.release.SHA256}
	text, err := fileio.Read(b.Path(checked))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, &b.apiCodes)
	}
	if err != nil {
		return fmt.Errorf("%s: %w (run `dermset codes check` again, or delete the file)", checked, err)
	}
	b.inputs[checked] = releaseio.Entry{Path: checked, Bytes: int64(len(text)), SHA256: workspace.Sum(text)}
	return nil
}

// checkedAgainst is the release of ICD-11 that the codes were looked up in, for the manifest; nil if there was none.
func (b *build) checkedAgainst() any {
	if b.release == nil {
		return nil
	}
	return map[string]string{"release": b.release.ID, "sha256": b.release.SHA256}
}

// codesUnchecked is the finding of a mapping with codes that no release was there to look up in.
func (b *build) codesUnchecked(images map[string]int64) []findings.Finding {
	codes, touched := map[string]bool{}, int64(0)
	for i, name := range b.mapping.Names {
		for _, code := range b.mapping.Codes[i] {
			codes[code] = true
		}
		if len(b.mapping.Codes[i]) > 0 {
			touched += images[name]
		}
	}
	if b.release != nil || len(codes) == 0 {
		return nil
	}
	release := b.Config.ICD11.Release
	detail := fmt.Sprintf("release %s of ICD-11 has not been imported, so that no code was looked up: %d in the workbook",
		release, len(codes))
	return []findings.Finding{findings.New(findingCodesUnchecked, "dermset.yaml", "", release, touched, detail)}
}

const findingCodesUnchecked = "codes_unchecked"

// codeTable lists every name with its codes. What a code means is empty where no release has been imported.
func (b *build) codeTable() workspace.Table {
	t := workspace.Table{Name: "icd11_codes",
		Columns: []string{"target_name", "icd11_code", "status", "leaf", "title", "description", "release", "checked_with"}}
	for i, name := range b.mapping.Names {
		for _, code := range b.mapping.Codes[i] {
			t.Rows = append(t.Rows, append([]string{name, code}, b.meaning(code)...))
		}
	}
	return t
}

// meaning are the cells of a code after its own.
func (b *build) meaning(code string) []string {
	if b.release == nil {
		return make([]string, 6)
	}
	v, leaf := b.release.Check(code), ""
	if v.Status == icd11.Valid {
		leaf = strconv.FormatBool(v.Leaf)
	}
	if checked, ok := b.apiCodes.Codes[code]; ok && checked.Title == v.Title {
		return []string{v.Status.String(), leaf, v.Title, checked.Description, b.release.ID, "release, API"}
	}
	return []string{v.Status.String(), leaf, v.Title, "", b.release.ID, "release"}
}
