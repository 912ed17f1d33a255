package versions

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/pseudonyms"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/workspace"
)

// A Candidate is an image that a person may mean.
type Candidate struct {
	ID, Source string
	State      string // its class, or stage and reason of a rejected one
	Split      string // of a selected one
	By         string // by what it was found
}

// CandidateColumns are those of a Candidate.
var CandidateColumns = results.Columns{
	results.Text("image_id", "an image that may be meant"),
	results.Text("source", "its source"),
	results.Text("class_or_reason", "its class, or stage and reason of a rejected one"),
	results.Text("split", "of a selected one").OrNone(),
	results.Text("found_by", "what of it is as was asked"),
}

// Row is the Candidate as cells of these columns.
func (c Candidate) Row() []string { return []string{c.ID, c.Source, c.State, c.Split, c.By} }

// An Ambiguous says that a text names several images.
type Ambiguous struct {
	Asked, Version string
	Images         int64
	First          []Candidate // at most mostCandidates, selected ones first, in the order of the tables
}

const mostCandidates = 20

func (a *Ambiguous) Error() string {
	more := ""
	if n := a.Images - int64(len(a.First)); n > 0 {
		more = fmt.Sprintf("; the first %d are listed", len(a.First))
	}
	return fmt.Sprintf("%q is %s images of %s%s: name one by its image_id", a.Asked, workspace.Thousands(a.Images),
		a.Version, more)
}

// A seeker looks for the images of a version that a text may mean, in one pass over its tables, and keeps the first of
// them alone. Texts are equal in whatever Unicode form: that of a file's name depends on the system that wrote it.
// What names an image counts before what is a part of its path.
type seeker struct {
	given         string            // as it was asked
	asked, folded string            // composed (NFC), and that in lower case
	hex           string            // asked, where it may be a SHA-256 or its beginning; else empty
	sum           string            // of the file that is at the path asked; empty: there is none
	stand         map[string]string // pseudonym → what it stands for, of what was asked
	hashed        bool              // paths are pseudonyms, of which no part means anything
	named         map[string]string // image_id of a row that may be rejected → by what it was found in its dataset CSV

	content, exact, part hits // only the first of them that has any counts
	near                 *nearList
}

type hits struct {
	images int64
	first  []Candidate
}

func (h *hits) add(c Candidate) {
	if h.images++; len(h.first) < mostCandidates {
		h.first = append(h.first, c)
	}
}

// sumForm is the form of a SHA-256, or of its beginning.
var sumForm = regexp.MustCompile(`^[0-9a-f]{8,64}$`)

func newSeeker(asked string) *seeker {
	given := filepath.ToSlash(asked)
	asked = norm.NFC.String(given)
	s := &seeker{given: given, asked: asked, folded: strings.ToLower(strings.TrimPrefix(asked, "./")),
		stand: map[string]string{}, named: map[string]string{}, near: newNearList(given)}
	if hex := strings.ToLower(asked); sumForm.MatchString(hex) {
		s.hex = hex
	}
	return s
}

// A seenRow is what is looked at of a row. Of a rejected one the version says no more.
type seenRow struct {
	id, path, source, sourcePath string
	sums                         []string
	patient, lesion              string
}

// see looks at a row. State is what is told of it.
func (s *seeker) see(r *seenRow, state, split string) {
	c := Candidate{r.id, r.source, state, split, s.namedBy(r)}
	if c.By == "" && !s.hashed && (s.isPart(r.id) || s.isPart(r.path)) {
		c.By = byPart
	}
	switch {
	case c.By == byContent:
		s.content.add(c)
	case c.By == byPart:
		s.part.add(c)
	case c.By != "":
		s.exact.add(c)
	case s.content.images+s.exact.images+s.part.images == 0:
		if strings.Contains(s.asked, "/") {
			s.near.see(r.id, r.id)
		} else {
			s.near.see(path.Base(r.sourcePath), r.id)
		}
	}
}

// namedBy says by what the text names the image of a row; empty: it does not.
func (s *seeker) namedBy(r *seenRow) string {
	for _, sum := range r.sums {
		switch {
		case sum == "":
		case sum == s.sum:
			return byContent
		case s.hex != "" && strings.HasPrefix(sum, s.hex):
			return "SHA-256"
		}
	}
	switch {
	case s.ends(r.sourcePath), s.sum != "" && s.isFileOf(r.sourcePath):
		return "file name"
	case s.ends(r.path):
		return "published file"
	case norm.NFC.String(r.patient) == s.asked && r.patient != "":
		return "patient"
	case norm.NFC.String(r.lesion) == s.asked && r.lesion != "":
		return "lesion"
	}
	for _, name := range []string{r.sourcePath, r.patient, r.lesion} {
		if by := s.stand[name]; by != "" {
			return by
		}
	}
	return s.named[r.id]
}

// isFileOf says whether the file at the path asked has the name of an image's file, wherever either lies.
func (s *seeker) isFileOf(sourcePath string) bool {
	return path.Base(s.asked) == path.Base(norm.NFC.String(sourcePath))
}

// ends says whether the last parts of a path are the text, whatever their case.
func (s *seeker) ends(name string) bool {
	name = norm.NFC.String(name)
	at := len(name) - len(s.folded)
	return at == 0 && strings.EqualFold(name, s.folded) ||
		at > 0 && name[at-1] == '/' && strings.EqualFold(name[at:], s.folded)
}

const (
	byContent = "content"
	byPart    = "part of the path"
)

// leastPart is how long a part of a path is that is looked for: of less nearly everything is one.
const leastPart = 3

func (s *seeker) isPart(name string) bool {
	return len(s.folded) >= leastPart && strings.Contains(strings.ToLower(norm.NFC.String(name)), s.folded)
}

// seek goes through the tables of a version.
func (s *seeker) seek(ctx context.Context, v Version, m releaseio.Manifest) error {
	columns := []string{"image_id", "image_path", "source", "source_path", "sha256", "patient_id", "lesion_id",
		"target_name", "split"}
	lists, err := v.has(ctx, "selected_unsampled", "sha256_published")
	if err != nil {
		return err
	}
	if lists {
		columns = append(columns, "sha256_published")
	}
	err = v.Each(ctx, "selected_unsampled", columns, func(c []string) error {
		s.see(&seenRow{id: c[0], path: c[1], source: c[2], sourcePath: c[3], sums: slices.Concat(c[4:5], c[9:]),
			patient: c[5], lesion: c[6]}, c[7], c[8])
		return nil
	})
	if err != nil {
		return err
	}
	columns = []string{"image_id", "source", "source_path", "stage", "reason"}
	return v.Each(ctx, "rejected", columns, func(c []string) error {
		s.see(&seenRow{id: c[0], source: c[1], sourcePath: c[2]}, "rejected at "+c[3]+": "+c[4], "")
		return nil
	})
}

// has says whether a table has a column: those of earlier programs lack some.
func (v Version) has(ctx context.Context, table, column string) (bool, error) {
	found := false
	err := csvio.EachRow(ctx, v.table(table), nil, func(row csvio.Row) bool {
		_, found = row.Cells()[column]
		return false
	})
	return found, err
}

// locate finds the image that a text names by something else than its image_id: by the name of its file, a part of its
// path, its content, its patient or lesion. Several are an *Ambiguous, none is an error that names what is near.
func (t *tracer) locate(v Version, m releaseio.Manifest, asked string) (id string, err error) {
	s := newSeeker(asked)
	s.hashed = t.fingerprint != ""
	if s.sum, err = sumAt(asked); err != nil {
		return "", err
	}
	why, err := t.undisguise(v, s)
	if err == nil && t.fingerprint == "" {
		err = t.seekDatasets(m, s)
	}
	if err == nil {
		err = s.seek(t.ctx, v, m)
	}
	if err != nil {
		return "", err
	}
	found := s.content
	for _, other := range []hits{s.exact, s.part} {
		if found.images == 0 {
			found = other
		}
	}
	if found.images > 0 && s.sum != "" && s.content.images == 0 {
		t.Log.Warn(fmt.Sprintf("no selected image has the content of the file %s on this disk, SHA-256 %s; this is by %s",
			asked, s.sum, found.first[0].By))
	}
	switch {
	case found.images == 1:
		return found.first[0].ID, nil
	case found.images > 1:
		return "", workspace.Usage(&Ambiguous{asked, v.Name, found.images, found.first})
	}
	left, err := t.leftByIngest(s)
	if err != nil {
		return "", err
	}
	return "", s.none(v, asked, why, left)
}

// leftByIngest says what of the raw material ingest did not use may be what is asked for, by the lists of its last run:
// the file of that name, or else rows, of which a list has the line and not the image.
func (t *tracer) leftByIngest(s *seeker) (words string, err error) {
	names, err := t.SourceNames()
	if err != nil {
		return "", err
	}
	var rows []string
	for _, source := range names {
		list := filepath.Join(t.Work("ingest"), source+"_unused.csv")
		reasons, n := map[string]int{}, 0
		err := csvio.EachRow(t.ctx, list, []string{"file", "line", "reason", "detail"}, func(row csvio.Row) bool {
			switch {
			case s.ends(row.Cell(0)):
				words = fmt.Sprintf("; ingest did not use %s of %s: %s, %s (%s)", row.Cell(0), source, row.Cell(2), row.Cell(3),
					t.Inside(list))
				return false
			case row.Cell(1) != "":
				reasons[row.Cell(2)]++
				n++
			}
			return true
		})
		if err != nil && fault.Of(err) != fault.NotThere {
			return "", err
		}
		if words != "" {
			return words, nil
		}
		if n > 0 {
			rows = append(rows, fmt.Sprintf("%s of %s for %s (%s)", workspace.Thousands(int64(n)), source,
				strings.Join(workspace.SortedKeys(reasons), ", "), t.Inside(list)))
		}
	}
	if len(rows) == 0 {
		return "", nil
	}
	return "; it may be in a raw row that ingest did not use: " + strings.Join(rows, "; "), nil
}

// none says that there is no such image.
func (s *seeker) none(v Version, asked, why, left string) error {
	text := fmt.Sprintf("%s has no image %q, selected or rejected", v.Name, asked)
	if s.sum != "" {
		return fmt.Errorf("%s: no selected image has the content of that file, SHA-256 %s (of rejected ones a version keeps "+
			"none)", text, s.sum)
	}
	if why != "" {
		why = ": " + why + "; nor is it in the way back, work/" + workspace.WayBackFile
	}
	return fmt.Errorf("%s, by image_id, file name, part of a path, SHA-256 (8 digits or more, of selected ones), patient "+
		"or lesion%s%s%s", text, why, s.near.words(), left)
}

// sumAt is the SHA-256 of the ordinary file at a path; empty where there is none.
func sumAt(name string) (string, error) {
	if _, err := fileio.Stat(name); err != nil {
		return "", nil // whatever is there in its place, it is no picture
	}
	sum, _, err := workspace.HashFile(name)
	return sum, err
}

// pathIn is the path in a version of a file that is named by where it is; else the text as it is.
func (v Version) pathIn(asked string) string {
	dir, errDir := filepath.Abs(v.Dir)
	file, errFile := filepath.Abs(asked)
	inside, err := filepath.Rel(dir, file)
	if errDir != nil || errFile != nil || err != nil || !filepath.IsLocal(inside) {
		return asked
	}
	return filepath.ToSlash(inside)
}

// undisguise finds out which pseudonyms stand for what was asked, as far as the key or the way back tells: neither is
// needed to look for a pseudonym. Why says what keeps it from telling.
func (t *tracer) undisguise(v Version, s *seeker) (why string, err error) {
	if t.fingerprint == "" {
		return "", nil
	}
	key, why, err := keyOf(t.ctx, t.Workspace, v.Name, t.fingerprint)
	if err != nil {
		return "", err
	}
	if key != nil {
		names, err := renamerOf(v, key)
		if err != nil {
			return "", err
		}
		for source, space := range names.spaces {
			for _, text := range []string{s.given, s.asked, norm.NFD.String(s.asked)} {
				s.stand[key.Of(pseudonyms.Image, source, text)] = "path in its source"
				s.stand[key.Of(pseudonyms.Patient, space, text)] = "patient"
				s.stand[key.Of(pseudonyms.Lesion, space, text)] = "lesion"
			}
		}
	}
	delete(s.stand, "")
	return why, t.wayBack(func(e pseudonyms.Entry) bool {
		switch {
		case e.Kind == pseudonyms.Image && (s.ends(e.Original) || s.ends(e.Space+"/"+e.Original)):
			s.stand[e.Pseudonym] = "file name"
		case e.Kind == pseudonyms.Image && s.isPart(e.Original):
			s.stand[e.Pseudonym] = byPart
		case (e.Kind == pseudonyms.Patient || e.Kind == pseudonyms.Lesion) && norm.NFC.String(e.Original) == s.asked:
			s.stand[e.Pseudonym] = string(e.Kind)
		}
		return true
	})
}

// seekDatasets finds the rows of a patient or lesion in dataset CSVs that are still as the version read them: of
// rejected images the version says neither.
func (t *tracer) seekDatasets(m releaseio.Manifest, s *seeker) error {
	told := t.rows
	defer func() { t.rows = told }() // that a CSV has changed is told of the image that is found
	for _, input := range m.Inputs {
		source, name := path.Split(input.Path)
		if source = path.Base(source); name != source+"_dataset.csv" || !t.asRead(m, input.Path, "") {
			continue
		}
		columns := []string{dataset.ImagePath, dataset.PatientID, dataset.LesionID}
		err := csvio.EachRow(t.ctx, t.Path(input.Path), columns, func(row csvio.Row) bool {
			if s.asked != "" && norm.NFC.String(row.Cell(1)) == s.asked {
				s.named[source+"/"+row.Cell(0)] = "patient"
			} else if s.asked != "" && norm.NFC.String(row.Cell(2)) == s.asked {
				s.named[source+"/"+row.Cell(0)] = "lesion"
			}
			return true
		})
		if err != nil && fault.Of(err) != fault.NotThere {
			return err
		}
	}
	return nil
}
