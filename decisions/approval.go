package decisions

import (
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/dermset/dermset/people"
)

// Namespace is that of our SSH signatures: one made for anything else is none.
const Namespace = "dermset"

// Statement is what is signed of an approval: a line each of what it binds. The line before it in the log is one, so
// that nobody can put a signature at another place of it, such as behind a withdrawal.
func Statement(d Decision) []byte {
	a := d.Approval
	return fmt.Appendf(nil, "dermset approval\nversion: %s\nstate_sha256: %s\ndraft_manifest_sha256: %s\n"+
		"people_sha256: %s\nperson: %q\ntime: %s\nreason: %q\nline_before: %d %s\n", a.Version, a.State, a.Draft,
		sumOf([]byte(a.People)), d.Who, d.Time.UTC().Format(time.RFC3339), d.Why, d.Number-1, d.Prev)
}

// Signature finds out who signed an approval: nil of one that is unsigned.
func (d Decision) Signature() (ssh.PublicKey, error) {
	if d.Approval.Signed == "" {
		return nil, nil
	}
	return people.Verify([]byte(d.Approval.Signed), Namespace, Statement(d))
}

// Day is the day of a decision, in UTC: the one on which who made it must hold the role.
func (d Decision) Day() string { return d.Time.UTC().Format(time.DateOnly) }

// Holds is an error unless an approval stands before these people: who gave it was an approver on its day, and signed
// it with the key that they name for that day, if they name one.
func Holds(d Decision, who *people.People) error {
	entry, err := who.Holds(d.Who, people.Approver, d.Day())
	if err != nil {
		return err
	}
	key, err := d.Signature()
	switch {
	case err != nil:
		return fmt.Errorf("the signature of %q does not hold: %w", d.Who, err)
	case key == nil && entry.Key != nil:
		return fmt.Errorf("it is not signed, and %s:%d names a key of %q", people.FileName, entry.Line, d.Who)
	case key != nil && entry.Key == nil:
		return fmt.Errorf("it is signed, and %s:%d names no key of %q for %s", people.FileName, entry.Line, d.Who, d.Day())
	case key != nil && !people.SameKey(key, entry.Key):
		return fmt.Errorf("it is signed with the key %s, and %s:%d says that the key of %q is %s on %s: a key that was "+
			"changed stays in an entry of its own, with valid_to", ssh.FingerprintSHA256(key), people.FileName, entry.Line,
			d.Who, ssh.FingerprintSHA256(entry.Key), d.Day())
	}
	return nil
}

// HoldsThroughout is Holds before these people, and before those that the approval itself tells of, as they were on its
// day.
func HoldsThroughout(d Decision, who *people.People) error {
	then, err := people.Parse(people.FileName+" of that day", []byte(d.Approval.People))
	if err == nil {
		err = Holds(d, then)
	}
	if now := Holds(d, who); now != nil {
		return now
	}
	return err
}

// UpTo is the log up to the line with a number, and its head, as they were when that line was written.
func (l *Log) UpTo(number int64) (text, head []byte) {
	end := l.ends[number-1]
	return l.text[:end], []byte(headText(int(number), l.Sums[number-1]))
}
