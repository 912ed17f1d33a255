// Package fileio opens, reads and makes ordinary files. A folder, a pipe, a device or, where something is written, a
// link in the place of one is an error, never a wait; what is made has the permissions that the umask leaves.
//
// What holds for every file that people name may enter it; what is in the file is its reader's. Its first test is
// fileio_test.go.
package fileio
