package build

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/image/draw"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// A Label is a label of sources.
type Label struct {
	Sources []string
	Text    string
}

// A Sample is a small JPEG of a picture.
type Sample struct {
	Data          []byte
	Width, Height int
}

// Bounds of samples: pictures that are tried for each that is shown, pixels of the largest that is opened, and how many
// are open at once, so that they take little memory.
const (
	sampleTries   = 2
	samplePixels  = 50_000_000
	samplesAtOnce = 4
	sampleJPEG    = 75 // its quality
)

// Samples are, for each label, small pictures of at most side pixels, of images with that label, at most so many. They
// are chosen as if by chance, and the same at every time: those of the least SHA-256 of source and path. Images that
// have not been fetched, cannot be used or were withdrawn, they or their person, are never among them. Nothing is
// fetched.
func Samples(ctx context.Context, w *workspace.Workspace, labels []Label, most, side int) ([][]Sample, error) {
	b := newBuild(ctx, w)
	var err error
	if b.sources, err = b.Sources(ctx); err != nil {
		return nil, err
	}
	withdrawn, err := w.ReadWithdrawals(b.sources)
	if err != nil {
		return nil, err
	}
	blobs, err := b.readBlobs("")
	if err != nil {
		return nil, err
	}
	chosen := choices{most: most * sampleTries, of: map[[2]string]*choice{}}
	for _, label := range labels {
		one := &choice{}
		for _, source := range label.Sources {
			chosen.of[[2]string{source, label.Text}] = one
		}
		chosen.all = append(chosen.all, one)
	}
	for _, source := range b.sources {
		if err := chosen.read(b, source, withdrawn, blobs); err != nil {
			b.Log.Warn(fmt.Sprintf("%s: its pictures are not shown: %v", source.Name, err))
		}
	}
	few := workspace.Workspace{Run: w.Run}
	few.Run.Workers = min(few.Run.Workers, samplesAtOnce)
	out := make([][]Sample, len(labels))
	return out, few.Each(len(labels), func(i int) error {
		for _, file := range chosen.all[i].files {
			if len(out[i]) == most {
				break
			}
			if sample, err := b.sample(&file, side); err == nil {
				out[i] = append(out[i], sample)
			}
		}
		return ctx.Err()
	})
}

// choices are the files that labels may show, by source and label.
type choices struct {
	most int
	of   map[[2]string]*choice
	all  []*choice
}

type choice struct {
	hashes [][32]byte // sorted
	files  []pictures.File
}

// read goes through the images of a source.
func (c *choices) read(b *build, source workspace.Source, withdrawn workspace.Withdrawals,
	blobs *transfer.Blobs) error {
	var entries []dataset.Entry
	columns := []string{dataset.ImagePath, dataset.Label, dataset.Differentials, dataset.PatientID}
	return dataset.EachRow(b.ctx, source.CSV, columns, func(row csvio.Row) bool {
		label := row.Cell(1)
		if label == "" && source.Derive() {
			entries, _ = dataset.ParseDifferentials(row.Cell(2), entries[:0]) // what is none is a finding of the build
			if derived, tie, ok := dataset.Derive(entries, source.Given()); ok && !(tie && source.RejectTies()) {
				label = derived
			}
		}
		into := c.of[[2]string{source.Name, label}]
		if into == nil {
			return true
		}
		path, patient := row.Cell(0), row.Cell(3)
		_, byPath := withdrawn.Paths[source.Name][path]
		_, byPatient := withdrawn.Patients[source.PatientSpace][patient]
		if !byPath && !byPatient {
			c.offer(into, source.Name+"\x00"+path, func() (pictures.File, bool) {
				file := b.fileOf(blobs, source, path, "")
				return file, file.Failed == ""
			})
		}
		return true
	})
}

// offer puts a file among those of a label if it has one of the least hashes.
func (c *choices) offer(into *choice, name string, file func() (pictures.File, bool)) {
	hash := sha256.Sum256([]byte(name))
	at, _ := slices.BinarySearchFunc(into.hashes, hash, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	if at == c.most {
		return
	}
	one, fetched := file()
	if !fetched {
		return
	}
	into.hashes = slices.Insert(into.hashes, at, hash)
	into.files = slices.Insert(into.files, at, one)
	into.hashes = into.hashes[:min(len(into.hashes), c.most)]
	into.files = into.files[:min(len(into.files), c.most)]
}

// sample is a file as it is shown.
func (b *build) sample(file *pictures.File, side int) (Sample, error) {
	limits := b.limits()
	limits.MaxPixels = min(limits.MaxPixels, samplePixels)
	p, release, err := pictures.Load(file, limits)
	if err != nil {
		return Sample{}, err
	}
	defer release()
	if p.Verdict != images.OK {
		return Sample{}, fmt.Errorf("%s: %s", file.Name, p.Verdict)
	}
	m := within(rgbaOf(images.Reduce(p.Stored, p.Orientation, 2*side)), side)
	var data bytes.Buffer
	err = jpeg.Encode(&data, m, &jpeg.Options{Quality: sampleJPEG})
	return Sample{data.Bytes(), m.Rect.Dx(), m.Rect.Dy()}, err
}

// within is a picture made smaller, so that its longer side has so many pixels; a smaller one as it is.
func within(m *image.RGBA, side int) *image.RGBA {
	size := m.Rect.Size()
	longer := max(size.X, size.Y)
	if longer <= side {
		return m
	}
	small := image.NewRGBA(image.Rect(0, 0, max(size.X*side/longer, 1), max(size.Y*side/longer, 1)))
	draw.BiLinear.Scale(small, small.Rect, m, m.Rect, draw.Src, nil)
	return small
}

// A Reach says how far a mapped name came in a version: the last stage whose class table has it, itself or merged into
// another, and its images and groups at stage 1.
type Reach struct {
	Images, Groups int64
	Stage          int
}

// Reached is how far each mapped name came in the workspace's version, or else its draft. Without one nothing is known.
func Reached(ctx context.Context, w *workspace.Workspace) (map[string]Reach, error) {
	version, err := versions.OrOwn(w, "")
	if fault.Of(err) == fault.NotThere {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	reached := map[string]Reach{}
	err = version.Each(ctx, "classes_stage1", []string{"target_name", "images", "groups"}, func(cells []string) error {
		images, bad := strconv.ParseInt(cells[1], 10, 64)
		groups, worse := strconv.ParseInt(cells[2], 10, 64)
		reached[strings.Clone(cells[0])] = Reach{images, groups, 1}
		return cmp.Or(bad, worse)
	})
	for stage, table := range map[int]string{2: "classes_stage2", 3: "classes_stage3"} {
		if err != nil {
			break
		}
		err = version.Each(ctx, table, []string{"target_name", "merged_from"}, func(cells []string) error {
			merged, err := dataset.ParseDifferentials(cells[1], nil) // a JSON list of texts, as those are
			for _, e := range append(merged, dataset.Entry{Label: cells[0]}) {
				if r, is := reached[e.Label]; is {
					r.Stage = max(r.Stage, stage)
					reached[strings.Clone(e.Label)] = r
				}
			}
			return err
		})
	}
	return reached, err
}
