package build

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/annotations"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/workflow/workspace"
)

// annotationsFolder is where what people drew stands in the workspace.
const annotationsFolder = "annotations"

// readAnnotations reads what people drew on pictures. Which pictures an exporter's names mean is found when somebody
// asks: see matched.
func (b *build) readAnnotations() (err error) {
	if !b.HasPictures() {
		there, err := workspace.IsThere(b.Path(annotationsFolder))
		if there {
			b.Log.Warn("annotations/ is not read: dermset.yaml names no images.store, and without pictures there are no crops")
		}
		return err
	}
	b.annotations, err = annotations.Read(b.Path(annotationsFolder), workspace.NamesOf(b.sources))
	for _, source := range b.sources {
		if err == nil && !source.HasPictures() && slices.Contains(b.annotations.Sources(), source.Name) {
			b.Log.Warn("annotations/: what was drawn on images of " + source.Name + " makes no crops: " +
				b.Inside(source.Path) + " says pictures: none")
		}
	}
	return workspace.Usage(err)
}

// matchAnnotations shows what was drawn the image paths of its sources, which generate left, once.
func (b *build) matchAnnotations() error {
	if b.annotations == nil || b.matched {
		return nil
	}
	for _, source := range b.sources {
		if !slices.Contains(b.annotations.Sources(), source.Name) {
			continue
		}
		var err error
		b.annotations.Match(source.Name, func(yield func(path string) bool) {
			err = b.eachImage(source, func(path string) { yield(path) }) // whoever has enough does not stop it: few do
		})
		if err != nil {
			return err
		}
	}
	b.matched = true
	return nil
}

// eachImage tells the image path of every row of a source, in order; it is valid until see returns.
func (b *build) eachImage(source workspace.Source, see func(path string)) error {
	paths, err := b.pathsOf(source.Name)
	if err != nil {
		return err
	}
	return b.eachBatch(source.Name, paths.Stream(), func(batch arrow.RecordBatch) {
		images := textsOf(batch, rows.ColImagePath)
		for i := range images.Len() {
			see(images.Value(i))
		}
	})
}

// marksOf is what people drew on an image.
func (b *build) marksOf(source workspace.Source, path string) pictures.Marks {
	if b.annotations == nil {
		return pictures.Marks{}
	}
	name := b.annotations.Key(source.Name, path)
	if name == "" {
		return pictures.Marks{}
	}
	return pictures.Marks{Name: name, On: func(r images.Result) (boxes []images.Box) {
		for _, box := range b.annotations.Of(source.Name, path, onPicture(r)).Boxes {
			if !box.Whole {
				boxes = append(boxes, box.Box)
			}
		}
		return boxes
	}}
}

// annotationSums are the SHA-256 of the files under annotations/.
func (b *build) annotationSums() map[string]string {
	sums := map[string]string{}
	for path, entry := range b.inputs {
		if strings.HasPrefix(path, annotationsFolder+"/") {
			sums[path] = entry.SHA256
		}
	}
	return sums
}
