package desk

import (
	"context"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/workflow/workspace"
)

// A Status says how far the reviews are.
type Status struct {
	Counts        []review.Count
	Questions     []review.Row // open
	Doubts        []review.Remark
	Discrepancies []review.Discrepancy
	Agreements    review.Agreements
}

// ReviewStatus says how far every row is and what waits for somebody. It writes nothing.
func ReviewStatus(ctx context.Context, w *workspace.Workspace) (*Status, error) {
	r, err := readReview(ctx, w, time.Now().UTC())
	if err != nil {
		return nil, err
	}
	return &Status{review.Counts(r.rows), review.Asked(r.rows), review.Doubts(r.log),
		review.Discrepancies(r.log, r.rows, mapping.NewGravity(r.release)), review.AgreementsOf(r.log, r.rows)}, nil
}

// States are those of rows, in their order, as a status counts them.
var States = []decisions.State{decisions.Unmapped, decisions.Proposed, decisions.PrimaryReviewed,
	decisions.SecondaryReviewed}
