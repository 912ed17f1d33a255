package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// DecideOptions are what turns a ledger into a dataset.
type DecideOptions struct {
	Names                []string // all mapped names, bytewise sorted
	Final                []int32  // index in Names → index of the final class in Names; -1: its category is excluded
	MinImages, MinGroups int64    // select.min_images, select.min_groups
	First                bool     // select.duplicates is first; else keep
	Twins                *Twins   // as JoinPictures had them; nil: none
	Split                SplitOptions
}

// A Funnel says where the rows of a source, or of all, went. Rows = Selected + all Rejected, always (spec 8.8).
type Funnel struct {
	Rows, Selected int64
	Rejected       [rows.ReasonCount]int64 // by Reason
}

// A Decision is the fate of every row, and the tables that follow from it.
type Decision struct {
	Stage1, Stage2, Stage3 []Class // classes with at least one row alive at the stage, by name
	Classes                []int32 // class_id → name
	ClassID                []int32 // name → class_id, or -1
	Funnel                 Funnel
	Sources                []Funnel // by source
	Split                  SplitReport
	Findings               []rows.Finding // class_missing_in_split

	ledger *Ledger
	final  []int32
	names  [][]nameRows // by source: its rows at stage 1 by mapped name
	fates  []nameFate   // by mapped name
	split  []rows.Split // per group
	equals *equals      // nil without pictures
}

// A nameFate is what becomes of an alive row with a mapped name: its fate, the last name it has and its class_id,
// or -1.
type nameFate struct {
	fate       rows.Reason
	target, id int32
}

// Decide applies spec 8.3 to 8.6, 8.8 and 8.9 to the rows of a ledger: final classes, threshold, class tables, split;
// and of 8.2 what becomes of equal images. Without the latter the answer depends on no order of rows inside a source.
//
// Besides the ledger it takes at most 20 bytes a selected row, 4 a patient and 34 a group while it runs, and keeps 1
// byte a group. With pictures it takes 4 bytes a picture more, and keeps 36 a row whose image has an equal or a twin;
// with First it keeps 1 a row.
func Decide(l *Ledger, o DecideOptions) (*Decision, error) {
	if err := errors.Join(l.Check(), o.check()); err != nil {
		return nil, err
	}
	d := newDecision(l, &o)
	l = d.ledger
	var patients [2][]int64
	var beside sync.WaitGroup
	beside.Go(func() { // no rule asks for patients, so that they can be counted at the same time
		patients[0], patients[1] = l.namesBy(&l.patient, l.patients).distinct(o.Final)
	})
	err := d.decide(&o)
	beside.Wait()
	if err != nil {
		return nil, err
	}
	for stage, table := range [][]Class{d.Stage1, d.Stage2} {
		for i := range table {
			table[i].Patients = patients[stage][table[i].Name]
		}
	}
	d.cutStage3(&o)
	d.count()
	return d, nil
}

// Preview is Decide up to the threshold, without the split: Stage1 and Stage2 without patients, Classes, ClassID and
// Fate. It asks for no ids of groups. Besides the ledger it takes 4 bytes a selected row and 4 a group.
func Preview(l *Ledger, o DecideOptions) (*Decision, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	d := newDecision(l, &o)
	d.judge(&o)
	return d, nil
}

// newDecision compares equal images, and counts the rows of stages 1 and 2.
func newDecision(l *Ledger, o *DecideOptions) *Decision {
	d := &Decision{ledger: l, final: o.Final, Sources: make([]Funnel, len(l.Sources))}
	if l.hasPictures {
		if d.equals = l.equals(o.Final, cmp.Or(o.Twins, &Twins{})); o.First {
			d.ledger = l.withoutDuplicates(d.equals)
		}
	}
	d.countRows()
	d.Stage1, d.Stage2 = d.classTables()
	return d
}

// judge fills the groups of the tables of stage 1 and 2, and applies the threshold. It returns the names of every
// group, and the groups of every final class.
func (d *Decision) judge(o *DecideOptions) (byGroup *namesBy, byClass []int64) {
	byGroup = d.ledger.namesBy(&d.ledger.group, d.ledger.groups)
	byName, byClass := byGroup.distinct(d.final)
	for i := range d.Stage1 {
		d.Stage1[i].Groups = byName[d.Stage1[i].Name]
	}
	for i := range d.Stage2 {
		d.Stage2[i].Groups = byClass[d.Stage2[i].Name]
	}
	d.Classes, d.ClassID = threshold(d.Stage2, len(d.final), o.MinImages, o.MinGroups)
	d.fates = make([]nameFate, len(d.final))
	for name := range d.fates {
		d.fates[name] = d.fateOf(int32(name))
	}
	return byGroup, byClass
}

// decide fills the groups of the tables of stage 1 and 2, and applies threshold and split.
func (d *Decision) decide(o *DecideOptions) error {
	byGroup, byClass := d.judge(o)
	in := splitInput{names: byGroup, classes: len(d.Classes), idOf: make([]int32, len(d.final))}
	for name, fate := range d.fates {
		in.idOf[name] = fate.id
	}
	for _, class := range d.Classes {
		in.shares += byClass[class]
	}
	s, report, err := splitGroups(d.ledger, o.Split, in)
	if err != nil {
		return err
	}
	d.Split, d.split = report, s.split
	return nil
}

// cutStage3 makes the table of stage 3 out of that of stage 2, and the findings of classes.
func (d *Decision) cutStage3(o *DecideOptions) {
	for _, c := range d.Stage2 {
		if id := d.ClassID[c.Name]; id >= 0 {
			c.ClassID, c.Splits = id, d.Split.Classes[id].Images
			d.Stage3 = append(d.Stage3, c)
		}
	}
	for id, c := range d.Split.Classes {
		if len(c.Missing) > 0 {
			d.Findings = append(d.Findings, missing(o.Names[d.Classes[id]], c))
		}
	}
}

func (o *DecideOptions) check() error {
	if err := rows.CheckFinal(o.Names, o.Final); err != nil {
		return err
	}
	for i := 1; i < len(o.Names); i++ {
		if o.Names[i-1] >= o.Names[i] {
			return fmt.Errorf("name %q stands behind %q, want names in bytewise order, each once", o.Names[i], o.Names[i-1])
		}
	}
	return nil
}

func missing(name string, c ClassSplit) rows.Finding {
	var splits []string
	for _, s := range c.Missing {
		splits = append(splits, s.String())
	}
	return rows.Finding{
		ID: FindingClassMissing, Source: -1, Row: -1, Subject: name, Images: c.Images[0] + c.Images[1] + c.Images[2],
		Detail: fmt.Sprintf("%d groups could be split, but none can go to %s", c.FreeGroups, strings.Join(splits, " and ")),
	}
}

// Fate is what becomes of rows whose label is mapped to a name, or is unmapped (-1) or left out (-2),
// and the last name they have, or -1.
func (d *Decision) Fate(mapped int32) (fate rows.Reason, target int32) {
	if mapped < 0 {
		return rows.MappingReason(mapped), -1
	}
	return d.fates[mapped].fate, d.fates[mapped].target
}

// fateOf is the fate of alive rows with a mapped name, and the last name they have (spec 8.8).
func (d *Decision) fateOf(name int32) nameFate {
	class := d.final[name]
	switch {
	case class < 0:
		return nameFate{rows.CategoryExcluded, name, -1}
	case d.ClassID[class] < 0:
		return nameFate{rows.BelowThreshold, class, -1}
	}
	return nameFate{rows.Alive, class, d.ClassID[class]}
}

// countRows counts, for every source, the rows that are rejected already, and those at stage 1 by mapped name.
func (d *Decision) countRows() {
	l := d.ledger
	alive, lost := make([]int64, len(d.final)), make([]int64, len(d.final))
	for source := range d.Sources {
		f := &d.Sources[source]
		for row, end := l.starts[source], l.starts[source+1]; row < end; {
			c, from := int(row>>chunkBits), int(row&(chunkSize-1))
			to := int(min(chunkSize, int64(from)+end-row))
			names := l.mapped.chunks[c][from:to]
			for i, reason := range l.reason.chunks[c][from:to] {
				if rows.Reason(reason) == rows.Alive {
					alive[names[i]]++
					continue
				}
				f.Rejected[reason]++
				if rows.Reason(reason).OfImage() {
					lost[names[i]]++
				}
			}
			f.Rows += int64(to - from)
			row += int64(to - from)
		}
		var names []nameRows
		for name, n := range alive {
			if n+lost[name] > 0 {
				names = append(names, nameRows{int32(name), n, lost[name]})
			}
		}
		d.names = append(d.names, names)
		clear(alive)
		clear(lost)
	}
}

// count fills the funnels. That rows get lost is a bug, and so is a count that differs from the rows that were split.
func (d *Decision) count() {
	for source := range d.Sources {
		f := &d.Sources[source]
		for _, n := range d.names[source] {
			if fate := d.fates[n.name].fate; fate == rows.Alive {
				f.Selected += n.rows
			} else {
				f.Rejected[fate] += n.rows
			}
		}
		d.Funnel.Rows += f.Rows
		d.Funnel.Selected += f.Selected
		for r, n := range f.Rejected {
			d.Funnel.Rejected[r] += n
		}
	}
	sum, split := d.Funnel.Selected, d.Split.Images[rows.Train]+d.Split.Images[rows.Val]+d.Split.Images[rows.Test]
	for _, n := range d.Funnel.Rejected {
		sum += n
	}
	if sum != d.ledger.Rows() || d.Funnel.Rows != sum || d.Funnel.Selected != split {
		panic(fmt.Sprintf("rows are lost: %d in, %d selected and rejected, %d selected, %d split",
			d.ledger.Rows(), sum, d.Funnel.Selected, split))
	}
}

// decided are the columns of a Decision's streams; detailed are those where pictures are known.
var (
	decided = arrow.NewSchema([]arrow.Field{
		{Name: rows.ColFate, Type: rows.TypeUint8}, rows.Nullable(rows.ColTarget, rows.TypeInt32),
		rows.Nullable(rows.ColClassID, rows.TypeInt32), rows.Nullable(rows.ColSplit, rows.TypeUint8),
		{Name: rows.ColGroup, Type: rows.TypeUint64},
	}, nil)
	detailed = arrow.NewSchema(append(decided.Fields(), rows.Nullable(rows.ColDetail, rows.TypeDict)), nil)
)

func (d *Decision) schema() *arrow.Schema {
	if d.equals == nil {
		return decided
	}
	return detailed
}

// Stream is ColFate … ColGroup for the rows of a source, one batch for each of pieces, which are numbers of rows that
// add up to the source's; pieces of 0 rows make empty batches. With pictures there is ColDetail too, which wants that
// NameEquals has seen all rows.
func (d *Decision) Stream(source int, pieces []int64) engine.Stream {
	return d.ledger.stream(source, pieces, d.schema(), 18, d.batch)
}

func (d *Decision) batch(from, n int) arrow.RecordBatch {
	b := decidedRows{
		fates: make([]uint8, n), targets: make([]int32, n), ids: make([]int32, n), splits: make([]uint8, n),
		groups: make([]uint64, n), noTarget: rows.NewNulls(n), noID: rows.NewNulls(n),
	}
	for at := 0; at < n; {
		c, first := (from+at)>>chunkBits, (from+at)&(chunkSize-1)
		end := min(chunkSize, first+n-at)
		d.fill(&b, at, d.ledger.reason.chunks[c][first:end], d.ledger.mapped.chunks[c][first:end],
			d.ledger.group.chunks[c][first:end])
		at += end - first
	}
	columns := []arrow.Array{
		rows.Fixed(rows.TypeUint8, b.fates, nil), rows.Fixed(rows.TypeInt32, b.targets, b.noTarget),
		rows.Fixed(rows.TypeInt32, b.ids, b.noID), rows.Fixed(rows.TypeUint8, b.splits, b.noID),
		rows.Fixed(rows.TypeUint64, b.groups, nil),
	}
	if d.equals != nil {
		columns = append(columns, d.details(from, n))
	}
	return array.NewRecordBatch(d.schema(), columns, int64(n))
}

// decidedRows are the columns of a batch being filled.
type decidedRows struct {
	fates          []uint8
	targets, ids   []int32
	splits         []uint8
	groups         []uint64
	noTarget, noID *rows.Nulls
}

// fill decides rows of one chunk of the ledger, which are those from row at on in the batch.
func (d *Decision) fill(b *decidedRows, at int, reasons []uint8, names, groups []int32) {
	for i, group := range groups {
		row := at + i
		b.groups[row] = d.ledger.ids.get(int(group))
		f := nameFate{rows.Reason(reasons[i]), -1, -1}
		if f.fate == rows.Alive {
			f = d.fates[names[i]]
		} else if f.fate.OfImage() {
			f.target = names[i]
		}
		b.fates[row] = uint8(f.fate)
		if f.fate == rows.Alive {
			b.targets[row], b.ids[row], b.splits[row] = f.target, f.id, uint8(d.split[group])
			continue
		}
		b.noID.Set(row)
		if f.target >= 0 {
			b.targets[row] = f.target
		} else {
			b.noTarget.Set(row)
		}
	}
}
