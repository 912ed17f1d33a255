// Package releaseio puts files and versions on disk so that they are there whole or not at all.
//
// A [Version] is written aside, in a folder beside the published ones, and appears under its name by one rename when
// every file and folder in it has reached the disk. Killed at any moment, the name shows the old version or the new
// one, whole; what the dead run left aside is removed by [Sweep] at the start of the next. A draft takes the place of
// the draft before it; any other version, once published, is never changed: publishing it again compares.
//
// A [Manifest] lists a version's files with size and SHA-256, which are taken while the files are written. [Verify]
// holds a folder against its manifest. [WriteFile] and [Create] write single files in the same way; [Together] changes
// several files of a folder by one act, which [Settle] finishes. A [Lock] keeps two runs from one workspace.
//
// What holds of files whatever is in them may enter. Which files a version has belongs to workflow/build, what people
// ask of it to workflow/versions. The first test is release_test.go.
package releaseio
