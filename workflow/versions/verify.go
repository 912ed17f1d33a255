package versions

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/workflow/workspace"
)

// A Verified is a version whose files are what they should be.
type Verified struct {
	Version
	Files    int       // of its manifest
	Approved *Approval // nil: it is a draft
	Sealed   bool      // the manifest is what manifest.sha256 says; false: the version is an older one, which has none
}

// Verify holds every file of a version against its manifest, the manifest against manifest.sha256, and what is kept of
// the inputs against what the manifest says of them; and its approval against what is kept with it (CheckApproval).
// What differs comes as one error.
func Verify(w *workspace.Workspace, name string) (Verified, error) {
	v, err := Open(w, name)
	if err != nil {
		return Verified{}, err
	}
	found, err := releaseio.Verify(v.Dir, w.Run.Workers)
	if err != nil {
		return Verified{}, err
	}
	var errs []error
	if renamed := v.renamed(w, found.Manifest); renamed != nil {
		errs = append(errs, renamed)
	}
	for _, d := range append(found.Differences, otherInputs(found.Manifest)...) {
		errs = append(errs, fmt.Errorf("%s/%v", w.Shown(v.Dir), d))
	}
	var approval *Approval
	if len(errs) == 0 {
		if approval, err = CheckApproval(v.Dir, found.Manifest); err != nil {
			errs = append(errs, fmt.Errorf("%s/%w", w.Shown(v.Dir), err))
		}
	}
	return Verified{v, len(found.Manifest.Outputs), approval, found.Sealed}, errors.Join(errs...)
}

// otherInputs are the inputs that a version keeps with other bytes than it was made of.
func otherInputs(m releaseio.Manifest) (wrong []releaseio.Difference) {
	settings, _ := m.Settings.(map[string]any)
	sources, _ := settings["sources"].(string)
	outputs := map[string]releaseio.Entry{}
	for _, e := range m.Outputs {
		outputs[e.Path] = e
	}
	for _, input := range m.Inputs {
		for _, name := range []string{KeptInput(input.Path), KeptOfSource(sources, input.Path)} {
			kept, is := outputs[name]
			if m.PseudonymKey != "" && slices.Contains(Disguised, input.Path) {
				continue
			}
			if is && kept.SHA256 != input.SHA256 {
				problem := fmt.Sprintf("has SHA-256 %s, and the version was made of %s with %s",
					kept.SHA256, input.Path, input.SHA256)
				wrong = append(wrong, releaseio.Difference{Path: name, Problem: problem})
			}
		}
	}
	return wrong
}

// StateFile is where a version keeps the parts of the state that it was built from: its SHA-256 is state_sha256.
const StateFile = "mapping/state.sha256"

// What a version keeps of its approval for ssh-keygen to check: what was signed, and the signature, if there is one.
const (
	StatementFile = "mapping/approval.txt"
	SignatureFile = "mapping/approval.txt.sig"
)

// AcceptedInside are the findings that people accepted.
const AcceptedInside = "mapping/accepted_findings.csv"

// Disguised are inputs of which a version with pseudonyms keeps a copy with these.
var Disguised = []string{AcceptedInside, workspace.VerdictsFile, workspace.OverridesFile}

// KeptInput is where a version keeps a file of the workspace that the mapping was made of.
func KeptInput(inside string) string { return "mapping/" + strings.TrimPrefix(inside, "mapping/") }

// KeptOfSource is where a version keeps a file of a source, whose folder is in the folder of sources.
func KeptOfSource(sources, inside string) string {
	return "sources/" + strings.TrimPrefix(inside, sources+"/")
}
