// Package transfer moves objects between a store and this machine: out of the store into a folder of blobs, which is
// addressed by content ([Fetch]), and files of a folder into the store, below a prefix ([Upload]). It knows neither
// images nor workspaces nor versions.
//
// # What it promises
//
// An object that fails is counted by its [Cause], and the others move. What may pass is no answer, and takes the place
// of none that was there before. What concerns every object (wrong credentials, no bucket, no network, a full disk)
// ends the run with one error; what came or went before it stays. So whenever a run ends or the machine stops, the next
// run goes on, and ends the same. A [Tally] says what became of all.
//
// Of Fetch: a file under its hash is whole. It was on the disk, and its bytes were compared with what the store tells
// of them, before it got that name. A line of the log is written after that, and is believed while its blob is there
// and has its size; what the log tells of is not fetched again. Files reach the disk in groups, as to sync each costs
// five times the time: what is lost when the machine stops is what was in flight and the groups that were not durable
// yet. The folder has
//
//	log.jsonl     a line for every object that was fetched or failed; the last line of an object counts
//	incoming/     files that are being written; swept when the folder is opened, and by Sweep
//	ab/cd/…       blobs
//
// Of Upload, which keeps nothing between runs, as what the store holds is what has been done: an object that is there
// with the bytes of its file is left alone; blobio.Store.Same says so. One with other bytes is replaced only where the
// [Set] allows it, and only as long as it is the one that was listed. What is sent is what was hashed: a file that is
// written to meanwhile fails, and nothing becomes of it. The last files of a set, such as a manifest, go when all
// others are there, and those of an older set are taken away before anything of it changes: who finds them finds a
// whole set.
//
// # What may enter
//
// What holds of objects whatever they are. What a picture is belongs to images, which objects are wanted to workflow,
// and how one store is talked to, with all its patience, to io/blobio.
//
// The first tests to read are TestFetchesAllOnce and TestUploadsAllOnce; kill_test.go has both killed at any moment.
package transfer
