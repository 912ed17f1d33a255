package main

import (
	"math"

	"github.com/dermset/dermset/images"
)

// A sample is one set of features, of a known class, and how much it counts.
type sample struct {
	features []float64 // standardised
	class    int
	weight   float64
}

// classes is how many image types there are.
const classes = 3

// A model is a multinomial logistic regression: the likelihood of class c grows with exp(bias[c] + weights[c]·x).
type model struct {
	weights [classes][]float64
	bias    [classes]float64
}

// scores are the exponents.
func (m *model) scores(x []float64) (scores [classes]float64) {
	for c := range scores {
		scores[c] = m.bias[c]
		for i, w := range m.weights[c] {
			scores[c] += float64(w * x[i])
		}
	}
	return scores
}

// steps is far more than fit needs: it ends where the slope is gone.
const steps = 20_000

// fit minimises the weighted mean of -log p and penalty/2 times the sum of squared weights, by Nesterov's method for
// strongly convex functions (Introductory Lectures on Convex Optimization, 2004, 2.2.1): the curvature is at least the
// penalty, and at most half the mean square of a sample's length (Böhning 1992) besides. The weights of samples add up
// to 1.
func fit(samples []sample, penalty float64) *model {
	features := len(samples[0].features)
	most := penalty
	for _, s := range samples {
		length := 1.0
		for _, v := range s.features {
			length += float64(v * v)
		}
		most += s.weight * length / 2
	}
	root := math.Sqrt(penalty / most)
	momentum := (1 - root) / (1 + root)
	last, ahead, slope := newModel(features), newModel(features), newModel(features)
	for range steps {
		if gradient(slope, ahead, samples, penalty) < 1e-8 {
			break
		}
		for c := range classes {
			for i := range features {
				next := ahead.weights[c][i] - slope.weights[c][i]/most
				ahead.weights[c][i] = next + float64(momentum*(next-last.weights[c][i]))
				last.weights[c][i] = next
			}
			next := ahead.bias[c] - slope.bias[c]/most
			ahead.bias[c] = next + float64(momentum*(next-last.bias[c]))
			last.bias[c] = next
		}
	}
	return ahead
}

func newModel(features int) *model {
	m := &model{}
	for c := range m.weights {
		m.weights[c] = make([]float64, features)
	}
	return m
}

// gradient of what fit minimises, at m; the largest part is returned.
func gradient(into, m *model, samples []sample, penalty float64) (largest float64) {
	for c := range classes {
		into.bias[c] = 0
		for i, w := range m.weights[c] {
			into.weights[c][i] = penalty * w
		}
	}
	for _, s := range samples {
		for c, p := range images.Softmax(m.scores(s.features), 1) {
			if c == s.class {
				p--
			}
			p *= s.weight
			into.bias[c] += p
			for i, v := range s.features {
				into.weights[c][i] += float64(p * v)
			}
		}
	}
	for c := range classes {
		largest = max(largest, math.Abs(into.bias[c]))
		for _, w := range into.weights[c] {
			largest = max(largest, math.Abs(w))
		}
	}
	return largest
}
