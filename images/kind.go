package images

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"
)

// ImageTypes are the image types, in the order of a TypeGuess.
var ImageTypes = [3]string{"clinical", "dermoscopy", "non-dermatological"}

// TypeModel names the features and weights that guess the image type. It changes whenever the same picture may get
// another guess: facts kept under one name are not used under another.
const TypeModel = "experimental-1"

// ReducedSide is how many pixels the longer side of the reduced picture has at most for which the weights were made.
const ReducedSide = 512

// A TypeGuess is how likely each of ImageTypes is. They add up to 1, or are all 0: nothing may be said.
type TypeGuess struct {
	P [3]float64
}

// TypeOf guesses the image type of a picture, whose SHA-256 is content: weights that saw pictures of its source do not
// judge it. Where all weights that know all image types did, nothing is said. The guess depends on nothing else. It is
// never NaN.
func TypeOf(r *Reduced, content [32]byte) TypeGuess {
	w := typeWeights()
	set := w.judge(content)
	if set == nil {
		return TypeGuess{}
	}
	return TypeGuess{Softmax(set.Scores(TypeFeatures(r), w.Clip), w.Temperature)}
}

// Best is the likeliest image type and how likely it is, if that reaches the threshold; else the type is empty.
func (g TypeGuess) Best() (value string, confidence float64) {
	best := 0
	for i, p := range g.P {
		if p > g.P[best] {
			best = i
		}
	}
	if g.P[best] == 0 || g.P[best] < typeWeights().Threshold {
		return "", g.P[best]
	}
	return ImageTypes[best], g.P[best]
}

// TypeFeatureNames are the names of TypeFeatures, and what they mean.
func TypeFeatureNames() (names, meanings []string) {
	for _, feature := range typeFeatures {
		names = append(names, feature.name)
		meanings = append(meanings, feature.meaning)
	}
	return names, meanings
}

// TypeFeatures are the numbers that the guess rests on.
func TypeFeatures(r *Reduced) []float64 {
	s := sketchOf(r)
	values := make([]float64, len(typeFeatures))
	for i, feature := range typeFeatures {
		values[i] = feature.of(s)
	}
	sketches.Put(s)
	return values
}

// TypeWeights are what kind.json holds. bench/imagetype makes it.
type TypeWeights struct {
	Model       string
	Features    []string
	Clip        float64 // standardised features are at most so far from 0
	Temperature float64 // scores are divided by it
	Threshold   float64 // below it, nothing is said
	Sets        []TypeSet
	Pictures    []TypePicture // that weights saw, by SHA-256
}

// A TypeSet is one set of weights, made without the pictures of one source, or of all.
type TypeSet struct {
	Without         string // empty for none
	Mean, Deviation []float64
	Weights         [3][]float64
	Bias            [3]float64
}

// A TypePicture is a picture that was trained on.
type TypePicture struct{ SHA256, Source, Licence string }

//go:embed kind.json
var kindJSON []byte

// typeWeights are those of kind.json.
var typeWeights = sync.OnceValue(func() *typeJudges {
	w, err := readTypeWeights(kindJSON)
	if err != nil {
		panic("images/kind.json: " + err.Error()) // it is part of the program
	}
	return w
})

// typeJudges are weights, and who may judge what.
type typeJudges struct {
	TypeWeights
	all    *TypeSet
	except map[[32]byte]*TypeSet // of pictures that weights saw: the set that did not see their source, or nil
}

func (j *typeJudges) judge(content [32]byte) *TypeSet {
	if set, seen := j.except[content]; seen {
		return set
	}
	return j.all
}

func readTypeWeights(data []byte) (*typeJudges, error) {
	j := &typeJudges{except: map[[32]byte]*TypeSet{}}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&j.TypeWeights); err != nil {
		return nil, err
	}
	names, _ := TypeFeatureNames()
	if j.Model != TypeModel || !slices.Equal(j.Features, names) {
		return nil, fmt.Errorf("is of model %q with features %q, want %q with %q", j.Model, j.Features, TypeModel, names)
	}
	without := map[string]*TypeSet{}
	for i := range j.Sets {
		set := &j.Sets[i]
		for _, row := range append(set.Weights[:], set.Mean, set.Deviation) {
			if len(row) != len(names) {
				return nil, fmt.Errorf("set %d has rows of %d numbers, want %d", i+1, len(row), len(names))
			}
		}
		without[set.Without] = set
	}
	if j.all = without[""]; j.all == nil || j.Temperature <= 0 {
		return nil, fmt.Errorf("lacks the set of all pictures, or the temperature")
	}
	for _, picture := range j.Pictures {
		content, err := hex.DecodeString(picture.SHA256)
		if err != nil || len(content) != 32 || picture.Source == "" {
			return nil, fmt.Errorf("a picture has SHA-256 %q and source %q", picture.SHA256, picture.Source)
		}
		j.except[[32]byte(content)] = without[picture.Source]
	}
	return j, nil
}

// Scores are the exponents of the image types. Products are rounded before they are added, on every processor.
func (t *TypeSet) Scores(features []float64, clip float64) (scores [3]float64) {
	scores = t.Bias
	for i, v := range features {
		v = max(-clip, min(clip, (v-t.Mean[i])/t.Deviation[i]))
		for c := range scores {
			scores[c] += float64(t.Weights[c][i] * v)
		}
	}
	return scores
}

// Softmax are the likelihoods that scores mean at a temperature: the hotter, the less sure.
func Softmax(scores [3]float64, temperature float64) (p [3]float64) {
	top := max(scores[0], scores[1], scores[2])
	sum := 0.0
	for c, score := range scores {
		p[c] = math.Exp((score - top) / temperature)
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
	return p
}
