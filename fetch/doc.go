// Package fetch brings objects out of a store into a folder of blobs, which is addressed by content: ab/cd/<sha256>. It knows neither images
// nor workspaces.
//
//	log.jsonl     a line for every object that was fetched or failed, only ever appended to; the last line of an object counts
//	incoming/     files that are being written; swept when the folder is opened
//	ab/cd/…       blobs
//
// # What it promises
//
// A file under its hash is whole: it was on the disk, and its bytes were compared with what the store tells of them, before it got that name.
// A line of the log is written after that, and is believed while its blob is there and has its size. So whenever the machine stops, a run that
// follows fetches nothing again that the log tells of. Files reach the disk in groups, as to sync each costs five times the time: what is lost
// is what was in flight and the groups that were not durable yet.
//
// An object that fails is a line of the log with its reason, and the run goes on. What concerns every object (wrong credentials, no network,
// a full disk) ends the run with one error; what came before it is kept.
package fetch
