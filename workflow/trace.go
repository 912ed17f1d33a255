package workflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/releaseio"
)

// Trace tells the way of one image in a version, as rows of what and value: its row in the source, the mapping of its label, mergers,
// class, group, split and soft labels, or where and why it was rejected. It reads the published files alone, and the source's dataset
// CSV where that is still the one the version was made of. An empty version is this workspace's, or its draft.
func (w *Workspace) Trace(ctx context.Context, version, image string) ([][]string, error) {
	version, dir, err := w.traced(version)
	if err != nil {
		return nil, err
	}
	file := func(table string) string { return filepath.Join(dir, prefix(version)+table+".csv") }
	t := tracer{ctx: ctx, rows: [][]string{{"image", image}, {"version", version}}}
	selected, err := t.find(file("selected_unsampled"), "image_id", image)
	if err != nil {
		return nil, err
	}
	row := selected
	if row == nil {
		if row, err = t.find(file("rejected"), "image_id", image); err != nil {
			return nil, err
		}
	}
	if row == nil {
		return nil, fmt.Errorf("%s has no image %q, selected or rejected; an image_id is <source>/<image_path> of its dataset CSV", version, image)
	}
	manifest, err := releaseio.ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	if err := w.traceSource(&t, manifest, row); err != nil {
		return nil, err
	}
	if err := t.mapped(filepath.Join(dir, "mapping", "normalised.csv"), row); err != nil {
		return nil, err
	}
	if err := t.equals(file("duplicates"), image); err != nil {
		return nil, err
	}
	if err := w.traceOverride(&t, manifest, row); err != nil {
		return nil, err
	}
	if selected == nil {
		t.add("rejected", fmt.Sprintf("at stage %s: %s", row["stage"], row["reason"]))
		t.add("detail", row["detail"])
		t.add("last name", row["target_name"])
		return t.rows, nil
	}
	t.add("class", fmt.Sprintf("%s (class_id %s)", row["target_name"], row["class_id"]))
	t.add("ICD-11", row["icd11_codes"])
	if err := t.group(file("selected_unsampled"), row); err != nil {
		return nil, err
	}
	t.add("split", row["split"])
	t.add("SHA-256", row["sha256"])
	if row["width"] != "" {
		t.add("size", row["width"]+" × "+row["height"])
	}
	soft, err := t.find(file("selected_unsampled_soft"), "image_id", image)
	if err != nil {
		return nil, err
	}
	t.add("soft labels", soft["soft_labels"])
	t.add("readers", soft["readers"])
	return t.rows, nil
}

// traced is the version to look into and its folder.
func (w *Workspace) traced(version string) (name, dir string, err error) {
	if version == "" {
		version = w.Config.VersionName()
		if _, err := os.Stat(w.dist(version)); err != nil {
			version += "-draft"
		}
	}
	dir, err = w.versionDir(version)
	return version, dir, err
}

// A tracer collects what is known of one image.
type tracer struct {
	ctx  context.Context
	rows [][]string
}

func (t *tracer) add(what, value string) {
	if value != "" {
		t.rows = append(t.rows, []string{what, value})
	}
}

// find is the first row of a CSV whose column has the value, as column → cell with the line under "line"; nil if there is none.
func (t *tracer) find(path, column, value string) (map[string]string, error) {
	var found map[string]string
	err := eachRow(t.ctx, path, func(row csvRow) bool {
		if row.cell(column) != value {
			return true
		}
		found = row.cells()
		found["line"] = strconv.Itoa(row.line())
		return false
	})
	return found, err
}

// traceSource names the image's row in its dataset CSV, if that file is still as the version read it.
func (w *Workspace) traceSource(t *tracer, manifest releaseio.Manifest, row map[string]string) error {
	source := row["source"]
	t.add("source label", row["source_label"])
	t.add("state", manifest.State+", built "+manifest.BuiltAt)
	inside := w.Config.Sources + "/" + source + "/" + source + "_dataset.csv"
	if !w.asRead(t, manifest, inside, "dataset row") {
		return nil
	}
	raw, err := t.find(w.path(inside), "image_path", row["source_path"])
	if err != nil {
		return err
	}
	t.add("dataset row", inside+":"+raw["line"])
	t.add("differentials", raw["differentials"])
	return nil
}

// traceOverride says who keeps the image in spite of its verdict, if the file of overrides is still as the version read it.
func (w *Workspace) traceOverride(t *tracer, manifest releaseio.Manifest, row map[string]string) error {
	if !w.asRead(t, manifest, overridesFile, "kept") {
		return nil
	}
	overrides, err := w.readTable(overridesFile, overrideColumns)
	for _, o := range overrides {
		if o.Fields[0] == row["source"] && o.Fields[1] == row["source_path"] {
			t.add("kept", fmt.Sprintf("whatever its verdict (if there are bytes at all), by %s on %s: %s (%s:%d)", o.Fields[2], o.Fields[3], o.Fields[4], overridesFile, o.Line))
		}
	}
	return err
}

// asRead says whether the version read a file that is still what it was; that it is not is told as what.
func (w *Workspace) asRead(t *tracer, manifest releaseio.Manifest, inside, what string) bool {
	for _, input := range manifest.Inputs {
		if input.Path != inside {
			continue
		}
		if sum, _, err := hashFile(w.path(inside)); err == nil && sum == input.SHA256 {
			return true
		}
		t.add(what, inside+" has changed since, or is gone")
	}
	return false
}

// mapped says what the workbook made of the image's label.
func (t *tracer) mapped(path string, row map[string]string) error {
	return eachRow(t.ctx, path, func(m csvRow) bool {
		if m.cell("source") != row["source"] || m.cell("source_label") != row["source_label"] {
			return true
		}
		name := m.cell("target_name")
		switch name {
		case "":
			name = "no Target Name yet"
		case "-":
			name = "- (leave these images out)"
		}
		if codes := m.cell("icd11_codes"); codes != "[]" {
			name += " " + codes
		}
		t.add("mapped to", name)
		t.add("because", m.cell("notes"))
		if m.cell("final_class") != m.cell("target_name") {
			t.add("merged into", m.cell("final_class"))
		}
		return false
	})
}

// equals names the images that are equal to the image: all of them if it is the one that the table names first, else that one.
func (t *tracer) equals(path, image string) error {
	return eachRow(t.ctx, path, func(pair csvRow) bool {
		a, b := pair.cell("image_a"), pair.cell("image_b")
		switch image {
		case a:
			t.add("equal to", b)
		case b:
			t.add("equal to", a)
		}
		return true
	})
}

// group says how many selected images share the image's group.
func (t *tracer) group(path string, row map[string]string) error {
	n := 0
	err := eachRow(t.ctx, path, func(other csvRow) bool {
		if other.cell("group_id") == row["group_id"] {
			n++
		}
		return true
	})
	t.add("group", fmt.Sprintf("%s; selected images in it: %d", row["group_id"], n))
	t.add("patient", row["patient_id"])
	t.add("lesion", row["lesion_id"])
	return err
}

// A csvRow is one row of a large CSV while eachRow shows it.
type csvRow struct {
	columns map[string]int
	piece   *csvio.Piece
	fields  csvio.Fields
	row     int
}

// cell is the text of a column; empty for a column that the file does not have.
func (r csvRow) cell(column string) string {
	i, known := r.columns[column]
	if !known {
		return ""
	}
	return string(csvio.AppendValue(nil, r.fields.Raw(r.row, i)))
}

func (r csvRow) cells() map[string]string {
	all := make(map[string]string, len(r.columns))
	for column := range r.columns {
		all[column] = r.cell(column)
	}
	return all
}

// line is where the row begins in its file.
func (r csvRow) line() int {
	start := r.fields.Marks[r.row*r.fields.Columns]
	return r.piece.Line + bytes.Count(r.fields.Data[:start], []byte{'\n'})
}

// eachRow shows every row of a CSV until see returns false.
func eachRow(ctx context.Context, path string, see func(csvRow) bool) error {
	var columns map[string]int
	return eachPiece(ctx, path, func(header []csvio.HeaderCell, piece *csvio.Piece, fields csvio.Fields) bool {
		if columns == nil {
			columns = map[string]int{}
			for i, cell := range header {
				columns[cell.Name] = i
			}
		}
		for i := range fields.Rows() {
			if !see(csvRow{columns, piece, fields, i}) {
				return false
			}
		}
		return true
	})
}

// eachPiece shows a CSV piece by piece until see returns false.
func eachPiece(ctx context.Context, path string, see func([]csvio.HeaderCell, *csvio.Piece, csvio.Fields) bool) error {
	file, err := csvio.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	cutter := csvio.NewCutter(file, path, ',', 1<<20)
	header, err := cutter.Header()
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		piece, err := cutter.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		fields, err := piece.Scan(len(header))
		if err != nil {
			return err
		}
		more := see(header, piece, fields)
		piece.Free()
		if !more {
			return nil
		}
	}
	return ctx.Err()
}
