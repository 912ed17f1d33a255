// Command imagetype makes the weights of the built-in image type, and their model card, of pictures that a manifest
// lists: images/kind.json and docs/models/image-type.md.
//
//	go run ./bench/imagetype -manifest FOLDER/manifest.csv
//
// The manifest is a CSV with the columns file (a path from the folder above the manifest's; the folder that a picture
// lies in is its source), sha256, licence, image_type, and if known patient_id, resized_from (the size of the original,
// which tells cameras apart), width and height. Only pictures whose licence allows it are trained on; on the others the
// weights are judged. Same pictures, same bytes.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/dermset/dermset/images"
)

func main() {
	manifest := flag.String("manifest", "", "CSV of pictures")
	weights := flag.String("weights", "images/kind.json", "where the weights go")
	card := flag.String("card", "docs/models/image-type.md", "where the model card goes")
	flag.Parse()
	if err := run(*manifest, *weights, *card); err != nil {
		fmt.Fprintln(os.Stderr, "imagetype:", err)
		os.Exit(1)
	}
}

func run(manifest, weights, card string) error {
	pictures, err := readCorpus(manifest)
	if err != nil {
		return err
	}
	r, err := study(pictures)
	if err != nil {
		return err
	}
	if err := os.WriteFile(weights, encode(r.weights), 0o666); err != nil {
		return err
	}
	return os.WriteFile(card, r.card(), 0o666)
}

// A result is what training gives.
type result struct {
	weights images.TypeWeights
	left    []judged // pictures that were trained on, each judged by weights that did not see its like
	others  []judged // pictures that were not
}

func study(pictures []*picture) (*result, error) {
	training := except(pictures, func(p *picture) bool { return !p.trains })
	if !knowsAll(training) {
		return nil, fmt.Errorf("the pictures that may be trained on are not of all of %v", images.ImageTypes)
	}
	names, _ := images.TypeFeatureNames()
	r := &result{weights: images.TypeWeights{Model: images.TypeModel, Features: names, Clip: clip, Sets: sets(training)}}
	left := leaveOut(training, r.weights.Sets)
	r.weights.Temperature = temperature(left)
	r.weights.Threshold = threshold(left, r.weights.Temperature)
	r.left = themselves(left)
	for _, p := range training {
		listed := images.TypePicture{SHA256: p.sha256, Source: p.source, Licence: p.licence}
		r.weights.Pictures = append(r.weights.Pictures, listed)
	}
	for _, p := range pictures {
		if !p.trains {
			r.others = append(r.others, judge(r.weights.Sets[0], p)...)
		}
	}
	return r, nil
}

// encode writes weights as JSON, a line for each set and picture.
func encode(w images.TypeWeights) []byte {
	line := func(v any) []byte {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // only NaN cannot be written
		}
		return text
	}
	var sets, pictures [][]byte
	for _, set := range w.Sets {
		sets = append(sets, line(set))
	}
	for _, p := range w.Pictures {
		pictures = append(pictures, line(p))
	}
	return fmt.Appendf(nil, "{\"Model\":%s,\"Features\":%s,\"Clip\":%s,\"Temperature\":%s,\"Threshold\":%s,\n"+
		"\"Sets\":[\n%s\n],\n\"Pictures\":[\n%s\n]}\n", line(w.Model), line(w.Features), line(w.Clip),
		line(w.Temperature), line(w.Threshold), bytes.Join(sets, []byte(",\n")), bytes.Join(pictures, []byte(",\n")))
}
