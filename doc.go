// Package dermset has no code: it holds the whole project to the rules that no room can hold itself to. The program is
// cmd/dermset; ARCHITECTURE.md says which rooms there are.
//
// A test enters if it asks something of every room, or of every file. The first test is walls_test.go.
package dermset
