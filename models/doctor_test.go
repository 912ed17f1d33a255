package models

import (
	"bytes"
	"context"
	"image/png"
	"path/filepath"
	"slices"
	"testing"
)

// A judging runs no model: it answers with the next of its outputs.
type judging struct {
	card    *Card
	outputs [][]float32
}

func (j *judging) Run(batch [][]float32) (answers []Answer, err error) {
	for range batch {
		answers = append(answers, j.card.judge(j.outputs[0]))
		j.outputs = append(j.outputs[1:], j.outputs[0])
	}
	return answers, nil
}

func (j *judging) Close() error { return nil }

// TestDoctor: what a model says of each picture, what cannot be shown to it, and what looks wrong in the whole.
func TestDoctor(t *testing.T) {
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, (&reference{Width: 20, Height: 10}).draw()); err != nil {
		t.Fatal(err)
	}
	dir := write(t, map[string]string{"a.png": drawn.String(), "b.png": drawn.String(), "c.png": drawn.String(),
		"d.png": drawn.String()[:60]})
	var files []File
	for _, name := range []string{"a.png", "b.png", "c.png", "d.png", "none.png"} {
		files = append(files, File{name, filepath.Join(dir, name)})
	}
	for name, c := range map[string]struct {
		outputs  [][]float32
		said     []string
		warnings int
	}{
		"well":       {[][]float32{{.9, 0, .1}, {0, .9, .1}, {.3, .3, .4}}, []string{"clinical", "dermoscopy", ""}, 0},
		"one class":  {[][]float32{{.9, 0, .1}}, []string{"clinical", "clinical", "clinical"}, 1},
		"abstains":   {[][]float32{{.3, .3, .4}}, []string{"", "", ""}, 1},
		"unreadable": {[][]float32{{3, 4, 5}, {.9, 0, .1}}, []string{"", "clinical", ""}, 1},
	} {
		card := references(t)[0].card()
		card.Output, card.Threshold = "probabilities", .5
		var said, problems []string
		warnings, err := Doctor(context.Background(), card, &judging{card, c.outputs}, files, func(s Said) error {
			said, problems = append(said, s.Value), append(problems, s.Problem)
			return nil
		})
		if err != nil || !slices.Equal(said[:3], c.said) || len(warnings) != c.warnings {
			t.Errorf("%s: %q, %q, %v", name, said, warnings, err)
		}
		if problems[3] == "" || problems[4] == "" || (problems[0] == "") != (name != "unreadable") {
			t.Errorf("%s: problems %q", name, problems)
		}
	}
	if warnings, err := Doctor(context.Background(), nil, nil, nil, nil); err != nil || len(warnings) != 1 {
		t.Errorf("of no pictures: %q, %v", warnings, err)
	}
}
