package png

import "testing"

// nearest is the predictor as the standard words it (PNG 9.4), for all samples.
func TestNearest(t *testing.T) {
	distance := func(a, b int32) int32 { return max(a-b, b-a) }
	for left := range int32(256) {
		for above := range int32(256) {
			for corner := range int32(256) {
				aim := left + above - corner
				want := corner
				switch l, a, c := distance(aim, left), distance(aim, above), distance(aim, corner); {
				case l <= a && l <= c:
					want = left
				case a <= c:
					want = above
				}
				if got := nearest(left, above, corner); got != want {
					t.Fatalf("nearest(%d, %d, %d) = %d, want %d", left, above, corner, got, want)
				}
			}
		}
	}
}
