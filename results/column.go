package results

// A Kind is what the cells of a column are.
type Kind int

// The kinds, and how a cell writes them.
const (
	KindText   Kind = iota
	KindWhole       // a whole number: 12
	KindNumber      // a number: 0.25
	KindYesNo       // yes, true; no, false and empty are no
	KindTime        // a time, RFC 3339
	KindDate        // a day: 2026-02-03
	KindList        // texts: a JSON array; of codes also 2C30;2C32
	KindValue       // any value: JSON is that value, and else a text
)

// A Column is one of a result.
type Column struct {
	Key   string // in JSON and CSV: snake_case, and never renamed (docs/json.md)
	Kind  Kind
	Says  string // what it means, in a line
	Maybe bool   // it may be absent
}

// OrNone is the column, whose cells may be absent.
func (c Column) OrNone() Column {
	c.Maybe = true
	return c
}

// Text is a column of texts.
func Text(key, says string) Column { return Column{Key: key, Kind: KindText, Says: says} }

// Whole is a column of whole numbers.
func Whole(key, says string) Column { return Column{Key: key, Kind: KindWhole, Says: says} }

// Number is a column of numbers.
func Number(key, says string) Column { return Column{Key: key, Kind: KindNumber, Says: says} }

// YesNo is a column of what is or is not.
func YesNo(key, says string) Column { return Column{Key: key, Kind: KindYesNo, Says: says} }

// Time is a column of times.
func Time(key, says string) Column { return Column{Key: key, Kind: KindTime, Says: says} }

// Date is a column of days.
func Date(key, says string) Column { return Column{Key: key, Kind: KindDate, Says: says} }

// List is a column of lists of texts. A list is never absent; it may be empty.
func List(key, says string) Column { return Column{Key: key, Kind: KindList, Says: says} }

// Value is a column of values of any kind, each as JSON.
func Value(key, says string) Column { return Column{Key: key, Kind: KindValue, Says: says} }

// Columns are those of a table.
type Columns []Column

// Keys are the columns' keys: the header of a CSV.
func (c Columns) Keys() []string {
	keys := make([]string, len(c))
	for i, column := range c {
		keys[i] = column.Key
	}
	return keys
}

// A Form is what a verb gives. One that lists has Rows, and gives a JSON array; one that does one thing has One, and
// gives an object, with an array for each of its Parts.
type Form struct {
	Verb  string // its words, with the flag that makes it give this: diff --rows; behind a comma, when it does
	Says  string // what it is, in a line
	Rows  Columns
	One   Columns
	Parts []Part
}

// A Part is an array in an object.
type Part struct {
	Key, Says string
	Rows      Columns
}
