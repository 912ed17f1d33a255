package versions

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/review"
)

// readLog reads the log that the version keeps. Of one that is not whole nothing counts, as in the build.
func (t *tracer) readLog(v Version) {
	log, err := decisions.Read(filepath.Join(v.Dir, "mapping"), time.Now())
	if err != nil {
		t.add("reviews", fmt.Sprintf("not told: the log that the version keeps is not whole (%v)", err))
		return
	}
	t.log = log
}

// tabOf is the tab of a source.
func tabOf(m releaseio.Manifest, source string) (string, error) {
	settings, err := settingsOf(m)
	return cmp.Or(settings.Mapping.Tabs[source], source), err
}

// cellsOf are the deciding cells of a label, by its row of the normalised mapping.
func cellsOf(m map[string]string) decisions.Cells {
	var codes []string
	_ = json.Unmarshal([]byte(m["icd11_codes"]), &codes) // which the build wrote
	return decisions.Cells{review.TargetName: m["target_name"], review.Codes: review.CodesText(codes),
		review.Notes: m["notes"], review.Needed: m["needed_to_differentiate"]}
}

// rule tells the exclusion or merger of a category and who decided it, and where a merger leads; empty: there is none,
// or it leads no further.
func (t *tracer) rule(path, category string) (into string, err error) {
	var r map[string]string
	err = csvio.EachRow(t.ctx, path, []string{"category"}, func(row csvio.Row) bool {
		if row.Cell(0) == category {
			r = row.Cells()
		}
		return r == nil
	})
	if r == nil {
		if fault.Of(err) == fault.NotThere { // of a version of an earlier dermset
			err = nil
		}
		return "", err
	}
	what := "merger"
	if r["action"] == exclude {
		what = "exclusion"
	}
	t.add(what, strings.TrimSpace(fmt.Sprintf("%s %s", category, arrow(r["merge_into"]))))
	t.add(what+" because", r["reason"])
	t.reviewed(what+" ", review.RowOfCategory(category), decisions.Cells{review.Action: r["action"],
		review.MergeInto: r["merge_into"], review.Reason: r["reason"]}, r["annotator"], r["consult"])
	return r["merge_into"], nil
}

func arrow(into string) string {
	if into == "" {
		return ""
	}
	return "→ " + into
}

// rules tell all exclusions and mergers that a name goes through, each once.
func (t *tracer) rules(path, name string) error {
	seen := map[string]bool{"": true, mapping.Excludes: true}
	for !seen[name] {
		seen[name] = true
		into, err := t.rule(path, name)
		if err != nil {
			return err
		}
		name = into
	}
	return nil
}

// reviewed tells who proposed and who reviewed a row of the mapping, what each said where they differed, whether it was
// edited since, and what was asked about it. What begins with of.
func (t *tracer) reviewed(of string, row decisions.Row, cells decisions.Cells, annotator, consult string) {
	if t.log == nil {
		t.add(of+"annotated by", annotator)
		return
	}
	s := t.log.Standing(row)
	by := annotator
	if d := t.log.Annotated(row); d != nil {
		by = fmt.Sprintf("%s on %s", d.Who, d.Day())
		if annotator != "" && annotator != d.Who {
			by = fmt.Sprintf("%s; earlier %s", annotator, by)
		}
	}
	t.add(of+"annotated by", by)
	switch named := cells[review.TargetName]+cells[review.Action] != ""; {
	case s.Primary != nil:
		t.add(of+"primary review", t.reviewText(s, s.Primary))
		t.add(of+"secondary review", t.reviewText(s, s.Secondary))
		if !s.After.Equal(cells) {
			t.add(of+"edited since", fmt.Sprintf("the reviews left %s; nobody has reviewed what it is now", whole(s.After)))
		}
	case named:
		t.add(of+"reviews", "none yet")
	}
	t.questions(of, row, consult)
}

// reviewText says who gave a review and when, whether a secondary one was blinded, and what was said where the two
// differ in what they decide.
func (t *tracer) reviewText(s decisions.Standing, d *decisions.Decision) string {
	if d == nil {
		return "none yet"
	}
	text := fmt.Sprintf("by %s on %s", d.Who, d.Day())
	if d.Role == decisions.Secondary {
		if t.log.Blind(*d) {
			text += ", blinded"
		} else {
			text += ", not blinded"
		}
	}
	if s.Secondary == nil || review.SameDecision(s.Primary.After, s.Secondary.After) {
		return text
	}
	text += ": said " + cmp.Or(review.Decided(d.After), "(nothing)")
	if d.Role == decisions.Secondary {
		text += ", which stands"
	}
	return text
}

// whole is what cells decide, with their notes.
func whole(c decisions.Cells) string {
	parts := []string{cmp.Or(review.Decided(c), "(empty)")}
	for _, header := range []string{review.Notes, review.Needed, review.Reason} {
		if c[header] != "" {
			parts = append(parts, fmt.Sprintf("%s %q", header, c[header]))
		}
	}
	return strings.Join(parts, ", ")
}

// questions tell what people asked about a row, and all answers to it.
func (t *tracer) questions(of string, row decisions.Row, consult string) {
	asked, _ := t.log.Questions(row, consult)
	answers := t.log.Answers(row)
	for _, a := range answers { // to a text that is not asked any more
		if !slices.Contains(asked, a.Question) {
			asked = append(asked, a.Question)
		}
	}
	for _, question := range asked {
		t.add(of+"question", question)
		for _, a := range answers {
			if a.Question == question {
				t.add(of+"answer", answerText(a))
			}
		}
	}
}

func answerText(a decisions.Decision) string {
	text := fmt.Sprintf("%s (%s on %s)", a.Why, a.Who, a.Day())
	if a.Sources != "" {
		text += "; literature: " + a.Sources
	}
	return text
}
