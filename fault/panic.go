package fault

import (
	"fmt"
	"runtime/debug"
)

// A Panic is a broken invariant of the program that ended a goroutine's work, as an error.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v\n%s", p.Value, p.Stack) }

// Contain calls f and turns a panic into a [*Panic].
func Contain(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &Panic{Value: value, Stack: debug.Stack()}
		}
	}()
	return f()
}
