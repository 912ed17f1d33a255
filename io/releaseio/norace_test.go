//go:build !race

package releaseio

const raceEnabled = false
