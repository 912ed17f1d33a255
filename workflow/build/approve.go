package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/people"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// Approval is what a person says who approves, or takes an approval back.
type Approval struct {
	As     string // the id of people.yaml
	Key    string // file of the SSH key to sign with; empty: unsigned
	Reason string
	DryRun bool // find out whether it could be approved, and write nothing into mapping/
}

// An obstacle is something about rows that keeps a state from being approved, and which rows.
type obstacle struct {
	what     string
	examples []string
}

func (o obstacle) Error() string {
	return fmt.Sprintf("%s: %d, such as %s", o.what, len(o.examples), some(o.examples))
}

// An approver finds out whether a state may be approved, and approves it.
type approver struct {
	*build
	Approval
	now       time.Time
	state     decisions.Parts
	draft     string // SHA-256 of the draft's manifest
	obstacles []error
}

func (a *approver) lacks(format string, args ...any) {
	a.obstacles = append(a.obstacles, fmt.Errorf(format, args...))
}

// The columns of what Approve and WithdrawApproval return.
var (
	ApprovedColumns = results.Columns{
		results.Text("version", "the version that is approved"),
		results.Text("state_sha256", "the state that it is approved to be built from"),
		results.Text("draft_manifest_sha256", "the manifest of the draft of this state"),
		results.Text("person", "who approves"),
		results.Text("approval", "given, or nothing stands in its way (--dry-run)"),
		results.Text("signed", "with what").OrNone(),
		results.Time("time", "when").OrNone(),
	}
	TakenBackColumns = results.Columns{
		results.Text("version", "the version whose approval is taken back"),
		results.Text("state_sha256", "the state that was approved"),
		results.Text("approved_by", "who approved it"),
		results.Date("approved_on", "when"),
	}
)

// Approve approves today's state: it adds a line to the log, which binds all parts of the state (spec 7). All that is
// missing is an error, at once. It returns what was approved, by ApprovedColumns.
func Approve(ctx context.Context, w *workspace.Workspace, given Approval) ([]string, error) {
	a := &approver{build: newBuild(ctx, w), Approval: given, now: time.Now()}
	if err := errors.Join(a.begin(), a.wantLock()); err != nil {
		return nil, err
	}
	if err := errors.Join(a.unblocked(), a.logErr, a.partsErr); err != nil {
		return nil, err
	}
	whole, err := a.steps.Look("split")
	if err == nil && whole {
		a.state, whole, err = a.build.state()
	}
	if err == nil && !whole {
		err = errors.New("nothing is known of the pictures yet: run `dermset build`, look at its draft, then approve")
	}
	if err != nil {
		return nil, err
	}
	for _, check := range []func() error{a.checkPerson, a.checkVersion, a.checkDraft, a.checkFindings, a.checkStore} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	a.checkReviews()
	if len(a.obstacles) > 0 {
		return nil, fmt.Errorf("%s cannot be approved:\n%w", a.Config.VersionName(), errors.Join(a.obstacles...))
	}
	return a.approve()
}

// approve signs the approval and adds it to the log.
func (a *approver) approve() ([]string, error) {
	who, err := fileio.Read(a.Path(workspace.PeopleFile))
	if err == nil && workspace.Sum(who) != a.inputs.sum(workspace.PeopleFile) {
		err = fmt.Errorf("%s: changed while the state was looked at; run again", workspace.PeopleFile)
	}
	if err != nil {
		return nil, err
	}
	d := a.log.Next(decisions.Decision{Who: a.As, Role: decisions.Approver, Act: decisions.Approve, Why: a.Reason,
		Approval: &decisions.Approval{Version: a.Config.VersionName(), State: a.state.Sum(), Parts: a.state, Draft: a.draft,
			People: string(who)}}, a.now)
	cells := []string{d.Approval.Version, d.Approval.State, d.Approval.Draft, d.Who}
	if strings.TrimSpace(a.Reason) == "" {
		a.Log.Warn(fmt.Sprintf("approve: without --reason nobody can read later why %s was approved; none can be added "+
			"later: `dermset withdraw-approval` takes the approval back before the next build", d.Approval.Version))
	}
	if a.DryRun {
		return append(cells, "nothing stands in its way", "", ""), nil
	}
	signed := "unsigned: people.yaml names no key of " + d.Who
	if a.Key != "" {
		armoured, err := people.Sign(a.ctx, a.Key, decisions.Namespace, decisions.Statement(d))
		if err != nil {
			return nil, err
		}
		d.Approval.Signed = string(armoured)
		signed = "with the key that people.yaml names"
	}
	if err := decisions.Holds(d, a.people); err != nil {
		return nil, fmt.Errorf("nothing is approved: %w", err)
	}
	if _, err := a.log.AddNext(d); err != nil {
		return nil, err
	}
	return append(cells, "given", signed, d.Time.Format(time.RFC3339)), a.SaveDecisions(a.log)
}

// checkPerson looks who approves.
func (a *approver) checkPerson() error {
	if a.people == nil {
		a.obstacles = append(a.obstacles, people.ErrNobody)
		return nil
	}
	entry, err := a.people.Holds(a.As, people.Approver, a.now.UTC().Format(time.DateOnly))
	switch {
	case err != nil:
		a.obstacles = append(a.obstacles, err)
	case entry.Key != nil && a.Key == "" && !a.DryRun:
		a.lacks("%s:%d names a key of %q: sign with --key and the file of it", workspace.PeopleFile, entry.Line, a.As)
	case entry.Key == nil && a.Key != "":
		a.lacks("--key %s: %s:%d names no key of %q", a.Key, workspace.PeopleFile, entry.Line, a.As)
	}
	return nil
}

// checkVersion looks whether the version is still to be published.
func (a *approver) checkVersion() error {
	for _, d := range a.log.Approvals() {
		if d.Approval.State == a.state.Sum() {
			a.lacks("%q has approved this state already, on %s", d.Who, d.Day())
			return nil
		}
	}
	name := a.Config.VersionName()
	if there, err := workspace.IsThere(filepath.Join(a.Dist(name), releaseio.ManifestName)); err != nil || there {
		a.lacks("dist/%s is published already, and never changed: give dermset.yaml another version, and build its draft",
			name)
		return err
	}
	return nil
}

// checkDraft looks whether there is a draft of exactly this state, whole.
func (a *approver) checkDraft() error {
	name := draftOf(a.Config.VersionName())
	manifest, err := releaseio.ReadManifest(a.Dist(name))
	if errors.Is(err, os.ErrNotExist) {
		a.lacks("there is no draft of %s: run `dermset build`, and look at it", a.Config.VersionName())
		return nil
	}
	if err != nil {
		return err
	}
	tool, _ := manifest.Tool.(map[string]any)
	if manifest.StateSum != a.state.Sum() {
		text, _ := fileio.Read(filepath.Join(a.Dist(name), versions.StateFile)) // of a draft of earlier days: nothing
		parts, _ := decisions.ParseParts(text)
		a.lacks("dist/%s is the draft of another state (%s): run `dermset build`, and look at it", name,
			a.inWords(a.state.Changed(parts), manifest.StateSum))
		return nil
	}
	if tool["version"] != Version {
		a.lacks("dist/%s was built by dermset %v, and this is %s: run `dermset build`, and look at it", name,
			tool["version"], Version)
	}
	if _, err := versions.Verify(a.Workspace, name); err != nil {
		a.lacks("the draft is damaged; run `dermset build` again:\n%w", err)
	}
	a.draft, _, err = workspace.HashFile(filepath.Join(a.Dist(name), releaseio.ManifestName))
	return err
}

// checkFindings counts what waits for a person, by id.
func (a *approver) checkFindings() error {
	found, err := a.allFindings()
	if err != nil {
		return err
	}
	count := map[string]int{}
	for _, f := range found {
		if f.Accepted == nil && f.Severity != findings.Info {
			count[f.Severity.String()+" "+f.ID]++
		}
	}
	var open []string
	for _, id := range workspace.SortedKeys(count) {
		open = append(open, fmt.Sprintf("%d %s", count[id], id))
	}
	if len(open) > 0 {
		a.lacks("findings wait for a person: %s: see `dermset mapping check`", strings.Join(open, ", "))
	}
	if a.release == nil {
		a.lacks("the codes were not checked against release %s of ICD-11: import it with `dermset codes import`, and build "+
			"again", a.Config.ICD11.Release)
	}
	return nil
}

// checkStore looks whether the store has answered for all pictures.
func (a *approver) checkStore() error {
	if !a.HasPictures() {
		return nil
	}
	if n := a.notAnswered(); n > 0 {
		a.lacks("the store did not answer for %s pictures, which may pass: build again when it does", workspace.Thousands(n))
	}
	return nil
}

// checkReviews looks whether every row of the mapping has its annotator and both reviews, as it stands.
func (a *approver) checkReviews() {
	lacking := map[string][]string{}
	for _, r := range a.mapping.Rows {
		if r.Target != "" && r.Source != "" && !a.sources[a.ordinal(r.Source)].Pending() {
			a.checkRow(lacking, review.RowOfLabel(r), review.CellsOfLabel(r), r.Annotator)
		}
	}
	for _, r := range a.mapping.Refinements {
		a.checkRow(lacking, review.RowOfCategory(r.Category), review.CellsOfCategory(r), r.Annotator)
	}
	for _, what := range slices.Sorted(maps.Keys(lacking)) {
		a.obstacles = append(a.obstacles, obstacle{what, lacking[what]})
	}
	if _, google := a.Config.Document(); google && len(lacking) > 0 {
		a.lacks("the workbook that was pulled must say what the log says: paste mapping/to-paste.xlsx into the document, " +
			"then run `dermset mapping pull`")
	}
}

func (a *approver) ordinal(source string) int {
	return slices.IndexFunc(a.sources, func(s workspace.Source) bool { return s.Name == source })
}

// checkRow notes what a row lacks.
func (a *approver) checkRow(lacking map[string][]string, row decisions.Row, cells decisions.Cells, annotator string) {
	note := func(what string) {
		lacking[what] = append(lacking[what], fmt.Sprintf("%q in tab %q", row.Label, row.Tab))
	}
	s := a.log.Standing(row)
	switch state := s.State(cells, true); {
	case annotator == "":
		note("rows without an Annotator")
	case a.people != nil && !a.people.Knows(annotator):
		note(fmt.Sprintf("rows whose Annotator %q is not in %s", annotator, workspace.PeopleFile))
	case state == decisions.Proposed && s.Primary != nil:
		note("rows that were edited since they were reviewed")
	case state == decisions.Proposed:
		note("rows without a primary review")
	case state == decisions.PrimaryReviewed:
		note("rows without a secondary review")
	case !people.Same(annotator, s.Annotator):
		note("rows whose Annotator is another than when they were reviewed")
	case people.Same(s.Primary.Who, s.Secondary.Who) || people.Same(annotator, s.Primary.Who) ||
		people.Same(annotator, s.Secondary.Who):
		note("rows of which one person holds two roles")
	case a.people != nil:
		if err := errors.Join(actedInRole(*s.Primary, a.people), actedInRole(*s.Secondary, a.people)); err != nil {
			note(fmt.Sprintf("rows whose review does not count, for %v", err))
		}
	}
}

// WithdrawApproval takes back the last approval of the version that dermset.yaml names.
// It returns which, by TakenBackColumns.
func WithdrawApproval(ctx context.Context, w *workspace.Workspace, given Approval) ([]string, error) {
	log, err := w.Decisions()
	who, peopleErr := w.People()
	if err := errors.Join(err, peopleErr); err != nil {
		return nil, err
	}
	if who == nil {
		return nil, people.ErrNobody
	}
	now := time.Now()
	_, err = who.Holds(given.As, people.Approver, now.UTC().Format(time.DateOnly))
	b := newBuild(ctx, w)
	b.log = log
	all := b.approvals()
	if len(all) == 0 {
		err = errors.Join(err, fmt.Errorf("no approval of %s stands that could be taken back", w.Config.VersionName()))
	}
	if err != nil {
		return nil, err
	}
	last := all[len(all)-1]
	cells := []string{last.Approval.Version, last.Approval.State, last.Who, last.Day()}
	if given.DryRun {
		return cells, nil
	}
	_, err = log.Add(decisions.Decision{Who: given.As, Role: decisions.Approver, Act: decisions.Withdraw,
		Why: given.Reason, Approval: &decisions.Approval{Version: last.Approval.Version, State: last.Approval.State}}, now)
	if err != nil {
		return nil, err
	}
	return cells, w.SaveDecisions(log)
}
