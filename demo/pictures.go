package demo

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"path"
	"runtime"
	"strings"
	"sync"
)

// store is the folder that dermset.yaml names as images.store.
const store = "pictures/"

// An edit is what happened to a picture, or to a mask, on its way into the store.
type edit struct {
	of      string                        // it shows what this other picture shows
	turn    func(image.Image) image.Image // its pixels
	quality int                           // of JPEG; 90 if there is none
	wrap    func([]byte) []byte           // its file
}

// edits are those of the pictures that are not as they were drawn, by source and path.
var edits = map[string]edit{
	// Some are there twice: as the same file, with the same pixels, or nearly the same.
	"readers-panel/case-006/a.jpg":   {of: "clinic-atlas/atlas-0008.jpg"},
	"clinic-atlas/atlas-0019.jpg":    {of: "clinic-atlas/atlas-0006.jpg", wrap: withNotes},
	"gpp-batch-2/batch2/003.jpg":     {of: "gpp-batch-1/batch1/002.jpg", turn: quarter},
	"referral-study/estudio/015.png": {of: "clinic-atlas/atlas-0016.jpg", turn: mirror},
	"referral-study/estudio/018.png": {of: "clinic-atlas/atlas-0014.jpg", turn: half},
	"clinic-atlas/atlas-0045.jpg":    {of: "clinic-atlas/atlas-0012.jpg", quality: 60},

	// Some are broken.
	"readers-panel/case-010/b.jpg":   {wrap: func(file []byte) []byte { return file[:len(file)*6/10] }},
	"gpp-batch-1/batch1/005.jpg":     {wrap: func([]byte) []byte { return nil }},
	"referral-study/estudio/013.png": {wrap: func([]byte) []byte { return []byte(loginPage) }},
	"clinic-atlas/atlas-0036.jpg":    {turn: blank},
	"hands/hand-08.jpg":              {turn: thumbnail},

	// A telephone held upright stores its pixels lying, and says where it was.
	"clinic-atlas/atlas-0003.jpg": {turn: quarter, wrap: func(file []byte) []byte { return withExif(file, upright...) }},
	"clinic-atlas/atlas-0010.jpg": {wrap: func(file []byte) []byte { return withExif(file, place...) }},

	// Masks out of a model and of a lossy format.
	"clinic-atlas/masks/atlas-0012.png": {turn: blurred},
	"clinic-atlas/masks/atlas-0024.jpg": {quality: 30},
}

// loginPage is what some servers send in place of a picture.
const loginPage = "<!DOCTYPE html>\n<html><body><h1>Please log in to see this picture</h1></body></html>\n"

// pictures are the files of all views and their masks, by path in the workspace, and boxes around their lesions; some
// of them where the context ended.
func pictures(ctx context.Context, all map[string]view) (
	files map[string]string, boxes map[string]image.Rectangle,
) {
	files, boxes = map[string]string{}, map[string]image.Rectangle{}
	var wait sync.WaitGroup
	var put sync.Mutex
	ids := make(chan string)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for id := range ids {
				picture, mask, lesion := drawn(id, all)
				put.Lock()
				files[store+id], boxes[id] = picture, lesion
				if v := all[id]; v.mask != "" {
					files[store+path.Join(v.source, v.mask)] = mask
				}
				put.Unlock()
			}
		})
	}
	for id := range all {
		if ctx.Err() != nil {
			break
		}
		ids <- id
	}
	close(ids)
	wait.Wait()
	return files, boxes
}

// drawn are the files of a view and of its mask, and the box around its lesion.
func drawn(id string, all map[string]view) (file, maskFile string, lesion image.Rectangle) {
	v, done := all[id], edits[id]
	shown := v
	if done.of != "" {
		shown = all[done.of]
	}
	picture, mask := shown.scene.Draw()
	lesion = done.boxOf(mask)
	if v.inverted {
		for i := range mask.Pix {
			mask.Pix[i] = 255 - mask.Pix[i]
		}
	}
	maskID := path.Join(v.source, v.mask)
	return done.file(id, picture), edits[maskID].file(maskID, mask), lesion
}

// boxOf is the box that somebody draws around a lesion, a little wider than it is.
func (e edit) boxOf(lesion image.Image) image.Rectangle {
	if e.turn != nil {
		lesion = e.turn(lesion)
	}
	var box image.Rectangle
	for y := range lesion.Bounds().Dy() {
		for x := range lesion.Bounds().Dx() {
			if level, _, _, _ := lesion.At(x, y).RGBA(); level > 0x7fff {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box.Inset(-5).Intersect(lesion.Bounds())
}

// file is a picture as it lies in the store, in the format that its name says.
func (e edit) file(name string, picture image.Image) string {
	if e.turn != nil {
		picture = e.turn(picture)
	}
	var file bytes.Buffer
	var err error
	if strings.HasSuffix(name, ".png") {
		err = png.Encode(&file, picture)
	} else {
		err = jpeg.Encode(&file, picture, &jpeg.Options{Quality: cmp.Or(e.quality, 90)})
	}
	if err != nil { // neither the memory nor a picture of ours can do this
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	if e.wrap != nil {
		return string(e.wrap(file.Bytes()))
	}
	return file.String()
}

// remade is a picture of another size or order, whose pixel (x, y) is the other's at from(x, y).
func remade(of image.Image, width, height int, from func(x, y int) (int, int)) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			out.Set(x, y, of.At(from(x, y)))
		}
	}
	return out
}

// quarter turns a picture by a quarter against the clock.
func quarter(of image.Image) image.Image {
	size := of.Bounds().Size()
	return remade(of, size.Y, size.X, func(x, y int) (int, int) { return size.X - 1 - y, x })
}

// mirror turns left and right round.
func mirror(of image.Image) image.Image {
	size := of.Bounds().Size()
	return remade(of, size.X, size.Y, func(x, y int) (int, int) { return size.X - 1 - x, y })
}

// half has every pixel the mean of four.
func half(of image.Image) image.Image { return smaller(of, 2) }

// thumbnail is too small to be looked at.
func thumbnail(of image.Image) image.Image { return smaller(of, 6) }

// smaller has every pixel the mean of times × times.
func smaller(of image.Image, times int) image.Image {
	size := of.Bounds().Size().Div(times)
	out := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			var sum [3]uint32
			for i := range times * times {
				r, g, b, _ := of.At(x*times+i%times, y*times+i/times).RGBA()
				sum[0], sum[1], sum[2] = sum[0]+r>>8, sum[1]+g>>8, sum[2]+b>>8
			}
			n := uint32(times * times)
			out.Set(x, y, color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255})
		}
	}
	return out
}

// blank is one colour.
func blank(of image.Image) image.Image {
	return remade(of, of.Bounds().Dx(), of.Bounds().Dy(), func(int, int) (int, int) { return 0, 0 })
}

// blurred is a mask as a model gives it, of likelihoods: the mean of 33 pixels across, then down.
func blurred(of image.Image) image.Image {
	for range 2 {
		size := of.Bounds().Size()
		out := image.NewGray(image.Rect(0, 0, size.Y, size.X)) // with x for y, and turned back by the second time
		for y := range size.Y {
			for x := range size.X {
				sum := 0
				for i := x - 16; i <= x+16; i++ {
					sum += int(color.GrayModel.Convert(of.At(min(max(i, 0), size.X-1), y)).(color.Gray).Y)
				}
				out.SetGray(y, x, color.Gray{uint8(sum / 33)})
			}
		}
		of = out
	}
	return of
}

// annotations are boxes that two people drew around the lesions of a source. One has seen no lesion, one calls the
// whole picture one, and one picture nobody has annotated yet.
func annotations(ids []string, boxes map[string]image.Rectangle) string {
	var b strings.Builder
	b.WriteString("source,source_path,x,y,width,height,annotator,date,note\n")
	for i, id := range ids {
		source, inside, _ := strings.Cut(id, "/")
		box := boxes[id]
		what, note := fmt.Sprintf("%d,%d,%d,%d", box.Min.X, box.Min.Y, box.Dx(), box.Dy()), ""
		switch i + 1 {
		case 7:
			continue
		case 9:
			what, note = "no_lesion,,,", "healed"
		case 21:
			what, note = "whole,,,", "the whole of it"
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s,2026-03-31,%s\n", source, inside, what, []string{"ana", "bea"}[i%2], note)
	}
	return b.String()
}
