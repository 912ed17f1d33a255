// Package annotations reads what people drew on pictures: the folder annotations/ of a workspace, with CSVs of our own
// and the files of exporters as they are, COCO, Pascal VOC, YOLO, Label Studio, CVAT and VIA.
//
// # Two phases
//
// [Read] parses all files, without pictures. [Set.Match] is then shown the paths of each source that has annotations,
// and finds which picture an exporter's name means: nothing is kept of a path that nobody drew on. [Set.Of] places what
// was drawn on one picture, once its size and orientation are known: boxes of whole pixels of the upright picture.
// [Set.Key] names what was drawn before any size is known, for facts that depend on it.
//
// # What is wrong
//
// A row, region or picture that cannot be right is the finding bad_annotation, with its place and why; all else of its
// file counts. A file that breaks off, an annotations.yaml that says nothing usable, a disk that fails: these are
// errors, and come together.
//
// The room knows no Arrow and no workspace, and decodes no picture. A format of annotations may enter, in a file of its
// own and a line in formats; what a box is used for is not known here. The first test is TestPlacesAllOrientations.
package annotations
