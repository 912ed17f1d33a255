package sources

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/packed"
)

// runBytes is how much of labels is sorted together in memory.
const runBytes = 32 << 20

// A labelTable counts the rows that name each label. It takes about 30 bytes a distinct label, and their text up to the
// share of the spill; what is beyond goes to disk.
type labelTable struct {
	numbers packed.Numbers
	counts  []uint32 // rows that name the label, by its number
	texts   *spill   // labels by number, each behind its length
	record  []byte

	runBytes int // fewer in tests
}

func newLabelTable(dir string) *labelTable {
	share := int64(runBytes)
	return &labelTable{runBytes: runBytes, texts: &spill{dir: dir, share: &share}}
}

// add counts a row that names the label.
func (l *labelTable) add(label string) {
	l.record = append(l.record[:0], label...)
	number, isNew := l.numbers.Put(l.record, uint32(len(l.counts)))
	if isNew {
		l.counts = append(l.counts, 0)
		l.record = append(binary.AppendUvarint(l.record[:0], uint64(len(label))), label...)
		l.texts.add(l.record)
	}
	l.counts[number]++
}

// count is how many rows name the label.
func (l *labelTable) count(label string) int64 {
	if number, known := l.numbers.Get([]byte(label)); known {
		return int64(l.counts[number])
	}
	return 0
}

// A counted label and how many rows name it.
type countedLabel struct {
	label  string
	images int64
}

func compareLabels(a, b countedLabel) int {
	return cmp.Or(cmp.Compare(b.images, a.images), cmp.Compare(a.label, b.label))
}

// sorted calls each for every label, in the order of a renaming CSV. What is more than can be sorted in memory is
// sorted in runs, which are merged.
func (l *labelTable) sorted(each func(countedLabel) error) error {
	if err := l.texts.finish(); err != nil {
		return err
	}
	in := bufio.NewReaderSize(l.texts.all(), 1<<18)
	none := int64(0)
	runs := &spill{dir: l.texts.dir, share: &none}
	defer func() { _ = runs.free() }()
	var begins []int64
	var run []countedLabel
	size := 0
	keep := func() {
		begins = append(begins, runs.end)
		for _, label := range run {
			l.record = binary.AppendUvarint(binary.AppendUvarint(l.record[:0], uint64(label.images)), uint64(len(label.label)))
			runs.add(append(l.record, label.label...))
		}
		run, size = run[:0], 0
	}
	for _, images := range l.counts {
		label, err := readText(in)
		if err != nil {
			return err
		}
		run = append(run, countedLabel{label, int64(images)})
		if size += len(label) + 48; size > l.runBytes { // its header too, and what the allocator rounds up
			slices.SortFunc(run, compareLabels)
			keep()
		}
	}
	slices.SortFunc(run, compareLabels)
	if len(begins) == 0 {
		return eachOf(run, each)
	}
	keep()
	run = nil
	if err := runs.finish(); err != nil {
		return err
	}
	return mergeRuns(runs, append(begins, runs.end), each)
}

func eachOf(run []countedLabel, each func(countedLabel) error) error {
	for _, label := range run {
		if err := each(label); err != nil {
			return err
		}
	}
	return nil
}

// A runReader is at one label of a sorted run.
type runReader struct {
	in  *bufio.Reader
	now countedLabel
}

// next goes on to the next label; false at the end.
func (r *runReader) next() (more bool, err error) {
	images, err := binary.ReadUvarint(r.in)
	if err == io.EOF {
		return false, nil
	}
	if err == nil {
		r.now.images = int64(images)
		r.now.label, err = readText(r.in)
	}
	return err == nil, err
}

// mergeRuns calls each for the labels of all runs in order. There are few runs: a label a run is looked at each time.
func mergeRuns(runs *spill, begins []int64, each func(countedLabel) error) error {
	var open []*runReader
	for i, from := range begins[:len(begins)-1] {
		r := &runReader{in: bufio.NewReaderSize(io.NewSectionReader(runs.file, from, begins[i+1]-from), 1<<16)}
		more, err := r.next()
		if err != nil {
			return err
		}
		if more {
			open = append(open, r)
		}
	}
	for len(open) > 0 {
		first := 0
		for i, r := range open {
			if compareLabels(r.now, open[first].now) < 0 {
				first = i
			}
		}
		if err := each(open[first].now); err != nil {
			return err
		}
		more, err := open[first].next()
		if err != nil {
			return err
		}
		if !more {
			open = slices.Delete(open, first, first+1)
		}
	}
	return nil
}

// readText reads what stands behind its length.
func readText(in *bufio.Reader) (string, error) {
	size, err := binary.ReadUvarint(in)
	if err != nil {
		return "", errors.Join(err, io.ErrUnexpectedEOF)
	}
	text := make([]byte, size)
	_, err = io.ReadFull(in, text)
	return string(text), err
}

// renamingRows calls each for every row of the renaming CSV, in order, with what people filled in before.
func (l *labelTable) renamingRows(filled map[string]dataset.RenamingRow, each func(dataset.RenamingRow) error) error {
	return l.sorted(func(label countedLabel) error {
		row := filled[label.label]
		row.Label, row.Images = label.label, label.images
		return each(row)
	})
}
