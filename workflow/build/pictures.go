package build

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// learned is what the rows learned from their images: work/pictures/answer.json. The columns of rows, the ledger that
// knows them, and the contents of its pictures lie beside it.
type learned struct {
	Known releaseio.Entry `json:"known"` // for the manifest: size and SHA-256 of what is known, row by row
	Idle  []int           `json:"idle"`  // lines of image_overrides.csv that keep nothing
}

func (b *build) picturesKey() (any, map[string]string, error) {
	return nil, map[string]string{workspace.OverridesFile: b.inputs.sum(workspace.OverridesFile)}, nil
}

// pictures puts what fetch and check know beside the rows, and teaches it to the ledger: which rows lose their image,
// and which picture they show.
func (b *build) pictures(dir string) (err error) {
	known, err := b.seePictures()
	if err != nil {
		return err
	}
	l, err := b.takeLedger("generate")
	if err != nil {
		return err
	}
	if err := fileio.MakeFolders(filepath.Join(dir, "rows")); err != nil {
		return err
	}
	survey := l.LearnPictures(maxAlike)
	answer := learned{}
	if answer.Idle, err = b.keepsNothing(known); err != nil {
		return err
	}
	sum := &pictureSum{hash: sha256.New()}
	if err := b.learn(dir, known, l, survey, sum); err != nil {
		return err
	}
	if err := known.complete(); err != nil {
		return err
	}
	answer.Known = sum.entry()
	contents, err := survey.End()
	if err != nil {
		return err
	}
	if err := errors.Join(keepContents(dir, contents), b.keepLedger(dir, l)); err != nil {
		return err
	}
	steps.Leave(b.steps, l)
	steps.Leave(b.steps, contents)
	return steps.WriteAnswer(dir, answer)
}

// learn reads the paths of all rows and writes what is known of their images into dir, cut as the rows are.
func (b *build) learn(dir string, known *knownPictures, l *ledger.Ledger,
	survey *ledger.PictureSurvey, sum *pictureSum) error {
	var files rowsFiles
	err := b.eachPaths("pictures",
		func(source workspace.Source, paths engine.Stream) (engine.Pass, error) {
			pieces, err := b.pieces(source.Name)
			if err != nil {
				return engine.Pass{}, err
			}
			in, err := engine.Zip(paths, l.Reasons(source.Ordinal, pieces))
			if err != nil {
				return engine.Pass{}, err
			}
			facts := b.factsStage(source, known)
			pictured, _, err := facts.Bind(in.Schema)
			if err != nil {
				return engine.Pass{}, err
			}
			file := files.add(rowsPath(dir, source.Name), pictured)
			intoLedger, err := survey.Sink(source.Ordinal, pictured)
			if err != nil {
				return engine.Pass{}, err
			}
			intoSum, err := sum.sink(pictured)
			if err != nil {
				return engine.Pass{}, err
			}
			_, all, err := engine.Through(in.Schema, []engine.Stage{facts}, file, intoLedger, intoSum)
			return engine.Pass{Name: source.Name, In: in, Into: []engine.Sink{all}}, err
		})
	return errors.Join(err, files.close())
}

// factsStage puts what is known of a source's images, and what people decided about them, beside their paths.
func (b *build) factsStage(source workspace.Source, known *knownPictures) stages.Facts {
	kept := b.overrides.Paths[source.Name]
	return stages.Facts{Columns: rows.PictureFields, Of: func(path, _ string, values []string) bool {
		if !source.HasPictures() { // nothing is wrong with a row for that
			picture{verdict: images.OK}.fill(values)
			return true
		}
		p, is := known.of(source.Name, path)
		if _, keep := kept[path]; keep && p.verdict.Keepable() {
			p.verdict, p.flaw = images.OK, ""
		}
		p.fill(values)
		return is
	}}
}

// A pictureSum is the SHA-256 of what is known of the images of all rows, in their order: a line each, with verdict,
// SHA-256, width, height and what is wrong with it; the verdict of one that can be used is left out. It does not depend
// on how the rows are cut, nor on how fetch and check keep what they know.
type pictureSum struct {
	hash  hash.Hash
	bytes int64
}

func (s *pictureSum) sink(in *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(in, rows.PictureFields...)
	if err != nil {
		return nil, err
	}
	look := func(batch arrow.RecordBatch) ([]byte, error) {
		verdict, flaw := batch.Column(at[0]).(*array.Dictionary), batch.Column(at[1]).(*array.Dictionary)
		verdicts, flaws := verdict.Dictionary().(*array.String), flaw.Dictionary().(*array.String)
		sums, width, height := batch.Column(at[2]).(*array.String), batch.Column(at[3]).(*array.Int32),
			batch.Column(at[4]).(*array.Int32)
		var lines []byte
		for i := range int(batch.NumRows()) {
			if verdict.IsNull(i) {
				lines = append(lines, "unknown\n"...)
				continue
			}
			if text := verdicts.Value(verdict.GetValueIndex(i)); text != rows.VerdictOK {
				lines = append(lines, text...)
			}
			lines = append(append(append(lines, ' '), sums.Value(i)...), ' ')
			lines = strconv.AppendInt(append(strconv.AppendInt(lines, int64(width.Value(i)), 10), ' '),
				int64(height.Value(i)), 10)
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
	return engine.Survey[[]byte]{Name: "sum of pictures", OnLook: look, OnTake: take}, nil
}

// entry is the input of a manifest that stands for the images.
func (s *pictureSum) entry() releaseio.Entry {
	return releaseio.Entry{Path: "pictures", Bytes: s.bytes, SHA256: hex.EncodeToString(s.hash.Sum(nil))}
}

// knownPictures is what fetch and check left: the log of objects, and the facts of their contents.
type knownPictures struct {
	blobs  *transfer.Blobs
	facts  *pictures.Facts
	limits images.Limits
	// SHA-256 of those that took longer to decode than any may: it depends on the machine, and is no fact
	overdue map[string]bool
	lacking atomic.Int64 // pictures that were asked for, and of which there is no fact
}

// A picture is what fetch and check know of one image.
type picture struct {
	verdict       images.Verdict
	flaw          string // more about the verdict, for people; may be empty
	sha256        string // of its bytes; empty: there are none
	width, height int    // of the upright image; 0: unknown
	pixels        string // SHA-256 of the upright pixels; empty: unknown
}

// fill writes it into the texts of rows.PictureFields, in their order.
func (p picture) fill(values []string) {
	values[0], values[1], values[2] = string(p.verdict), p.flaw, p.sha256
	if p.width > 0 {
		values[3] = strconv.Itoa(p.width)
	}
	if p.height > 0 {
		values[4] = strconv.Itoa(p.height)
	}
	values[5] = p.pixels
}

// of finds the picture of a source's image, for many goroutines. One that failed to come is missing where it is not
// there, and else not fetched; one that nobody asked for is not known.
func (k *knownPictures) of(source, path string) (p picture, known bool) {
	entry, known := k.blobs.Entry(source + "/" + path)
	if !known {
		return p, false
	}
	if entry.Failed() {
		verdict := images.NotFetched
		if entry.Reason == blobio.Missing {
			verdict = images.Missing
		}
		return picture{verdict: verdict, flaw: notFetchedFor(source, entry)}, true
	}
	result, known := k.result(entry.SHA256)
	if !known {
		k.lacking.Add(1)
		return p, false
	}
	width, height := result.Upright()
	p = picture{verdict: result.Verdict, flaw: result.Detail, sha256: entry.SHA256, width: width, height: height}
	if content, is := contentOf(entry.SHA256); is && pictures.Decoded(result.Verdict) {
		p.pixels = k.facts.Pixels(content)
	}
	return p, true
}

// contentOf is the content of a picture, if there is one.
func contentOf(sum string) (content [32]byte, is bool) {
	return (&pictures.File{SHA256: sum}).Content()
}

// result is what check found of a blob, today's limits applied; not known if nobody has looked.
func (k *knownPictures) result(sum string) (result images.Result, known bool) {
	content, _ := contentOf(sum)
	if result, known = k.facts.Result(content, k.limits); !known && k.overdue[sum] {
		return images.Result{Verdict: images.Corrupt, Detail: "decoding does not come to an end"}, true
	}
	return result, known
}

// complete is an error if check has not looked at a picture that was asked for.
func (k *knownPictures) complete() error {
	if n := k.lacking.Load(); n > 0 {
		return fmt.Errorf("work/facts does not have what check found of pictures: %d; run `dermset check`", n)
	}
	return nil
}

// seePictures is what is known of images.
func (b *build) seePictures() (*knownPictures, error) {
	blobs, err := steps.Left(b.steps, "fetch", b.readBlobs)
	if err != nil {
		return nil, err
	}
	facts, err := steps.Left(b.steps, "check", b.readFacts)
	if err != nil {
		return nil, err
	}
	answer, err := steps.Answer[checked](b.steps, "check")
	if err != nil {
		return nil, err
	}
	return b.known(blobs, facts, answer), nil
}

// letPicturesGo frees what seePictures holds in memory, behind the last step that asks.
func (b *build) letPicturesGo() {
	_, _ = steps.Take(b.steps, "fetch", b.readBlobs)
	_, _ = steps.Take(b.steps, "check", b.readFacts)
}

func (b *build) known(blobs *transfer.Blobs, facts *pictures.Facts, answer *checked) *knownPictures {
	overdue := map[string]bool{}
	for _, sum := range answer.Overdue {
		overdue[sum] = true
	}
	return &knownPictures{blobs: blobs, facts: facts, limits: b.limits(), overdue: overdue}
}

// lastPictures is what is known of images, whatever else has changed since; nil where nobody has looked at any.
func (b *build) lastPictures() (*knownPictures, error) {
	if has, err := b.steps.HasRun("check"); !has || err != nil {
		return nil, err
	}
	blobs, err := b.readBlobs("")
	if err != nil {
		return nil, err
	}
	facts, err := b.readFacts("")
	if err != nil {
		return nil, err
	}
	answer := new(checked)
	err = workspace.ReadJSON(filepath.Join(b.Work("check"), "answer.json"), answer)
	return b.known(blobs, facts, answer), err
}

// readFacts are the facts as they are now.
func (b *build) readFacts(string) (*pictures.Facts, error) {
	facts, err := b.openFacts()
	if err != nil {
		return nil, err
	}
	return facts, facts.Close()
}
