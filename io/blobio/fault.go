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
func (r Reason) OfStore() bool {
	switch r {
	case Unreachable, Credentials, NoBucket, WrongRegion:
		return true
	}
	return false
}

// transient says whether trying again may help.
func (r Reason) transient() bool {
	switch r {
	case Cut, Stalled, Busy, Differs, Unreachable:
		return true
	}
	return false
}

// Remedy is what a person can do about it.
func (r Reason) Remedy() string {
	switch r {
	case Missing:
		return "upload the object, or correct the path in the dataset CSV"
	case Denied:
		return "ask the store's owner for the right to read it (a bucket that may not be listed says this of missing objects too)"
	case Changed:
		return "find out who changed it; then set images.changed: accept, or put the old object back"
	case Archived:
		return "restore the object from its archive tier, then fetch again"
	case NotAFile:
		return "put an ordinary file in its place"
	case Outside:
		return "put the file itself into the folder in place of the link"
	case BadKey:
		return "correct the path in the dataset CSV"
	case TooLarge:
		return "look what it is: no picture is so large"
	case Rewritten:
		return "let the program that writes to the file end, then run it again"
	case Cut, Stalled, Busy:
		return "run fetch again; if it stays, use fewer connections (--workers) or ask the store's owner"
	case Differs:
		return "run fetch again; if it stays, the object is broken in the store: upload it anew"
	case Unreachable:
		return "look at network, proxy and endpoint"
	case Credentials:
		return "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and look at the machine's clock; for a public bucket put ?anonymous=true behind the URL of the store (images.store, --to)"
	case NoBucket:
		return "correct the bucket's name in the URL of the store (images.store, --to)"
	case WrongRegion:
		return "set AWS_REGION, or put ?region=NAME behind the URL of the store (images.store, --to)"
	}
	return "the message says more; run fetch again"
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
		text += "; " + e.Reason.Remedy()
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
