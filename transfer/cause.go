package transfer

import (
	"cmp"

	"github.com/dermset/dermset/io/blobio"
)

// A Cause is why an object did not move.
type Cause struct {
	Side   Side
	Reason blobio.Reason
}

// A Side is where something is wrong: with an object of the store that was to come, with a file here that was to go, or
// with what the store holds or does in its place.
type Side string

// The sides, in the words of summaries: what comes has one side only, which needs no word.
const (
	Coming Side = ""
	Here   Side = "file"
	There  Side = "store"
)

func (c Cause) String() string {
	if c.Side == Coming {
		return string(c.Reason)
	}
	return string(c.Side) + " " + string(c.Reason)
}

// Remedy is what a person can do about it.
func (c Cause) Remedy() string {
	r := remedies[c.Reason]
	switch c.Side {
	case Coming:
		return cmp.Or(r.coming, "the message says more; run fetch again")
	case Here:
		return cmp.Or(r.here, "the message says more; upload again")
	}
	return cmp.Or(r.there, "the message says more; upload again")
}

const (
	fetchAgain  = "run fetch again; if it stays, use fewer connections (--workers) or ask the store's owner"
	uploadAgain = "upload again; if it stays, use fewer connections (--workers) or ask the store's owner"
)

var remedies = map[blobio.Reason]struct{ coming, here, there string }{
	blobio.Missing: {
		coming: "upload the object, or correct the path in the dataset CSV",
		here:   "put the file there, or correct the path",
		there:  "it was removed meanwhile: upload again",
	},
	blobio.Denied: {
		coming: "ask the store's owner for the right to read it " +
			"(a bucket that may not be listed says this of missing objects too)",
		here:  "make the file readable for this user",
		there: "ask the store's owner for the right to list, read and write below the prefix",
	},
	blobio.Changed: {
		coming: "find out who changed it; then set images.changed: accept, or put the old object back",
		there:  "find out which of the two is right",
	},
	blobio.Archived: {coming: "restore the object from its archive tier, then fetch again"},
	blobio.NotAFile: {
		coming: "put an ordinary file in its place",
		here:   "put an ordinary file in its place",
		there:  "look what is in its place in the store, and move it elsewhere if it is not to be there",
	},
	blobio.Outside: {
		coming: "put the file itself into the folder in place of the link",
		here:   "put the file itself into the folder in place of the link",
		there:  "a link of the store leads out of it: look where to, and put a folder or file in its place",
	},
	blobio.BadKey: {
		coming: "correct the path in the dataset CSV",
		here:   "correct the path",
		there:  "rename the file: such a store cannot hold its path, or holds a file where the path needs a folder",
	},
	blobio.TooLarge:    {coming: "look what it is: no picture is so large"},
	blobio.Refused:     {here: "look at the disk, then upload again"},
	blobio.Rewritten:   {here: "let the program that writes to the file end, then run it again"},
	blobio.Cut:         {coming: fetchAgain, there: uploadAgain},
	blobio.Stalled:     {coming: fetchAgain, there: uploadAgain},
	blobio.Busy:        {coming: fetchAgain, there: uploadAgain},
	blobio.Unreachable: {coming: "look at network, proxy and endpoint", there: uploadAgain},
	blobio.Disk: {
		coming: "look at the disk or the share that the store is on, then run fetch again",
		here:   "look at the disk or the share that the file is on, then upload again",
		there:  "look at the disk or the share that the store is on, then upload again",
	},
	blobio.Shut: {
		coming: "give this user the right to enter the folder, then run fetch again",
		here:   "give this user the right to enter the folder, then upload again",
		there:  "give this user the right to enter the folder, then upload again",
	},
	blobio.Differs: {
		coming: "run fetch again; if it stays, the object is broken in the store: upload it anew",
		there:  "upload again; if it stays, something between here and the store changes bytes",
	},
}
