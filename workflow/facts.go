package workflow

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dermset/dermset/images"
)

// factColumns are the columns of work/facts/check-<decoder>.tsv between the hash and the checksum: what a content is under no smallest side.
// A picture over the limit of pixels of its time was not decoded; it is decoded once the limit allows it.
var factColumns = []string{"verdict", "format", "width", "height", "orientation", "warnings", "phash", "detail"}

// factFields are the columns of a result.
func factFields(r images.Result) []string {
	hash := ""
	if r.HasPHash {
		hash = fmt.Sprintf("%016x", r.PHash)
	}
	return []string{string(r.Verdict), r.Format, strconv.Itoa(r.Width), strconv.Itoa(r.Height), strconv.Itoa(r.Orientation), Warnings(r), hash, r.Detail}
}

// factOf is the result that was kept.
func factOf(fields []string) (images.Result, error) {
	if len(fields) != len(factColumns) {
		return images.Result{}, fmt.Errorf("a fact of %d columns, want %d", len(fields), len(factColumns))
	}
	r := images.Result{Verdict: images.Verdict(fields[0]), Format: fields[1], Detail: fields[7]}
	var errs [4]error
	r.Width, errs[0] = strconv.Atoi(fields[2])
	r.Height, errs[1] = strconv.Atoi(fields[3])
	r.Orientation, errs[2] = strconv.Atoi(fields[4])
	for warning := range strings.FieldsSeq(fields[5]) {
		r.Warn(images.Warning(warning))
	}
	if r.HasPHash = fields[6] != ""; r.HasPHash {
		r.PHash, errs[3] = strconv.ParseUint(fields[6], 16, 64)
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
