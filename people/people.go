package people

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/yamlio"
	"github.com/dermset/dermset/slips"
)

// FileName is where people stand in a workspace.
const FileName = "people.yaml"

// A Role is what a person is entitled to.
type Role string

// The roles of people.yaml (spec 2): who annotates and who gives the primary review is a data scientist, who gives the
// secondary review a dermatologist.
const (
	DataScientist Role = "data_scientist"
	Dermatologist Role = "dermatologist"
	Approver      Role = "approver"
)

// A Person is one entry of people.yaml: somebody in a role for some time.
type Person struct {
	ID, Name string
	Role     Role
	From, To string        // first and last day, 2006-01-02; empty: since ever, for ever
	Key      ssh.PublicKey // of signatures; nil: none
	Line     int
}

// on reports whether the entry holds on a day.
func (p Person) on(day string) bool { return p.From <= day && (p.To == "" || day <= p.To) }

// People are all entries, in the order of the file.
type People struct{ all []Person }

// All are the entries, in the order of the file. They are not to be changed.
func (p *People) All() []Person { return p.all }

// ErrNobody says that there is no people.yaml.
var ErrNobody = errors.New("there is no people.yaml, which says who may review and approve " +
	"(docs/review.md shows one)")

// Read reads a people.yaml. Its error joins all that is wrong, each with its line; without the file it is ErrNobody.
func Read(path string) (*People, error) {
	data, err := fileio.ReadUpTo(path, yamlio.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		if other := strings.TrimSuffix(path, ".yaml") + ".yml"; isThere(other) {
			return nil, fmt.Errorf("%w: rename %s to %s", ErrNobody, filepath.Base(other), FileName)
		}
		return nil, ErrNobody
	}
	if err != nil {
		return nil, err
	}
	return Parse(filepath.Base(path), data)
}

func isThere(path string) bool {
	_, err := fileio.Stat(path)
	return err == nil
}

// Parse is Read of these bytes; name stands in errors.
func Parse(name string, data []byte) (*People, error) {
	doc := yamlio.Parse(name, data)
	p := &People{}
	if root := doc.Root(); root != nil && doc.Err() == nil {
		root.Each(p.readEntry)
	}
	return p, doc.Err()
}

func (p *People) readEntry(n *yamlio.Node) {
	entry := Person{Line: n.Line()}
	var role, key string
	n.Fields(yamlio.Fields{
		"id": func(n *yamlio.Node) {
			if n.Filled(&entry.ID); entry.ID != strings.TrimSpace(entry.ID) {
				n.Failf("%q begins or ends with a space", entry.ID)
			}
		},
		"name": func(n *yamlio.Node) { n.Filled(&entry.Name) },
		"role": func(n *yamlio.Node) {
			n.OneOf(&role, string(DataScientist), string(Dermatologist), string(Approver))
		},
		"valid_from": func(n *yamlio.Node) { readDay(n, &entry.From) },
		"valid_to":   func(n *yamlio.Node) { readDay(n, &entry.To) },
		"ssh_key": func(n *yamlio.Node) {
			if n.Text(&key); key != "" {
				entry.Key = readKey(n, key)
			}
		},
	})
	entry.Role = Role(role)
	p.check(n, entry)
	p.all = append(p.all, entry)
}

// check refuses an entry that lacks something, or that says of a day what another one says otherwise.
func (p *People) check(n *yamlio.Node, entry Person) {
	for _, need := range [][2]string{{"id", entry.ID}, {"name", entry.Name}, {"role", string(entry.Role)}} {
		if need[1] == "" {
			n.Failf("has no %s", need[0])
		}
	}
	if entry.To != "" && entry.To < entry.From {
		n.Failf("valid_to %s is before valid_from %s", entry.To, entry.From)
	}
	for _, other := range p.all {
		switch {
		case entry.ID == "" || !Same(entry.ID, other.ID):
		case entry.ID != other.ID:
			n.Failf("id %q is nearly that of line %d, %q: want one spelling of one person", entry.ID, other.Line, other.ID)
		case entry.on(other.From) || other.on(entry.From):
			n.Failf("id %q stands in line %d too, for some of the same days: want periods that do not meet",
				entry.ID, other.Line)
		}
	}
}

func readDay(n *yamlio.Node, into *string) {
	n.Text(into)
	if _, err := time.Parse(time.DateOnly, *into); err != nil && *into != "" {
		n.Failf("%q, want a day such as 2026-03-31", *into)
		*into = ""
	}
}

func readKey(n *yamlio.Node, text string) ssh.PublicKey {
	key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil || len(options) > 0 || len(bytes.TrimSpace(rest)) > 0 {
		n.Failf("is not a public key, want the line of a .pub file, such as ssh-ed25519 AAAA…")
		return nil
	}
	return key
}

// Same reports whether two ids are those of one person: equal but for case, spaces around them, and forms that
// Unicode's NFKC makes one.
func Same(a, b string) bool { return a == b || loose(a) == loose(b) }

func loose(id string) string { return strings.TrimSpace(cases.Fold().String(norm.NFKC.String(id))) }

// Knows says whether an id is somebody's, whenever.
func (p *People) Knows(id string) bool {
	for _, entry := range p.all {
		if entry.ID == id {
			return true
		}
	}
	return false
}

// Holds is the entry by which a person holds a role on a day (2006-01-02), by the very bytes of the id; else the error
// says why not: unknown, expired or not yet, or in another role.
func (p *People) Holds(id string, role Role, day string) (Person, error) {
	why := fmt.Errorf("%q is not in %s%s", id, FileName, p.near(id))
	for _, entry := range p.all {
		if entry.ID != id {
			continue
		}
		switch {
		case !entry.on(day):
			why = fmt.Errorf("%q may not decide on %s: %s:%d is valid from %s to %s", id, day, FileName, entry.Line,
				orEver(entry.From), orEver(entry.To))
		case entry.Role != role:
			return entry, fmt.Errorf("%q is %s, want %s (%s:%d)", id, entry.Role, role, FileName, entry.Line)
		default:
			return entry, nil
		}
	}
	return Person{}, why
}

// Present is nil where a person holds any role on a day (2006-01-02); else the error says why not.
func (p *People) Present(id, day string) error {
	var why error
	for _, role := range []Role{DataScientist, Dermatologist, Approver} {
		if _, why = p.Holds(id, role, day); why == nil {
			return nil
		}
	}
	return why
}

func orEver(day string) string {
	if day == "" {
		return "ever"
	}
	return day
}

// near names an id that is spelled nearly as this one.
func (p *People) near(id string) string {
	var ids []string
	for _, entry := range p.all {
		if Same(entry.ID, id) {
			return fmt.Sprintf(", but %q is", entry.ID)
		}
		ids = append(ids, entry.ID)
	}
	return slips.Meant(id, ids)
}
