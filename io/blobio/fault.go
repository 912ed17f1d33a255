package blobio

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dermset/dermset/fault"
)

// A Reason is why an object did not come. It stands in logs and summaries.
type Reason string

// Reasons of one object.
const (
	Missing  Reason = "missing"    // there is no such object
	Denied   Reason = "denied"     // no right to it
	Changed  Reason = "changed"    // another object than the planned one is there
	Archived Reason = "archived"   // in an archive tier, to be restored first
	NotAFile Reason = "not_a_file" // a folder, named pipe, socket or device
	Outside  Reason = "outside"    // a link that leads out of the folder
	BadKey   Reason = "bad_key"    // no key of such a store
	TooLarge Reason = "too_large"  // more bytes than a caller takes
	Refused  Reason = "refused"    // any other answer that trying again would not change

	Rewritten Reason = "rewritten" // a file that is put was written to meanwhile
)

// Reasons that may pass.
const (
	Cut         Reason = "cut"         // the connection ended before the object did
	Stalled     Reason = "stalled"     // nothing came for too long, or too little
	Busy        Reason = "busy"        // the store said so: 408, 409, 425, 429, 5xx
	Differs     Reason = "differs"     // the bytes do not fit the size or the checksum that the store tells
	Unreachable Reason = "unreachable" // no connection
	Disk        Reason = "disk"        // an I/O error, a stale handle, too many open files
	Shut        Reason = "shut"        // a folder on the way may not be entered
)

// Reasons of the whole store or of this machine, as is Unreachable.
const (
	Credentials Reason = "credentials" // none, unknown, expired, or a clock that is wrong
	NoBucket    Reason = "no_bucket"
	NoFolder    Reason = "no_folder" // the store is to be one, and is not there
	WrongRegion Reason = "wrong_region"
	NoTrust     Reason = "no_trust" // TLS: a certificate that does not fit, or a server that speaks none
	Machine     Reason = "machine"  // no space, no memory, nothing may be written
)

// reasons is the one table of what a reason means. A remedy stands where no object can be had; what to do about one
// object is its caller's to say.
var reasons = map[Reason]struct {
	class  fault.Class
	remedy string
}{
	Missing: {class: fault.NotThere},
	Outside: {class: fault.Escapes},

	Denied: {class: fault.OfObject}, Changed: {class: fault.OfObject}, Archived: {class: fault.OfObject},
	NotAFile: {class: fault.OfObject}, BadKey: {class: fault.OfObject}, TooLarge: {class: fault.OfObject},
	Refused: {class: fault.OfObject}, Rewritten: {class: fault.OfObject},

	Cut: {class: fault.MayPass}, Stalled: {class: fault.MayPass}, Busy: {class: fault.MayPass},
	Differs: {class: fault.MayPass}, Disk: {class: fault.MayPass}, Shut: {class: fault.MayPass},
	Unreachable: {fault.MayPass, "look at network, proxy and endpoint"},

	Machine: {fault.OfMachine, "make room (df, df -i), or let it be written to; then run it again"},

	Credentials: {fault.OfSettings, "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and look at the " +
		"machine's clock; for a public bucket put ?anonymous=true behind the URL of the store (images.store, --to)"},
	NoBucket: {fault.OfSettings, "correct the bucket's name in the URL of the store (images.store, --to)"},
	NoFolder: {fault.OfSettings, "correct the folder's name, or mount what should be there"},
	WrongRegion: {fault.OfSettings,
		"set AWS_REGION, or put ?region=NAME behind the URL of the store (images.store, --to)"},
	NoTrust: {fault.OfSettings, "look at the endpoint's address (http or https) and at this machine's clock; " +
		"an authority of your own is named in AWS_CA_BUNDLE"},
}

// Reasons are all of them, in the order of their words.
func Reasons() (all []string) {
	for reason := range reasons {
		all = append(all, string(reason))
	}
	slices.Sort(all)
	return all
}

// Class is what the reason means; OfObject for one that nobody knows, as in a log of another version.
func (r Reason) Class() fault.Class {
	if known, is := reasons[r]; is {
		return known.class
	}
	return fault.OfObject
}

// OfStore says whether every object has this reason if one has.
func (r Reason) OfStore() bool { return reasons[r].remedy != "" }

// MayPass says whether it is no answer: trying again may help.
func (r Reason) MayPass() bool { return r.Class() == fault.MayPass }

// An Error is why an operation on an object or a store failed.
type Error struct {
	Op       string // list, stat, get, put, same, remove; read: of a Body
	Key      string // empty: the whole store
	Reason   Reason
	Attempts int
	Err      error

	spent bool // it was tried with all patience already
}

func (e *Error) Error() string {
	what := e.Op
	if e.Key != "" {
		what += fmt.Sprintf(" %q", e.Key)
	}
	text := fmt.Sprintf("%s: %s", what, e.Reason)
	if e.Err != nil {
		text += fmt.Sprintf(": %v", e.Err)
	}
	if e.Op == "open" { // what the system says is enough
		text = fmt.Sprint(e.Err)
	}
	if e.Attempts > 1 {
		text += fmt.Sprintf(" (%d attempts)", e.Attempts)
	}
	if e.Reason.OfStore() {
		text += "; " + reasons[e.Reason].remedy
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Class is that of the reason.
func (e *Error) Class() fault.Class { return e.Reason.Class() }

// ReasonOf is the reason of an error of a store; empty for any other error.
func ReasonOf(err error) Reason {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return ""
}
