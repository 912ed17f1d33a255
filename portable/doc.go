// Package portable makes names of files and folders that Windows, macOS and Linux can hold side by side: of what any
// text says, in at most MaxBytes bytes, and no two that one of these systems takes for one.
//
// A name tells what it was made of, as far as it may. Where it would be another's too, or did not fit, it ends in a
// tag, which is made of the whole text: names do not depend on an order, and hardly ever on each other.
//
// The room knows texts only. What may enter: a rule that names must keep. Which names there are belongs to
// workflow/build. The first test is TestFolders in portable_test.go.
package portable
