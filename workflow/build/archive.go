package build

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// archive copies into the version what it was made of: workbook, normalised mapping, findings, and each source's
// declaration. Disguised, it leaves out what may name anybody: a source's scripts and raw labels, and files below
// curation/ that no build reads. The decisions stay as they are, as their hashes do not let anything be replaced.
func (p *publication) archive() error {
	mapped := []string{"mapping/known_categories.csv"}
	if p.disguise == nil {
		mapped = append(append(mapped, versions.AcceptedInside), p.curated()...)
	} else if err := p.disguiseCuration(); err != nil {
		return err
	}
	for _, file := range p.book.Files {
		mapped = append(mapped, p.workbookPath(file))
	}
	for _, path := range mapped {
		if err := p.copyInto(path, versions.KeptInput(path)); err != nil {
			return err
		}
	}
	for _, source := range p.sources {
		if err := p.archiveSource(source); err != nil {
			return err
		}
	}
	if p.release != nil { // the titles in the table of codes are WHO's
		if err := p.putFile("mapping/icd11_attribution.txt", []byte(icd11.Attribution+"\n")); err != nil {
			return err
		}
	}
	if err := p.putFile("mapping/findings.csv", FindingsTable(p.disguise.findings(p.findings)).Text()); err != nil {
		return err
	}
	return errors.Join(p.archiveState(), p.writeMapping())
}

// curated are the files below curation/ that a version keeps: all but the one that names who was withdrawn.
func (p *publication) curated() (paths []string) {
	for _, path := range workspace.SortedKeys(p.inputs) {
		if strings.HasPrefix(path, workspace.CurationFolder+"/") && path != workspace.WithdrawnFile {
			paths = append(paths, path)
		}
	}
	return paths
}

// archiveState keeps the parts of the state, the people, and what they decided: of an approved version up to the line
// of its approval.
func (p *publication) archiveState() error {
	errs := []error{p.putFile(versions.StateFile, p.state.Text())}
	for _, path := range []string{workspace.PeopleFile, workspace.DecisionsFile} {
		if text, is := p.pinned[path]; is {
			errs = append(errs, p.putFile(versions.KeptInput(path), text))
		} else {
			errs = append(errs, p.copyInto(path, versions.KeptInput(path)))
		}
	}
	head := versions.KeptInput(workspace.HeadFile)
	if p.approval == nil {
		return errors.Join(append(errs, p.copyInto(workspace.HeadFile, head))...)
	}
	_, text := p.log.UpTo(p.approval.Number)
	errs = append(errs, p.putFile(head, text), p.putFile(versions.StatementFile, decisions.Statement(*p.approval)))
	if signed := p.approval.Approval.Signed; signed != "" {
		errs = append(errs, p.putFile(versions.SignatureFile, []byte(signed)))
	}
	return errors.Join(errs...)
}

func (p *publication) archiveSource(source workspace.Source) error {
	paths := []string{source.Path}
	if p.disguise == nil {
		scripts, err := scriptsOf(source)
		if err != nil {
			return err
		}
		paths = append(scripts, source.Path, source.Renaming(source.Dir))
	}
	for _, path := range paths {
		inside := p.Inside(path)
		if err := p.copyInto(inside, versions.KeptOfSource(p.Config.Sources, inside)); err != nil {
			return err
		}
	}
	return nil
}

// disguiseCuration archives what people accepted and said of images, as far as they did.
func (p *publication) disguiseCuration() error {
	if p.inputs.sum(versions.AcceptedInside) != "" {
		accepted := p.disguise.accepted(p.findings, p.accepted)
		if err := p.putFile(versions.KeptInput(versions.AcceptedInside), accepted.Text()); err != nil {
			return err
		}
	}
	p.warnOfLog()
	return errors.Join(p.disguiseTable(workspace.VerdictsFile, workspace.VerdictColumns, p.disguise.verdictRow),
		p.disguiseTable(workspace.OverridesFile, workspace.OverrideColumns, p.disguise.overrideRow),
		p.copyInto(workspace.BodySitesFile, versions.KeptInput(workspace.BodySitesFile)))
}

// warnOfLog says so where earlier approvals, of a state without pseudonyms, name files that may be called as pictures
// are: nothing of the log can be replaced.
func (p *publication) warnOfLog() {
	named := map[string]bool{}
	for _, d := range p.log.Decisions {
		if d.Approval == nil || d.Approval.Parts[partKey] != "" {
			continue
		}
		for name := range d.Approval.Parts {
			if p.disguise.input(releaseio.Entry{Path: name}).Path != name {
				named[name] = true
			}
		}
	}
	if len(named) > 0 {
		p.Log.Warn(fmt.Sprintf("%s: approvals from before privacy.pseudonymise name files, and leave as they are: %s",
			workspace.DecisionsFile, some(workspace.SortedKeys(named))))
	}
}

// disguiseTable archives a table of the workspace, if it is there, with its lines as they leave. What the build read
// must be as it was.
func (p *publication) disguiseTable(inside string, columns []string, leaves func(line []string) []string) error {
	lines, err := p.ReadTable(inside, columns)
	if err != nil || p.inputs.sum(inside) == "" {
		return err
	}
	if sum, _, err := workspace.HashFile(p.Path(inside)); err != nil || sum != p.inputs.sum(inside) {
		return errors.Join(err, fmt.Errorf("%s: changed while the version was built from it; run again", inside))
	}
	t := workspace.Table{Columns: columns}
	for _, line := range lines {
		t.Rows = append(t.Rows, leaves(line.Fields))
	}
	return p.putFile(versions.KeptInput(inside), t.Text())
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
