package workspace

import "testing"

// Objects at once follow the workers, sixteen each, but never fewer than 32, for most of the time is waiting, nor more
// than 256.
func TestObjectsAtOnceFollowTheWorkers(t *testing.T) {
	for workers, want := range map[int]int{0: 32, 1: 32, 2: 32, 3: 48, 8: 128, 15: 240, 16: 256, 17: 256, 1000: 256} {
		w := &Workspace{Run: Resources{Workers: workers}}
		if got := w.ObjectsAtOnce(); got != want {
			t.Errorf("%d workers: %d objects at once, want %d", workers, got, want)
		}
	}
}
