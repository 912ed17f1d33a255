package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/models"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// checked is work/check/answer.json.
type checked struct {
	Verdicts map[string]int64 `json:"verdicts"` // images by verdict
	Overdue  []string         `json:"overdue"`  // SHA-256 of those that took longer than any may: corrupt, but no fact
	SHA256   string           `json:"sha256"`   // of the images and their verdicts
}

// checkSettings are the settings that decide what the pass over pictures finds.
type checkSettings struct {
	images.Limits
	Lookers []string // whose facts are wanted
}

func (b *build) checkKey() (any, map[string]string, error) {
	settings := checkSettings{Limits: b.limits()}
	for _, looker := range b.lookers() {
		settings.Lookers = append(settings.Lookers, looker.Name)
	}
	return settings, b.drawnOn(), nil
}

// drawnOn are the SHA-256 of the annotations where somebody who looks at pictures is told what was drawn on them.
func (b *build) drawnOn() map[string]string {
	if b.asks.tone.Kind != models.BuiltIn {
		return map[string]string{}
	}
	return b.annotationSums()
}

// checkedVerdicts names what a check found: the verdicts. What other lookers found is a function of the contents, and
// of what the key of who asks for it says.
func checkedVerdicts(dir string) (string, error) {
	var answer checked
	err := workspace.ReadJSON(filepath.Join(dir, "answer.json"), &answer)
	return answer.SHA256, err
}

// sameVerdicts says whether the verdicts are those of a check with other settings, all else being equal: they are where
// the limits are.
func (b *build) sameVerdicts(settings string) bool {
	var before checkSettings
	return json.Unmarshal([]byte(settings), &before) == nil && before.Limits == b.limits()
}

// check finds out what the fetched pictures are, unless a run since they last changed has.
// What is known of a content is not found out again.
func (b *build) check(dir string) error {
	blobs, err := steps.Left(b.steps, "fetch", b.readBlobs)
	if err != nil {
		return err
	}
	answer, sum := checked{Verdicts: map[string]int64{}}, sha256.New()
	var line []byte
	facts, err := b.checkWanted(blobs, func(s *pictures.Seen) error {
		answer.Verdicts[string(s.Verdict)]++
		if s.ByClock {
			answer.Overdue = append(answer.Overdue, s.SHA256)
		}
		line = append(append(append(line[:0], s.Name...), 0), s.Verdict...)
		line = append(append(append(line, 0), s.Detail...), '\n')
		_, err := sum.Write(line)
		return err
	})
	answer.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err != nil {
		return err
	}
	steps.Leave(b.steps, facts)
	return steps.WriteAnswer(dir, answer)
}

// factsMayBeGone has check run too where a later step wants a fact of each picture: the disk may have lost some.
func factsMayBeGone(looked bool) (string, error) {
	if looked {
		return "a later step looks at the facts", nil
	}
	return "", nil
}

// checkWanted has all lookers look at the images that count and were asked for, and at their masks. The facts that it
// returns are closed.
func (b *build) checkWanted(blobs *transfer.Blobs, take func(*pictures.Seen) error) (*pictures.Facts, error) {
	if err := b.matchAnnotations(); err != nil {
		return nil, err
	}
	facts, err := b.openFacts()
	if err != nil {
		return nil, err
	}
	return facts, b.look(b.wantedFiles(blobs), facts, b.overrides, take)
}

// wantedFiles are the files of the images that count.
func (b *build) wantedFiles(blobs *transfer.Blobs) iter.Seq2[pictures.File, error] {
	return func(yield func(pictures.File, error) bool) {
		l, err := b.seeLedger("generate")
		if err != nil {
			yield(pictures.File{}, err)
			return
		}
		for _, source := range b.sources {
			var wanted [][2]string // images and their masks
			err := b.eachAlive(source, l, func(image, mask string) {
				wanted = append(wanted, [2]string{strings.Clone(image), strings.Clone(mask)})
			})
			if err != nil {
				yield(pictures.File{}, err)
				return
			}
			for _, image := range wanted {
				if !yield(b.fileOf(blobs, source, image[0], image[1]), nil) {
					return
				}
			}
		}
	}
}

// fileOf is the file that was fetched of an image of a source, with that of its mask and what people drew on it.
func (b *build) fileOf(blobs *transfer.Blobs, source workspace.Source, image, mask string) pictures.File {
	file := pictures.File{Name: source.Name + "/" + image}
	if !source.HasPictures() { // whatever came when it had some
		file.Failed = "the source has none (pictures: none)"
		return file
	}
	switch e, known := blobs.Entry(file.Name); {
	case !known:
		file.Failed = notYetFetched
	case e.Failed():
		file.Failed, file.Gone = notFetchedFor(source.Name, e), e.Reason == blobio.Missing
	default:
		file.Path, file.SHA256, file.Bytes = blobs.Path(e.SHA256), e.SHA256, e.Size
	}
	if mask != "" {
		file.Mask = maskOf(blobs, source, mask)
	}
	file.Marks = b.marksOf(source, image)
	return file
}

// maskOf is the file that was fetched of a mask.
func maskOf(blobs *transfer.Blobs, source workspace.Source, mask string) *pictures.Mask {
	file := &pictures.Mask{Shows: source.Mask.Shows, Inverted: source.Mask.Inverted}
	switch e, known := blobs.Entry(source.Name + "/" + mask); {
	case !known:
		file.Failed = notYetFetched
	case e.Failed():
		file.Failed = notFetchedFor(source.Name, e)
	default:
		file.Path, file.SHA256, file.Bytes = blobs.Path(e.SHA256), e.SHA256, e.Size
	}
	return file
}

const notYetFetched = "not fetched yet, or gone from work/blobs: run `dermset fetch`"

// notFetchedFor says why an object of a source did not come, and what is there in its place.
func notFetchedFor(source string, e transfer.Entry) string {
	why := "not fetched: " + string(e.Reason)
	if e.Near != "" {
		why += "; there is " + quotedName(strings.TrimPrefix(e.Near, source+"/"))
	}
	return why
}

// look has all lookers look at files, and closes the facts that it keeps what they find in.
func (b *build) look(
	files iter.Seq2[pictures.File, error], facts *pictures.Facts,
	kept workspace.Overrides, take func(*pictures.Seen) error,
) error {
	bytes := int64(0)
	for file, err := range files {
		if err != nil {
			return errors.Join(err, facts.Close())
		}
		bytes += file.Bytes
	}
	defer b.Progress.Begin("check", "pictures", bytes)()
	pass := pictures.Pass{
		Facts: facts, Limits: b.limits(), Workers: b.Workspace.Run.Workers,
		Memory: b.Workspace.Run.MemoryBytes, Kept: kept.Keeps,
		Progress: func(bytes int64) { b.Progress.Add("", 1, bytes) },
	}
	if err := errors.Join(pass.Run(b.ctx, files, take), facts.Close()); err != nil {
		return err
	}
	b.Progress.End()
	return nil
}

func (b *build) limits() images.Limits {
	return images.Limits{MinSide: b.Config.Images.MinSide, MaxPixels: b.Config.Images.MaxPixels}
}

func (b *build) openFacts() (*pictures.Facts, error) {
	return pictures.OpenFacts(b.Work("facts"), b.lookers()...)
}

// Check is the verb check: of the pictures below folder or, if that is empty, of those that were fetched and
// still count. What it finds is handed to take in order, and kept in work/facts.
func Check(ctx context.Context, w *workspace.Workspace, folder string, take func(*pictures.Seen) error) error {
	b := newBuild(ctx, w)
	if folder != "" {
		return b.checkFolder(folder, take)
	}
	if !w.HasPictures() {
		return workspace.Usage(errors.New(
			"dermset.yaml: images.store: is empty, so that nothing was fetched; name a folder of pictures with --images"))
	}
	if err := b.begin(); err != nil {
		return err
	}
	if err := b.wantGenerated(); err != nil {
		return err
	}
	blobs, err := b.readBlobs("")
	if err == nil {
		_, err = b.checkWanted(blobs, take)
	}
	return err
}

func (b *build) checkFolder(folder string, take func(*pictures.Seen) error) error {
	names, err := b.SourceNames()
	if err != nil {
		return err
	}
	kept, err := b.ReadOverrides(names)
	if err != nil {
		return err
	}
	info, err := os.Stat(folder)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s: is not a folder", folder)
	}
	if err != nil {
		return workspace.Usage(err)
	}
	files, err := pictures.Folder(b.ctx, folder)
	if err != nil {
		return err
	}
	facts, err := pictures.OpenFacts(b.Work("facts"), pictures.Check)
	if err != nil {
		return err
	}
	return b.look(pictures.Each(files), facts, kept, take)
}
