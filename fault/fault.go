package fault

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// A Class is what an error means.
type Class int

// The classes; Unknown is every error that is none of a file, a disk or a store.
const (
	Unknown Class = iota
	NotThere
	Escapes
	OfObject
	MayPass
	OfMachine
	OfSettings
)

func (c Class) String() string {
	return [...]string{"unknown", "not there", "escapes", "about this object", "may pass", "this machine", "settings"}[c]
}

// A classed error knows its class, and says itself what to do.
type classed interface {
	error
	Class() Class
}

// Of is the class of an error.
func Of(err error) Class {
	if own, is := errors.AsType[classed](err); is {
		return own.Class()
	}
	if number, is := errors.AsType[syscall.Errno](err); is {
		return ofSystem(number)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return NotThere
	case errors.Is(err, fs.ErrPermission):
		return OfObject
	case errors.Is(err, os.ErrDeadlineExceeded):
		return MayPass
	}
	return Unknown
}

// system are the errors of system calls that are answers, or that this machine gives whatever is asked for ("Error
// numbers", The Open Group Base Specifications, issue 8). All others may pass: EIO, ESTALE, EMFILE, ENFILE, EINTR,
// EAGAIN, ETIMEDOUT, ENOTCONN of a mount whose server is gone, and what systems have of their own.
var system = map[syscall.Errno]Class{
	syscall.ENOENT:       NotThere,
	syscall.ENOTDIR:      NotThere, // a file where the path needs a folder
	syscall.ENAMETOOLONG: NotThere, // no file can have the name

	syscall.EACCES: OfObject, // of a file; of a folder on the way it may pass, which its room knows
	syscall.EPERM:  OfObject,
	syscall.ELOOP:  OfObject,
	syscall.EISDIR: OfObject,
	syscall.EINVAL: OfObject, // a name that the file system does not take
	syscall.EILSEQ: OfObject,
	syscall.EEXIST: OfObject,
	syscall.ENXIO:  OfObject, // a socket, or a pipe without a reader
	syscall.EFBIG:  OfObject,

	syscall.ENOSPC: OfMachine,
	syscall.EDQUOT: OfMachine,
	syscall.EROFS:  OfMachine,
	syscall.ENOMEM: OfMachine,
}

func ofSystem(number syscall.Errno) Class {
	if class, is := system[number]; is {
		return class
	}
	return MayPass
}

// Remedies are the remedies of all errors that are joined in err, each once.
func Remedies(err error) (all []string) {
	for at := err; at != nil; at = errors.Unwrap(at) {
		if joined, is := at.(interface{ Unwrap() []error }); is {
			for _, one := range joined.Unwrap() {
				for _, remedy := range Remedies(one) {
					if !slices.Contains(all, remedy) {
						all = append(all, remedy)
					}
				}
			}
			return all
		}
	}
	if remedy := Remedy(err); remedy != "" {
		all = append(all, remedy)
	}
	return all
}

// Remedy is what a person can do about an error of this machine's files; empty where the error says so itself, or where
// nobody knows.
func Remedy(err error) string {
	if _, is := errors.AsType[classed](err); is {
		return ""
	}
	number, _ := errors.AsType[syscall.Errno](err)
	switch {
	case number == syscall.EMFILE || number == syscall.ENFILE:
		return "too many files are open: run it again with fewer at once (--workers), or raise the limit (ulimit -n)"
	case number == syscall.ENOMEM:
		return "there is no memory left: end other programs, or run it again with less at once (--workers, --memory)"
	case number == syscall.ENOSPC || number == syscall.EDQUOT:
		return "make room on the disk (files, or inodes: df, df -i), then run it again"
	case number == syscall.EROFS:
		return "the disk takes no writing: look why it was mounted so, then run it again"
	case number == syscall.EACCES || number == syscall.EPERM:
		return "give this user the right to it (and to the folders on the way), then run it again"
	case Of(err) == MayPass:
		return "the disk or the network share did not answer as it should, which says nothing about the file: " +
			"leave everything as it is, look at the disk (dmesg) or the share, then run it again"
	}
	return ""
}
