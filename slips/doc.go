// Package slips finds the name that a person meant who wrote one that is not there: a key, a verb, a source, a word of
// a few. It counts slips of the pen ([Count]), and proposes at most one name ([Nearest], and [Meant] in a message).
//
// What is true of any names may enter. What a label or a site means, and which of two diagnoses never stand for each
// other, is mapping's and bodysites'. A proposal is for a person: nothing is done with it.
// The first test to read is TestNearest.
package slips
