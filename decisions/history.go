package decisions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/people"
)

// A Standing is what the log says about one row: the reviews that brought it where it is. It holds as long as the row
// of the workbook holds what After says.
type Standing struct {
	Annotator          string    // who proposed, as the primary review found it
	Primary, Secondary *Decision // the last ones that stand; nil: none yet
	After              Cells     // what the row was decided to hold
}

// State is how far a row has come whose cells hold this. A row without a Target Name or action is unmapped, whatever
// was decided before; one that a person edited since is proposed.
func (s Standing) State(cells Cells, named bool) State {
	switch {
	case !named:
		return Unmapped
	case s.Primary == nil || !s.After.Equal(cells):
		return Proposed
	case s.Secondary == nil:
		return PrimaryReviewed
	}
	return SecondaryReviewed
}

// A history is what the lines so far come to.
type history struct {
	rows    map[Row]Standing
	exports map[string]export // by the SHA-256 of their line
	answers map[Row][]Decision
	// doubts, oldest first
	comments map[Row][]Decision
	samples  []Decision
	// who was shown what rows hold, by which line
	shown map[Row][]showing
	// who proposed what rows hold, last
	annotated map[Row]Decision
	// approvals that were not taken back, oldest first
	approvals []Decision
}

// A showing is that a person was given a sheet that shows what a row holds.
type showing struct {
	to   string
	line int64
}

// An export is a review workbook that was made.
type export struct {
	*Made
	rows map[Row]bool
}

func newHistory() history {
	return history{rows: map[Row]Standing{}, exports: map[string]export{}, answers: map[Row][]Decision{},
		comments: map[Row][]Decision{}, shown: map[Row][]showing{}, annotated: map[Row]Decision{}}
}

// Standing is what the log says about a row.
func (l *Log) Standing(row Row) Standing { return l.history.rows[row] }

// Answers are the answers to a row's questions, oldest first.
func (l *Log) Answers(row Row) []Decision { return l.history.answers[row] }

// Questions are what people asked about a row and what its cell under Consult asks, oldest first and the cell last,
// each text once. Open are those that nobody has answered: an answer is to a text, so that another one in the same cell
// is another question.
func (l *Log) Questions(row Row, consult string) (all, open []string) {
	asked := l.history.comments[row]
	if strings.TrimSpace(consult) != "" {
		asked = append(slices.Clone(asked), Decision{Why: consult})
	}
	for _, d := range asked {
		if slices.Contains(all, d.Why) {
			continue
		}
		all = append(all, d.Why)
		if !slices.ContainsFunc(l.history.answers[row], func(a Decision) bool { return a.Question == d.Why }) {
			open = append(open, d.Why)
		}
	}
	return all, open
}

// Asked are the rows that people asked about in review workbooks, in the order of their first doubts.
func (l *Log) Asked() (rows []Row) {
	seen := map[Row]bool{}
	for _, d := range l.Decisions {
		if d.Act == Comment && !seen[*d.Row] {
			seen[*d.Row] = true
			rows = append(rows, *d.Row)
		}
	}
	return rows
}

// Exported is what was exported by the line with a SHA-256; nil if no line with it exported anything.
func (l *Log) Exported(sum string) *Made { return l.history.exports[sum].Made }

// Blind reports whether a review was given by who saw nothing of what others proposed, as far as the log tells: it came
// in a sheet, and neither that one nor any that had been made for the same person before shows the row.
func (l *Log) Blind(d Decision) bool {
	return l.Exported(d.Sheet) != nil && !slices.ContainsFunc(l.history.shown[*d.Row], func(s showing) bool {
		return s.line < d.Number && people.Same(s.to, d.Who)
	})
}

// shows reports whether the sheet showed what rows hold.
func (m *Made) shows() bool { return m.As == Primary || m.Open }

// Annotated is the last line by which somebody proposed what a row is to hold; nil of one that was filled in by hand.
func (l *Log) Annotated(row Row) *Decision {
	if d, is := l.history.annotated[row]; is {
		return &d
	}
	return nil
}

// Samples are the judgements of periodic quality checks, oldest first.
func (l *Log) Samples() []Decision { return l.history.samples }

// Approvals are the lines of approvals that were not taken back, oldest first; of one state there is one at most.
func (l *Log) Approvals() []Decision { return l.history.approvals }

// Claimed are the approvals that lines of a log speak of that is not whole, but for those that a later line takes back:
// none of them counts, and who would rely on one is told.
func (l *Log) Claimed() (all []Decision) {
	for _, d := range l.Decisions {
		if d.Approval == nil {
			continue
		}
		all = slices.DeleteFunc(all, func(other Decision) bool { return other.Approval.State == d.Approval.State })
		if d.Act == Approve {
			all = append(all, d)
		}
	}
	return all
}

// approved is the place of a state among the approvals; -1: it is not approved.
func (h *history) approved(state string) int {
	return slices.IndexFunc(h.approvals, func(d Decision) bool { return d.Approval.State == state })
}

// take holds a decision, whose line has this SHA-256, against what is legal and lets it count.
func (h *history) take(d Decision, sum string) error {
	if d.Who == "" {
		return fmt.Errorf("%s: names nobody", d.Act)
	}
	switch d.Act {
	case Review, Sample, Answer, Comment, Annotate:
		if d.Row == nil || d.Row.Label == "" {
			return fmt.Errorf("%s: names no row", d.Act)
		}
		return h.takeRow(d)
	case Export:
		if d.Made == nil || !slices.Contains([]string{Primary, Secondary, Sampler}, d.Made.As) {
			return fmt.Errorf("export: says not for whom")
		}
		made := export{d.Made, map[Row]bool{}}
		for _, row := range d.Made.Rows {
			made.rows[row] = true
			if d.Made.shows() {
				h.shown[row] = append(h.shown[row], showing{d.Made.For, d.Number})
			}
		}
		h.exports[sum] = made
	case Approve, Withdraw:
		return h.takeApproval(d)
	default:
		return fmt.Errorf("%q is no act", d.Act)
	}
	return nil
}

// Legal says why a decision on a row may not follow those of the log; nil if it may. Nothing is added.
func (l *Log) Legal(d Decision) error {
	_, err := l.history.next(d)
	return err
}

// next is where a row stands after a decision on it, or why that is not legal. What a review workbook brought is of its
// person and of its rows, and a review or a judgement of the part that it was made for: who fills in its tab of
// categories annotates, and anybody may ask and answer.
func (h *history) next(d Decision) (Standing, error) {
	made, ok := h.exports[d.Sheet]
	judges := d.Act == Review || d.Act == Sample
	if d.Sheet != "" && (!ok || made.For != d.Who || judges && made.As != d.Role || !made.rows[*d.Row]) {
		return Standing{}, fmt.Errorf("it is of no sheet that was exported for %q as %s", d.Who, d.Role)
	}
	if d.Act != Review {
		return h.rows[*d.Row], nil
	}
	return h.rows[*d.Row].reviewed(d)
}

func (h *history) takeRow(d Decision) error {
	next, err := h.next(d)
	if err != nil {
		return fmt.Errorf("%s of %q in tab %q: %w", d.Act, d.Row.Label, d.Row.Tab, err)
	}
	switch d.Act {
	case Annotate:
		h.annotated[*d.Row] = d
	case Answer:
		h.answers[*d.Row] = append(h.answers[*d.Row], d)
	case Comment:
		h.comments[*d.Row] = append(h.comments[*d.Row], d)
	case Review:
		h.rows[*d.Row] = next
	case Sample:
		h.samples = append(h.samples, d)
	}
	return nil
}

func (h *history) takeApproval(d Decision) error {
	if d.Approval == nil {
		return fmt.Errorf("%s: names no state", d.Act)
	}
	at := h.approved(d.Approval.State)
	switch {
	case d.Act == Withdraw && at < 0:
		return fmt.Errorf("withdraw_approval: nothing is approved that it could take back")
	case d.Act == Withdraw:
		h.approvals = slices.Delete(slices.Clone(h.approvals), at, at+1)
	case d.Approval.State != d.Approval.Parts.Sum():
		return fmt.Errorf("approve: names a state that is not that of its parts")
	case at >= 0:
		return fmt.Errorf("approve: %q has approved this state already, on %s", h.approvals[at].Who, h.approvals[at].Day())
	default:
		h.approvals = append(slices.Clone(h.approvals), d)
	}
	return nil
}
