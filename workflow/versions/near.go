package versions

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/workflow/workspace"
)

// A nearList keeps the names that are most like one that is none, however many it is shown.
type nearList struct {
	asked string
	name  string // folded
	most  int    // slips that a name may differ in
	found []nearName
}

type nearName struct {
	shown string // what is told in place of the name
	edits int
}

// mostNear is how many near names are told.
const mostNear = 3

// newNearList is for names like this one: that differ in a third of its letters at most, whatever their case, accents
// and Unicode form.
func newNearList(name string) *nearList {
	return &nearList{asked: name, name: folded(name), most: max(1, min(8, len(name)/3))}
}

// folded is a name without case, accents, Unicode form and the spaces around it.
func folded(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return name
	}
	return slips.WithoutAccents(name)
}

// see looks at a name, which is told as shown. Those that are equally near stand in the order of their text.
func (l *nearList) see(name, shown string) {
	edits := 0
	name = folded(name)
	if name != l.name {
		edits = l.most + 1
	}
	if edits > 0 && l.most > 0 {
		edits = slips.Count(l.name, name, l.most)
	}
	if edits > l.most {
		return
	}
	near := nearName{shown, edits}
	at, is := slices.BinarySearchFunc(l.found, near, func(a, b nearName) int {
		return cmp.Or(cmp.Compare(a.edits, b.edits), cmp.Compare(a.shown, b.shown))
	})
	if is || at == mostNear {
		return
	}
	l.found = slices.Insert(l.found, at, near)
	if len(l.found) > mostNear {
		l.found = l.found[:mostNear]
	}
	if len(l.found) == mostNear {
		l.most = l.found[mostNear-1].edits
	}
}

// words ask for the near names; empty where there are none.
func (l *nearList) words() string {
	var all []string
	for _, n := range l.found {
		told := fmt.Sprintf("%q", n.shown)
		if n.shown != l.asked && norm.NFC.String(n.shown) == norm.NFC.String(l.asked) {
			told += " (the same letters in another Unicode form: copy them from there)"
		}
		all = append(all, told)
	}
	if len(all) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(all, " or ") + "?"
}

// NearWithdrawn asks, for lines of withdrawals that name nothing, whether one of the images or patients of the dataset
// CSVs was meant: line → words. Far looks for slips as well, which takes its time where there are many rows; else names
// are near that differ in case, accents, Unicode form or spaces around them.
func NearWithdrawn(ctx context.Context, all []workspace.Source, lines []workspace.Withdrawal,
	far bool) (map[int]string, error) {
	words, lists := map[int]string{}, map[int]*nearList{}
	for i, line := range lines {
		lists[line.Line] = newNearList(line.Name)
		if !far || i >= mostFar {
			lists[line.Line].most = 0
		}
	}
	for _, source := range all {
		mine := slices.DeleteFunc(slices.Clone(lines), func(l workspace.Withdrawal) bool {
			return l.Path != "" && l.Source != source.Name || l.Path == "" && l.Space != source.PatientSpace
		})
		if len(mine) == 0 {
			continue
		}
		err := dataset.EachRow(ctx, source.Dataset(source.Dir), []string{dataset.ImagePath, dataset.PatientID},
			func(row csvio.Row) bool {
				for _, line := range mine {
					name := row.Cell(0)
					if line.Path == "" {
						name = row.Cell(1)
					}
					if name != "" {
						lists[line.Line].see(name, name)
					}
				}
				return true
			})
		if err != nil && fault.Of(err) != fault.NotThere {
			return nil, err
		}
	}
	for line, list := range lists {
		words[line] = list.words()
	}
	return words, nil
}

// mostFar is for how many lines slips are looked for.
const mostFar = 20
