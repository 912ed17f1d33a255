//go:build race

package upload

const raceEnabled = true
