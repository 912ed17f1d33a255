// Package fileio opens and reads ordinary files. A folder, a pipe or a device in the place of one is an error, never a
// wait.
//
// What holds for every file that people name may enter it; what is in the file is its reader's. Its first test is
// fileio_test.go.
package fileio
