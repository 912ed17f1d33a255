package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"os"
	"path/filepath"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
)

// A picture is what fetch and check know of one image.
type picture struct {
	SHA256        string // of its bytes, in hex; empty: there are none, such as where it is missing
	Verdict       string // "ok", or why it cannot be used, in the words of spec 9
	Flaw          string // more about the verdict, for people; may be empty
	Width, Height int    // pixels of the upright image; 0: unknown
}

// pictured is what the rows learned from their images: work/pictures/answer.json. The columns of rows, and the ledger that knows them, lie
// beside it.
type pictured struct {
	Known    releaseio.Entry `json:"known"`    // for the manifest: size and SHA-256 of what is known, row by row
	Joined   bool            `json:"joined"`   // equal images joined groups
	Findings []rows.Finding  `json:"findings"` // giant groups, if Joined
	Idle     []int           `json:"idle"`     // lines of image_overrides.csv that keep nothing
}

// hasPictures says whether images count in this workspace; without a store the tables are made of the rows alone.
func (w *Workspace) hasPictures() bool { return w.Config.Images.Store != "" }

func (b *build) picturesKey() (stepKey, error) {
	return newStepKey(nil, map[string]string{
		"the rows of generate": b.stepHash["generate"], "the pictures of fetch": b.stepHash["fetch"], "the verdicts of check": b.stepHash["check"],
		overridesFile: b.inputs.sum(overridesFile),
	})
}

// pictures puts what fetch and check know beside the rows, and teaches it to the ledger: which rows lose their image, and which share one.
func (b *build) pictures() error {
	key, err := b.picturesKey()
	if err != nil {
		return err
	}
	if err := b.step("pictures", key, b.depict); err != nil {
		return err
	}
	b.stepHash["pictures"] = key.hash()
	b.seen = &pictured{}
	return readJSON(filepath.Join(b.work("pictures"), "answer.json"), b.seen)
}

func (b *build) depict(dir string) (err error) {
	known, err := b.seePictures()
	if err != nil {
		return err
	}
	defer func() { b.blobs, b.facts = nil, nil }() // nobody needs them any more
	ledger, err := b.takeLedger("generate")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "rows"), 0o755); err != nil {
		return err
	}
	survey := ledger.LearnPictures(b.groupsBy("duplicate"), maxAlike)
	answer := pictured{}
	if answer.Idle, err = b.idle(known); err != nil {
		return err
	}
	sum := &pictureSum{hash: sha256.New()}
	if err := b.lookAtPictures(dir, known, ledger, survey, sum); err != nil {
		return err
	}
	if err := known.complete(); err != nil {
		return err
	}
	answer.Known = sum.entry()
	if answer.Joined, err = survey.End(); err != nil {
		return err
	}
	if answer.Joined {
		if err := b.identify(ledger, b.work("generate"), "pictures: group ids"); err != nil {
			return err
		}
		answer.Findings = ledger.GiantGroups()
	}
	if err := b.keepLedger(dir, ledger); err != nil {
		return err
	}
	b.ledger, b.ledgerOf = ledger, "pictures"
	return writeJSON(filepath.Join(dir, "answer.json"), answer)
}

// lookAtPictures reads the paths of all rows and writes what is known of their images into dir, cut as the rows are.
func (b *build) lookAtPictures(dir string, known *fetchedPictures, ledger *ledger.Ledger, survey *ledger.PictureSurvey, sum *pictureSum) error {
	var files closers
	err := b.pathsOf(b.work("generate"), "pictures", func(source Source, paths engine.Stream) (engine.Pass, error) {
		pieces, err := b.pieces("generate", source.Name)
		if err != nil {
			return engine.Pass{}, err
		}
		rows, err := engine.Zip(paths, ledger.Reasons(source.Ordinal, pieces))
		if err != nil {
			return engine.Pass{}, err
		}
		facts := b.pictureFacts(source, known)
		pictures, _, err := facts.Bind(rows.Schema)
		if err != nil {
			return engine.Pass{}, err
		}
		file, err := files.rowsFile(rowsPath(dir, source.Name), pictures)
		if err != nil {
			return engine.Pass{}, err
		}
		teach, err := survey.Sink(source.Ordinal, pictures)
		if err != nil {
			return engine.Pass{}, err
		}
		_, all, err := engine.Through(rows.Schema, []engine.Stage{facts}, file, teach, sum.sink())
		return engine.Pass{Name: source.Name, In: rows, Into: []engine.Sink{all}}, err
	})
	return errors.Join(err, files.close())
}

// pictureFacts puts, beside the image paths of a source, what is known of the images and what people decided about them.
func (b *build) pictureFacts(source Source, known *fetchedPictures) stages.Facts {
	kept := b.overrides.paths[source.Name]
	return stages.Facts{Columns: rows.PictureFields, Of: func(path string, values []string) bool {
		p, is := known.of(source.Name, path)
		if !is {
			return false
		}
		if _, keeps := kept[path]; keeps && rows.Keepable(p.Verdict) {
			p.Verdict, p.Flaw = rows.VerdictOK, ""
		}
		values[0], values[1], values[2], values[3], values[4] = p.Verdict, p.Flaw, p.SHA256, pixels(p.Width), pixels(p.Height)
		return true
	}}
}

// pixels is a side of an image as a fact; unknown where it is 0.
func pixels(side int) string {
	if side == 0 {
		return ""
	}
	return strconv.Itoa(side)
}

// A pictureSum is the SHA-256 of what is known of the images of all rows, in their order: a line each, with verdict, SHA-256, width,
// height and what is wrong with it. It does not depend on how the rows are cut, nor on how fetch and check keep what they know.
type pictureSum struct {
	hash  hash.Hash
	bytes int64
}

func (s *pictureSum) sink() engine.Sink {
	look := func(batch arrow.RecordBatch) ([]byte, error) {
		column := func(name string) arrow.Array { return batch.Column(batch.Schema().FieldIndices(name)[0]) }
		verdict, flaw := column(rows.ColVerdict).(*array.Dictionary), column(rows.ColFlaw).(*array.Dictionary)
		sums := column(rows.ColSHA256).(*array.String)
		width, height := column(rows.ColWidth).(*array.Int32), column(rows.ColHeight).(*array.Int32)
		verdicts, flaws := verdict.Dictionary().(*array.String), flaw.Dictionary().(*array.String)
		var lines []byte
		for i := range int(batch.NumRows()) {
			if verdict.IsNull(i) {
				lines = append(lines, "unknown\n"...)
				continue
			}
			if v := verdicts.Value(verdict.GetValueIndex(i)); v != rows.VerdictOK {
				lines = append(lines, v...)
			}
			lines = append(lines, ' ')
			lines = append(append(lines, sums.Value(i)...), ' ')
			lines = strconv.AppendInt(append(strconv.AppendInt(lines, int64(width.Value(i)), 10), ' '), int64(height.Value(i)), 10)
			if flaw.IsValid(i) {
				lines = append(append(lines, ' '), flaws.Value(flaw.GetValueIndex(i))...)
			}
			lines = append(lines, '\n')
		}
		return lines, nil
	}
	take := func(lines []byte) error {
		s.bytes += int64(len(lines))
		_, err := s.hash.Write(lines)
		return err
	}
	return engine.Survey[[]byte]{Name: "sum of pictures", OnLook: look, OnTake: take}
}

// entry is the input of a manifest that stands for the images.
func (s *pictureSum) entry() releaseio.Entry {
	return releaseio.Entry{Path: "pictures", Bytes: s.bytes, SHA256: hex.EncodeToString(s.hash.Sum(nil))}
}
