// Package bodysites says which part of the body a site means that a source states: one vocabulary of parts with
// parents (parts.csv), the words of public sets, English and Spanish for them (sites.csv), and what people add to it
// (curation/body_sites.csv).
//
// Nothing is guessed. A text that is not known after case, accents, signs, sides and plurals are put aside has no part;
// a text that names several sites has the smallest part that holds them all, if there is one. What a person probably
// meant is a proposal ([Vocabulary.Nearest]) for the finding unknown_site, and never a part.
//
// What may enter: words for parts, and rules by which two texts are the same word. What does not: which row has which
// site, what a model says, and who is asked about unknown ones (workflow). The room knows no pictures and no Arrow.
// The first test to read is TestPart.
package bodysites
