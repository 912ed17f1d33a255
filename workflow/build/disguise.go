package build

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/pseudonyms"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/workspace"
)

// A disguise is how ids and paths leave, and all that may name one: as keyed hashes (privacy.pseudonymise). A nil one
// leaves everything as it is.
type disguise struct {
	key    *pseudonyms.Key
	spaces map[string]string // source → patient space

	mu   sync.Mutex
	said map[pseudonyms.Entry]struct{} // what left that is no id or path of a row

	labels map[string]struct{} // source labels that are ids or paths
}

// disguised is the disguise that the settings want.
func (b *build) disguised() (*disguise, error) {
	if !b.Config.Privacy.Pseudonymise {
		return nil, nil
	}
	key, err := b.PseudonymKey(b.ctx)
	d := &disguise{key: key, spaces: map[string]string{}, said: map[pseudonyms.Entry]struct{}{},
		labels: map[string]struct{}{}}
	for _, source := range b.sources {
		d.spaces[source.Name] = source.PatientSpace
	}
	return d, err
}

// fingerprint is empty without a disguise.
func (d *disguise) fingerprint() string {
	if d == nil {
		return ""
	}
	return d.key.Fingerprint()
}

// stages are those that put pseudonyms into the rows of a source, behind Keep.
func (d *disguise) stages(source string) []engine.Stage {
	if d == nil {
		return nil
	}
	of := func(kind pseudonyms.Kind, space string) func(string) string {
		return func(original string) string { return d.key.Of(kind, space, original) }
	}
	return []engine.Stage{stages.Pseudonymise{Source: source, Image: of(pseudonyms.Image, source), ImageID: d.image,
		Patient: of(pseudonyms.Patient, d.spaces[source]), Lesion: of(pseudonyms.Lesion, d.spaces[source]),
		Mask: of(pseudonyms.Mask, source), Said: of(pseudonyms.Text, source)}}
}

// groupID is what leaves in the place of group_ids; nil without a disguise.
func (d *disguise) groupID() func(string) string {
	if d == nil {
		return nil
	}
	return func(id string) string { return d.key.Of(pseudonyms.Group, "", id) }
}

// image is the image_id that leaves in the place of one.
func (d *disguise) image(id string) string {
	pseudonym, known := d.key.ImageID(id, d.spaces)
	if !known {
		return d.text("", id) // which the way back tells
	}
	return pseudonym
}

// text is what leaves in the place of a text of a source that may name ids or paths. The way back tells it.
func (d *disguise) text(source, text string) string { return d.tell(pseudonyms.Text, source, text) }

func (d *disguise) tell(kind pseudonyms.Kind, space, original string) string {
	pseudonym := d.key.Of(kind, space, original)
	if pseudonym != "" {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.said[pseudonyms.Entry{Kind: kind, Space: space, Original: original, Pseudonym: pseudonym}] = struct{}{}
	}
	return pseudonym
}

// told are the entries of the way back that are no ids and paths of rows, sorted.
func (d *disguise) told() (all []pseudonyms.Entry) {
	for entry := range d.said {
		all = append(all, entry)
	}
	slices.SortFunc(all, func(a, b pseudonyms.Entry) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Space, b.Space), cmp.Compare(a.Original, b.Original))
	})
	return all
}

// readCurated are the files below curation/ that a build reads: dermset gave them their names.
var readCurated = []string{workspace.WithdrawnFile, workspace.VerdictsFile, workspace.OverridesFile,
	workspace.BodySitesFile}

// input is an entry of the manifest: a file below annotations/ may be called as the picture is that it is about, and
// one below curation/ that no build reads by whatever it is about.
func (d *disguise) input(e releaseio.Entry) releaseio.Entry {
	for _, folder := range []string{annotationsFolder, workspace.CurationFolder} {
		if d != nil && strings.HasPrefix(e.Path, folder+"/") && !slices.Contains(readCurated, e.Path) {
			e.Path = d.file(folder, e.Path)
			break
		}
	}
	return e
}

// file is the name that leaves in the place of that of a file below a folder.
func (d *disguise) file(folder, inside string) string {
	return folder + "/" + d.tell(pseudonyms.File, "", inside) + path.Ext(inside)
}

// withoutIDs are the findings whose words name no image, id or path: those of the workbook, and of classes. All others
// are disguised, so that a new one is too until somebody says that it need not be.
var withoutIDs = []string{
	"bad_action", "bad_header", "bad_weight", "behaviour_crossed", "blank_label", "class_missing_in_split",
	"cluster_on_class", "code_without_name", "codes_changed", "codes_unchecked", "conflicting_action",
	"conflicting_codes", "conflicting_label", "consolidated_without_note", "duplicate_label", "excluded_with_code",
	"formula_cell", "hidden_tab", "invalid_code", "label_names_other", "large_exclusion", "mapped_otherwise",
	"merge_cycle", "merge_unknown", "merged_cell", "missing_code", "missing_tab", "name_variant", "near_label",
	"new_category", "number_cell", "open_question", "parent_for_named", "patient_partly_missing", "rows_shifted",
	"self_review", "title_mismatch", "unmapped_label", "unused_tab", "vague_without_note",
}

// detailWithoutIDs are those of which the subject is one, and the detail names none.
var detailWithoutIDs = []string{"giant_group", "image_type_differs", "lesion_two_labels", "lesion_two_patients",
	"patient_differs"}

// faultWithoutIDs are those whose subjects name classes or types beside images.
var faultWithoutIDs = []string{"duplicate_conflict", "image_type_differs"}

// findings are findings as they leave, sorted anew.
func (d *disguise) findings(all []findings.Finding) []findings.Finding {
	if d == nil {
		return all
	}
	out := make([]findings.Finding, len(all))
	for i, f := range all {
		out[i] = d.finding(f)
	}
	findings.Sort(out)
	return out
}

func (d *disguise) finding(f findings.Finding) findings.Finding {
	if slices.Contains(withoutIDs, f.ID) {
		return f
	}
	subject := d.subject(f)
	if f.Subject != "" && !slices.Contains(detailWithoutIDs, f.ID) {
		entry, _ := findings.Lookup(f.ID)
		f.Detail = entry.Meaning
	}
	f.Subject = subject
	if _, known := d.spaces[f.Source]; !known {
		f.Source = d.text("", f.Source)
	}
	if place, line := cutLine(f.Place); strings.HasPrefix(place, annotationsFolder+"/") {
		f.Place = d.file(annotationsFolder, place) + line
	}
	if f.Accepted != nil {
		accepted := *f.Accepted
		accepted.Reason = d.text(f.Source, accepted.Reason)
		f.Accepted = &accepted
	}
	return f
}

// cutLine parts a place into a file and its line, with the colon before it.
func cutLine(place string) (file, line string) {
	at := strings.LastIndexByte(place, ':')
	if at < 0 || strings.Trim(place[at+1:], "0123456789") != "" {
		return place, ""
	}
	return place[:at], place[at:]
}

// subject is the subject of a finding as it leaves.
func (d *disguise) subject(f findings.Finding) string {
	space := d.spaces[f.Source]
	switch f.ID {
	case ledger.FindingGiantGroup:
		return d.tell(pseudonyms.Group, "", f.Subject)
	case ledger.FindingPatientDiffers:
		return d.tell(pseudonyms.Patient, space, f.Subject)
	case ledger.FindingLesionTwoPatients, ledger.FindingLesionTwoLabels:
		return d.tell(pseudonyms.Lesion, space, f.Subject)
	case ledger.FindingIDVariant:
		return d.variants(f, space)
	case "override_unknown":
		return d.tell(pseudonyms.Image, f.Source, f.Subject)
	case "bad_value":
		return d.badValue(f)
	}
	return d.about(f)
}

// badValue is a column and a value of it; of values that are not told apart the column alone.
func (d *disguise) badValue(f findings.Finding) string {
	column, value, has := strings.Cut(f.Subject, "=")
	switch {
	case !slices.ContainsFunc(datasetColumns, func(c arrowio.Column) bool { return c.Name == column }):
		return d.text(f.Source, f.Subject) // what people accept need be no finding
	case has:
		return column + "=" + d.text(f.Source, value)
	}
	return column
}

// variants are ids that are alike.
func (d *disguise) variants(f findings.Finding, space string) string {
	var ids []string
	if json.Unmarshal([]byte(f.Subject), &ids) != nil {
		return d.text(f.Source, f.Subject)
	}
	kind := pseudonyms.Patient
	if strings.HasPrefix(f.Detail, ledger.VariantsOfLesions) {
		kind = pseudonyms.Lesion
	}
	for i, id := range ids {
		ids[i] = d.tell(kind, space, id)
	}
	return dataset.List(ids)
}

// about is a subject that begins with the images that it is about.
func (d *disguise) about(f findings.Finding) string {
	rest, out := f.Subject, ""
	for i, image := range f.About {
		if i > 0 {
			rest, out = strings.TrimPrefix(rest, " and "), out+" and "
		}
		after, is := strings.CutPrefix(rest, image)
		if !is {
			return d.text(f.Source, f.Subject)
		}
		rest, out = after, out+d.image(image)
	}
	fault, more := strings.CutPrefix(rest, ": ")
	switch {
	case out == "", rest != "" && !more:
		return d.text(f.Source, f.Subject)
	case !more, slices.Contains(faultWithoutIDs, f.ID):
		return out + rest
	}
	return out + ": " + d.text(f.Source, fault)
}

// accepted are the lines of accepted_findings.csv as they leave, with the subjects that their findings have.
func (d *disguise) accepted(found []findings.Finding, accepted []findings.Accepted) workspace.Table {
	type key struct{ id, source, subject string }
	about := map[key][]string{}
	detail := map[key]string{}
	for _, f := range found {
		k := key{f.ID, f.Source, f.Subject}
		about[k], detail[k] = f.About, f.Detail
	}
	t := workspace.Table{Columns: findings.AcceptedColumns}
	for _, a := range accepted {
		k := key{a.Finding, a.Source, a.Subject}
		f := d.finding(findings.Finding{ID: a.Finding, Source: a.Source, Subject: a.Subject, About: about[k],
			Detail: detail[k], Accepted: &a})
		t.Rows = append(t.Rows, []string{a.Finding, f.Source, f.Subject, a.Person, a.Date, f.Accepted.Reason})
	}
	return t
}

// verdictRow is a line of duplicate_verdicts.csv as it leaves.
func (d *disguise) verdictRow(line []string) []string {
	return []string{d.image(line[0]), d.image(line[1]), line[2], line[3], line[4], d.text("", line[5])}
}

// overrideRow is a line of image_overrides.csv as it leaves.
func (d *disguise) overrideRow(line []string) []string {
	source := line[0]
	return []string{source, d.tell(pseudonyms.Image, source, line[1]), line[2], line[3], d.text(source, line[4])}
}

// verdicts are what people say of pairs of images, as the images leave.
func (d *disguise) verdicts(all []workspace.Verdict) []workspace.Verdict {
	if d == nil {
		return all
	}
	for i := range all {
		all[i].A, all[i].B = d.image(all[i].A), d.image(all[i].B)
	}
	return all
}

// duplicates are the rows of a table of duplicates as they leave, sorted anew. It holds them all, in about 250 bytes
// each.
func (d *disguise) duplicates(path string) (all [][]string, err error) {
	err = csvio.EachRecord(path, duplicateColumns, func(r csvio.Record) {
		row := slices.Clone(r.Fields)
		row[0], row[1] = d.image(row[0]), d.image(row[1])
		if row[0] > row[1] {
			row[0], row[1], row[4] = row[1], row[0], ledger.TurnedBack(row[4])
		}
		all = append(all, row)
	})
	slices.SortFunc(all, func(a, b []string) int { return slices.Compare(a[:2], b[:2]) })
	return all, err
}
