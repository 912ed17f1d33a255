package ledger

import "slices"

// threshold is spec 8.4: of the stage-2 classes, in bytewise order of name, those with at least minImages rows and
// minGroups distinct groups among these rows. They are the stage-3 classes: class_id is the place in classes. classID
// is the way back, by name; -1: none.
func threshold(stage2 []Class, names int, minImages, minGroups int64) (classes, classID []int32) {
	classID = slices.Repeat([]int32{-1}, names)
	for _, c := range stage2 {
		if c.Images >= minImages && c.Groups >= minGroups {
			classID[c.Name] = int32(len(classes))
			classes = append(classes, c.Name)
		}
	}
	return classes, classID
}
