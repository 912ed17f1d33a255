package workflow

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/dermset/dermset/stages"
)

// picturesCSV is where a test says what fetch and check would have found out, and so needs no pictures. Of two lines about one image the
// later counts.
const picturesCSV = "work/pictures.csv"

var knownColumns = []string{"source", "source_path", "sha256", "verdict", "width", "height"}

// pictureTable is what is known of images by source and path.
type pictureTable map[string]map[string]picture

func (t pictureTable) of(source, path string) (p picture, known bool) {
	p, known = t[source][path]
	return p, known
}

// KnowPictures reads picturesCSV, if it is there; steps then use it in place of fetch and check.
func (w *Workspace) KnowPictures() error {
	sum, _, err := hashFile(w.path(picturesCSV))
	if errors.Is(err, os.ErrNotExist) || !w.hasPictures() {
		return nil
	}
	rows, tableErr := w.readTable(picturesCSV, knownColumns)
	table, errs := pictureTable{}, []error{err, tableErr}
	for _, row := range rows {
		p, err := pictureOf(row.Fields)
		errs = append(errs, err)
		addPicture(table, row.Fields[0], row.Fields[1], p)
	}
	w.known, w.knownSum = table, sum
	return errors.Join(errs...)
}

func addPicture(t pictureTable, source, path string, p picture) {
	if t[source] == nil {
		t[source] = map[string]picture{}
	}
	t[source][path] = p
}

// pictureOf is the picture of a row of knownColumns.
func pictureOf(fields []string) (p picture, err error) {
	p.Verdict = fields[3]
	_, verdictErr := stages.VerdictReason(p.Verdict)
	var sumErr error
	if n, err := hex.Decode(p.SHA256[:], []byte(fields[2][:min(len(fields[2]), 64)])); fields[2] != "" && (err != nil || n != 32 || len(fields[2]) != 64) {
		sumErr = fmt.Errorf("sha256 %q, want 64 hex digits, or none", fields[2])
	}
	var sizeErrs [2]error
	for i, into := range []*int32{&p.Width, &p.Height} {
		text := fields[4+i]
		n, err := strconv.ParseUint(text, 10, 31)
		if text != "" && err != nil {
			sizeErrs[i] = fmt.Errorf("%s %q, want pixels, or none", knownColumns[4+i], text)
		}
		*into = int32(n)
	}
	return p, errors.Join(verdictErr, sumErr, sizeErrs[0], sizeErrs[1])
}
