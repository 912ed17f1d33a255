package workflow

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/dermset/dermset/stages"
)

// knownPictures is what fetch and check leave about images; of two lines about one image the later counts. Whoever fetches and checks by other
// means may write it.
const knownPictures = "work/pictures.csv"

var knownColumns = []string{"source", "source_path", "sha256", "verdict", "width", "height"}

// pictureTable is what is known of images by source and path.
type pictureTable map[string]map[string]picture

func (t pictureTable) of(source, path string) (p picture, known bool) {
	p, known = t[source][path]
	return p, known
}

// knowsPictures says whether anything is known of images.
func (w *Workspace) knowsPictures() bool {
	_, err := os.Stat(w.path(knownPictures))
	return err == nil
}

// readPictures reads what is known of images. Everything that is wrong with the file comes at once.
func (w *Workspace) readPictures() (pictures, error) {
	if !w.knowsPictures() {
		return nil, fmt.Errorf("%s: is not there: nothing is known of the pictures in %q yet; run `dermset fetch` and `dermset check`, or set images.store to \"\" to build the tables alone", knownPictures, w.Config.Images.Store)
	}
	rows, err := w.readTable(knownPictures, knownColumns)
	if err != nil {
		return nil, err
	}
	table := pictureTable{}
	var errs []error
	for _, row := range rows {
		p, err := pictureOf(row.Fields)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", knownPictures, row.Line, err))
			continue
		}
		if table[row.Fields[0]] == nil {
			table[row.Fields[0]] = map[string]picture{}
		}
		table[row.Fields[0]][row.Fields[1]] = p
	}
	return table, errors.Join(errs...)
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
