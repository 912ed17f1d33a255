package models

// An Answer is what a model, or a file of predictions, says of one picture.
type Answer struct {
	Value         string  // one of the task's; empty if it abstains
	Confidence    float32 // 0 to 1: in Value; of a card that abstains, in what it does not say
	HasConfidence bool    // a file of predictions may say none
	Top           []Ranked
	Flaw          string // why the model's output cannot be read; it abstains then
}

// A Ranked is a value that a model considered; of a card's Answer the three likeliest, the first of them first.
// An empty value is none of ours.
type Ranked struct {
	Value      string
	Confidence float32
}
