package decisions

import (
	"cmp"
	"maps"
	"strings"
	"time"
)

// An Act is what a person did.
type Act string

// The acts.
const (
	Annotate Act = "annotate"          // filled a row by an explicit list (suggest --apply)
	Export   Act = "export"            // a review workbook was made for somebody
	Review   Act = "review"            // one row was reviewed
	Sample   Act = "sample"            // one row was judged for the periodic quality check: it changes nothing
	Answer   Act = "answer"            // an open question was answered
	Comment  Act = "comment"           // a note or doubt about a row, that decides nothing
	Approve  Act = "approve"           // a state was approved
	Withdraw Act = "withdraw_approval" // an approval was taken back
)

// The parts that people play in a decision.
const (
	Annotator = "annotator"
	Primary   = "primary"
	Secondary = "secondary"
	Sampler   = "sample"
	Approver  = "approver"
)

// Cells are what cells of one row of the workbook hold, by the header of their column, as the normalised mapping writes
// them: codes as EA80;EK00. A cell that is empty may be left out.
type Cells map[string]string

// Equal reports whether two rows hold the same; an empty cell is one that is left out.
func (c Cells) Equal(other Cells) bool { return maps.Equal(c.filled(), other.filled()) }

func (c Cells) filled() Cells {
	out := Cells{}
	for column, text := range c {
		if text != "" {
			out[column] = text
		}
	}
	return out
}

// A Row is which row of the workbook is meant: of a source's tab by its label, of the exclude and merge tab by its
// category.
type Row struct {
	Tab   string `json:"tab"`
	Label string `json:"label"`
}

// Compare orders rows by tab, then label, bytewise.
func (r Row) Compare(other Row) int {
	return cmp.Or(strings.Compare(r.Tab, other.Tab), strings.Compare(r.Label, other.Label))
}

// A Decision is one line of the log. Number, Prev and Time are set by [Log.Add].
type Decision struct {
	Number int64     `json:"n"`
	Prev   string    `json:"prev"` // SHA-256 of the line before
	Time   time.Time `json:"time"` // UTC, whole seconds
	Who    string    `json:"who"`
	Role   string    `json:"role"`
	Act    Act       `json:"act"`

	Row       *Row   `json:"row,omitempty"`       // of annotate, review, sample, answer, comment
	Annotator string `json:"annotator,omitempty"` // of review: who proposed, as the workbook said
	Before    Cells  `json:"before,omitempty"`    // what the row held
	After     Cells  `json:"after,omitempty"`     // what it was decided to hold; of sample: what was judged
	State     State  `json:"state,omitempty"`     // of the row, after
	Why       string `json:"why,omitempty"`       // note, doubt, question's answer, reason
	Question  string `json:"question,omitempty"`  // of answer: the text under Consult or Doubt
	Sources   string `json:"sources,omitempty"`   // of answer: the literature
	Sheet     string `json:"sheet,omitempty"`     // of what a workbook brought: the SHA-256 of its export's line

	Made     *Made     `json:"made,omitempty"`     // of export
	Approval *Approval `json:"approval,omitempty"` // of approve and withdraw_approval
}

// Made says what was exported, for whom.
type Made struct {
	Version string `json:"version"`        // such as DXv27.1
	For     string `json:"for"`            // the person
	As      string `json:"as"`             // primary, secondary or sample
	Open    bool   `json:"open,omitempty"` // a secondary reviewer saw the proposals
	Rows    []Row  `json:"rows"`           // in their order

	// Secret is random and goes into no sheet: without it who has a blinded sheet could try what its ids were made of.
	Secret string `json:"secret,omitempty"`
}

// An Approval names the state that was approved, or whose approval was taken back: then by Version and State alone.
type Approval struct {
	Version string `json:"version"`
	State   string `json:"state_sha256"`
	Parts   Parts  `json:"parts,omitempty"`  // of the state
	Draft   string `json:"draft,omitempty"`  // SHA-256 of the draft's manifest
	People  string `json:"people,omitempty"` // people.yaml as it was: the version keeps it, whatever it says later
	Signed  string `json:"signed,omitempty"` // the SSH signature of Statement, armoured; empty: unsigned
}

// A State is how far a row has come.
type State string

// The states of a row (spec 7), in their order.
const (
	Unmapped          State = "unmapped"
	Proposed          State = "proposed"
	PrimaryReviewed   State = "primary_reviewed"
	SecondaryReviewed State = "secondary_reviewed"
	Approved          State = "approved"
)
