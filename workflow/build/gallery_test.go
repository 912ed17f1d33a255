package build_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/workflow/workspace"
)

// A galleryBench is a workspace whose pictures are of several formats and tell who is in them.
type galleryBench struct {
	*stepBench
	store map[string][]byte // by source_path
}

const secretName = "Erika Mustermann"

func galleryPicture(t *testing.T, seed int, encode func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 90, 70))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * seed)
	}
	var b bytes.Buffer
	if err := encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// photo is a JPEG with a name in it that is to be turned clockwise.
func photo(t *testing.T, seed int) []byte {
	data := galleryPicture(t, seed, func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) })
	exif := "\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" +
		"\x00\x00\x00\x00"
	return slices.Concat(data[:2], []byte(exif+"\xff\xfe\x00\x12"+secretName), data[2:])
}

func newGalleryBench(t *testing.T, settings string) *galleryBench {
	t.Helper()
	encodePNG := func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) }
	store := map[string][]byte{
		"1.jpg": photo(t, 1), "sub/2.JPG": photo(t, 2), "same.jpg": photo(t, 1), "A.jpg": photo(t, 3), "a.jpg": photo(t, 4),
		"dashes--1.gif": galleryPicture(t, 5, func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) }),
		"isic_val.png":  galleryPicture(t, 6, encodePNG), "out.png": galleryPicture(t, 7, encodePNG),
		"gone.png": galleryPicture(t, 8, encodePNG), "kept.jpg": []byte("\xff\xd8\xff cut"),
		"mask.png": galleryPicture(t, 9, func(b *bytes.Buffer, _ image.Image) error {
			upright := image.NewGray(image.Rect(0, 0, 70, 90))
			upright.Pix[10*70+20] = 255
			return png.Encode(b, upright)
		}),
	}
	rows := []string{"1.jpg con mask_path=mask.png", "sub/2.JPG slash", "same.jpg slash", "A.jpg slash", "a.jpg slash",
		"dashes--1.gif slash", "isic_val.png case", "out.png no", "gone.png slash", "kept.jpg case"}
	tab := "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n"
	for _, row := range []string{"con,con", "slash,Naevus / mole", "case,NAEVUS _ Mole", "no,-"} {
		tab += row + ",2C32,\n"
	}
	files := map[string]string{
		"dermset.yaml": "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n" +
			"images: {store: there" + settings + "}\ncrops: {min_area: 0, margin: 1, files: true}\n",
		"sources/s/s_dataset.csv": dataRows(rows...), "mapping/workbook/s.csv": strings.ReplaceAll(tab, "no,-,2C32", "no,-,"),
		"curation/withdrawn.csv":       "source,source_path,patient_id,person,date,reason\ns,gone.png,,me,2026-01-02,asked\n",
		"curation/image_overrides.csv": "source,source_path,person,date,reason\ns,kept.jpg,me,2026-01-02,fine\n",
	}
	for path, data := range store {
		files["there/s/"+path] = string(data)
	}
	b := &galleryBench{&stepBench{t, smallPictured(t, files)}, store}
	b.build()
	return b
}

// pictures are the files in images/ and crops/, by path.
func (b *galleryBench) pictures() map[string]fs.FileInfo {
	b.t.Helper()
	found := map[string]fs.FileInfo{}
	for _, folder := range []string{"images", "crops"} {
		err := filepath.WalkDir(b.path("dist/"+draft+"/"+folder), func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) || err == nil && (e.IsDir() || e.Name() == "metadata.csv") {
				return nil
			}
			info, err := os.Stat(path)
			inside, relErr := filepath.Rel(b.path("dist/"+draft), path)
			found[filepath.ToSlash(inside)] = info
			return errors.Join(err, relErr)
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
	return found
}

func (b *galleryBench) table(name string) []map[string]string {
	b.t.Helper()
	_, rows, err := readCSV(b.path("dist/" + draft + "/" + name))
	if err != nil {
		b.t.Fatal(err)
	}
	return rows
}

// wantGallery are the pictures of the bench by image_id; ~ stands for a tag.
var wantGallery = map[string]string{
	"s/1.jpg": "images/_con/s--1.jpg", "s/sub/2.JPG": "images/Naevus _ mole~/s--sub--2.jpg",
	"s/same.jpg": "images/Naevus _ mole~/s--same.jpg", "s/A.jpg": "images/Naevus _ mole~/s--A~.jpg",
	"s/a.jpg": "images/Naevus _ mole~/s--a~.jpg", "s/dashes--1.gif": "images/Naevus _ mole~/s--dashes--1.png",
	"s/isic_val.png": "images/NAEVUS _ Mole~/s--isic_Val.png", "s/kept.jpg": "",
}

func untagged(path string) string {
	parts := strings.Split(path, "~")
	for i := range parts[1:] {
		parts[i+1] = parts[i+1][min(12, len(parts[i+1])):]
	}
	return strings.Join(parts, "~")
}

func TestPicturesArePublished(t *testing.T) {
	b := newGalleryBench(t, "")
	hard, soft := b.table("DXv1.0_selected_unsampled.csv"), b.table("DXv1.0_selected_unsampled_soft.csv")
	found, got := b.pictures(), map[string]string{}
	for i, row := range hard {
		got[row["image_id"]] = untagged(row["image_path"])
		if soft[i]["image_path"] != row["image_path"] {
			t.Errorf("%s: %q in the soft table, %q in the hard one", row["image_id"], soft[i]["image_path"], row["image_path"])
		}
		if row["image_path"] == "" {
			continue
		}
		data, err := os.ReadFile(b.path("dist/" + draft + "/" + row["image_path"]))
		sum := sha256.Sum256(data)
		if err != nil || hex.EncodeToString(sum[:]) != row["sha256_published"] || bytes.Contains(data, []byte(secretName)) {
			t.Errorf("%s: sha256_published %s, is %x: %v", row["image_id"], row["sha256_published"], sum, err)
		}
		if info := found[row["image_path"]]; info == nil || info.Mode().Perm()&0o222 != 0 {
			t.Errorf("%s is not there, or may be written to", row["image_path"])
		}
		delete(found, row["image_path"])
	}
	if diff := cmp.Diff(wantGallery, got); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if left := slices.Sorted(maps.Keys(found)); !cmp.Equal(left, []string{"crops/_con/s--1--1.jpg"}) {
		t.Errorf("besides there are %q", left)
	}
	folders := map[string]string{}
	for _, row := range b.table("DXv1.0_categories.csv") {
		folders[row["folder"]] = row["target_name"]
	}
	metadata := b.table("images/metadata.csv")
	for _, row := range metadata {
		folder, _, _ := strings.Cut(row["file_name"], "/")
		if folders[folder] != row["label"] || row["label"] != row["target_name"] || row["split"] == "" {
			t.Errorf("%v", row)
		}
	}
	if len(metadata) != len(wantGallery)-1 {
		t.Errorf("metadata.csv has %d rows", len(metadata))
	}
	var quality struct{ Published map[string]any }
	want := map[string]any{"layout": "link", "pictures": 7.0, "rewritten": 1.0, "without": 1.0, "crops": 1.0}
	err := workspace.ReadJSON(b.path("dist/"+draft+"/quality.json"), &quality)
	if diff := cmp.Diff(want, quality.Published); diff != "" || err != nil {
		t.Errorf("quality.json: %v\n%s", err, diff)
	}
}

// A crop is cut from the upright picture, as large as its box.
func TestCropsAreOfTheUprightPicture(t *testing.T) {
	b := newGalleryBench(t, "")
	data, err := os.ReadFile(b.path("dist/" + draft + "/crops/_con/s--1--1.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	crop, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := jpeg.Decode(bytes.NewReader(b.store["1.jpg"]))
	if err != nil {
		t.Fatal(err)
	}
	// The mask's pixel is at 20, 10 of the upright picture, which is 70 wide; its box grows by one on every side.
	if crop.Bounds() != image.Rect(0, 0, 3, 3) {
		t.Fatalf("the crop is %v", crop.Bounds())
	}
	for y := range 3 {
		for x := range 3 {
			r, _, _, _ := crop.At(x, y).RGBA()
			w, _, _, _ := stored.At(10+y-1, 69-(20+x-1)).RGBA()
			if d := int(r>>8) - int(w>>8); d*d > 16*16 {
				t.Errorf("pixel %d,%d is %d, want about %d", x, y, r>>8, w>>8)
			}
		}
	}
}

// A change of layout has publish run alone, which opens no blob; what is not of the layout is gone.
func TestLayoutsAreExchanged(t *testing.T) {
	b := newGalleryBench(t, "")
	linked := b.pictures()
	for _, path := range filesUnder(t, b.path("work/blobs")) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, picture := range linked {
			if os.SameFile(info, picture) {
				t.Errorf("%s is a link to a blob", name)
			}
		}
		if err := os.Truncate(path, info.Size()); err != nil { // as it is, but for its time
			t.Fatal(err)
		}
	}
	sharing := func() (n int) {
		for _, path := range filesUnder(t, b.path("work/copies")) {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, picture := range b.pictures() {
				if os.SameFile(info, picture) {
					n++
				}
			}
		}
		return n
	}
	all := len(linked)
	if n := sharing(); n != all {
		t.Errorf("%d of %d pictures are links", n, all)
	}
	for _, c := range []struct {
		from, to     string
		files, links int
	}{
		{"store: there", "store: there, layout: copy", all, 0}, {"layout: copy", "layout: link", all, all},
		{"files: true", "files: false", all - 1, all - 1}, {"layout: link", "layout: none", 0, 0},
		{"layout: none", "layout: link", all - 1, all - 1},
	} {
		b.edit("dermset.yaml", c.from, c.to)
		if diff := cmp.Diff([]string{"publish"}, b.rebuild(plainRun)); diff != "" {
			t.Fatalf("%s: these ran (-want +got):\n%s", c.to, diff)
		}
		if files, links := len(b.pictures()), sharing(); files != c.files || links != c.links {
			t.Errorf("%s: %d files, %d of them links; want %d and %d", c.to, files, links, c.files, c.links)
		}
		verified, err := releaseio.Verify(b.path("dist/"+draft), 2)
		if err != nil || len(verified.Differences) > 0 {
			t.Errorf("%s: %v %v", c.to, err, verified.Differences)
		}
		_, err = os.Stat(b.path("dist/" + draft + "/images"))
		if path := b.table("DXv1.0_selected_unsampled.csv")[0]["image_path"]; (path == "") != (c.files == 0) ||
			(err != nil) != (c.files == 0) {
			t.Errorf("%s: image_path %q, images/: %v", c.to, path, err)
		}
	}
}

// Names and bytes are the same for any workers; what lies in work/ does not show.
func TestGalleriesAreDeterministic(t *testing.T) {
	b := newGalleryBench(t, "")
	want := versionText(t, b.path("dist/"+draft))
	for _, run := range []workspace.Resources{{Workers: 1, BatchBytes: 64, MemoryBytes: 1 << 20},
		{Workers: 7, BatchBytes: 1 << 20, MemoryBytes: 1 << 30}} {
		if err := os.RemoveAll(b.path("work")); err != nil {
			t.Fatal(err)
		}
		if _, err := buildIn(t.Context(), b.dir, "publish", run); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, versionText(t, b.path("dist/"+draft))); diff != "" {
			t.Errorf("%d workers:\n%s", run.Workers, diff)
		}
	}
}

// What somebody writes to a published picture shows, and is made again from the blob.
func TestPublishedPicturesAreMadeAgain(t *testing.T) {
	b := newGalleryBench(t, "")
	want := versionText(t, b.path("dist/"+draft))
	path := b.path("dist/" + draft + "/images/_con/s--1.jpg")
	if err := errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, []byte("scribble"), 0)); err != nil {
		t.Fatal(err)
	}
	if verified, err := releaseio.Verify(b.path("dist/"+draft), 2); err != nil || len(verified.Differences) != 2 {
		t.Errorf("verify: %v %v", err, verified.Differences) // of two rows with one picture
	}
	if diff := cmp.Diff([]string{"publish"}, b.rebuild(plainRun)); diff != "" {
		t.Errorf("these ran (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, versionText(t, b.path("dist/"+draft))); diff != "" {
		t.Errorf("another version:\n%s", diff)
	}
}

// Where pictures cannot be written the version before stays whole, and the error says what to do.
func TestGalleryThatCannotBeWritten(t *testing.T) {
	b := newGalleryBench(t, "")
	want := versionText(t, b.path("dist/"+draft))
	b.edit("dermset.yaml", "store: there", "store: there, layout: copy")
	first := b.table("images/metadata.csv")[0]["sha256_published"]
	for _, inside := range []string{"work/copies", "work/copies/" + first[:2]} {
		path := b.path(inside)
		if err := errors.Join(os.RemoveAll(path), os.MkdirAll(filepath.Dir(path), 0o755),
			os.WriteFile(path, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		_, err := buildIn(t.Context(), b.dir, "publish", plainRun)
		if err == nil || !strings.Contains(err.Error(), "work/copies") || !strings.Contains(err.Error(), "run again") {
			t.Errorf("%s: error %v", inside, err)
		}
		if diff := cmp.Diff(want, versionText(t, b.path("dist/"+draft))); diff != "" {
			t.Errorf("%s: another version:\n%s", inside, diff)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := buildIn(t.Context(), b.dir, "publish", plainRun); err != nil {
		t.Error(err)
	}
}

func TestCropsNeedPictures(t *testing.T) {
	_, err := buildIn(t.Context(), smallPictured(t, map[string]string{"dermset.yaml": "version: \"1.0\"\n" +
		"images: {store: there, layout: none}\ncrops: {files: true}\n"}), "publish", plainRun)
	if err == nil || !strings.Contains(err.Error(), "crops.files") {
		t.Errorf("error %v", err)
	}
}

func TestAVersionWithoutPicturesSaysSo(t *testing.T) {
	b := &galleryBench{stepBench: &stepBench{t, smallPictured(t, map[string]string{
		"there/s/1.jpg": fit(1), "there/s/2.jpg": fit(2)})}}
	b.edit("dermset.yaml", "store: there", "store: there, layout: none")
	result, err := buildIn(t.Context(), b.dir, "publish", plainRun)
	if err != nil || !slices.Contains(result.Look, "it has no pictures: images.layout is none") {
		t.Errorf("%q: %v", result.Look, err)
	}
	quality, err := os.ReadFile(b.path("dist/" + draft + "/quality.json"))
	if err != nil || !bytes.Contains(quality, []byte(`"published": null`)) {
		t.Errorf("quality.json: %v", err)
	}
}
