// Package people knows who may decide what, and when: people.yaml, roles, and signatures with SSH keys.
//
// A person is an id. Ids are compared by [Same], so that "ANA " is nobody else than "Ana": who annotated may not review
// under another spelling. One person may stand there several times, with periods that do not meet, where a role or a
// key changed: what was decided is held against the entry of its day.
//
// # What may enter
//
// Who people are. What they decided belongs to decisions. The first test is TestRead in people_test.go.
package people
