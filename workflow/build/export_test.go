package build

import (
	"testing"

	"github.com/dermset/dermset/io/blobio"
)

// LittlePatience is for tests of stores that do not answer.
func LittlePatience(t *testing.T) {
	before := patience
	t.Cleanup(func() { patience = before })
	patience = blobio.Patience{Attempts: 3, First: 1, Longest: 1}
}

// WithoutIDs are the findings that leave as they are.
var WithoutIDs = withoutIDs
