package workflow

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/releaseio"
)

// archive copies into the version what it was made of: workbook, normalised mapping, findings, and each source's declaration.
func (b *build) archive(version *releaseio.Version) error {
	mapped := []string{"mapping/known_categories.csv", "mapping/accepted_findings.csv", "mapping/decisions.jsonl"}
	for _, file := range b.book.Files {
		mapped = append(mapped, b.workbookPath(b.book, file))
	}
	for _, path := range mapped {
		if err := b.copyInto(version, path, "mapping/"+strings.TrimPrefix(path, "mapping/")); err != nil {
			return err
		}
	}
	for _, source := range b.sources {
		for _, path := range append(source.scripts(), source.Path, source.Renaming(source.Dir)) {
			inside := b.inside(path)
			if err := b.copyInto(version, inside, "sources/"+strings.TrimPrefix(inside, b.Config.Sources+"/")); err != nil {
				return err
			}
		}
	}
	if b.release != nil { // the titles in the table of codes are WHO's
		if err := putFile(version, "mapping/icd11_attribution.txt", []byte(icd11.Attribution+"\n")); err != nil {
			return err
		}
	}
	if err := putFile(version, "mapping/findings.csv", b.findingsTable().text()); err != nil {
		return err
	}
	return putFile(version, "mapping/normalised.csv", b.normalised().text())
}

// scripts are the files of the source's folder that its exec: names.
func (s Source) scripts() []string {
	var paths []string
	for _, word := range s.Exec {
		path := filepath.Join(s.Dir, filepath.FromSlash(word))
		if info, err := os.Lstat(path); filepath.IsLocal(word) && err == nil && info.Mode().IsRegular() {
			paths = append(paths, path)
		}
	}
	return paths
}

// copyInto copies a file of the workspace into the version, if it is there. It must still be what the build read.
func (b *build) copyInto(version *releaseio.Version, inside, name string) error {
	text, err := os.ReadFile(b.path(inside))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if input, was := b.inputs[inside]; was && input.SHA256 != hexSum(text) {
		return fmt.Errorf("%s: changed while the version was built from it; run again", inside)
	}
	return putFile(version, name, text)
}
