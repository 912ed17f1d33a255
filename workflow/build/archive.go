package build

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// archive copies into the version what it was made of: workbook, normalised mapping, findings,
// and each source's declaration.
func (p *publication) archive() error {
	mapped := []string{"mapping/known_categories.csv", "mapping/accepted_findings.csv", "mapping/decisions.jsonl"}
	for _, file := range p.book.Files {
		mapped = append(mapped, p.workbookPath(file))
	}
	for _, path := range mapped {
		if err := p.copyInto(path, versions.KeptInput(path)); err != nil {
			return err
		}
	}
	for _, source := range p.sources {
		scripts, err := scriptsOf(source)
		if err != nil {
			return err
		}
		for _, path := range append(scripts, source.Path, source.Renaming(source.Dir)) {
			inside := p.Inside(path)
			if err := p.copyInto(inside, versions.KeptOfSource(p.Config.Sources, inside)); err != nil {
				return err
			}
		}
	}
	if p.release != nil { // the titles in the table of codes are WHO's
		if err := p.putFile("mapping/icd11_attribution.txt", []byte(icd11.Attribution+"\n")); err != nil {
			return err
		}
	}
	if err := p.putFile("mapping/findings.csv", FindingsTable(p.findings).Text()); err != nil {
		return err
	}
	return p.writeFile("mapping/normalised.csv", p.normalised)
}

// scriptsOf are the files of the source's folder that its exec: names. What a link leads to is none of them.
func scriptsOf(s workspace.Source) ([]string, error) {
	if len(s.Exec) == 0 {
		return nil, nil
	}
	root, err := fileio.OpenRoot(s.Dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var paths []string
	for _, word := range s.Exec {
		name := filepath.FromSlash(word)
		if info, err := root.Lstat(name); filepath.IsLocal(name) && err == nil && info.Mode().IsRegular() {
			paths = append(paths, filepath.Join(s.Dir, name))
		}
	}
	return paths, nil
}

// copyInto copies a file of the workspace into the version, if it is there. What the build read must be as it was.
func (p *publication) copyInto(inside, name string) error {
	input, was := p.inputs[inside]
	changed := fmt.Errorf("%s: changed while the version was built from it; run again", inside)
	file, err := fileio.Open(p.Path(inside))
	gone := errors.Is(err, os.ErrNotExist)
	switch {
	case gone && !was:
		return nil
	case gone:
		return changed
	case err != nil:
		return err
	}
	defer file.Close()
	hash := sha256.New()
	err = p.writeFile(name, func(w io.Writer) error {
		_, err := io.Copy(io.MultiWriter(w, hash), file)
		return err
	})
	if err == nil && was && hex.EncodeToString(hash.Sum(nil)) != input.SHA256 {
		err = changed
	}
	return err
}
