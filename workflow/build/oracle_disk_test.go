package build_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

var inf = math.Inf(1)

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// tempDir is a folder in memory where there is one: a version is synced to disk, which would take most of the time.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "dermset-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := fileio.RemoveAll(dir); err != nil { // approved versions too, which are read-only
			t.Error(err)
		}
	})
	return dir
}

// A csvText writes records by hand: cells are quoted where they must be, and now and then where they need not.
type csvText struct {
	strings.Builder
	r   *rand.Rand
	end string
}

func newCSV(r *rand.Rand) *csvText { return &csvText{r: r, end: pick(r, []string{"\n", "\n", "\r\n"})} }

// newCSV is a file of the world. How it is written depends on its name and on no other file.
func (w *world) newCSV(name string) *csvText {
	return newCSV(rand.New(rand.NewPCG(w.seed, uint64(crc32.ChecksumIEEE([]byte(name))))))
}

func (c *csvText) record(cells ...string) {
	for i, cell := range cells {
		if i > 0 {
			c.WriteByte(',')
		}
		if strings.ContainsAny(cell, ",\"\r\n") || chance(c.r, 20) {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		c.WriteString(cell)
	}
	c.WriteString(c.end)
}

// write puts the world into dir.
func (w *world) write(dir string) error { return w.writeOver(dir, nil) }

// writeOver puts the world into a dir that holds another one, or nothing.
func (w *world) writeOver(dir string, before *world) error {
	if err := os.RemoveAll(filepath.Join(dir, "mapping")); err != nil { // tabs that the other one alone has
		return err
	}
	files := map[string]string{"dermset.yaml": w.settings()}
	for _, s := range w.sources {
		folder := "sources/" + s.name + "/"
		files[folder+"source.yaml"] = s.declaration()
		files[folder+s.name+"_dataset.csv"] = s.dataset(w.newCSV(s.name))
	}
	for _, tab := range w.tabs {
		c := w.newCSV("tab " + tab.name)
		c.record("Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification")
		for _, row := range tab.rows {
			c.record(row.label, row.target, row.cell(), "")
		}
		files["mapping/workbook/"+tab.name+".csv"] = c.String()
	}
	c := w.newCSV("refine")
	c.record("Category", "Action", "Merge into", "Reason")
	for _, rule := range w.refine {
		action := "merge"
		if rule[1] == "" {
			action = "exclude"
		}
		c.record(rule[0], action, rule[1], "because")
	}
	files["mapping/workbook/Pathologies to exclude and merge.csv"] = c.String()
	c = w.newCSV("known_categories")
	c.record("Target Name", "ICD-11 Code(s)", "Since version")
	for _, name := range w.known {
		c.record(name, "", "1.0")
	}
	files["mapping/known_categories.csv"] = c.String()
	c = w.newCSV("withdrawn")
	c.record("source", "source_path", "patient_id", "person", "date", "reason")
	for _, row := range w.withdrawn {
		c.record(row[0], row[1], row[2], "registry", "2026-02-03", "consent")
	}
	files["curation/withdrawn.csv"], files["curation/body_sites.csv"] = c.String(), sitesFile
	files["curation/duplicate_verdicts.csv"] = w.verdictsFile()
	if w.store == "" {
		return writeFiles(dir, files)
	}
	files["curation/image_overrides.csv"] = w.overridesFile()
	files["annotations/drawn.csv"] = w.drawnFile()
	maps.Copy(files, w.predictionFiles())
	return errors.Join(writeFiles(dir, files), w.writePictures(dir, before))
}

func writeFiles(dir string, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) settings() string {
	var b strings.Builder
	b.WriteString("version: \"1.0\"\nmapping:\n  workbook: mapping/workbook\n")
	tabs := ""
	for _, s := range w.sources {
		if s.tab != s.name {
			tabs += fmt.Sprintf("    %q: %q\n", s.name, s.tab)
		}
	}
	if tabs != "" {
		b.WriteString("  tabs:\n" + tabs)
	}
	if w.pseudonymise {
		b.WriteString("privacy: {pseudonymise: true}\n")
	}
	duplicates := "keep"
	if w.store != "" {
		fmt.Fprintf(&b, "images: {store: %q, layout: %s, changed: accept, max_failed: 100, min_side: %d, max_pixels: %d, "+
			"near_group: %d, near_report: %d}\n", w.store, w.layout, w.minSide, w.maxPixels, w.nearGroup, w.nearMost)
		fmt.Fprintf(&b, "describe: {skin_tone: models/skin_tone.csv, image_type: models/image_type.csv, "+
			"body_part: models/body_part.csv}\ncrops: {margin: %v, min_area: %v, max_per_image: %d, files: %t}\n",
			w.margin, w.minArea, w.mostCrops, w.cropFiles)
	}
	if w.first {
		duplicates = "first"
	}
	fmt.Fprintf(&b, "select: {min_images: %d, min_groups: %d, duplicates: %s}\nsplit:\n"+
		"  ratios: {train: %d, val: %d, test: %d}\n  seed: %d\n  group_by: [%s]\n", w.minImages, w.minGroups, duplicates,
		w.ratios[0], w.ratios[1], w.ratios[2], w.splitSeed, strings.Join(w.groupBy, ", "))
	if len(w.pin) > 0 {
		b.WriteString("  pin:\n")
		for _, name := range sortedNames(w.pin) {
			fmt.Fprintf(&b, "    %q: %s\n", name, w.pin[name])
		}
	}
	return b.String()
}

func (s *worldSource) declaration() string {
	text := fmt.Sprintf("patient_space: %q\ncrops: %s\n", s.space, s.crops)
	for _, part := range []struct {
		is   bool
		line string
	}{
		{s.shows != "", fmt.Sprintf("mask: {shows: %s, inverted: %s, crops: %s}\n",
			s.shows, yesNo(s.inverted), yesNo(!s.noCrops))},
		{s.pictureless, "pictures: none\n"}, {s.pending, "status: pending\n"}, {s.lesionsInSource, "lesion_scope: source\n"},
		{s.given, "differentials: {weights: given}\n"}, {s.licence != "", fmt.Sprintf("licence: %q\n", s.licence)},
		{len(s.idMissing) > 0, "id_missing: [unknown, \"0\"]\n"},
		{s.derive && s.rejectTies, "label: {from: differentials, on_tie: reject}\n"},
		{s.derive && !s.rejectTies, "label: {from: differentials}\n"},
	} {
		if part.is {
			text += part.line
		}
	}
	return text
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

var datasetHeader = []string{"image_path", "label", "differentials", "patient_id", "lesion_id", "sex", "age",
	"body_site", "fitzpatrick", "image_type", "diagnosis_method", "mask_path"}

func (s *worldSource) dataset(c *csvText) string {
	c.record(slices.Concat(datasetHeader, s.extra)...)
	for _, row := range s.rows {
		c.record(slices.Concat([]string{row.path, row.label, row.differentials, row.patient, row.lesion, row.sex.cell,
			row.age.cell, row.site.cell, row.fitz.cell, row.kind.cell, row.method.cell, row.maskPath()}, row.extra)...)
	}
	return c.String()
}

// cell writes the codes in one of the forms of spec 5.
func (m mapRow) cell() string {
	if len(m.codes) == 0 {
		return ""
	}
	switch m.form {
	case 0:
		return strings.Join(m.codes, ";")
	case 1:
		return strings.Join(m.codes, ", ")
	case 2:
		return `["` + strings.Join(m.codes, `","`) + `"]`
	}
	return "[“" + strings.Join(m.codes, "”, “") + "”]"
}

var quietLog = slog.New(slog.DiscardHandler)

// open opens a workspace that tells nobody anything.
func open(dir string, settings workspace.Resources) (*workspace.Workspace, error) {
	return workspace.Open(dir, settings, quietLog, workspace.NewProgress(io.Discard, false, quietLog))
}

func buildIn(ctx context.Context, dir, until string, settings workspace.Resources) (workspace.Result, error) {
	w, err := open(dir, settings)
	if err != nil {
		return workspace.Result{}, err
	}
	var result workspace.Result
	err = w.Locked("build", func() error {
		result, err = build.Run(ctx, w, until)
		return err
	})
	return result, err
}

var plainRun = workspace.Resources{Workers: 2, BatchBytes: 1 << 20, MemoryBytes: 1 << 28}

// readCSV reads a CSV byte for byte; encoding/csv would change line ends inside cells.
func readCSV(path string) (header []string, rows []map[string]string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	var record []string
	var cell []byte
	quoted, start := false, true
	end := func() {
		record = append(record, string(cell))
		cell, start = cell[:0], true
	}
	flush := func() error {
		end()
		if header == nil {
			header = record
		} else {
			if len(record) != len(header) {
				return fmt.Errorf("%s: %d cells, want %d: %q", path, len(record), len(header), record)
			}
			row := map[string]string{}
			for i, name := range header {
				row[name] = record[i]
			}
			rows = append(rows, row)
		}
		record = nil
		return nil
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '"' && i+1 < len(text) && text[i+1] == '"':
			cell = append(cell, '"')
			i++
		case quoted && c == '"':
			quoted = false
		case quoted:
			cell = append(cell, c)
		case c == '"' && start:
			quoted, start = true, false
		case c == ',':
			end()
		case c == '\n':
			if err := flush(); err != nil {
				return nil, nil, err
			}
		default:
			cell, start = append(cell, c), false
		}
	}
	if quoted || len(cell) > 0 || len(record) > 0 {
		return nil, nil, fmt.Errorf("%s: does not end with a line end", path)
	}
	return header, rows, nil
}
