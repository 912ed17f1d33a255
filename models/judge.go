package models

import (
	"cmp"
	"math"
	"slices"
)

// judge is what the outputs of a model for one picture mean. Classes of one value add up, those that are none of ours
// too. The likeliest value is the answer, of equal ones the one that the card names first, if it is one of ours and is
// as likely as the threshold.
func (c *Card) judge(outputs []float32) Answer {
	chances, flaw := c.chances(outputs)
	if flaw != "" {
		return Answer{Flaw: flaw}
	}
	sums := map[string]float64{}
	var values []string
	for i, value := range c.Classes {
		if _, known := sums[value]; !known {
			values = append(values, value)
		}
		sums[value] += chances[i]
	}
	slices.SortStableFunc(values, func(a, b string) int { return cmp.Compare(sums[b], sums[a]) })
	answer := Answer{HasConfidence: true}
	for _, value := range values[:min(3, len(values))] {
		answer.Top = append(answer.Top, Ranked{value, float32(min(sums[value], 1))})
	}
	answer.Confidence = answer.Top[0].Confidence
	if sums[values[0]] >= c.Threshold {
		answer.Value = values[0]
	}
	return answer
}

// chances are the probabilities of the classes, or what is wrong with the outputs.
func (c *Card) chances(outputs []float32) (chances []float64, flaw string) {
	chances = make([]float64, len(outputs))
	sum, most := 0.0, math.Inf(-1)
	for i, output := range outputs {
		chances[i] = float64(output)
		sum, most = sum+chances[i], max(most, chances[i])
		if !finite(chances[i]) {
			return nil, "an output is no number"
		}
		if c.Output == "probabilities" && (output < 0 || output > 1+slack) {
			return nil, "an output is no probability: say output: logits"
		}
	}
	if c.Output == "probabilities" {
		if sum > 1+slack {
			return nil, "probabilities add up to more than 1: say output: logits"
		}
		return chances, ""
	}
	sum = 0
	for i := range chances { // softmax; that the largest is taken off first keeps it finite
		chances[i] = math.Exp(chances[i] - most)
		sum += chances[i]
	}
	for i := range chances {
		chances[i] /= sum
	}
	return chances, ""
}

// slack is what probabilities may be off by that were summed up in float32.
const slack = 1e-3
