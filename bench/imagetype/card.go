package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"text/template"

	"github.com/dermset/dermset/images"
)

func sha256Of(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// cardText has the words; figures, features and pictures are filled in.
//
//go:embed card.md
var cardText string

func (r *result) card() []byte {
	filled := template.Must(template.New("card").Parse(cardText))
	var text bytes.Buffer
	err := filled.Execute(&text, map[string]any{
		"Model": r.weights.Model, "Temperature": r.weights.Temperature, "Threshold": r.weights.Threshold,
		"Clip": r.weights.Clip, "Penalty": fmt.Sprintf("1/%.0f", 1/penalty), "Precision": precision,
		"Variants": variantsEach,
		"Training": len(r.left), "All": len(r.left) + len(r.others), "Sources": r.sources(),
		"Features": r.features(), "Names": r.weights.Features,
		"Left": r.figures(r.left), "Others": r.figures(r.others),
		"LeftTable": r.confusion(r.left), "OthersTable": r.confusion(r.others), "Pictures": r.pictures(),
	})
	if err != nil {
		panic(err) // the text is part of the program
	}
	return text.Bytes()
}

// sources are the rows of the table of what was trained on.
func (r *result) sources() string {
	var rows strings.Builder
	pictures := picturesOf(r.left)
	for _, source := range sourcesOf(pictures) {
		of := except(pictures, func(p *picture) bool { return p.source != source })
		fmt.Fprintf(&rows, "| %s | %s | %d | %s |\n", source, images.ImageTypes[of[0].class], len(of), of[0].licence)
	}
	return rows.String()
}

func (r *result) features() string {
	var rows strings.Builder
	names, meanings := images.TypeFeatureNames()
	for i, name := range names {
		w := r.weights.Sets[0].Weights
		fmt.Fprintf(&rows, "| %s | %s | %+.2f | %+.2f | %+.2f |\n", name, meanings[i], w[0][i], w[1][i], w[2][i])
	}
	return rows.String()
}

// figures are the rows of a table by source.
func (r *result) figures(of []judged) string {
	var rows strings.Builder
	for _, source := range sourcesOf(picturesOf(of)) {
		n, right, said, rightSaid, class, without := 0, 0, 0, 0, 0, "its camera or patient"
		for _, set := range r.weights.Sets {
			if set.Without == source {
				without = "the source"
			}
		}
		for _, j := range of {
			if j.source != source {
				continue
			}
			class, n = j.class, n+1
			best, is := j.best(), 0
			if best == j.class {
				is = 1
			}
			if right += is; images.Softmax(j.scores, r.weights.Temperature)[best] >= r.weights.Threshold {
				said, rightSaid = said+1, rightSaid+is
			}
		}
		if !of[0].trains {
			without = "all that was not trained on"
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %d | %s | %s | %s |\n", source, images.ImageTypes[class], without, n,
			ofAll(right, n), ofAll(said, n), ofAll(rightSaid, said))
	}
	return rows.String()
}

func ofAll(part, all int) string {
	if all == 0 {
		return "–"
	}
	return fmt.Sprintf("%d (%.2f)", part, float64(part)/float64(all))
}

// confusion are the rows of a table of stated against guessed types, and how many are under the threshold.
func (r *result) confusion(of []judged) string {
	var counts [classes][classes + 1]int
	for _, j := range of {
		best := j.best()
		if images.Softmax(j.scores, r.weights.Temperature)[best] < r.weights.Threshold {
			best = classes
		}
		counts[j.class][best]++
	}
	var rows strings.Builder
	for c, row := range counts {
		fmt.Fprintf(&rows, "| %s | %d | %d | %d | %d |\n", images.ImageTypes[c], row[0], row[1], row[2], row[3])
	}
	return rows.String()
}

func (r *result) pictures() string {
	var rows strings.Builder
	for _, p := range r.weights.Pictures {
		fmt.Fprintf(&rows, "| %s | %s | %s |\n", p.SHA256, p.Source, p.Licence)
	}
	return rows.String()
}
