// Package pictures is the picture pass: many files, each content decoded once, and several lookers that ask their
// question of it while its pixels are there. What they answer is kept by content, so that a content is opened again
// only for a looker that is new.
//
// What enters: a question that the pixels of one picture answer is a Looker: one file, one test, one line in Lookers.
// What does not: how one picture is decoded or measured (images), how facts lie on the disk (io/factio), which
// pictures count and where their files are (workflow). The room knows no workspace, no network and no Arrow.
//
// To read first: looker.go, then pass.go; looker_test.go is the whole of a second looker and what it must do to the
// rest.
package pictures
