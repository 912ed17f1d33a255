package pictures

import "github.com/dermset/dermset/images"

// Kind is the looker that guesses the image type: how likely a picture is a clinical one, a dermoscopy, or shows no
// skin.
var Kind = Looker{
	Name:    "kind-" + images.TypeModel + "-" + images.Decoder,
	Columns: []string{"clinical", "dermoscopy", "non-dermatological"},
	Look: func(p *Picture) []string {
		guess := images.TypeOf(p.Small(), p.Content)
		fields := make([]string, len(guess.P))
		for i, likely := range guess.P {
			fields[i] = decimal(likely, 4)
		}
		return fields
	},
}
