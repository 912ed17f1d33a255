package versions

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/pseudonyms"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/workspace"
)

// WithdrawnColumns are those of Withdrawn.
var WithdrawnColumns = results.Columns{
	results.Whole("line", "of curation/withdrawn.csv"),
	results.Text("source", "the source"),
	results.Text("withdrawn", "image and its path, or patient and the id"),
	results.Text("person", "who withdrew it"),
	results.Date("date", "when"),
	results.Text("reason", "why"),
	results.Whole("images", "rows of the datasets that it takes out"),
	results.Whole("published", "those that the workspace's version still holds; none: not known").OrNone(),
	results.Whole("crops", "crops of them that it holds; none: not known").OrNone(),
	results.Whole("alike", "other images with the same bytes, as far as known: they stay; none: not known").OrNone(),
}

// Withdrawn has a row for each line of curation/withdrawn.csv: what it takes out of the datasets, and how many of these
// images and of their crops the workspace's version still holds, which the next build takes out, and how many images
// with the same bytes, which it does not. Without a version nothing is published.
func Withdrawn(ctx context.Context, w *workspace.Workspace) (rows [][]string, err error) {
	q, err := newQuest(w)
	if err != nil {
		return nil, err
	}
	taken, holds := map[int]int64{}, map[int]held{}
	err = q.eachTaken(ctx, func(row *heldRow, lines []int) {
		for _, line := range lines {
			taken[line]++
		}
	})
	if err != nil {
		return nil, err
	}
	if err := q.tellIdle(ctx, taken); err != nil {
		return nil, err
	}
	why, err := q.count(ctx, holds)
	if err != nil {
		return nil, err
	}
	left := func(n int64) string { return workspace.Number(n) }
	if why != "" {
		w.Log.Warn(why + ": nobody can say what it holds of what is withdrawn")
		left = func(int64) string { return "" }
	}
	for _, l := range q.withdrawn.Lines {
		what := "image " + l.Name
		if l.Patient != "" {
			what = "patient " + l.Name
		}
		rows = append(rows, []string{strconv.Itoa(l.Line), l.Source, what, l.Person, l.Date, l.Reason,
			workspace.Number(taken[l.Line]), left(holds[l.Line].images), left(holds[l.Line].crops),
			left(holds[l.Line].alike)})
	}
	return rows, nil
}

// tellIdle warns of lines that take nothing out.
func (q *quest) tellIdle(ctx context.Context, taken map[int]int64) error {
	idle := slices.DeleteFunc(slices.Clone(q.withdrawn.Lines),
		func(l workspace.Withdrawal) bool { return taken[l.Line] > 0 })
	near, err := NearWithdrawn(ctx, q.sources, idle, true)
	var told []string
	for _, l := range idle {
		told = append(told, fmt.Sprintf("%s:%d: %q names no image or patient of the datasets, and takes nothing out%s",
			workspace.WithdrawnFile, l.Line, l.Name, near[l.Line]))
	}
	q.WarnOf(told)
	return err
}

// held is what a version holds of what a line withdraws.
type held struct{ images, crops, alike int64 }

// count counts what the workspace's version holds of each line, if there is one. That it has pseudonyms of a key that
// is not given is why nobody can.
func (q *quest) count(ctx context.Context, holds map[int]held) (why string, err error) {
	v, err := OrOwn(q.Workspace, "")
	if workspace.IsUsage(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	at, why, err := q.in(ctx, v)
	if err != nil || why != "" {
		return why, err
	}
	if err := q.findSums(ctx, []Version{v}); err != nil {
		return "", err
	}
	return "", at.each(ctx, v, func(row *heldRow) {
		lines := at.lines(row)
		for _, line := range lines {
			n, _ := strconv.ParseInt(row.crops, 10, 64)
			h := holds[line]
			holds[line] = held{h.images + 1, h.crops + n, h.alike}
		}
		if len(lines) > 0 || row.sum == "" {
			return
		}
		for _, line := range slices.Compact(slices.Sorted(slices.Values(q.bySum[row.sum]))) {
			h := holds[line]
			h.alike++
			holds[line] = h
		}
	})
}

// A quest is for what is withdrawn.
type quest struct {
	*workspace.Workspace
	withdrawn workspace.Withdrawals
	sources   []workspace.Source
	spaces    map[string]string   // source → space of its patients
	byImage   map[string][]int    // image_id → lines
	byPatient map[[2]string][]int // space and patient → lines
	bySum     map[string][]int    // SHA-256 of withdrawn pictures → lines
}

func newQuest(w *workspace.Workspace) (*quest, error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	configs, err := w.Declarations(names)
	if err != nil {
		return nil, err
	}
	q := &quest{Workspace: w, spaces: map[string]string{}, bySum: map[string][]int{}}
	for i, config := range configs {
		q.sources = append(q.sources, workspace.Source{Config: config, Ordinal: i})
		q.spaces[config.Name] = config.PatientSpace
	}
	if q.withdrawn, err = w.ReadWithdrawals(q.sources); err != nil {
		return nil, err
	}
	q.byImage, q.byPatient = q.named(nil)
	return q, nil
}

// named are the lines by what they name, as it is called in versions with pseudonyms of the key; nil: in all others.
func (q *quest) named(key *pseudonyms.Key) (byImage map[string][]int, byPatient map[[2]string][]int) {
	called := func(_ pseudonyms.Kind, _, original string) string { return original }
	if key != nil {
		called = key.Of
	}
	byImage, byPatient = map[string][]int{}, map[[2]string][]int{}
	for _, l := range q.withdrawn.Lines {
		if l.Path != "" {
			id := l.Source + "/" + called(pseudonyms.Image, l.Source, l.Path)
			byImage[id] = append(byImage[id], l.Line)
		} else {
			of := [2]string{l.Space, called(pseudonyms.Patient, l.Space, l.Patient)}
			byPatient[of] = append(byPatient[of], l.Line)
		}
	}
	return byImage, byPatient
}

// in is the quest in a version, where ids may be pseudonyms. Where those are of a key that is not given no line names
// anything: why says so.
func (q *quest) in(ctx context.Context, v Version) (at *quest, why string, err error) {
	fingerprint, err := v.fingerprint()
	if err != nil || fingerprint == "" {
		return q, "", err
	}
	key, why, err := keyOf(ctx, q.Workspace, v.Name, fingerprint)
	if err != nil {
		return nil, "", err
	}
	other := *q
	other.byImage, other.byPatient = nil, nil
	if key != nil {
		other.byImage, other.byPatient = q.named(key)
	}
	return &other, why, nil
}

// eachTaken shows the rows of the dataset CSVs that lines take out.
func (q *quest) eachTaken(ctx context.Context, see func(row *heldRow, lines []int)) error {
	for _, source := range q.sources {
		row := heldRow{source: source.Name}
		err := dataset.EachRow(ctx, source.Dataset(source.Dir), []string{dataset.ImagePath, dataset.PatientID},
			func(cells csvio.Row) bool {
				row.id, row.patient = source.Name+"/"+cells.Cell(0), cells.Cell(1)
				if lines := q.lines(&row); len(lines) > 0 {
					see(&row, lines)
				}
				return true
			})
		if err != nil && fault.Of(err) != fault.NotThere {
			return err
		}
	}
	return nil
}

// findSums notes what is known of the bytes of withdrawn pictures: from the versions, and from the log of what was
// fetched as long as another image has the same bytes.
func (q *quest) findSums(ctx context.Context, all []Version) error {
	note := func(sum string, lines []int) {
		if sum != "" && len(lines) > 0 {
			q.bySum[sum] = append(q.bySum[sum], lines...)
		}
	}
	for _, v := range all {
		at, why, err := q.in(ctx, v)
		if err == nil {
			err = at.each(ctx, v, func(row *heldRow) { note(row.sum, at.lines(row)) })
		}
		if err != nil {
			return err
		}
		if why != "" {
			q.Log.Warn(why + ": withdrawn images are looked for in it by SHA-256 alone")
		}
	}
	if !q.HasPictures() {
		return nil
	}
	blobs, err := transfer.ReadBlobs(q.Work("blobs"), q.StoreName())
	if err != nil {
		return err
	}
	return q.eachTaken(ctx, func(row *heldRow, lines []int) {
		e, _ := blobs.Entry(row.id)
		note(e.SHA256, lines)
	})
}

// A heldRow is what a version says of a selected image.
type heldRow struct{ id, path, source, sum, patient, crops string }

// each shows the selected images of a version.
func (q *quest) each(ctx context.Context, v Version, see func(*heldRow)) error {
	columns := []string{"image_id", "image_path", "source", "sha256", "patient_id", "crops"}
	return v.Each(ctx, "selected_unsampled", columns, func(c []string) error {
		see(&heldRow{c[0], c[1], c[2], c[3], c[4], c[5]})
		return nil
	})
}

// lines are those that withdraw an image by itself or its patient.
func (q *quest) lines(row *heldRow) []int {
	lines := slices.Clone(q.byImage[row.id])
	if row.patient != "" {
		lines = append(lines, q.byPatient[[2]string{cmp.Or(q.spaces[row.source], row.source), row.patient}]...)
	}
	return lines
}

// WithdrawnInColumns are those of WithdrawnIn.
var WithdrawnInColumns = results.Columns{
	results.Text("place", "the folder or store of the version"),
	results.Text("version", "its name"),
	results.Text("image_id", "the image"),
	results.Text("how", "by what it is withdrawn: image, patient or sha256"),
	results.Whole("line", "of curation/withdrawn.csv"),
	results.Text("file", "a file of it; none: its rows in the tables").OrNone(),
}

// WithdrawnIn has a row for each file of earlier versions that holds what is withdrawn: of versions under dist/ and
// those at the paths, and of the stores that they were uploaded to, as far as uploads.jsonl knows. An image is
// withdrawn by itself, by its patient, or because its picture has the SHA-256 of a withdrawn one (how: image, patient,
// sha256). Its first row has no file: the tables of the version have its rows.
func WithdrawnIn(ctx context.Context, w *workspace.Workspace, paths []string) (rows [][]string, err error) {
	q, err := newQuest(w)
	if err != nil {
		return nil, err
	}
	all, err := versionsAt(w, paths)
	if err != nil {
		return nil, err
	}
	uploads, err := readUploads(w)
	if err != nil {
		return nil, err
	}
	if err := q.findSums(ctx, all); err != nil {
		return nil, err
	}
	for _, v := range all {
		at, _, err := q.in(ctx, v)
		if err != nil {
			return nil, err
		}
		held, err := at.heldBy(ctx, v)
		if err != nil {
			return nil, err
		}
		places := append([]string{w.Shown(v.Dir) + "/"}, placesOf(uploads, v.Name)...)
		for _, place := range places {
			for _, cells := range held {
				rows = append(rows, append([]string{place, v.Name}, cells...))
			}
		}
	}
	q.tellUnknown(uploads, all)
	return rows, nil
}

// placesOf are the stores that a version was uploaded to.
func placesOf(uploads []uploaded, version string) (places []string) {
	for _, u := range uploads {
		if u.Version == version && !slices.Contains(places, u.To) {
			places = append(places, u.To)
		}
	}
	return places
}

// tellUnknown names what is in stores and not here, where nobody can say what it holds.
func (q *quest) tellUnknown(uploads []uploaded, all []Version) {
	for i, u := range uploads {
		v := slices.IndexFunc(all, func(v Version) bool { return v.Name == u.Version })
		here := ""
		if v >= 0 {
			here, _, _ = workspace.HashFile(filepath.Join(all[v].Dir, releaseio.ManifestName))
		}
		later := slices.ContainsFunc(uploads[i+1:], func(o uploaded) bool { return o.Version == u.Version && o.To == u.To })
		if here != u.Manifest && !later {
			q.Log.Warn(fmt.Sprintf("%s was uploaded on %s, and what was uploaded is not here: look there, or give its path "+
				"when it has been copied here", u.To, u.Begun))
		}
	}
}

// versionsAt are the versions under dist/ and those at the paths.
func versionsAt(w *workspace.Workspace, paths []string) (all []Version, err error) {
	entries, err := os.ReadDir(w.Dist(""))
	if err != nil && fault.Of(err) != fault.NotThere {
		return nil, err
	}
	for _, entry := range entries {
		if workspace.VersionForm.MatchString(entry.Name()) {
			v, err := Open(w, entry.Name())
			if workspace.IsUsage(err) { // it has no manifest
				w.Log.Warn(fmt.Sprintf("dist/%s: has no manifest.json, and is not looked at", entry.Name()))
				continue
			}
			if err != nil {
				return nil, err
			}
			m, err := releaseio.ReadManifest(v.Dir)
			if err != nil {
				return nil, err
			}
			if renamed := v.renamed(w, m); renamed != nil {
				w.Log.Warn(fmt.Sprintf("%v: until then it is not looked at", renamed))
				continue
			}
			all = append(all, v)
		}
	}
	for _, path := range paths {
		v, err := Open(w, path)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, v.same) {
			all = append(all, v)
		}
	}
	return all, nil
}

// same says whether two versions are one, by whatever paths.
func (v Version) same(other Version) bool {
	a, errA := os.Stat(v.Dir)
	b, errB := os.Stat(other.Dir)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// heldBy are the images of a version that are withdrawn: for each, its row in the tables, its picture and its crops.
func (q *quest) heldBy(ctx context.Context, v Version) (held [][]string, err error) {
	manifest, err := releaseio.ReadManifest(v.Dir)
	if err != nil {
		return nil, err
	}
	add := func(row *heldRow, how string, lines []int) {
		line := strconv.Itoa(lines[0])
		held = append(held, []string{row.id, how, line, ""})
		if row.path == "" {
			return
		}
		held = append(held, []string{row.id, how, line, row.path})
		stem := strings.TrimSuffix(strings.TrimPrefix(row.path, "images/"), filepath.Ext(row.path))
		for _, e := range manifest.Outputs {
			number, is := strings.CutPrefix(e.Path, "crops/"+stem+"--")
			number = strings.TrimSuffix(number, filepath.Ext(number))
			if _, err := strconv.Atoi(number); is && err == nil {
				held = append(held, []string{row.id, how, line, e.Path})
			}
		}
	}
	return held, q.each(ctx, v, func(row *heldRow) {
		patient := q.byPatient[[2]string{cmp.Or(q.spaces[row.source], row.source), row.patient}]
		switch {
		case len(q.byImage[row.id]) > 0:
			add(row, "image", q.byImage[row.id])
		case row.patient != "" && len(patient) > 0:
			add(row, "patient", patient)
		case row.sum != "" && len(q.bySum[row.sum]) > 0:
			add(row, "sha256", q.bySum[row.sum])
		}
	})
}
