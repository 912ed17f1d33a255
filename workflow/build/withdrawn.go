package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// dropWithdrawn removes from work/ the pictures and masks of withdrawn images that no other image has, what twins of
// them are found by, and copies that were made of them. Which copies are theirs nobody can say any more, as each is
// named by what it holds: keep removes all that this version does not need, which are made again where they are wanted.
// Without it, copies go altogether.
//
// The blobs go last: as long as one of them is there, a run that was killed is gone on with by the next one.
func (p *publication) dropWithdrawn(keep func() error) error {
	if len(p.withdrawn.Lines) == 0 || !p.HasPictures() {
		return nil
	}
	blobs, err := steps.Left(p.steps, "fetch", p.readBlobs)
	if err != nil {
		return err
	}
	contents, err := p.withdrawnContents(blobs)
	if err != nil || len(contents) == 0 {
		return err
	}
	if keep == nil {
		keep = func() error { return fileio.RemoveAll(p.Work("copies")) }
	}
	if err := keep(); err != nil {
		return err
	}
	if err := pictures.Erase(p.Work("facts"), hashesOf(contents)); err != nil {
		return err
	}
	for content := range contents {
		if err := os.Remove(blobs.Path(content)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	p.Log.Info(fmt.Sprintf("publish: the files of %s withdrawn pictures and masks, and copies of them, are removed from "+
		"work/; those in the store and in earlier versions are not (see `dermset withdrawn --in-versions`)",
		workspace.Thousands(int64(len(contents)))))
	return nil
}

func hashesOf(contents map[string]struct{}) (hashes [][32]byte) {
	for content := range contents {
		if hash, is := contentOf(content); is {
			hashes = append(hashes, hash)
		}
	}
	return hashes
}

// withdrawnContents are the blobs that withdrawn rows alone have.
func (p *publication) withdrawnContents(blobs *transfer.Blobs) (map[string]struct{}, error) {
	contents := map[string]struct{}{}
	for _, w := range p.withdrawn.Lines { // their rows may be gone from the dataset CSV
		if e, known := blobs.Entry(w.Source + "/" + w.Path); w.Path != "" && known && e.SHA256 != "" {
			contents[e.SHA256] = struct{}{}
		}
	}
	for i, source := range p.sources {
		if p.decision.Sources[i].Rejected[rows.Withdrawn] == 0 {
			continue
		}
		err := p.eachContent(blobs, source, true, func(content string) { contents[content] = struct{}{} })
		if err != nil {
			return nil, err
		}
	}
	if len(contents) == 0 {
		return nil, nil
	}
	for _, source := range p.sources {
		err := p.eachContent(blobs, source, false, func(content string) { delete(contents, content) })
		if err != nil {
			return nil, err
		}
	}
	return contents, nil
}

// warnOfAlike warns of images that count and have the bytes of a withdrawn picture, which so stays in the dataset. Only
// what was fetched before it was withdrawn is known, and not to a build from nothing: hence a warning and no finding,
// which would stand in the version. Where publish is up to date it was said when that ran.
func (b *build) warnOfAlike() error {
	if len(b.withdrawn.Lines) == 0 || !b.HasPictures() || !b.steps.Has("fetch") || b.steps.Has("publish") {
		return nil
	}
	blobs, err := steps.Left(b.steps, "fetch", b.readBlobs)
	if err != nil {
		return err
	}
	l, err := b.seeLedger("generate")
	if err != nil {
		return err
	}
	withdrawn, alike := map[string]string{}, []string{} // SHA-256 → one that is withdrawn
	each := func(wanted rows.Reason, see func(id, sum string)) error {
		for _, source := range b.sources {
			if !source.HasPictures() || wanted == rows.Withdrawn && len(b.withdrawn.Patients[source.PatientSpace]) == 0 {
				continue
			}
			err := b.eachPicture(source, l, func(reason rows.Reason, image, _ string) {
				id := source.Name + "/" + image
				if e, is := blobs.Entry(id); reason == wanted && image != "" && is && e.SHA256 != "" {
					see(id, e.SHA256)
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	for _, line := range b.withdrawn.Lines {
		id := line.Source + "/" + line.Path
		if e, is := blobs.Entry(id); line.Path != "" && is && e.SHA256 != "" {
			withdrawn[e.SHA256] = id
		}
	}
	err = each(rows.Withdrawn, func(id, sum string) { withdrawn[sum] = id })
	if err != nil || len(withdrawn) == 0 {
		return err
	}
	err = each(rows.Alive, func(id, sum string) {
		if of, is := withdrawn[sum]; is {
			alike = append(alike, fmt.Sprintf("%s has the same bytes as %s, which is withdrawn, and stays: withdraw it, too, "+
				"if nobody may see the picture", id, of))
		}
	})
	b.WarnOf(alike[:min(len(alike), maxAlike)])
	return err
}

// eachContent tells the blobs of a source's images and masks: of those that are withdrawn, or of the others.
func (p *publication) eachContent(blobs *transfer.Blobs, source workspace.Source, withdrawn bool,
	see func(content string)) error {
	l, err := p.seeLedger("generate")
	if err != nil {
		return err
	}
	if !withdrawn && !source.HasPictures() { // what came when it had some is nobody's
		return nil
	}
	return p.eachPicture(source, l, func(reason rows.Reason, image, mask string) {
		if (reason == rows.Withdrawn) != withdrawn {
			return
		}
		for _, path := range []string{image, mask} {
			if e, known := blobs.Entry(source.Name + "/" + path); path != "" && known && e.SHA256 != "" {
				see(e.SHA256)
			}
		}
	})
}
