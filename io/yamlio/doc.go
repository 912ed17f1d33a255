// Package yamlio reads settings strictly: one YAML document, into one struct ([Decode]) or value by value ([Parse],
// [Node]). An unknown key, a key given twice, a wrong type, an alias or a second document is an error with file, line
// and key; all of them come together.
//
// Decode is for files whose values have one form each. Where a value may be text, or a list, or keys with values, and
// where text is taken as it is written (010 and yes are text), the nodes are asked for what they are. What either
// refuses is said in the same words.
//
// What a reader must know of a key is a [Key], said once: a page ([Page]), a file of comments ([Commented]), a JSON
// Schema ([Schema]) and refusals ([Type.Refuse]) are made of it.
//
// What is true of every settings file may enter here; what a key means is its reader's. The first test to read is
// TestDecodeNamesEveryMistakeWithItsLine.
package yamlio
