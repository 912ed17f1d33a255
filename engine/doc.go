// Package engine is the machine that moves rows: streams of Arrow record batches through stages into sinks, in
// parallel, always in source order. It knows Arrow and knows nothing of dermatology.
//
// # The five words
//
//   - A [Stream] is a finite sequence of tasks, each of which makes one record batch. Making a stream starts nothing.
//   - A [Stage] is a rule on batches. [Map] puts stages behind a stream; [Zip] puts two
//     row-aligned streams side by side.
//   - A [Sink] takes batches in: a [Survey] keeps an answer (images per class, groups), a writer keeps a file.
//   - A [Pass] is a stream and the sinks it feeds. One pass feeds all files that are made of the same rows.
//   - [Drain] runs passes on all workers. It is the only function here that starts goroutines.
//
// # What it promises
//
// Order: sinks take batches in the order of the passes and, inside a pass, in the order of the stream,
// for any number of workers.
//
// Ownership: a batch is immutable from the moment a task or a stage returns it. Anyone may keep, slice or share it; no
// one writes to it; no one calls Retain or Release: the garbage collector owns it. (A reader that reuses its batch is
// copied or retained once, where it becomes a stream, and nowhere else.) Arrow fills in an array's null count and
// dictionary when first asked, without a lock: what a stage shares between batches is therefore buffers, or
// arrow.ArrayData with a known null count, and each batch has arrays of its own.
//
// Batches: never nil; an empty one is shown to no stage and no sink. Where a stream is cut into batches
// must never change an answer.
//
// Errors: of several, the one earliest in the stream, whatever the schedule. An error that is a [BadInput] (a broken
// file that a person must mend) does not end the run at once: the remaining tasks still run so that all such errors
// come together, up to [MaxBadInput], in order; sinks take nothing after the first. A panic in a task, stage or sink
// becomes an error that names it and carries its stack. Every error of a task, stage or sink is an [*Error],
// which says where it arose.
//
// Stopping: when Drain returns, every goroutine it started is gone, also after a cancelled context or an error.
//
// Memory: the bytes of tasks between being started and being taken stay within Settings.MemoryBytes; tasks start in
// order, and one that is larger than the bound runs alone. Besides those, one task waits to be started.
//
// # What may enter
//
// What holds of batches whatever their columns mean. A rule on rows belongs to stages or ledger, a file to io/arrowio
// or io/parquetio. The first test is TestDrainKeepsOrderUnderRandomDelays in drain_test.go.
package engine
