package build

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
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// pictured is what the rows learned from their images: work/pictures/answer.json. The columns of rows, and the ledger that knows them, lie
// beside it.
type pictured struct {
	Known    releaseio.Entry  `json:"known"`    // for the manifest: size and SHA-256 of what is known, row by row
	Joined   bool             `json:"joined"`   // equal images joined groups
	Findings []stages.Finding `json:"findings"` // giant groups, if Joined
	Idle     []int            `json:"idle"`     // lines of image_overrides.csv that keep nothing
}

func (b *build) picturesKey() (any, map[string]string, error) {
	return nil, map[string]string{workspace.OverridesFile: b.inputs.sum(workspace.OverridesFile)}, nil
}

// pictures puts what fetch and check know beside the rows, and teaches it to the ledger: which rows lose their image, and which share one.
func (b *build) pictures(dir string) (err error) {
	known, err := b.seePictures()
	if err != nil {
		return err
	}
	ledger, err := b.takeLedger("generate")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "rows"), 0o755); err != nil {
		return err
	}
	taught := stages.NewPictures(ledger, b.groupsBy("duplicate"), maxAlike)
	answer := pictured{}
	if answer.Idle, err = b.keepsNothing(known); err != nil {
		return err
	}
	sum := &pictureSum{hash: sha256.New()}
	if err := b.lookAtPictures(dir, known, ledger, taught, sum); err != nil {
		return err
	}
	if err := known.complete(); err != nil {
		return err
	}
	answer.Known = sum.entry()
	if answer.Joined, err = taught.End(); err != nil {
		return err
	}
	if answer.Joined {
		if err := b.identify(ledger, b.Work("generate"), "pictures: group ids"); err != nil {
			return err
		}
		answer.Findings = ledger.GiantGroups()
	}
	if err := b.keepLedger(dir, ledger); err != nil {
		return err
	}
	steps.Leave(b.steps, ledger)
	return steps.WriteAnswer(dir, answer)
}

// lookAtPictures reads the paths of all rows and writes what is known of their images into dir, cut as the rows are.
func (b *build) lookAtPictures(dir string, known *knownPictures, ledger *stages.Ledger, taught *stages.Pictures, sum *pictureSum) error {
	var files closers
	err := b.pathsOf(b.Work("generate"), "pictures", func(source workspace.Source, paths engine.Stream) (engine.Pass, error) {
		pieces, err := b.pieces(source.Name)
		if err != nil {
			return engine.Pass{}, err
		}
		rows, err := engine.Zip(paths, ledger.Reasons(source.Ordinal, pieces))
		if err != nil {
			return engine.Pass{}, err
		}
		depict := b.depictStage(source, known)
		depicted, _, err := depict.Bind(rows.Schema)
		if err != nil {
			return engine.Pass{}, err
		}
		file, err := files.rowsFile(rowsPath(dir, source.Name), depicted)
		if err != nil {
			return engine.Pass{}, err
		}
		teach, err := taught.Sink(source.Ordinal, depicted)
		if err != nil {
			return engine.Pass{}, err
		}
		_, all, err := engine.Through(rows.Schema, []engine.Stage{depict}, file, teach, sum.sink())
		return engine.Pass{Name: source.Name, In: rows, Into: []engine.Sink{all}}, err
	})
	return errors.Join(err, files.close())
}

// depictStage makes, of the image paths of a source, what is known of the images and what people decided about them.
func (b *build) depictStage(source workspace.Source, known *knownPictures) stages.Depict {
	return stages.Depict{
		Of:   func(path string) (stages.Picture, bool) { return known.of(source.Name, path) },
		Kept: b.overrides.Paths[source.Name],
	}
}

// A pictureSum is the SHA-256 of what is known of the images of all rows, in their order: a line each, with verdict, SHA-256, width,
// height and what is wrong with it. It does not depend on how the rows are cut, nor on how fetch and check keep what they know.
type pictureSum struct {
	hash  hash.Hash
	bytes int64
}

func (s *pictureSum) sink() engine.Sink {
	look := func(batch arrow.RecordBatch) ([]byte, error) {
		verdict, flaw, sums := batch.Column(0).(*array.Dictionary), batch.Column(1).(*array.Dictionary), batch.Column(2).(*array.String)
		width, height := batch.Column(3).(*array.Int32), batch.Column(4).(*array.Int32)
		verdicts, flaws := verdict.Dictionary().(*array.String), flaw.Dictionary().(*array.String)
		var lines []byte
		for i := range int(batch.NumRows()) {
			if verdict.IsNull(i) {
				lines = append(lines, "unknown\n"...)
				continue
			}
			lines = append(append(lines, verdicts.Value(verdict.GetValueIndex(i))...), ' ')
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
