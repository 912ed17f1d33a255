// Package steps runs the acts of the workflow in their order: what each needs, what its answer is keyed by, when it
// does not count, and whose pieces its rows are cut like follow from one [Table]. Build, plan, mapping check and the
// dropping of what was cut otherwise are loops over it; nothing else knows a step by name.
//
// An answer is the folder work/<verb>, made aside and renamed, with step.json: the key it was made with. A step reads
// what others left through [Answer] and [Left], which are errors where the other's answer is not today's, or is none
// that the step's own key depends on.
//
// What enters it holds of any table of steps; it knows no rows and no pictures. What one step does belongs to
// workflow/build. Its first test is steps_test.go.
package steps
