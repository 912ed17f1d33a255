package pictures

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dermset/dermset/images"
)

// Check is the looker that says what a content is: its verdict and what decoding found, under no smallest side. A
// picture over the limit of pixels of its time was not decoded; it is once the limit allows it.
var Check = Looker{
	Name:    "check-" + images.Decoder,
	Columns: []string{"verdict", "format", "width", "height", "orientation", "warnings", "phash", "detail"},
	Look: func(p *Picture) []string {
		hash := ""
		if p.Stored != nil {
			hash = hashText(p.Square().Hashes()[0])
		}
		return checkFields(p.Result, hash)
	},
}

// hashText is a perceptual hash as imagehash writes it.
func hashText(hash uint64) string { return fmt.Sprintf("%016x", hash) }

// checkFields are the fields of a result. The hash is for people.
func checkFields(r images.Result, hash string) []string {
	width, height, orientation := strconv.Itoa(r.Width), strconv.Itoa(r.Height), strconv.Itoa(r.Orientation)
	return []string{string(r.Verdict), r.Format, width, height, orientation, Warnings(r), hash, r.Detail}
}

// checkResult is the result whose fields they are.
func checkResult(fields []string) (images.Result, error) {
	if len(fields) != len(Check.Columns) {
		return images.Result{}, fmt.Errorf("a fact of %d columns, want %d", len(fields), len(Check.Columns))
	}
	r := images.Result{Verdict: images.Verdict(fields[0]), Format: fields[1], Detail: fields[7]}
	var errs [3]error
	r.Width, errs[0] = strconv.Atoi(fields[2])
	r.Height, errs[1] = strconv.Atoi(fields[3])
	r.Orientation, errs[2] = strconv.Atoi(fields[4])
	for warning := range strings.FieldsSeq(fields[5]) {
		r.Warn(images.Warning(warning))
	}
	return r, errors.Join(errs[:]...)
}

// Warnings are a picture's warnings with spaces between them.
func Warnings(r images.Result) string {
	texts := make([]string, len(r.Warnings))
	for i, w := range r.Warnings {
		texts[i] = string(w)
	}
	return strings.Join(texts, " ")
}
