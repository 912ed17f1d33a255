// Package workspace is a folder with a dermset.yaml (spec 2), opened for one run: its settings, its sources, its
// workbook, what people decided in curation/, where everything in it is, and how a run tells how far it is.
//
// It reads and checks; it decides nothing about images, and never reaches Arrow. What enters it is asked of by more
// than one of the rooms above: steps, build, desk and versions. Its first test is config_test.go.
package workspace
