package workspace

import (
	"errors"
	"maps"
	"slices"
)

// usageError marks what the person at the keyboard or a settings file got wrong: exit code 2.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// Usage marks an error as wrong usage or configuration. Nil stays nil.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// IsUsage says whether the error is one of usage or configuration.
func IsUsage(err error) bool {
	_, is := errors.AsType[usageError](err)
	return is
}

// SortedKeys are the keys of a map, bytewise.
func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
