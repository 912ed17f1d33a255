package blobio

import (
	"errors"
	"fmt"
)

// A Reason is why an object did not come. It stands in logs and summaries.
type Reason string

// Reasons of one object.
const (
	Missing  Reason = "missing"    // there is no such object
	Denied   Reason = "denied"     // no right to read it
	Changed  Reason = "changed"    // another object than the planned one is there
	Archived Reason = "archived"   // in an archive tier, to be restored first
	NotAFile Reason = "not_a_file" // a folder, named pipe, socket or device
	Outside  Reason = "outside"    // a link that leads out of the folder
	BadKey   Reason = "bad_key"    // no key of such a store
	TooLarge Reason = "too_large"  // more bytes than a caller takes
	Refused  Reason = "refused"    // any other answer that trying again would not change

	Rewritten Reason = "rewritten" // a file that is put was written to meanwhile
)

// Reasons that trying again may mend.
const (
	Cut         Reason = "cut"         // the connection ended before the object did
	Stalled     Reason = "stalled"     // nothing came for too long
	Busy        Reason = "busy"        // the store said so: 408, 409, 429, 5xx
	Differs     Reason = "differs"     // the bytes do not fit the size or the checksum that the store tells
	Unreachable Reason = "unreachable" // no connection
)

// Reasons of the whole store, as is Unreachable.
const (
	Credentials Reason = "credentials" // none, unknown, expired, or a clock that is wrong
	NoBucket    Reason = "no_bucket"
	WrongRegion Reason = "wrong_region"
)

// OfStore says whether every object has this reason if one has.
func (r Reason) OfStore() bool { return remedies[r] != "" }

// remedies are what a person can do where no object can be had. What to do about one object is its caller's to say.
var remedies = map[Reason]string{
	Unreachable: "look at network, proxy and endpoint",
	Credentials: "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and look at the machine's clock; " +
		"for a public bucket put ?anonymous=true behind the URL of the store (images.store, --to)",
	NoBucket:    "correct the bucket's name in the URL of the store (images.store, --to)",
	WrongRegion: "set AWS_REGION, or put ?region=NAME behind the URL of the store (images.store, --to)",
}

// transient says whether trying again may help.
func (r Reason) transient() bool {
	switch r {
	case Cut, Stalled, Busy, Differs, Unreachable:
		return true
	}
	return false
}

// An Error is why an operation on an object or a store failed.
type Error struct {
	Op       string // list, stat, get, put, same; read: of a Body
	Key      string // empty: the whole store
	Reason   Reason
	Attempts int
	Err      error
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
	if e.Attempts > 1 {
		text += fmt.Sprintf(" (%d attempts)", e.Attempts)
	}
	if e.Reason.OfStore() {
		text += "; " + remedies[e.Reason]
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// ReasonOf is the reason of an error of a store; empty for any other error.
func ReasonOf(err error) Reason {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return ""
}
