package stages

import "github.com/apache/arrow-go/v18/arrow"

// Stored chooses what generate keeps of joined rows: with Paths the image paths alone, which Ledger.Identify looks at once more; else all
// other columns, but for those that no later step reads.
type Stored struct{ Paths bool }

// Name is the stage's name in errors.
func (Stored) Name() string { return "stored" }

// Bind checks that there are image paths.
func (s Stored) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	if _, err := columnsOf(in, arrow.Field{Name: ColImagePath, Type: typeText}); err != nil {
		return nil, nil, err
	}
	out, choose := columnsWhere(in, func(name string) bool {
		switch name {
		case ColImagePath:
			return s.Paths
		case ColBad, ColReason, ColClass:
			return false
		}
		return !s.Paths
	})
	return out, choose, nil
}
