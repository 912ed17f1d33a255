// Package sssom writes a mapping as SSSOM/TSV, the Simple Standard for Sharing Ontological Mappings, which tools for
// ontologies and auditors read (https://mapping-commons.github.io/sssom).
//
// A record is one label of one source and one of its ICD-11 codes. The standard leaves three things open:
//
//   - Identifiers. A label has none, so its bytes, percent-encoded, are one: label:ham10000/bkl. So are codes, whose
//     marks & and / mean something in an address: icd11mms:2C32%26XK8G, below WHO's address of the release.
//   - The predicate. The workbook says which codes a label has, not how they relate; what follows from that is in
//     predicate.
//   - What has no code. A label that is left out, and one whose name has no code, is sssom:NoTermFound. A label that
//     nobody has decided on, or whose cell of codes cannot be read, is no record at all.
//
// Its rules are those of the specification's canonical form: columns and rows sorted, none empty, and what all rows
// have in common said once above them.
//
// How a mapping is told to others may enter, in whatever standard; what it says belongs to mapping. The first test is
// TestSmallestSet in sssom_test.go.
package sssom
