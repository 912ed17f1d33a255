// Package blobio reads and writes the objects of a store: a prefix of an S3 bucket, or a folder. A [Store] has six
// operations, and promises the same of them whatever it is made of:
//
//   - What Get hands over is the object that was planned, whole: its ETag is the one that List or Stat told, its size
//     is that size, and its bytes fit the checksum that the store keeps, or the MD5 that is its ETag.
//     Anything else is an [Error].
//   - What may pass is tried again, the whole attempt with its body, up to [Patience].Attempts times with growing
//     pauses: a connection that cannot be made or is cut, a body that stalls, is too short or does not fit its
//     checksum, a store that is busy, a disk that gives an I/O error. What is not (no such object, no right to read it,
//     another object than the planned one, TLS that cannot be) is not tried again.
//   - Nothing waits for ever: neither for a server that says nothing or next to nothing, or lists without end, nor for
//     a named pipe or a socket in a folder.
//   - Put replaces the object that was planned and no other, and no bytes become an object but those of the [Body],
//     as they were hashed. Remove takes the planned one away and no other.
//   - Same says that bytes are equal only where a checksum or the bytes themselves say so.
//
// Every error of one object is an [*Error] with a [Reason]; reasons that concern the whole store, such as wrong
// credentials, say so. One table (fault.go) says of each reason which class of package fault it is.
//
// What may enter: a kind of store that passes blobtest.Conforms, or a proof that bytes are the right ones. What becomes
// of many objects belongs to transfer, which of them are wanted to workflow. The first test is conformance_test.go.
package blobio
