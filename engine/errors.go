package engine

import (
	"cmp"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// MaxBadInput is how many BadInput errors one Drain collects before it stops.
const MaxBadInput = 100

// BadInput marks an error that a person mends in a file. See the package comment.
// An error is bad input if [errors.As] finds one in it.
type BadInput interface {
	error
	BadInput()
}

// An Error says where in a run an error arose.
type Error struct {
	Pass  string // name of the pass; empty outside a pass
	Stage string // name of the stage or sink; empty if the stream itself failed or the sink has no name
	Err   error
}

// Error is "pass: stage: err", without the parts that are empty.
func (e *Error) Error() string {
	var text strings.Builder
	for _, place := range []string{e.Pass, e.Stage} {
		if place != "" {
			text.WriteString(place)
			text.WriteString(": ")
		}
	}
	text.WriteString(e.Err.Error())
	return text.String()
}

// Unwrap is the error at the bottom, for [errors.Is] and [errors.As].
func (e *Error) Unwrap() error { return e.Err }

// A Panic is what became of a panic in a task, stage or sink: a bug, never bad input, whatever value it carries.
type Panic struct {
	Value any
	Stack []byte // of the goroutine that panicked
}

// Error tells the value and the whole stack, so that the stack survives wherever the text goes.
func (p *Panic) Error() string { return fmt.Sprintf("panic: %v\n\n%s", p.Value, p.Stack) }

// errNoBatch is the error of a task or stage that broke the promise to return a batch.
var errNoBatch = errors.New("neither a batch nor an error was returned")

// errGone stands for what a goroutine would have answered had the code it called not ended it (runtime.Goexit).
var errGone = errors.New("the goroutine ended before it answered")

// contain calls f and turns a panic into a *Panic.
func contain(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &Panic{Value: value, Stack: debug.Stack()}
		}
	}()
	return f()
}

// locate says in which pass and stage err arose; either may be empty. An *Error that leaves these open
// is completed, not wrapped.
func locate(pass, stage string, err error) error {
	if err == nil || pass == "" && stage == "" {
		return err
	}
	at, ok := err.(*Error)
	if !ok || pass != "" && at.Pass != "" || stage != "" && (at.Stage != "" || at.Pass != "") {
		return &Error{Pass: pass, Stage: stage, Err: err}
	}
	return &Error{Pass: cmp.Or(at.Pass, pass), Stage: cmp.Or(at.Stage, stage), Err: at.Err}
}

// split returns the errors that err consists of: err itself, or, if it only lists others as errors.Join does, each of
// them under the place that err gives. Order stays.
func split(err error) []error {
	if at, ok := err.(*Error); ok {
		inner := split(at.Err)
		if len(inner) == 1 {
			return []error{err}
		}
		for i := range inner {
			inner[i] = locate(at.Pass, at.Stage, inner[i])
		}
		return inner
	}
	list, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	members := list.Unwrap()
	texts := make([]string, len(members))
	for i, member := range members {
		texts[i] = member.Error()
	}
	if len(members) == 0 || strings.Join(texts, "\n") != err.Error() {
		return []error{err} // it says more than its members
	}
	var all []error
	for _, member := range members {
		all = append(all, split(member)...)
	}
	return all
}

// isBad reports whether err is bad input and nothing else.
func isBad(err error) bool {
	for _, one := range split(err) {
		if bad := BadInput(nil); !errors.As(one, &bad) {
			return false
		}
	}
	return true
}

// failures are the errors a run has met, in stream order.
type failures []error

// add notes an error and reports whether it ends the run: any but bad input does,
// and so does bad input number MaxBadInput.
func (f *failures) add(pass string, err error) (end bool) {
	for _, one := range split(err) {
		*f = append(*f, locate(pass, "", one))
		if !isBad(one) || len(*f) >= MaxBadInput {
			return true
		}
	}
	return false
}

// err is nil, the one failure, or all of them joined in order.
func (f failures) err() error {
	if len(f) == 1 {
		return f[0]
	}
	return errors.Join(f...)
}
