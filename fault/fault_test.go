package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

type ownError struct{ class Class }

func (e ownError) Error() string { return "own" }
func (e ownError) Class() Class  { return e.class }
func (e ownError) Unwrap() error { return syscall.ENOENT }

// Every error of a system call, bare and as the packages of Go wrap it, has the class that the contract says, and what
// is not an answer says what to do.
func TestTable(t *testing.T) {
	for class, numbers := range map[Class][]syscall.Errno{
		NotThere:  {syscall.ENOENT, syscall.ENOTDIR, syscall.ENAMETOOLONG},
		OfObject:  {syscall.EACCES, syscall.EPERM, syscall.ELOOP, syscall.EISDIR, syscall.EINVAL, syscall.EILSEQ},
		OfMachine: {syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.ENOMEM},
		MayPass: {syscall.EIO, syscall.ESTALE, syscall.EMFILE, syscall.ENFILE, syscall.EINTR, syscall.EAGAIN,
			syscall.EBUSY, syscall.ETIMEDOUT, syscall.ECONNRESET, syscall.ENOTCONN, syscall.ENODEV, syscall.ENETDOWN,
			syscall.EHOSTDOWN, syscall.ENOLCK, syscall.Errno(4095)},
	} {
		for _, number := range numbers {
			for _, err := range []error{number, &fs.PathError{Op: "open", Path: "a", Err: number},
				&os.LinkError{Op: "rename", Old: "a", New: "b", Err: number}, os.NewSyscallError("read", number),
				fmt.Errorf("work: %w", &fs.PathError{Op: "read", Path: "a", Err: number}),
				errors.Join(errors.New("another"), number)} {
				if is := Of(err); is != class {
					t.Errorf("%v: %v, want %v", err, is, class)
				}
				if text := Remedy(err); (text == "") != (class == NotThere || class == OfObject &&
					number != syscall.EACCES && number != syscall.EPERM) {
					t.Errorf("%v: %q", err, text)
				}
			}
		}
	}
}

// Of joined errors each has its remedy, and one that is of many stands once.
func TestRemedies(t *testing.T) {
	denied := func(name string) error { return &fs.PathError{Op: "open", Path: name, Err: syscall.EACCES} }
	err := fmt.Errorf("ingest: %w", errors.Join(denied("a"), errors.New("bad"), denied("b"),
		fmt.Errorf("more: %w", errors.Join(syscall.ENOSPC, ownError{OfSettings}))))
	want := []string{Remedy(syscall.EACCES), Remedy(syscall.ENOSPC)}
	if got := Remedies(err); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Remedies(nil); got != nil {
		t.Errorf("nothing has %q", got)
	}
}

func TestOtherErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Class
	}{
		{nil, Unknown}, {io.EOF, Unknown}, {context.Canceled, Unknown}, {errors.New("line 3: too long"), Unknown},
		{fs.ErrNotExist, NotThere}, {fs.ErrPermission, OfObject}, {os.ErrDeadlineExceeded, MayPass},
		{fmt.Errorf("store: %w", ownError{OfSettings}), OfSettings}, // its word counts, and not what it wraps
	} {
		if is := Of(c.err); is != c.want {
			t.Errorf("%v: %v, want %v", c.err, is, c.want)
		}
		if text := Remedy(c.err); text != "" && c.want != MayPass {
			t.Errorf("%v: %q", c.err, text)
		}
	}
	if _, err := os.Stat(filepath.Join(t.TempDir(), "none", "x")); Of(err) != NotThere {
		t.Error(err)
	}
}

// No remedy makes a person delete what is good.
func TestRemediesDeleteNothing(t *testing.T) {
	for number := range syscall.Errno(200) {
		for _, word := range []string{"delete", "remove", "rm "} {
			if text := Remedy(number); strings.Contains(text, word) {
				t.Errorf("%v: %q", number, text)
			}
		}
	}
}

func TestContain(t *testing.T) {
	why := errors.New("as the test wants it")
	if err := Contain(func() error { return why }); err != why {
		t.Error(err)
	}
	var none []error
	broken, is := errors.AsType[*Panic](Contain(func() error { return none[len(os.Args)] }))
	if !is || !strings.Contains(broken.Error(), "out of range") || !strings.Contains(broken.Error(), "fault_test.go") {
		t.Errorf("%v", broken)
	}
}
