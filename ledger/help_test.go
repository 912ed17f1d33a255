package ledger

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"go.uber.org/goleak"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type row = enginetest.Row

// joinedSchema is what Groups and Identify read of joined rows.
var joinedSchema = arrow.NewSchema([]arrow.Field{
	rows.Nullable(rows.ColImagePath, rows.TypeText), rows.Nullable(rows.ColPatient, rows.TypeText),
	rows.Nullable(rows.ColLesion, rows.TypeText), rows.Nullable(rows.ColReason, rows.TypeUint8),
	rows.Nullable(rows.ColMapped, rows.TypeInt32), rows.Nullable(rows.ColSex, rows.TypeDict),
	rows.Nullable(rows.ColAge, rows.TypeFloat32),
}, nil)

// drain runs one pass.
func drain(t testing.TB, in engine.Stream, into ...engine.Sink) {
	t.Helper()
	if err := enginetest.Drain(in, into...); err != nil {
		t.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// finding is a rows.Finding in one line.
func finding(id string, source int, row int64, subject string, images int64, detail string) rows.Finding {
	return rows.Finding{ID: id, Source: source, Row: row, Subject: subject, Images: images, Detail: detail}
}
