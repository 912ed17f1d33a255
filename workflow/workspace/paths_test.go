package workspace

import (
	"math"
	"testing"
)

// Objects at once follow the workers, sixteen each, but never fewer than 32, for most of the time is waiting, nor more
// than 256.
func TestObjectsAtOnceFollowTheWorkers(t *testing.T) {
	for workers, want := range map[int]int{0: 32, 1: 32, 2: 32, 3: 48, 8: 128, 15: 240, 16: 256, 17: 256, 1000: 256} {
		if got := objectsAtOnce(workers, math.MaxInt32); got != want {
			t.Errorf("%d workers: %d objects at once, want %d", workers, got, want)
		}
	}
}

// Each has handles: a process that may open few files moves few objects at once, but never none.
func TestObjectsAtOnceHaveHandles(t *testing.T) {
	for mayOpen, want := range map[int]int{3: 1, 20: 1, 32: 3, 64: 11, 148: 32, 1024: 32} {
		if got := objectsAtOnce(2, mayOpen); got != want {
			t.Errorf("%d handles: %d objects at once, want %d", mayOpen, got, want)
		}
	}
}
