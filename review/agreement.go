package review

import (
	"math"

	"github.com/dermset/dermset/agreement"
	"github.com/dermset/dermset/decisions"
)

// Agreements are how far people agree who judged the same rows, by name and codes, or by what is done with a category.
// Notes are not compared.
type Agreements struct {
	// Primary and secondary review, of rows that are as the two left them: the last of each counts. The secondary
	// reviewer saw nothing of what others proposed.
	Blinded Agreement `json:"blinded"`
	// Likewise, of secondary reviewers who saw it, or of whom nobody knows: they are not independent.
	Open Agreement `json:"open"`
	// What both reviews had left, and what a sample said of it, whatever became of the row since: a row that is mended
	// because a sample found it wrong was wrong.
	Samples Agreement `json:"samples"`
}

// An Agreement is that of all rows, and of each tab: per cent to two decimals, kappa and its interval to four.
type Agreement struct {
	All  agreement.Agreement `json:"all"`
	Tabs []agreement.Tab     `json:"tabs"`
}

// AgreementsOf are those that log and workbook tell.
func AgreementsOf(l *decisions.Log, rows []Row) Agreements {
	var blinded, open []agreement.Pair
	for _, row := range rows {
		if row.State != decisions.SecondaryReviewed {
			continue
		}
		s := row.Standing
		if p := pair(row.Row, s.Primary.After, s.Secondary.After); l.Blind(*s.Secondary) {
			blinded = append(blinded, p)
		} else {
			open = append(open, p)
		}
	}
	return Agreements{agreementOf(blinded), agreementOf(open), agreementOf(samplePairs(l))}
}

// samplePairs hold the last word of each sample on a row against what the row held when the sample first judged it.
func samplePairs(l *decisions.Log) (pairs []agreement.Pair) {
	type judged struct {
		sheet string
		row   decisions.Row
	}
	var first, last = map[judged]decisions.Decision{}, map[judged]decisions.Decision{}
	var all []judged
	for _, d := range l.Samples() {
		of := judged{d.Sheet, *d.Row}
		if _, again := first[of]; !again {
			first[of] = d
			all = append(all, of)
		}
		last[of] = d
	}
	for _, of := range all {
		pairs = append(pairs, pair(of.row, first[of].Before, last[of].After))
	}
	return pairs
}

func pair(row decisions.Row, a, b decisions.Cells) agreement.Pair {
	return agreement.Pair{Tab: row.Tab, A: category(a), B: category(b)}
}

// category is what cells decide, such that two are equal only if they decide the same.
func category(c decisions.Cells) string {
	return c[Action] + "\x00" + c[MergeInto] + "\x00" + c[TargetName] + "\x00" + c[Codes]
}

func agreementOf(pairs []agreement.Pair) Agreement {
	a := Agreement{agreement.Of(pairs), agreement.ByTab(pairs)}
	if a.Tabs == nil {
		a.Tabs = []agreement.Tab{}
	}
	round(&a.All)
	for i := range a.Tabs {
		round(&a.Tabs[i].Agreement)
	}
	return a
}

// round rounds to what is shown.
func round(a *agreement.Agreement) {
	for number, ten := range map[*float64]float64{a.Percent: 1e2, a.Kappa: 1e4, a.Low: 1e4, a.High: 1e4} {
		if number != nil {
			*number = math.Round(*number*ten)/ten + 0 // no -0
		}
	}
}
