package versions

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/workspace"
)

// Trace tells the way of one image in a version, by its image_id, the path of its published picture, or whatever else
// names one alone (tracer.locate), as rows of what and value: its row in the source, the mapping of its label, mergers,
// who proposed, reviewed and approved them, class, group, split and soft labels, whom and what it shows and who says
// so, its crops and findings, or where and why it was rejected. It reads the published files alone, and dataset CSVs
// that are still those the version was made of. An empty version is this workspace's, or its draft.
// The figures of its row come as cells of TracedColumns besides.
func Trace(ctx context.Context, w *workspace.Workspace, name, image string) (one []string, rows [][]string, err error) {
	v, err := OrOwn(w, name)
	if err != nil {
		return nil, nil, err
	}
	t := tracer{Workspace: w, ctx: ctx}
	row, selected, err := t.trace(v, image)
	if err != nil {
		return nil, nil, err
	}
	row["version"], row["selected"] = v.Name, strconv.FormatBool(selected)
	for _, column := range TracedColumns {
		one = append(one, row[column.Key])
	}
	return one, t.rows, nil
}

// TracedColumns are what the tables of a version have of an image, by their names there.
var TracedColumns = results.Columns{
	results.Text("image_id", "the image"),
	results.Text("version", "the version that it is of"),
	results.YesNo("selected", "it is; else it was rejected"),
	results.Text("source", "its source"),
	results.Text("source_label", "its label there").OrNone(),
	results.Text("target_name", "its class, or the last name of a rejected one").OrNone(),
	results.Whole("class_id", "number of the class").OrNone(),
	results.List("icd11_codes", "its codes"),
	results.Text("split", "train, val or test").OrNone(),
	results.Text("group_id", "images of a group stay in one split").OrNone(),
	results.Text("patient_id", "its patient").OrNone(),
	results.Text("lesion_id", "its lesion").OrNone(),
	results.Text("sha256", "of its bytes").OrNone(),
	results.Text("image_path", "its picture in the version").OrNone(),
	results.Whole("width", "in pixels").OrNone(),
	results.Whole("height", "in pixels").OrNone(),
	results.Text("image_type", "what kind of picture it is").OrNone(),
	results.Number("image_type_confidence", "of an estimated one").OrNone(),
	results.Text("fitzpatrick", "skin tone").OrNone(),
	results.Number("ita", "individual typology angle, in degrees").OrNone(),
	results.Text("body_part", "what part of the body it shows").OrNone(),
	results.Text("stage", "of a rejected one: at which stage").OrNone(),
	results.Text("reason", "why").OrNone(),
	results.Text("detail", "and what that is about").OrNone(),
}

// trace collects what is known of an image, and returns its row.
func (t *tracer) trace(v Version, image string) (row map[string]string, selected bool, err error) {
	manifest, err := releaseio.ReadManifest(v.Dir)
	if err != nil {
		return nil, false, err
	}
	if err := v.renamed(t.Workspace, manifest); err != nil {
		return nil, false, err
	}
	t.fingerprint = manifest.PseudonymKey
	row, selected, err = t.row(v, manifest, image)
	if err != nil {
		return nil, false, err
	}
	image = row["image_id"]
	if t.path, err = t.originalPath(row); err != nil {
		return nil, false, err
	}
	if err := t.approval(v, manifest); err != nil {
		return nil, false, err
	}
	if err := t.source(manifest, row); err != nil {
		return nil, false, err
	}
	t.readLog(v)
	if err := t.mapped(v, manifest, row); err != nil {
		return nil, false, err
	}
	if err := t.equals(v.table("duplicates"), image); err != nil {
		return nil, false, err
	}
	if err := t.override(manifest, row); err != nil {
		return nil, false, err
	}
	if selected {
		err = t.selected(v, manifest, row)
	} else {
		t.add("rejected", fmt.Sprintf("at stage %s: %s", row["stage"], row["reason"]))
		t.add("detail", row["detail"])
		t.add("last name", row["target_name"])
		t.add("shows", "not told: a version describes selected images alone")
	}
	err = errors.Join(err, t.found(filepath.Join(v.Dir, "mapping", "findings.csv"), image), t.originals())
	return row, selected, err
}

// approval says who approved the version, if somebody did. An approval that does not hold is an error.
func (t *tracer) approval(v Version, m releaseio.Manifest) error {
	a, err := CheckApproval(v.Dir, m)
	if err != nil {
		return fmt.Errorf("%s/%w", t.Shown(v.Dir), err)
	}
	if a != nil {
		text := fmt.Sprintf("by %s on %s, %s", a.Person, a.Time, a.Signature())
		if a.Reason != "" {
			text += ": " + a.Reason
		}
		t.add("approved", text)
	}
	return nil
}

// A tracer collects what is known of one image.
type tracer struct {
	*workspace.Workspace
	ctx         context.Context
	log         *decisions.Log // that the version keeps; nil: it is not whole
	fingerprint string         // of the key of the version's pseudonyms; empty: it has none
	path        string         // of the image in its source; empty: only its pseudonym is known
	rows        [][]string
}

func (t *tracer) add(what, value string) {
	if value != "" {
		t.rows = append(t.rows, []string{what, value})
	}
}

// row is the row of an image, and whether it is selected: of the image_id, or of the picture that was published at this
// path, or else of what locate finds. In a version with pseudonyms an image may be named by either, as far as somebody
// knows what its pseudonym is.
func (t *tracer) row(v Version, m releaseio.Manifest, image string) (row map[string]string, selected bool, err error) {
	if image == "" {
		return nil, false, workspace.Usage(errors.New("no image is named: want its image_id, file name, SHA-256, patient " +
			"or lesion"))
	}
	row, selected, err = t.rowOf(v, v.pathIn(image))
	if row == nil && err == nil && t.fingerprint != "" {
		id, _, wrong := t.pseudonymOf(v, image)
		if wrong != nil {
			return nil, false, wrong
		}
		if id != "" {
			row, selected, err = t.rowOf(v, id)
		}
	}
	if row != nil || err != nil {
		return row, selected, err
	}
	id, err := t.locate(v, m, image)
	if err != nil {
		return nil, false, err
	}
	return t.rowOf(v, id)
}

// rowOf is row of what stands in the version's tables; nil: it does not.
func (t *tracer) rowOf(v Version, image string) (row map[string]string, selected bool, err error) {
	if image != "" { // no path: of a row without a picture it is empty
		for _, in := range []struct{ table, column string }{
			{"selected_unsampled", "image_id"}, {"rejected", "image_id"}, {"selected_unsampled", "image_path"},
		} {
			if row, err = t.find(v.table(in.table), in.column, image); err != nil || row != nil {
				t.rows = [][]string{{"image", row["image_id"]}, {"version", v.Name}}
				return row, in.table != "rejected", err
			}
		}
	}
	return nil, false, nil
}

// selected tells the class, group and split of a selected image, its picture and soft label, and what it shows.
func (t *tracer) selected(v Version, manifest releaseio.Manifest, row map[string]string) error {
	t.add("class", fmt.Sprintf("%s (class_id %s)", row["target_name"], row["class_id"]))
	t.add("ICD-11", row["icd11_codes"])
	if err := t.group(v.table("selected_unsampled"), row); err != nil {
		return err
	}
	t.add("split", row["split"])
	t.add("SHA-256", row["sha256"])
	t.add("picture", row["image_path"])
	if row["width"] != "" {
		t.add("size", row["width"]+" × "+row["height"])
	}
	if err := t.shown(v, askedOf(manifest), row); err != nil {
		return err
	}
	soft, err := t.find(v.table("selected_unsampled_soft"), "image_id", row["image_id"])
	t.add("soft labels", soft["soft_labels"])
	t.add("readers", soft["readers"])
	return err
}

// find is the first row of a CSV whose column has the value, as column → cell with the line under "line";
// nil if there is none.
func (t *tracer) find(path, column, value string) (map[string]string, error) {
	var found map[string]string
	err := csvio.EachRow(t.ctx, path, []string{column}, func(row csvio.Row) bool {
		if row.Cell(0) != value {
			return true
		}
		found = row.Cells()
		found["line"] = strconv.Itoa(row.Line())
		return false
	})
	return found, err
}

// source names the image's row in its dataset CSV, if that file is still as the version read it.
func (t *tracer) source(manifest releaseio.Manifest, row map[string]string) error {
	source := row["source"]
	t.add("source label", row["source_label"])
	t.add("state", manifest.State+", built "+manifest.BuiltAt)
	if t.path == "" {
		t.add("dataset row", "not told: only the pseudonym of its path is known here")
		return nil
	}
	inside := t.Config.Sources + "/" + source + "/" + source + "_dataset.csv"
	if !t.asRead(manifest, inside, "dataset row") {
		return nil
	}
	raw, err := t.find(t.Path(inside), "image_path", t.path)
	if err != nil {
		return err
	}
	t.add("dataset row", inside+":"+raw["line"])
	t.add("differentials", raw["differentials"])
	t.add("body site", raw["body_site"])
	t.add("mask", raw["mask_path"])
	return nil
}

// override says who keeps the image in spite of its verdict, if the file of overrides is still as the version read it.
func (t *tracer) override(manifest releaseio.Manifest, row map[string]string) error {
	if !t.asRead(manifest, workspace.OverridesFile, "kept") {
		return nil
	}
	overrides, err := t.ReadTable(workspace.OverridesFile, workspace.OverrideColumns)
	for _, o := range overrides {
		if o.Fields[0] == row["source"] && o.Fields[1] == t.path {
			t.add("kept", fmt.Sprintf("whatever its verdict (if there are bytes at all), by %s on %s: %s (%s:%d)",
				o.Fields[2], o.Fields[3], o.Fields[4], workspace.OverridesFile, o.Line))
		}
	}
	return err
}

// asRead says whether the version read a file that is still what it was; that it is not is told as what.
func (t *tracer) asRead(manifest releaseio.Manifest, inside, what string) bool {
	for _, input := range manifest.Inputs {
		if input.Path != inside {
			continue
		}
		if sum, _, err := workspace.HashFile(t.Path(inside)); err == nil && sum == input.SHA256 {
			return true
		}
		t.add(what, inside+" has changed since, or is gone")
	}
	return false
}

// mapped says what the workbook made of the image's label, and who did.
func (t *tracer) mapped(v Version, manifest releaseio.Manifest, row map[string]string) error {
	var m map[string]string // of two rows of one label, the one with a name counts
	columns := []string{"source", "source_label"}
	err := csvio.EachRow(t.ctx, filepath.Join(v.Dir, "mapping", "normalised.csv"), columns, func(r csvio.Row) bool {
		if r.Cell(0) == row["source"] && r.Cell(1) == row["source_label"] && m["target_name"] == "" {
			m = r.Cells()
		}
		return true
	})
	if err != nil || m == nil {
		return err
	}
	name := m["target_name"]
	switch name {
	case "":
		name = "no Target Name yet"
	case mapping.Excludes:
		name = "- (leave these images out)"
	}
	if codes := m["icd11_codes"]; codes != "[]" {
		name += " " + codes
	}
	t.add("mapped to", name)
	t.add("because", m["notes"])
	tab, err := tabOf(manifest, row["source"])
	if err != nil {
		return err
	}
	t.reviewed("", decisions.Row{Tab: tab, Label: row["source_label"]}, cellsOf(m), m["annotator"], m["consult"])
	if m["final_class"] != m["target_name"] {
		t.add("merged into", m["final_class"])
	}
	return t.rules(filepath.Join(v.Dir, "mapping", "exclusions_and_mergers.csv"), m["target_name"])
}

// equals names the images that show the same as the image, as far as the table pairs them: of many that are equal it
// pairs one with each.
func (t *tracer) equals(path, image string) error {
	columns := []string{"image_a", "image_b", "method", "distance"}
	return csvio.EachRow(t.ctx, path, columns, func(pair csvio.Row) bool {
		a, b := pair.Cell(0), pair.Cell(1)
		if image == b {
			a, b = b, a
		}
		if image != a {
			return true
		}
		switch pair.Cell(2) {
		case "pixels":
			t.add("of equal pixels as", b)
		case "near":
			t.add("nearly equal to", b+", in "+pair.Cell(3)+" of 64 bits")
		default:
			t.add("equal to", b)
		}
		return true
	})
}

// group says how many selected images share the image's group.
func (t *tracer) group(path string, row map[string]string) error {
	n := 0
	err := csvio.EachRow(t.ctx, path, []string{"group_id"}, func(other csvio.Row) bool {
		if other.Cell(0) == row["group_id"] {
			n++
		}
		return true
	})
	t.add("group", fmt.Sprintf("%s; selected images in it: %d", row["group_id"], n))
	t.add("patient", row["patient_id"])
	t.add("lesion", row["lesion_id"])
	return err
}
