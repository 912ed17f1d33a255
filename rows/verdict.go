package rows

import (
	"fmt"
	"strings"
)

// VerdictOK is the verdict of an image that can be used.
const VerdictOK = "ok"

// The reasons that are verdicts, in the order of spec 9.
const firstVerdict, lastVerdict = ImageMissing, ImageBlank

// verdicts are the reasons of rows by the verdict on their image.
var verdicts = verdictReasons()

func verdictReasons() map[string]Reason {
	reasons := map[string]Reason{VerdictOK: Alive}
	for r := firstVerdict; r <= lastVerdict; r++ {
		reasons[r.verdict()] = r
	}
	return reasons
}

// verdict is the verdict that a reason stands for.
func (r Reason) verdict() string { return strings.TrimPrefix(r.String(), "image_") }

// VerdictReason is the reason of rows whose image has a verdict: Alive for VerdictOK.
// The error names the verdicts there are.
func VerdictReason(verdict string) (Reason, error) {
	if r, known := verdicts[verdict]; known {
		return r, nil
	}
	want := []string{VerdictOK}
	for r := firstVerdict; r <= lastVerdict; r++ {
		want = append(want, r.verdict())
	}
	return Alive, fmt.Errorf("verdict %q, want one of %s", verdict, strings.Join(want, ", "))
}
