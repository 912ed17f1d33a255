// Package draw draws the demo's pictures: skin of the six Fitzpatrick types with lesions of several looks, photographed
// or under a dermoscope, hands, nails, and what is no skin at all, each from a seed. They are sketches that show what
// dermset does with pictures of such a kind; nothing in them comes from a real person, and nobody can learn medicine
// from them.
//
// All arithmetic is on integers, and the only function of floats is the square root, which IEEE 754 rounds in one way:
// the same scene is the same pixels on every machine, whether or not its compiler joins a product and a sum.
//
// What may enter it is what an invented picture shows; which picture a row has, and what happens to it, is demo's. A
// new look is a painter (looks.go) and its line in the table; a new place (where the camera looks) is one in
// scene.go. Its first test is draw_test.go.
package draw
