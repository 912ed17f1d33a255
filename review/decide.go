package review

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/people"
)

// A ruling is the judging of one row that decides what a row of the workbook is to hold.
type ruling struct {
	*judge
	line Line
	row  decisions.Row
	held Held

	was   decisions.Cells     // what the row held when it was exported
	known bool                // was is known: the row has not changed since, or this sheet changed it
	last  *decisions.Decision // what this sheet brought of it last
}

// decide judges a row of a tab of labels, of exclusions and mergers, or of categories.
func (j *judge) decide(l Line, row decisions.Row) Outcome {
	held, there := j.held[row]
	r := ruling{judge: j, line: l, row: row, held: held}
	r.lookBack()
	refusedAt := func(header, format string, args ...any) Outcome {
		return Outcome{Row: row, What: Refused, Why: fmt.Sprintf(format, args...), header: header}
	}
	refused := func(format string, args ...any) Outcome { return refusedAt("", format, args...) }
	if r.meta.Shows() && !r.isSeen() && !r.isOpen() {
		return refusedAt(Seen, "%s holds %q: write yes where what is proposed is right, and nothing where it is not", Seen,
			r.line.Cells[Seen])
	}
	if !r.answered() {
		return r.unanswered()
	}
	switch {
	case !there && l.Kind != Categories:
		return refused("is not in the workbook any more")
	case held.Differ:
		return refused("is listed several times in the workbook, and not alike: make one row of it")
	}
	after, err := r.after()
	if at, is := errors.AsType[cellError](err); is {
		return refusedAt(at.header, "%v", at.error)
	}
	if r.last != nil && r.last.After.Equal(after) {
		if !held.Cells.Equal(after) && r.last.Act != decisions.Sample && !j.Document {
			return refused("was taken on %s, and somebody edited the workbook since: export it again", dayOf(r.last))
		}
		return r.withDoubt(Outcome{Row: row, What: Already, Why: moved(r.last.Before, after)})
	}
	if older := r.saidBefore(after); older != nil {
		return refused("was said on %s, and something else since in this very sheet: this is an older copy of it; export it "+
			"again if it is meant", dayOf(older))
	}
	if !r.known && !isID(l.ID) {
		return refused("its id %q is damaged, cut or rounded, so that nobody knows whether the row changed: copy it from "+
			"the sheet as it was exported, or export it again", l.ID)
	}
	if !r.known {
		return refused("%s", r.changedBy())
	}
	return r.take(after)
}

// lookBack finds what the row held when it was exported.
func (r *ruling) lookBack() {
	act := decisions.Review
	switch {
	case r.line.Kind == Categories:
		act = decisions.Annotate
	case r.made.As == decisions.Sampler:
		act = decisions.Sample
	}
	for i, d := range r.own[r.row] {
		if d.Act != act {
			continue
		}
		if r.last == nil {
			r.was = d.Before
		}
		r.last = &r.own[r.row][i]
	}
	if RowID(r.meta, r.row, r.held.Cells) == r.line.ID {
		r.was, r.known = r.held.Cells, true
		return
	}
	r.known = r.last != nil && r.last.After.Equal(r.held.Cells)
	if r.last == nil { // what the sheet shows of it; nothing, in a blinded one
		r.was = decisions.Cells{}
		for _, header := range r.deciding() {
			r.was[header] = r.line.Cells[Proposed+header]
		}
	}
}

// saidBefore is an earlier decision of this sheet that was the same: of the last one decide has looked.
func (r *ruling) saidBefore(after decisions.Cells) *decisions.Decision {
	for i, d := range r.own[r.row] {
		if r.last != nil && d.Act == r.last.Act && d.After.Equal(after) {
			return &r.own[r.row][i]
		}
	}
	return nil
}

// deciding are the columns that decide, in the order of the table.
func (r *ruling) deciding() (all []string) {
	for _, c := range table[r.line.Kind] {
		if c.Decides {
			all = append(all, c.Header)
		}
	}
	return all
}

// answered says whether the person decided the row (Meta.Shows).
func (r *ruling) answered() bool {
	if r.meta.Shows() && r.isSeen() {
		return true
	}
	if r.line.Kind == Categories { // its tab says beside these columns what is so
		return slices.ContainsFunc(r.deciding(), func(header string) bool { return r.line.Cells[header] != "" }) &&
			slices.ContainsFunc(r.deciding(), func(header string) bool { return r.line.Cells[header] != r.was[header] })
	}
	for _, header := range r.deciding() {
		text, was := r.line.Cells[header], r.was[header]
		if !r.meta.Shows() {
			was = ""
		}
		if sameLines(text) != sameLines(was) && !(header == Codes && sameCodes(text, was)) {
			return true // of a blinded sheet, also a note without a name: after says so
		}
	}
	return false
}

// What a cell under Seen may hold, in small letters; docs/review.md has the list. A doubt or a word that nobody foresaw
// must not count as a review.
var (
	saysYes = []string{yes, "y", "x", "true", "1", "ja", "oui", "sí", "si", "ok", "✓", "✔"}
	saysNo  = []string{"", "no", "n", "false", "0", "nein", "non", "-"}
)

// days are the forms of a date that count as yes.
var days = []string{time.DateOnly, "2.1.2006", "2.1.06", "2/1/2006", "1/2/2006", "2/1/06", "1/2/06"}

// isSeen says whether the person ticked the row: with a word for yes, the day, or their id or initials.
func (r *ruling) isSeen() bool {
	said := strings.TrimSpace(r.line.Cells[Seen])
	if slices.Contains(saysYes, strings.ToLower(said)) || r.line.Dated {
		return true
	}
	for _, form := range days {
		if _, err := time.Parse(form, said); err == nil {
			return true
		}
	}
	return said != "" && !r.isOpen() && (people.Same(said, r.made.For) || people.Same(said, r.initials()))
}

// isOpen says whether a cell under Seen is as good as empty.
func (r *ruling) isOpen() bool {
	return slices.Contains(saysNo, strings.ToLower(strings.TrimSpace(r.line.Cells[Seen])))
}

// initials are those of the person's name: br of Ben Ruiz.
func (r *ruling) initials() (initials string) {
	for _, p := range r.People.All() {
		if !people.Same(p.ID, r.made.For) {
			continue
		}
		for word := range strings.FieldsSeq(p.Name) {
			first, _ := utf8.DecodeRuneInString(word)
			initials += string(first)
		}
	}
	return initials
}

func sameCodes(a, b string) bool {
	first, err := icd11.ParseCell(a)
	second, other := icd11.ParseCell(b)
	return err == nil && other == nil && slices.Equal(first, second)
}

// unanswered is what becomes of a row that the person left as it was: what stands under Doubt is taken.
func (r *ruling) unanswered() Outcome {
	o := Outcome{Row: r.row, What: Open}
	if r.line.Kind == Categories {
		return Outcome{}
	}
	if o = r.withDoubt(o); len(o.Decisions) > 0 {
		o.What = Taken
	} else if strings.TrimSpace(r.line.Cells[Doubt]) != "" && o.What == Open {
		o.What = Already
	}
	return o
}

// withDoubt adds what stands under Doubt, unless this sheet brought it before.
func (r *ruling) withDoubt(o Outcome) Outcome {
	doubt := strings.TrimSpace(r.line.Cells[Doubt])
	if doubt == "" {
		return o
	}
	why := fmt.Sprintf("asks %q", doubt)
	if o.Why != "" {
		why = o.Why + "; " + why
	}
	o.Why = why
	for _, d := range r.own[r.row] {
		if d.Act == decisions.Comment && d.Why == doubt {
			return o
		}
	}
	d := decisions.Decision{Who: r.made.For, Role: r.made.As, Act: decisions.Comment, Row: &r.row, Sheet: r.meta.Sheet,
		Why: doubt}
	if err := r.Log.Legal(d); err != nil {
		return Outcome{Row: r.row, What: Refused, Why: err.Error()}
	}
	o.What, o.Decisions = Taken, append(o.Decisions, d)
	return o
}

// wholeID is the form of a RowID.
var wholeID = regexp.MustCompile(`^[0-9a-f]{20}\.[0-9a-f]{16}$`)

// isID reports whether an export may have written this id. Spreadsheets that take one for a number keep 15 digits of it
// and write zeros for the others; one id in 65,536 ends in four of them by itself.
func isID(id string) bool { return wholeID.MatchString(id) && !strings.HasSuffix(id, "0000") }

// changedBy says why a row that changed since it was exported is not taken.
func (r *ruling) changedBy() string {
	s := r.Log.Standing(r.row)
	by := cmp.Or(s.Secondary, s.Primary)
	if by != nil && by.Sheet != r.meta.Sheet && s.After.Equal(r.held.Cells) {
		return fmt.Sprintf("changed since it was exported: %q reviewed it on %s; export it again", by.Who, dayOf(by))
	}
	return "changed since it was exported, by hand: export it again"
}

func dayOf(d *decisions.Decision) string { return d.Time.Format(time.DateOnly) }

// take makes the decision, if it is legal.
func (r *ruling) take(after decisions.Cells) Outcome {
	d := decisions.Decision{Who: r.made.For, Role: r.made.As, Act: decisions.Review, Row: &r.row,
		Annotator: r.held.Annotator, Before: r.held.Cells, After: after, State: decisions.PrimaryReviewed,
		Sheet: r.meta.Sheet}
	if r.Document && r.last != nil { // the document says it once it was pasted
		d.Before = r.last.After
	}
	switch {
	case r.line.Kind == Categories:
		d.Act, d.Role, d.State, d.Annotator = decisions.Annotate, decisions.Annotator, decisions.Proposed, ""
	case r.made.As == decisions.Sampler:
		d.Act, d.State = decisions.Sample, ""
	case r.made.As == decisions.Secondary:
		d.State = decisions.SecondaryReviewed
	}
	if err := r.independent(d); err != nil {
		return Outcome{Row: r.row, What: Refused, Why: err.Error()}
	}
	o := Outcome{Row: r.row, What: Taken, Why: moved(d.Before, after), Decisions: []decisions.Decision{d}}
	switch {
	case d.Act == decisions.Annotate:
		o.Change = &Change{withAnnotator(d.Before, r.held.Annotator), withAnnotator(after, d.Who)}
	case d.Act == decisions.Review:
		o.Change = &Change{d.Before, after}
	}
	return r.withDoubt(o)
}

func withAnnotator(cells decisions.Cells, who string) decisions.Cells {
	out := decisions.Cells{Annotator: who}
	for header, text := range cells {
		out[header] = text
	}
	return out
}

// independent says why a person may not judge the row: what the log says, and beyond it what the workbook says today.
func (r *ruling) independent(d decisions.Decision) error {
	if err := r.Log.Legal(d); err != nil || d.Act == decisions.Annotate {
		return err
	}
	annotator := r.held.Annotator
	if annotator != "" && people.Same(d.Who, annotator) {
		return fmt.Errorf("%q annotated it, and may not review it", annotator)
	}
	if annotator != "" && !r.knows(annotator) {
		return fmt.Errorf("its annotator %q is not in %s, so that nobody knows whether another one reviews it", annotator,
			people.FileName)
	}
	if d.Act != decisions.Sample {
		return nil
	}
	s := r.Log.Standing(r.row)
	for _, before := range []*decisions.Decision{s.Primary, s.Secondary} {
		if before != nil && people.Same(before.Who, d.Who) {
			return fmt.Errorf("%q reviewed it, and cannot be the sample that is held against it", d.Who)
		}
	}
	return nil
}

func (r *ruling) knows(id string) bool {
	return slices.ContainsFunc(r.People.All(), func(p people.Person) bool { return people.Same(p.ID, id) })
}

// moved says in words what becomes other.
func moved(before, after decisions.Cells) string {
	var all []string
	for _, header := range []string{TargetName, Codes, Action, MergeInto, Notes, Needed, Reason} {
		if before[header] != after[header] {
			all = append(all, fmt.Sprintf("%s → %s", shown(before[header]), shown(after[header])))
		}
	}
	if len(all) == 0 {
		return "as it was"
	}
	return strings.Join(all, "; ")
}

// calls is what begins with a call that a spreadsheet runs, without the sign of a formula: @SUM(1), +cmd|' /C calc'!A0.
var calls = regexp.MustCompile(`^[+\-@][\w.$]+[(!|]`)

// mostShown is how much of a cell is shown where it is told what became of it.
const mostShown = 60

func shown(text string) string {
	switch runes := []rune(text); {
	case text == "":
		return "(empty)"
	case len(runes) > mostShown:
		return string(runes[:mostShown]) + "…"
	}
	return text
}

// A cellError is what is wrong with the cell under a header.
type cellError struct {
	header string
	error
}

func inCell(header, format string, args ...any) error {
	return cellError{header, fmt.Errorf(format, args...)}
}

// after is what the row is to hold, or why that cannot be.
func (r *ruling) after() (decisions.Cells, error) {
	after := decisions.Cells{}
	for _, header := range r.deciding() {
		text, was := r.line.Cells[header], r.was[header]
		switch {
		case sameLines(text) == sameLines(was):
			after[header] = was
			continue
		case strings.HasPrefix(text, "=") || calls.MatchString(text):
			return nil, inCell(header, "%s holds %q, which a spreadsheet runs as a formula: want text", header, text)
		}
		if mark, is := unseen(header, text); is {
			return nil, inCell(header, "%s holds the character %U, which nobody sees: type the text anew", header, mark)
		}
		after[header] = strings.TrimSpace(text)
	}
	if r.line.Kind == Labels {
		return after, r.checkName(after)
	}
	return after, checkAction(r.row.Label, after)
}

// unseen finds a control character in a text, and in a name also one that turns the direction of what stands beside it
// (the bidirectional formatting characters of Unicode annex 9): what is read would not be what is stored.
func unseen(header, text string) (rune, bool) {
	isName := header == TargetName || header == MergeInto
	for _, c := range text {
		if unicode.IsControl(c) && !strings.ContainsRune("\n\r\t", c) || isName && unicode.Is(unicode.Bidi_Control, c) {
			return c, true
		}
	}
	return 0, false
}

// checkName completes and checks a Target Name with its codes.
func (r *ruling) checkName(after decisions.Cells) error {
	name := after[TargetName]
	if after[Codes] != r.was[Codes] || !r.meta.Shows() {
		list, err := icd11.ParseCell(after[Codes])
		if err != nil {
			return cellError{Codes, err}
		}
		after[Codes] = CodesText(list)
	}
	kept := name == r.held.Cells[TargetName]
	switch {
	case name == "":
		return inCell(TargetName, "has no %s: want a name, or %s to leave its images out; what is uncertain belongs under %s",
			TargetName, mapping.Excludes, Doubt)
	case strings.ContainsAny(name, "\n\r\t"):
		return inCell(TargetName, "%s %q has a line break or tab in it", TargetName, name)
	case name == mapping.Excludes && after[Codes] != "":
		return inCell(Codes, "is left out (%s) and has the codes %s: remove one of them", mapping.Excludes, after[Codes])
	case after[Codes] != "" || name == mapping.Excludes || slices.Contains(r.NoCode, name):
	case kept && r.meta.Shows() && r.was[Codes] != "":
		return inCell(Codes, "its codes %s were taken out and no others given", r.was[Codes])
	case kept:
		after[Codes] = r.held.Cells[Codes]
	case !r.meta.Shows() && name == r.was[TargetName] && r.was[Codes] != "": // said otherwise, and corrected
		after[Codes] = r.was[Codes]
	case r.codes[name] != "":
		after[Codes] = r.codes[name]
	default:
		return inCell(Codes, "%q has no codes, and neither a row of the workbook nor known_categories.csv gives "+
			"it any: write them under %s", name, Codes)
	}
	for _, cells := range []decisions.Cells{r.held.Cells, r.was} {
		if r.meta.Shows() || name != cells[TargetName] || after[Codes] != cells[Codes] {
			continue
		}
		for _, header := range []string{Notes, Needed} { // which the person did not see
			after[header] = cmp.Or(after[header], cells[header])
		}
	}
	return nil
}

// checkAction checks an exclusion or a merger.
func checkAction(category string, after decisions.Cells) error {
	after[Action] = strings.ToLower(after[Action])
	into := after[MergeInto]
	switch action := after[Action]; {
	case action == "":
		return inCell(Action, "has no %s: want exclude or merge; to take it back, remove its row from the workbook", Action)
	case action != excludes && action != merges:
		return inCell(Action, "%s %q: want exclude or merge", Action, action)
	case action == excludes && into != "":
		return inCell(MergeInto, "is excluded and has a category to merge into, %q: remove one of them", into)
	case action == merges && (into == "" || into == mapping.Excludes || into == category):
		return inCell(MergeInto, "is merged into %q: want the name of another category", into)
	}
	return nil
}
