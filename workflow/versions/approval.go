package versions

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/people"
	"github.com/dermset/dermset/workflow/workspace"
)

// An Approval is what the manifest of an approved version says of it. Who approved what stands in a line of the log,
// the last one that the version keeps.
type Approval struct {
	Person string `json:"person"`
	Time   string `json:"time"`
	Reason string `json:"reason"`
	Line   int64  `json:"line"`
	SHA256 string `json:"sha256"` // of the line
	Draft  string `json:"draft_manifest_sha256"`
	Key    string `json:"key"` // fingerprint of the key that signed it; empty: it is unsigned
}

// Signature says in words whether it is signed.
func (a *Approval) Signature() string {
	if a.Key == "" {
		return "unsigned"
	}
	return "signed with the key " + a.Key
}

// ApprovalOf is what a manifest says of an approval, which stands in a line of the log with this SHA-256.
func ApprovalOf(d decisions.Decision, sum string) (Approval, error) {
	a := Approval{Person: d.Who, Time: d.Time.Format(time.RFC3339), Reason: d.Why, Line: d.Number, SHA256: sum,
		Draft: d.Approval.Draft}
	key, err := d.Signature()
	if key != nil {
		a.Key = ssh.FingerprintSHA256(key)
	}
	return a, err
}

// CheckApproval holds the approval of a version in a folder against what is kept there, and nothing else: the log ends
// with the line that the manifest names, nothing of it was changed, its approval is of this version and of the state
// that the version was built from, who gave it was an approver on that day, and, where the people kept there name a key
// of that person, signed it with that key. The version's own files must have been verified. Of a draft it looks at the
// state alone. Approval is nil of a draft.
func CheckApproval(dir string, m releaseio.Manifest) (*Approval, error) {
	if m.StateSum == "" && m.State == releaseio.Draft {
		return nil, nil // of an earlier dermset
	}
	text, err := readKept(dir, StateFile)
	if err != nil {
		return nil, err
	}
	parts, ok := decisions.ParseParts(text)
	if !ok || parts.Sum() != m.StateSum {
		return nil, fmt.Errorf("%s: is not the state that the manifest names, %s", StateFile, m.StateSum)
	}
	for _, e := range m.Inputs {
		if sum, is := parts[e.Path]; is && sum != e.SHA256 {
			return nil, fmt.Errorf("%s: says that %s has SHA-256 %s, and the version was made of %s", StateFile, e.Path, sum,
				e.SHA256)
		}
	}
	if m.State == releaseio.Draft {
		return nil, nil
	}
	return keptApproval(dir, m)
}

// readKept reads a file that a version keeps. That it is not there is told of the version, and not of this machine.
func readKept(dir, name string) ([]byte, error) {
	text, err := fileio.Read(filepath.Join(dir, filepath.FromSlash(name)))
	return text, ofKept(name, err)
}

// ofKept is an error about a file that a version keeps, which begins with its path in the version.
func ofKept(name string, err error) error {
	broken, is := errors.AsType[*fs.PathError](err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: is missing, and without it nobody can say whether the version is what was approved", name)
	case is:
		return fmt.Errorf("%s: %s: %w", name, broken.Op, broken.Err)
	}
	return err
}

// keptApproval is CheckApproval of an approved version whose state is as the manifest says.
func keptApproval(dir string, m releaseio.Manifest) (*Approval, error) {
	var says Approval
	text, err := json.Marshal(m.Approval)
	if err == nil {
		err = json.Unmarshal(text, &says)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: approval: %w", releaseio.ManifestName, err)
	}
	log, err := decisions.Read(filepath.Join(dir, "mapping"), time.Now())
	if err != nil {
		return nil, ofKept(workspace.DecisionsFile, err)
	}
	keptPeople := KeptInput(workspace.PeopleFile)
	text, err = readKept(dir, keptPeople)
	if err != nil {
		return nil, err
	}
	who, err := people.Parse(keptPeople, text)
	if err != nil {
		return nil, err
	}
	n := len(log.Decisions)
	if n == 0 || log.Decisions[n-1].Act != decisions.Approve {
		return nil, fmt.Errorf("mapping/%s: does not end with an approval", decisions.FileName)
	}
	last := log.Decisions[n-1]
	is, signErr := ApprovalOf(last, log.Sums[n-1])
	switch err := errors.Join(signErr, decisions.HoldsThroughout(last, who)); {
	case err != nil:
		return nil, fmt.Errorf("mapping/%s:%d: the approval does not hold: %w", decisions.FileName, n, err)
	case last.Approval.State != m.StateSum || last.Approval.Version != m.Dataset+"v"+m.Version:
		return nil, fmt.Errorf("mapping/%s:%d: is the approval of %s, state %s, and not of this version",
			decisions.FileName, n, last.Approval.Version, last.Approval.State)
	case is != says:
		return nil, fmt.Errorf("%s: approval: is not what mapping/%s:%d says", releaseio.ManifestName, decisions.FileName, n)
	}
	for name, want := range map[string]string{StatementFile: string(decisions.Statement(last)),
		SignatureFile: last.Approval.Signed} {
		text, err := fileio.Read(filepath.Join(dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) && want == "" {
			continue
		}
		if err != nil {
			return nil, ofKept(name, err)
		}
		if string(text) != want {
			return nil, fmt.Errorf("%s: is not what mapping/%s:%d says", name, decisions.FileName, n)
		}
	}
	return &is, nil
}
