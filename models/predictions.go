package models

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/packed"
)

// Predictions are what somebody's own model says of pictures: a CSV with the columns sha256 (of a picture's content, in
// hex) or image_id (<source>/<source_path>), value (one of the task's, or empty where the model abstains), and, if
// there is one, confidence (0 to 1, or empty). In memory a row takes at most 45 bytes.
type Predictions struct {
	Task      Task
	ByContent bool  // by sha256, not by image_id
	Rows      int   // of the file
	Bad       []Bad // rows of which nothing is taken, by line: the first thousand
	MoreBad   int   // and how many more

	path    string
	columns []string
	values  []string // of the task, behind the empty one
	places  packed.Numbers
	of      []predicted
	asked   []atomic.Uint32 // a bit for each of them
}

// A Bad prediction is what the finding bad_prediction tells.
type Bad struct {
	Line    int
	Subject string // the SHA-256 or image_id, as it stands there
	Fault   string // what is wrong in few words, without a line: who accepts it accepts this alone
	Detail  string
}

type predicted struct {
	confidence float32 // below 0: none is said
	line       uint32
	value      uint8 // place in values, or contradicted
}

const (
	contradicted = math.MaxUint8
	mostBad      = 1000
)

// ReadPredictions reads predictions for a task from a file in a folder. Rows that say the same count once; rows that
// contradict each other, and those that say what nobody may say, are Bad, and nothing is taken of them. A file that is
// no CSV of these columns, and no others, is an error.
func ReadPredictions(dir, name string, task Task) (*Predictions, error) {
	path, err := inside(dir, name)
	if err != nil {
		return nil, err
	}
	columns, err := predictionColumns(path)
	if err != nil {
		return nil, err
	}
	p := &Predictions{Task: task, ByContent: columns[0] == "sha256", path: path, columns: columns,
		values: append([]string{""}, task.Values()...)}
	if err := csvio.EachRecord(path, columns, p.add); err != nil {
		return nil, err
	}
	p.asked = make([]atomic.Uint32, (len(p.of)+31)/32)
	return p, nil
}

// predictionColumns are those of the columns there may be that a file has.
func predictionColumns(path string) ([]string, error) {
	file, err := fileio.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	header, err := csvio.NewCutter(file, path, ',', 64<<10).Header()
	if err != nil {
		return nil, err
	}
	has, names := map[string]bool{}, []string{}
	for _, cell := range header {
		names = append(names, cell.Name)
		has[csvio.HeaderKey(cell.Name)] = true
	}
	if by := csvio.PartedBy(names); by != "" {
		return nil, fmt.Errorf("%s:1: its columns are parted by %s: want commas, so that this line is "+
			`"image_id,value,confidence" or "sha256,value,confidence", and in all lines below`, path, by)
	}
	if has["sha256"] == has["image_id"] {
		return nil, fmt.Errorf("%s:1: want a column sha256 or a column image_id, one of them", path)
	}
	columns := []string{"sha256", "value"}
	if has["image_id"] {
		columns[0] = "image_id"
	}
	if has["confidence"] {
		columns = append(columns, "confidence")
	}
	return columns, nil
}

// add takes a row.
func (p *Predictions) add(r csvio.Record) {
	p.Rows++
	fields := append(r.Fields, "") // a confidence that no column says
	key, err := p.key(fields[0])
	if err != nil {
		p.bad(r, "no key", "%v", err)
		return
	}
	said := predicted{line: uint32(r.Line)}
	value, ok := p.Task.value(fields[1])
	if !ok && fields[1] != "" {
		p.bad(r, fmt.Sprintf("value %q", fields[1]), "value %q: %s", fields[1], p.Task.want())
		return
	}
	said.value = uint8(slices.Index(p.values, value))
	if said.confidence, err = confidence(fields[2]); err != nil {
		p.bad(r, fmt.Sprintf("confidence %q", fields[2]), "%v", err)
		return
	}
	place, isNew := p.places.Put(key, uint32(len(p.of)))
	if isNew {
		p.of = append(p.of, said)
		return
	}
	first := &p.of[place]
	if first.value != said.value || first.confidence != said.confidence {
		p.bad(r, fmt.Sprintf("contradiction: %q", fields[1:3]), "contradicts line %d: neither is taken", first.line)
		first.value = contradicted
	}
}

// bad notes what is wrong with a row.
func (p *Predictions) bad(r csvio.Record, fault, format string, args ...any) {
	if len(p.Bad) == mostBad {
		p.MoreBad++
		return
	}
	p.Bad = append(p.Bad, Bad{r.Line, r.Fields[0], fault, fmt.Sprintf(format, args...)})
}

// key is what a row is found by.
func (p *Predictions) key(cell string) ([]byte, error) {
	switch {
	case !p.ByContent && cell == "":
		return nil, fmt.Errorf("image_id is empty")
	case !p.ByContent && !strings.Contains(cell, "/"):
		return nil, fmt.Errorf("image_id %q: want <source>/<source_path>", cell)
	case !p.ByContent:
		return []byte(cell), nil
	}
	content, err := hex.DecodeString(cell)
	if err != nil || len(content) != 32 {
		return nil, fmt.Errorf("sha256 %q: want 64 hex digits", cell)
	}
	return content, nil
}

// confidence reads a confidence; it is below 0 where a cell is empty.
func confidence(cell string) (float32, error) {
	if cell == "" {
		return -1, nil
	}
	value, err := strconv.ParseFloat(cell, 32)
	if err != nil || !(value >= 0 && value <= 1) || strings.ContainsAny(cell, "_xX") { // 0x1p-1 and 0_1 are Go's
		return 0, fmt.Errorf("confidence %q: want a number from 0 to 1", cell)
	}
	return float32(value), nil
}

// Of is what is said of the picture with a SHA-256, or with an image_id, whichever the file goes by; known is false if
// nothing is. Several goroutines may ask.
func (p *Predictions) Of(content [32]byte, imageID string) (answer Answer, known bool) {
	key := []byte(imageID)
	if p.ByContent {
		key = content[:]
	}
	place, known := p.places.Get(key)
	if !known {
		return Answer{}, false
	}
	p.asked[place/32].Or(1 << (place % 32))
	said := p.of[place]
	if said.value == contradicted {
		return Answer{}, false
	}
	answer.Value = p.values[said.value]
	if answer.HasConfidence = said.confidence >= 0; answer.HasConfidence {
		answer.Confidence = said.confidence
	}
	return answer, true
}

// Len is how many pictures something is said of; contradictions count too.
func (p *Predictions) Len() int { return len(p.of) }

// Unasked are the predictions that Of was never asked for, at most so many of them in the order of their lines, and how
// many there are in all: each is for an unknown image. What they are about is read again, as it is not kept.
func (p *Predictions) Unasked(most int) (some []Bad, all int, err error) {
	lines := map[int]bool{}
	for place, said := range p.of {
		if p.asked[place/32].Load()>>(place%32)&1 == 0 {
			if all++; all <= most {
				lines[int(said.line)] = true
			}
		}
	}
	if all == 0 {
		return nil, 0, nil
	}
	err = csvio.EachRecord(p.path, p.columns, func(r csvio.Record) {
		if lines[r.Line] {
			some = append(some, Bad{r.Line, strings.Clone(r.Fields[0]), "no such image", "there is no such image"})
		}
	})
	return some, all, err
}
