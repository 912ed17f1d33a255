// Package demo writes a small workspace of invented sources: settings, declarations and mapping as they stand under
// files/, and raw material that is drawn from a fixed seed, so that every demo is the same. Nothing in it comes from a
// real person.
//
// files/ stands here and not in testdata/, because it is part of the program, which can embed only what lies below this
// package; the raw material is code (raw.go), because a hundred drawn rows are best read as what draws them. Each row
// has a picture, which demo/draw paints by what its label looks like (looks), and which lies in the store as it was
// painted or as something happened to it (edits): copied, turned, compressed again, cut, replaced. A further source is
// a line in sources with a folder of files, and its labels' looks.
//
// The mapping holds each case that reviewers meet: an abbreviation, a synonym, spellings, look-alikes under one name,
// an ambiguous label, a vague one on its parent category, ICD-10 and SNOMED labels, labels that are left out, a
// trailing space, a new name, a missing, an invalid and a wrong code, an exclusion and a chain of two mergers.
// workflow/build/demo_test.go lists them, what dermset finds in them, and the cases of pictures.
//
// What enters it is a case that a person should meet before their own data bring it. Its first test is demo_test.go.
package demo
