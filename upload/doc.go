// Package upload puts files of a folder into a store, under a prefix. It knows neither images nor versions, and keeps nothing between runs:
// what the store holds is what has been done.
//
// # What it promises
//
// An object that is there with the bytes of its file is left alone; blobio.Store.Same says so. One with other bytes is replaced only where the
// [Set] allows it, and only as long as it is the one that was listed. What is sent is what was hashed: a file that is written to meanwhile
// fails, and nothing becomes of it. So whenever a run ends, the next one goes on, and ends the same.
//
// A file that cannot be read or does not go is a [Failure], and the others go. What concerns every object (wrong credentials, no bucket, no
// network, a full disk) ends the run with one error. The last file of a set, such as a manifest, goes when all others are there.
package upload
