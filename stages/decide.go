package stages

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
)

// DecideOptions are what turns a ledger into a dataset.
type DecideOptions struct {
	Names                []string // Join.Names, bytewise sorted
	Final                []int32  // Join.Final
	MinImages, MinGroups int64    // select.min_images, select.min_groups
	Split                SplitOptions
}

// A Funnel says where the rows of a source, or of all, went. Rows = Selected + all Rejected, always (spec 8.8).
type Funnel struct {
	Rows, Selected int64
	Rejected       [BelowThreshold + 1]int64 // by Reason
}

// A Decision is the fate of every row, and the tables that follow from it.
type Decision struct {
	Stage1, Stage2, Stage3 []Class // classes with at least one row alive at the stage, by name
	Classes                []int32 // class_id → name
	ClassID                []int32 // name → class_id, or -1
	Funnel                 Funnel
	Sources                []Funnel // by source
	Split                  SplitReport
	Findings               []Finding // class_missing_in_split

	ledger *Ledger
	final  []int32
	split  []Split // per group
}

// Decide applies spec 8.3 to 8.6, 8.8 and 8.9 to the rows of a ledger: final classes, threshold, class tables, split. The answer depends
// on no order of rows inside a source.
//
// Besides the ledger it takes at most 20 bytes a selected row and 30 a group while it runs, and keeps 1 byte a group.
func Decide(l *Ledger, o DecideOptions) (*Decision, error) {
	if err := errors.Join(l.Check(), o.check()); err != nil {
		return nil, err
	}
	names := len(o.Names)
	d := &Decision{ledger: l, final: o.Final, Sources: make([]Funnel, len(l.Sources))}
	d.Stage1 = l.classTable(l.orderBy(names, d.aliveName), func(name int32) int32 { return name })
	byClass := l.orderBy(names, d.aliveClass)
	d.Stage2 = l.classTable(byClass, func(name int32) int32 { return o.Final[name] })
	d.Classes, d.ClassID = threshold(d.Stage2, names, o.MinImages, o.MinGroups)
	byID := l.orderBy(len(d.Classes), func(row int) int32 {
		if class := d.aliveClass(row); class >= 0 {
			return d.ClassID[class]
		}
		return -1
	})
	s, report, err := splitGroups(l, o.Split, byID)
	if err != nil {
		return nil, err
	}
	d.Split, d.split = report, s.split
	for _, c := range d.Stage2 {
		if id := d.ClassID[c.Name]; id >= 0 {
			c.ClassID, c.Splits = id, report.Classes[id].Images
			d.Stage3 = append(d.Stage3, c)
		}
	}
	for id, c := range report.Classes {
		if len(c.Missing) > 0 {
			d.Findings = append(d.Findings, missing(o.Names[d.Classes[id]], c))
		}
	}
	d.count(int64(len(byID.rows)))
	return d, nil
}

func (o *DecideOptions) check() error {
	if err := (Join{Names: o.Names, Final: o.Final}).check(); err != nil {
		return err
	}
	for i := 1; i < len(o.Names); i++ {
		if o.Names[i-1] >= o.Names[i] {
			return fmt.Errorf("name %q stands behind %q, want names in bytewise order, each once", o.Names[i], o.Names[i-1])
		}
	}
	return nil
}

func missing(name string, c ClassSplit) Finding {
	var splits []string
	for _, s := range c.Missing {
		splits = append(splits, s.String())
	}
	return Finding{
		ID: FindingClassMissing, Source: -1, Row: -1, Subject: name, Images: c.Images[0] + c.Images[1] + c.Images[2],
		Detail: fmt.Sprintf("%d groups could be split, but none can go to %s", c.FreeGroups, strings.Join(splits, " and ")),
	}
}

// aliveName is the mapped name of a row that stage 1 counts, else -1.
func (d *Decision) aliveName(row int) int32 {
	if Reason(d.ledger.reason.get(row)) != Alive {
		return -1
	}
	return d.ledger.mapped.get(row)
}

// aliveClass is the final class of a row that stage 2 counts, else -1.
func (d *Decision) aliveClass(row int) int32 {
	if name := d.aliveName(row); name >= 0 {
		return d.final[name]
	}
	return -1
}

// fate is what became of a row, and the last name it had, or -1 (spec 8.8).
func (d *Decision) fate(row int) (fate Reason, target int32) {
	if reason := Reason(d.ledger.reason.get(row)); reason != Alive {
		return reason, -1
	}
	name := d.ledger.mapped.get(row)
	class := d.final[name]
	switch {
	case class < 0:
		return CategoryExcluded, name
	case d.ClassID[class] < 0:
		return BelowThreshold, class
	}
	return Alive, class
}

// count fills the funnels. That rows get lost is a bug, and so is a count that differs from the rows that were split.
func (d *Decision) count(split int64) {
	for source := range d.Sources {
		f := &d.Sources[source]
		for row := d.ledger.starts[source]; row < d.ledger.starts[source+1]; row++ {
			f.Rows++
			if fate, _ := d.fate(int(row)); fate == Alive {
				f.Selected++
			} else {
				f.Rejected[fate]++
			}
		}
		d.Funnel.Rows += f.Rows
		d.Funnel.Selected += f.Selected
		for r, n := range f.Rejected {
			d.Funnel.Rejected[r] += n
		}
	}
	sum := d.Funnel.Selected
	for _, n := range d.Funnel.Rejected {
		sum += n
	}
	if sum != d.ledger.Rows() || d.Funnel.Rows != sum || d.Funnel.Selected != split {
		panic(fmt.Sprintf("rows are lost: %d in, %d selected and rejected, %d selected, %d split", d.ledger.Rows(), sum, d.Funnel.Selected, split))
	}
}

// decided are the columns of a Decision's streams.
var decided = arrow.NewSchema([]arrow.Field{
	{Name: ColFate, Type: typeUint8}, nullable(ColTarget, typeInt32), nullable(ColClassID, typeInt32), nullable(ColSplit, typeUint8),
	{Name: ColGroup, Type: typeUint64},
}, nil)

// Stream is ColFate … ColGroup for the rows of a source, one batch for each of pieces, which are numbers of rows that add up to the
// source's; pieces of 0 rows make empty batches.
func (d *Decision) Stream(source int, pieces []int64) engine.Stream {
	return engine.Stream{Schema: decided, Tasks: func(yield func(engine.Task, error) bool) {
		row, end := d.ledger.starts[source], d.ledger.starts[source+1]
		var sum int64
		for _, n := range pieces {
			sum += n
		}
		if sum != end-row {
			yield(engine.Task{}, fmt.Errorf("pieces of source %q have %d rows, want %d", d.ledger.Sources[source].Name, sum, end-row))
			return
		}
		for _, n := range pieces {
			from := int(row)
			run := func() (arrow.RecordBatch, error) { return d.batch(from, int(n)), nil }
			if !yield(engine.Task{Bytes: 18 * n, Run: run}, nil) {
				return
			}
			row += n
		}
	}}
}

func (d *Decision) batch(from, n int) arrow.RecordBatch {
	fates, targets, ids := make([]uint8, n), make([]int32, n), make([]int32, n)
	splits, groups := make([]uint8, n), make([]uint64, n)
	noTarget, noID := newNulls(n), newNulls(n)
	for i := range n {
		fate, target := d.fate(from + i)
		group := int(d.ledger.group.get(from + i))
		fates[i], targets[i], groups[i] = uint8(fate), max(target, 0), d.ledger.ids.get(group)
		if target < 0 {
			noTarget.set(i)
		}
		if fate == Alive {
			ids[i], splits[i] = d.ClassID[target], uint8(d.split[group])
		} else {
			noID.set(i)
		}
	}
	columns := []arrow.Array{
		fixed(typeUint8, fates, nil), fixed(typeInt32, targets, noTarget), fixed(typeInt32, ids, noID),
		fixed(typeUint8, splits, noID), fixed(typeUint64, groups, nil),
	}
	return array.NewRecordBatch(decided, columns, int64(n))
}
