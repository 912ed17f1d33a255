// Package models asks models about pictures: what type, which part of the body, which skin tone. One entry, [Open],
// reads what a setting describe.* names: nothing, a name that is built in elsewhere, a file of predictions that
// somebody made with a model of his own ([Predictions]), or a card (YAML) that says how a model file wants to be asked
// ([Card]).
//
// A card's answer is a function of the picture and the card, and of nothing else: pictures are prepared by our own
// code, exactly as docs/models.md says, and each is run by itself. So answers are facts, and are kept under [Card.ID].
//
// Model files are ONNX, run by ONNX Runtime (Microsoft) in programs that are built with cgo and -tags onnx; other
// programs read cards and predictions all the same, and say how to get one that runs them.
//
// What may enter: what holds of any model of these tasks. What does not: what is built in (images), which pictures are
// asked about, and what becomes of an answer (pictures, workflow). The room knows no workspace and no Arrow.
// The first tests to read are TestCard and TestPredictions.
package models
