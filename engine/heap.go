package engine

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// The collector runs when the heap, with ballast, has grown by heapGrowth per cent: by 100 MB at least, however little
// is alive, and by a quarter of what is alive at most (plus that), since memory is promised (spec 11). Without ballast
// a run that keeps 5 MB alive, as most of a build does, collects every 5 MB.
const (
	heapBallast = 400 << 20
	heapGrowth  = 25
)

// steady is whether there is ballast.
var steady atomic.Bool

// HoldHeap lets the collector run as often as it takes to keep the heap at so many bytes, if what is alive leaves room:
// before that, it runs when SteadyHeap says.
func HoldHeap(bytes int64) {
	if steady.Load() {
		debug.SetMemoryLimit(heapBallast + bytes)
	}
}

// SteadyHeap sets the garbage collector up for a batch job: a program calls it once, at its start, and the function it
// returns at its end. The ballast is memory that is never touched, so that it takes address space only. Where GOGC or
// GOMEMLIMIT is set it does nothing.
func SteadyHeap() (end func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	debug.SetGCPercent(heapGrowth)
	ballast := make([]byte, heapBallast)
	steady.Store(true)
	return func() {
		steady.Store(false)
		runtime.KeepAlive(ballast)
	}
}
