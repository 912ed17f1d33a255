package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/icd11/icd11test"
)

// A scenario is a verb, and the folder that it meets: a workspace w, and what lies beside it.
type scenario struct {
	name string
	args []string
	s3   bool // with a server, whose objects are those of the folder s3
	// asks the store again about what it refused: an answer, which a build lets stand
	asks []string
	// make makes the folder, which is the current one of run; run wants the program to end well
	make func(dir string, run func(args ...string)) error
}

// scenarios are small: a call more or less is another fault to try.
var scenarios = []scenario{
	{name: "ingest", args: []string{"source", "ingest", "--all", "--workspace", "w"}, make: uningested},
	{name: "merge", args: []string{"mapping", "merge", "--workspace", "w"}, make: unmerged},
	{name: "codes", args: []string{"codes", "import", "release.zip", "--workspace", "w"}, make: withRelease},
	{name: "demo", args: []string{"demo", "w"}, make: func(string, func(...string)) error { return nil }},
	{name: "build", args: []string{"build", "--workspace", "w"}, make: unbuilt},
	{name: "again", args: []string{"build", "--workspace", "w"}, make: built},
	{name: "redraft", args: []string{"build", "--workspace", "w"}, make: otherSettings},
	{name: "pictures", args: []string{"build", "--workspace", "w"}, make: pictured},
	{name: "pictures-s3", args: []string{"build", "--workspace", "w"}, s3: true, make: picturedOnServer,
		asks: []string{"fetch", "--workspace", "w"}},
	{name: "repicture", args: []string{"build", "--workspace", "w"}, make: otherPictures},
	{name: "send", args: []string{"source", "upload", "atlas", "--workspace", "w"}, make: unsent},
	{name: "send-s3", args: []string{"source", "upload", "atlas", "--workspace", "w"}, s3: true, make: unsentToServer},
	{name: "upload", args: uploadTo("up"), make: uploadable},
	{name: "upload-over", args: uploadTo("up"), make: uploadedBefore("up")},
	{name: "upload-s3", args: uploadTo(bucketURL), s3: true, make: uploadable},
	{name: "upload-over-s3", args: uploadTo(bucketURL), s3: true, make: uploadedBefore(bucketURL)},
	{name: "download", args: downloadFrom("up"), make: downloadable("up")},
	{name: "download-s3", args: downloadFrom(bucketURL), s3: true, make: downloadable(bucketURL)},
}

const bucketURL = "s3://" + bucket + "/up?region=us-east-1"

func uploadTo(url string) []string {
	return []string{"upload", "DXv1.0-draft", "--to", url, "--workspace", "w"}
}

func downloadFrom(url string) []string {
	return []string{"download", "DXv1.0-draft", "--from", url, "--workspace", "w"}
}

// raw is a workspace of two sources with raw material, of which nothing has been made.
func raw(dir string) error {
	files := map[string]string{
		"w/dermset.yaml": "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\nselect: {min_images: 2, min_groups: 2}\n",
		"w/mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\nWart,merge,Naevus,\n",
		"w/mapping/known_categories.csv":                          "Target Name,ICD-11 Code(s),Since version\n",
		"w/sources/atlas/source.yaml": "title: Atlas\nfiles:\n  - {path: pictures.csv}\n" +
			"  - {path: people.tsv, join: {on: who}}\n" +
			"columns: {image_path: file, label: what, patient_id: who, sex: sex}\n",
		"w/sources/panel/source.yaml": "title: Panel\nlabel: {from: differentials}\nfiles: cases.jsonl\n" +
			"columns:\n  image_path: photo\n  differentials: [{column: said, format: json}]\n",
	}
	var people, pictures, cases strings.Builder
	people.WriteString("who\tsex\n")
	pictures.WriteString("file,what,who\n")
	for i := range 12 {
		what := []string{"mole", "wart", "wart, flat"}[i%3]
		fmt.Fprintf(&people, "p%d\t%s\n", i, []string{"f", "m", "x"}[i%3])
		fmt.Fprintf(&pictures, "%d.jpg,%q,p%d\n", i, what, i)
		fmt.Fprintf(&cases, "{\"photo\": \"c%d.jpg\", \"said\": [%q, \"eczema\"]}\n", i, what)
	}
	files["w/sources/atlas/raw/people.tsv"] = people.String()
	files["w/sources/atlas/raw/pictures.csv"] = pictures.String()
	files["w/sources/panel/raw/cases.jsonl"] = cases.String()
	for _, name := range []string{"atlas", "panel"} {
		files["w/mapping/workbook/"+name+".csv"] = "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n" +
			"mole,Naevus,2F20,\nwart,Wart,1E80,\neczema,Eczema,EA80,\n"
	}
	return write(dir, files)
}

func uningested(dir string, _ func(...string)) error { return raw(dir) }

// unbuilt is the same, ingested.
func unbuilt(dir string, run func(...string)) error {
	err := raw(dir)
	run("source", "ingest", "--all", "--workspace", "w")
	return err
}

func remove(dir string, paths ...string) error {
	var errs []error
	for _, path := range paths {
		found, err := filepath.Glob(filepath.Join(dir, path))
		errs = append(errs, err)
		for _, path := range found {
			errs = append(errs, os.RemoveAll(path))
		}
	}
	return errors.Join(errs...)
}

func unmerged(dir string, run func(...string)) error {
	return errors.Join(unbuilt(dir, run), remove(dir, "w/mapping/workbook/panel.csv"))
}

func withRelease(dir string, run func(...string)) error {
	zip := icd11test.Release("2025-01", icd11test.Skin())
	return errors.Join(unbuilt(dir, run), os.WriteFile(filepath.Join(dir, "release.zip"), zip, 0o666))
}

func built(dir string, run func(...string)) error {
	err := unbuilt(dir, run)
	run("build", "--workspace", "w")
	return err
}

func otherSettings(dir string, run func(...string)) error {
	return errors.Join(built(dir, run), add(dir, "w/dermset.yaml", "split: {seed: 2}\n"))
}

func add(dir, path, text string) error {
	file, err := os.OpenFile(filepath.Join(dir, path), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

func uploadable(dir string, run func(...string)) error {
	return errors.Join(built(dir, run), os.Mkdir(filepath.Join(dir, "up"), 0o777))
}

// uploadedBefore has another draft in the store.
func uploadedBefore(url string) func(string, func(...string)) error {
	return func(dir string, run func(...string)) error {
		err := uploadable(dir, run)
		run(uploadTo(url)...)
		err = errors.Join(err, add(dir, "w/dermset.yaml", "split: {seed: 2}\n"))
		run("build", "--workspace", "w")
		return err
	}
}

// downloadable has its version in the store alone.
func downloadable(url string) func(string, func(...string)) error {
	return func(dir string, run func(...string)) error {
		err := uploadable(dir, run)
		run(uploadTo(url)...)
		return errors.Join(err, remove(dir, "w/dist"))
	}
}

// atlas is a workspace of two sources with pictures, one of which is broken, one equal to another, and one not there.
func atlas(dir, store string) error {
	files := map[string]string{
		"w/dermset.yaml": "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\n" +
			"select: {min_images: 2, min_groups: 2}\nimages: {store: \"" + store + "\", max_failed: 40, changed: accept}\n",
		"w/mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
		"w/mapping/known_categories.csv":                          "Target Name,ICD-11 Code(s),Since version\n",
	}
	pictures := map[string][]byte{}
	for s, name := range []string{"atlas", "hands"} {
		csv := "image_path,label,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,image_type," +
			"diagnosis_method,mask_path\n"
		for i := range 6 {
			csv += fmt.Sprintf("%d.png,%s,,p%d,,,,,,,,masks/%d.png\n", i, []string{"mole", "wart"}[i%2], i, i/3)
			pictures[fmt.Sprintf("%s/%d.png", name, i)] = picture(10*s + i)
			pictures[fmt.Sprintf("%s/masks/%d.png", name, i/3)] = picture(50 + i/3)
		}
		files["w/sources/"+name+"/source.yaml"] = "title: " + name + "\n"
		files["w/sources/"+name+"/"+name+"_dataset.csv"] = csv
		files["w/sources/"+name+"/"+name+"_renaming.csv"] =
			"Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Images\nmole,,,,3\nwart,,,,3\n"
		files["w/mapping/workbook/"+name+".csv"] =
			"Source Label,Target Name,ICD-11 Code(s),Notes/Justification\nmole,Naevus,2F20,\nwart,Wart,1E80,\n"
	}
	pictures["hands/1.png"] = pictures["atlas/1.png"]
	pictures["hands/2.png"] = pictures["hands/2.png"][:100]
	delete(pictures, "atlas/4.png")
	for path, data := range pictures {
		files["w/pictures/"+path] = string(data)
	}
	return write(dir, files)
}

func write(dir string, files map[string]string) error {
	var errs []error
	for path, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(path))
		errs = append(errs, os.MkdirAll(filepath.Dir(full), 0o777), os.WriteFile(full, []byte(text), 0o666))
	}
	return errors.Join(errs...)
}

func picture(seed int) []byte {
	drawn := image.NewRGBA(image.Rect(0, 0, 70, 70))
	for y := range 70 {
		for x := range 70 {
			drawn.Set(x, y, color.RGBA{uint8(seed * x), uint8(seed + y), uint8(3 * seed), 255})
		}
	}
	var text bytes.Buffer
	if err := png.Encode(&text, drawn); err != nil {
		panic(err) // into memory
	}
	return text.Bytes()
}

const pictureURL = "s3://" + bucket + "/pictures?region=us-east-1"

func pictured(dir string, _ func(...string)) error { return atlas(dir, "pictures") }

// picturedOnServer has its pictures in a folder that the server shows.
func picturedOnServer(dir string, _ func(...string)) error {
	err := atlas(dir, pictureURL)
	return errors.Join(err, os.Mkdir(filepath.Join(dir, "s3"), 0o777),
		os.Rename(filepath.Join(dir, "w/pictures"), filepath.Join(dir, "s3/pictures")))
}

// otherPictures was built, and then a picture came, and one changed, which is accepted: else what counts would depend
// on work/, which says what was there before, and may be deleted.
func otherPictures(dir string, run func(...string)) error {
	err := atlas(dir, "pictures")
	run("build", "--workspace", "w")
	return errors.Join(err, write(dir, map[string]string{
		"w/pictures/atlas/4.png": string(picture(4)), "w/pictures/atlas/0.png": string(picture(40))}),
		add(dir, "w/sources/atlas/atlas_dataset.csv", "6.png,mole,,p7,,,,,,,,\n"))
}

// unsent has the pictures of a source beside it, and an empty store.
func unsent(dir string, _ func(...string)) error { return unsentTo(dir, "../store") }

func unsentToServer(dir string, _ func(...string)) error { return unsentTo(dir, pictureURL) }

func unsentTo(dir, store string) error {
	if err := errors.Join(atlas(dir, store), os.Mkdir(filepath.Join(dir, "store"), 0o777)); err != nil {
		return err
	}
	return errors.Join(os.Rename(filepath.Join(dir, "w/pictures/atlas"), filepath.Join(dir, "w/sources/atlas/raw")),
		os.WriteFile(filepath.Join(dir, "w/sources/atlas/raw/4.png"), picture(4), 0o666), remove(dir, "w/pictures"))
}

// copyTree copies a folder with its times and rights.
func copyTree(from, to string) error {
	if text, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("cp -a %s %s: %w: %s", from, to, err, strings.TrimSpace(string(text)))
	}
	return nil
}
