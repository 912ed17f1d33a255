package decisions

import (
	"fmt"

	"github.com/dermset/dermset/people"
)

// reviewed is where a row stands after a review, or why the review is not legal: a primary one is of a proposed row, or
// mends the same person's own; a secondary one is of a row that was reviewed as it is, or mends the same person's own;
// and annotator, primary and secondary reviewer are three people.
func (s Standing) reviewed(d Decision) (Standing, error) {
	stands := s.Primary != nil && s.After.Equal(d.Before)
	switch d.Role {
	case Primary:
		switch {
		case people.Same(d.Who, d.Annotator):
			return s, fmt.Errorf("%q annotated it, and may not review it", d.Who)
		case d.Annotator == "":
			return s, fmt.Errorf("it names no annotator: fill in the column Annotator of its row")
		case stands && s.Secondary != nil:
			return s, fmt.Errorf("it has its secondary review already, by %q", s.Secondary.Who)
		case stands && s.Primary.Who != d.Who:
			return s, fmt.Errorf("it has its primary review already, by %q", s.Primary.Who)
		}
		return Standing{Annotator: d.Annotator, Primary: &d, After: d.After}, nil
	case Secondary:
		switch {
		case !stands:
			return s, fmt.Errorf("it has no primary review as it stands")
		case people.Same(d.Who, s.Annotator):
			return s, fmt.Errorf("%q annotated it, and may not review it", d.Who)
		case people.Same(d.Who, s.Primary.Who):
			return s, fmt.Errorf("%q gave its primary review, and may not give the secondary one", d.Who)
		case s.Secondary != nil && s.Secondary.Who != d.Who:
			return s, fmt.Errorf("it has its secondary review already, by %q", s.Secondary.Who)
		}
		s.Secondary, s.After = &d, d.After
		return s, nil
	}
	return s, fmt.Errorf("%q is no role of a review", d.Role)
}
