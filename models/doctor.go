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
func Doctor(ctx context.Context, c *Card, run Runner, files []File, see func(Said) error) (warnings []string, err error) {
	values, asked, abstained, flawed := map[string]int{}, 0, 0, 0
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		said := Said{File: file}
		if err := said.ask(c, run); err != nil {
			return nil, err
		}
		switch {
		case said.Flaw != "":
			asked, flawed = asked+1, flawed+1
		case said.Problem == "" && said.Value == "":
			asked, abstained = asked+1, abstained+1
		case said.Problem == "":
			asked++
			values[said.Value]++
		}
		if err := see(said); err != nil {
			return nil, err
		}
	}
	return warn(asked, abstained, flawed, values), nil
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

// warn says what looks wrong in what a model said of several pictures.
func warn(asked, abstained, flawed int, values map[string]int) (warnings []string) {
	switch {
	case asked == 0:
		return []string{"no picture could be shown to the model"}
	case flawed > 0:
		warnings = append(warnings, fmt.Sprintf("the output for %d of %d pictures cannot be read: "+
			"is output (logits or probabilities) right?", flawed, asked))
	case abstained == asked:
		warnings = append(warnings, "it abstains for every picture: are threshold, classes and input right?")
	case len(values) == 1 && asked > 2:
		for value := range values {
			warnings = append(warnings, fmt.Sprintf("it says %s whenever it says something: "+
				"are input (channels, scale, mean, deviation) and the order of classes right?", value))
		}
	}
	return warnings
}
