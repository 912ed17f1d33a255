package rows

import (
	"slices"
	"strings"
	"testing"
)

func TestReasonsHaveStages(t *testing.T) {
	stages, names := []string{}, map[string]bool{}
	for r := Alive + 1; int(r) < ReasonCount; r++ {
		if names[r.String()] || r.String() == "" {
			t.Errorf("reason %d is named %q, and so is another, or it has no name", r, r)
		}
		names[r.String()] = true
		if len(stages) == 0 || stages[len(stages)-1] != r.Stage() {
			stages = append(stages, r.Stage())
		}
		if r.OfImage() != (r.Stage() == "image") {
			t.Errorf("%s is of stage %s, but of an image: %t", r, r.Stage(), r.OfImage())
		}
	}
	if want := []string{"map", "image", "refine", "threshold"}; !slices.Equal(stages, want) {
		t.Errorf("stages %v, want %v, each once", stages, want)
	}
	if Alive.String() != "" || Alive.OfImage() {
		t.Errorf("who is alive is rejected as %q", Alive)
	}
}

func TestVerdictsAreReasons(t *testing.T) {
	seen := 0
	for r := Alive; int(r) < ReasonCount; r++ {
		verdict, is := strings.CutPrefix(r.String(), "image_")
		if r == Alive {
			verdict, is = VerdictOK, true
		}
		if !is {
			continue
		}
		seen++
		if got, err := VerdictReason(verdict); err != nil || got != r {
			t.Errorf("verdict %s is reason %q, error %v, want %q", verdict, got, err, r)
		}
	}
	if seen != len(verdicts) {
		t.Errorf("%d verdicts, of which %d are reasons", len(verdicts), seen)
	}
	const want = `verdict "", want one of ok, missing, not_fetched, empty, not_an_image, unsupported_format, ` +
		`truncated, corrupt, too_small, too_many_pixels, blank`
	if _, err := VerdictReason(""); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestMappingReason(t *testing.T) {
	for mapped, want := range map[int32]Reason{LabelUnmapped: Unmapped, LabelDash: LabelExcluded, 0: Alive, 7: Alive} {
		if got := MappingReason(mapped); got != want {
			t.Errorf("a label mapped to %d is %q, want %q", mapped, got, want)
		}
	}
}

func TestCheckFinal(t *testing.T) {
	names := []string{"acne", "wart"}
	for want, final := range map[string][]int32{
		"":                                {1, -1},
		"1 final classes for 2 names":     {0},
		`class of "wart" is 2, want -1 t`: {0, 2},
		`class of "acne" is -2, want -1 `: {-2, 0},
	} {
		err := CheckFinal(names, final)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestSplitsHaveNames(t *testing.T) {
	if got := Train.String() + " " + Val.String() + " " + Test.String(); got != "train val test" {
		t.Errorf("splits are %s", got)
	}
}
