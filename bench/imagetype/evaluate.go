package main

import (
	"math"
	"slices"

	"github.com/dermset/dermset/images"
)

// What was chosen before any judged picture was looked at, by the likelihood of permitted pictures that were left out.
const (
	penalty   = 1 / 60.0 // of squared weights
	clip      = 3.0      // standard deviations
	precision = 0.9      // see threshold
)

// A judged picture has scores of weights that saw neither it nor its like.
type judged struct {
	*picture
	scores  [classes]float64
	variant bool
}

func (j judged) best() int {
	best := 0
	for c, score := range j.scores {
		if score > j.scores[best] {
			best = c
		}
	}
	return best
}

// train makes weights of pictures.
func train(pictures []*picture) images.TypeSet {
	weights := weigh(pictures)
	set := images.TypeSet{}
	set.Mean, set.Deviation = spread(pictures, weights)
	round(set.Mean, set.Deviation)
	var samples []sample
	for i, p := range pictures {
		for _, features := range p.features {
			x := make([]float64, len(features))
			for f, v := range features {
				x[f] = max(-clip, min(clip, (v-set.Mean[f])/set.Deviation[f]))
			}
			samples = append(samples, sample{x, p.class, weights[i] / float64(len(p.features))})
		}
	}
	m := fit(samples, penalty)
	set.Weights, set.Bias = m.weights, m.bias
	round(append(set.Weights[:], set.Bias[:])...)
	return set
}

// round leaves what two processors that compute exponents differently agree on.
func round(rows ...[]float64) {
	for _, row := range rows {
		for i := range row {
			row[i] = math.Round(row[i]*1e5) / 1e5
		}
	}
}

// weigh makes classes count alike, in a class its sources, in a source its pictures.
func weigh(pictures []*picture) []float64 {
	ofSource, sources, known := map[string]int{}, [classes]int{}, 0
	for _, p := range pictures {
		if ofSource[p.source]++; ofSource[p.source] > 1 {
			continue
		}
		if sources[p.class]++; sources[p.class] == 1 {
			known++
		}
	}
	weights := make([]float64, len(pictures))
	for i, p := range pictures {
		weights[i] = 1 / float64(known*sources[p.class]*ofSource[p.source])
	}
	return weights
}

// spread is the weighted mean and standard deviation of each feature.
func spread(pictures []*picture, weights []float64) (mean, deviation []float64) {
	features := len(pictures[0].features[0])
	mean, deviation = make([]float64, features), make([]float64, features)
	each := func(use func(f int, v, weight float64)) {
		for i, p := range pictures {
			for _, values := range p.features {
				for f, v := range values {
					use(f, v, weights[i]/float64(len(p.features)))
				}
			}
		}
	}
	each(func(f int, v, weight float64) { mean[f] += float64(weight * v) })
	each(func(f int, v, weight float64) { deviation[f] += float64(weight * float64((v-mean[f])*(v-mean[f]))) })
	for f := range deviation {
		deviation[f] = max(math.Sqrt(deviation[f]), 1e-6)
	}
	return mean, deviation
}

// judge is what weights say of a picture itself, then of its variants.
func judge(set images.TypeSet, p *picture) (all []judged) {
	for i, features := range p.features {
		all = append(all, judged{p, set.Scores(features, clip), i > 0})
	}
	return all
}

// themselves are the pictures without their variants.
func themselves(all []judged) (pictures []judged) {
	for _, j := range all {
		if !j.variant {
			pictures = append(pictures, j)
		}
	}
	return pictures
}

// knowsAll says whether pictures have all classes.
func knowsAll(pictures []*picture) bool {
	var has [classes]bool
	for _, p := range pictures {
		has[p.class] = true
	}
	return !slices.Contains(has[:], false)
}

// except are the pictures that a test does not hold of.
func except(pictures []*picture, out func(*picture) bool) (left []*picture) {
	for _, p := range pictures {
		if !out(p) {
			left = append(left, p)
		}
	}
	return left
}

// sets are the weights of all pictures, and those without each source that is not alone with its class.
func sets(pictures []*picture) []images.TypeSet {
	all := []images.TypeSet{train(pictures)}
	for _, source := range sourcesOf(pictures) {
		if others := except(pictures, func(p *picture) bool { return p.source == source }); knowsAll(others) {
			set := train(others)
			set.Without = source
			all = append(all, set)
		}
	}
	return all
}

func sourcesOf(pictures []*picture) (sources []string) {
	for _, p := range pictures {
		if !slices.Contains(sources, p.source) {
			sources = append(sources, p.source)
		}
	}
	return sources
}

// leaveOut judges each picture by weights without its source; where that is alone with its class, by weights without
// its group, which is less: another camera or patient, but the same clinic.
func leaveOut(pictures []*picture, sets []images.TypeSet) (all []judged) {
	byGroup := map[string]images.TypeSet{}
	for _, p := range pictures {
		i := slices.IndexFunc(sets, func(set images.TypeSet) bool { return set.Without == p.source })
		if i >= 0 {
			all = append(all, judge(sets[i], p)...)
			continue
		}
		key := p.source + "/" + p.group
		if _, made := byGroup[key]; !made {
			byGroup[key] = train(except(pictures, func(o *picture) bool {
				return o.source == p.source && o.group == p.group
			}))
		}
		all = append(all, judge(byGroup[key], p)...)
	}
	return all
}

// temperature is the one, in hundredths, at which the scores of pictures that were left out are likeliest; their
// variants count, so that it holds for what differs from them (Tomani et al., Post-hoc uncertainty calibration for
// domain drift scenarios, CVPR 2021).
func temperature(left []judged) float64 {
	weights := weigh(picturesOf(left))
	best, least := 1.0, math.Inf(1)
	for hundredths := 20; hundredths <= 500; hundredths++ {
		t, loss := float64(hundredths)/100, 0.0
		for i, j := range left {
			loss -= float64(weights[i] * math.Log(images.Softmax(j.scores, t)[j.class]))
		}
		if loss < least {
			best, least = t, loss
		}
	}
	return best
}

func picturesOf(left []judged) (pictures []*picture) {
	for _, j := range left {
		pictures = append(pictures, j.picture)
	}
	return pictures
}

// threshold is the least confidence, in twentieths, from which on what is said of pictures that were left out is right
// for the share precision at least, in each class that is said, classes and sources counting alike; variants count too.
func threshold(left []judged, temperature float64) float64 {
	weights := weigh(picturesOf(left))
	for twentieths := 10; twentieths < 20; twentieths++ {
		t := float64(twentieths) / 20
		var right, said [classes]float64
		for i, j := range left {
			best := j.best()
			if images.Softmax(j.scores, temperature)[best] < t {
				continue
			}
			if said[best] += weights[i]; best == j.class {
				right[best] += weights[i]
			}
		}
		good := true
		for c := range classes {
			good = good && right[c] >= precision*said[c]
		}
		if good {
			return t
		}
	}
	return 1
}
