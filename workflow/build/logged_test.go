package build

import (
	"testing"

	"github.com/dermset/dermset/decisions"
)

// The log says who was shown what others had proposed.
func TestLogTellsWhatWasShown(t *testing.T) {
	for want, made := range map[string]decisions.Made{
		"DXv1.0: for ben as primary; rows: 2":                           {As: decisions.Primary, For: "ben"},
		"DXv1.0: for cy as secondary, blinded; rows: 2":                 {As: decisions.Secondary, For: "cy"},
		"DXv1.0: for cy as secondary, shown what was proposed; rows: 2": {As: decisions.Secondary, For: "cy", Open: true},
		"DXv1.0: for di as sample, blinded; rows: 2":                    {As: decisions.Sampler, For: "di"},
	} {
		made.Version, made.Rows = "DXv1.0", make([]decisions.Row, 2)
		row := logRow(decisions.Decision{Act: decisions.Export, Made: &made})
		if got := row[len(row)-1]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
