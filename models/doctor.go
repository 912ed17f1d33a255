package models

import (
	"context"
	"fmt"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/fileio"
)

// A File is a picture that Doctor shows to a model.
type File struct{ Name, Path string }

// A Said is what the model said of a file.
type Said struct {
	File
	Answer
	Problem string // why it was not asked, or its output cannot be read
}

// mostBytes is how many bytes a file may have that is looked at.
const mostBytes = 1 << 30

// Doctor shows pictures to a card's model one by one, and what it says to see. What it returns warns of a card that is
// probably wrong. Pictures that cannot be decoded are no error; a model that cannot be run is.
func Doctor(ctx context.Context, c *Card, run Runner, files []File, see func(Said) error) ([]string, error) {
	heard := tally{values: map[string]int{}}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		said := Said{File: file}
		if err := said.ask(c, run); err != nil {
			return nil, err
		}
		heard.add(said)
		if err := see(said); err != nil {
			return nil, err
		}
	}
	return heard.warnings(), nil
}

// ask shows the file to the model.
func (s *Said) ask(c *Card, run Runner) error {
	data, err := fileio.ReadUpTo(s.Path, mostBytes)
	if err != nil {
		s.Problem = err.Error()
		return nil
	}
	result, stored, release := images.Decode(data, images.Limits{MinSide: 1, MaxPixels: 200_000_000})
	defer release()
	if result.Verdict != images.OK && result.Verdict != images.Blank {
		s.Problem = fmt.Sprintf("%s: %s", result.Verdict, result.Detail)
		return nil
	}
	answers, err := run.Run([][]float32{c.Prepare(stored, result.Orientation)})
	if err != nil {
		return err
	}
	s.Answer, s.Problem = answers[0], answers[0].Flaw
	return nil
}

// A tally counts what a model said.
type tally struct {
	asked, abstained, flawed int
	values                   map[string]int
}

func (t *tally) add(said Said) {
	switch {
	case said.Flaw != "":
		t.flawed++
	case said.Problem != "":
		return // it was not asked
	case said.Value == "":
		t.abstained++
	default:
		t.values[said.Value]++
	}
	t.asked++
}

// warnings say what looks wrong.
func (t *tally) warnings() (all []string) {
	switch {
	case t.asked == 0:
		return []string{"no picture could be shown to the model"}
	case t.flawed > 0:
		return []string{fmt.Sprintf("the output for %d of %d pictures cannot be read: is output (logits or "+
			"probabilities) right?", t.flawed, t.asked)}
	case t.abstained == t.asked:
		return []string{"it abstains for every picture: are threshold, classes and input right?"}
	case len(t.values) == 1 && t.asked > 2:
		for value := range t.values {
			all = append(all, fmt.Sprintf("it says %s whenever it says something: are input (channels, scale, mean, "+
				"deviation) and the order of classes right?", value))
		}
	}
	return all
}
