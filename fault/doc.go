// Package fault says what an error means for those who wait for a file or an object: the one table that stores and
// verbs ask ([Of]). Every error is one of six classes:
//
//	NotThere    there is no such thing, and that is an answer
//	Escapes     its path leads out of where it may be
//	OfObject    something is wrong with this one, and asking again would not change it
//	MayPass     never an answer: it is tried again with patience, and is then the error of the object or of the run
//	OfMachine   this machine cannot go on: no space, no memory, nothing may be written
//	OfSettings  a person set something wrong: no bucket, no trust, no credentials
//
// An error that nobody has put into the table may pass: what is not understood must not be taken for an answer, as who
// believes that a picture is not there gives it up. Rooms that know more than the system does, such as io/blobio of
// what servers say, give their errors a method Class.
//
// What may enter: what an error means, whoever meets it. What a store's answer means belongs to io/blobio, and what a
// person does about one object to transfer.
//
// A panic is an error too: [Contain] catches it at the top of a goroutine, with where it was.
//
// The first test is TestTable.
package fault
