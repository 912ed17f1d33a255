// Package build makes a version of the dataset out of a workspace: the table of steps, and each step as one file,
// named by its verb.
//
// A build holds what was read once, before the first step: sources, mapping, what people decided, the release. What a
// step finds out it leaves in its folder under work/ or in memory (package steps), and nowhere else. What enters is an
// act that makes something of rows or pictures; what people do at the mapping and the sources is desk's.
// Its first test is demo_test.go.
package build
