// Command dermset rebuilds a versioned dermatology image dataset from many sources.
// `dermset --help` begins with examples.
//
// A verb may enter: its flags, its examples, one call of a room below, and what people read of the answer. What the
// verb does belongs to that room. The first test is script_test.go, which runs the program as a person would, by
// testdata/script.
package main
