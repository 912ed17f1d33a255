package versions

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/io/columnio"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/workflow/workspace"
)

// shown tells whom and what a selected image shows, who says so, and why nobody does.
func (t *tracer) shown(v Version, asked map[string]string, row map[string]string) error {
	quality, err := v.quality()
	if err != nil {
		return err
	}
	if row["sha256"] == "" { // of a source without pictures
		asked = map[string]string{}
	}
	t.add("image type", imageType(asked, row))
	why := noTone(asked, row, quality.Shown.Sources[row["source"]].Tone.Abstained)
	t.add("skin tone", skinTone(asked, row, why))
	switch ita := row["ita"]; {
	case ita != "":
		t.add("ITA", ita+"°")
	case row["fitzpatrick"] != "" && len(asked) > 0:
		t.add("ITA", "none: "+why)
	}
	t.add("body part", bodyPart(asked, row))
	return t.crops(v, asked, row)
}

// askedOf are who was asked for what a version's pictures show, by the setting; all are empty without pictures.
func askedOf(manifest releaseio.Manifest) map[string]string {
	settings, _ := manifest.Settings.(map[string]any)
	images, _ := settings["images"].(map[string]any)
	describe, _ := settings["describe"].(map[string]any)
	asked := map[string]string{}
	if store, _ := images["store"].(string); store == "" {
		return asked
	}
	for setting, value := range describe {
		asked[setting], _ = value.(string)
	}
	return asked
}

// by says where a value comes from: the source, or whom the setting names.
func by(asked map[string]string, setting, origin string) string {
	if origin == "estimated" {
		return "estimated by " + asked[setting]
	}
	return origin
}

// nobody says why nobody estimated something; where somebody was asked, he abstained.
func nobody(asked map[string]string, setting string) string {
	switch asked[setting] {
	case "":
		return "no picture was looked at (images.store, or pictures: none in source.yaml)"
	case "none":
		return "describe." + setting + " is none, so that nobody was asked"
	}
	return asked[setting] + " abstains"
}

func imageType(asked, row map[string]string) string {
	if row["image_type"] == "" {
		return "none: the source states none, and " + nobody(asked, "image_type")
	}
	text := row["image_type"] + " (" + by(asked, "image_type", row["image_type_origin"])
	if sure := row["image_type_confidence"]; sure != "" {
		text += ", confidence " + sure
	}
	return text + ")"
}

func skinTone(asked, row map[string]string, why string) string {
	if tone := row["fitzpatrick"]; tone != "" {
		return tone + " (" + by(asked, "skin_tone", row["fitzpatrick_origin"]) + ")"
	}
	return "none: the source states none, and " + why
}

// noTone says why no tone was estimated. What pixels gave for a reason is no column of a version: quality.json counts
// the reasons by source.
func noTone(asked, row map[string]string, abstained map[string]int64) string {
	if kind := row["image_type"]; kind == "dermoscopy" || kind == "non-dermatological" {
		return "of " + kind + " pictures none is estimated"
	}
	why := nobody(asked, "skin_tone")
	var reasons []string
	for _, reason := range workspace.SortedKeys(abstained) {
		if reason != "dermoscopy" && reason != "non-dermatological" {
			reasons = append(reasons, fmt.Sprintf("%s (images of the source: %d)", reason, abstained[reason]))
		}
	}
	if len(reasons) > 0 {
		why += ": " + strings.Join(reasons, ", or ")
	}
	return why
}

func bodyPart(asked, row map[string]string) string {
	if part := row["body_part"]; part != "" {
		return part + " (" + by(asked, "body_part", row["body_part_origin"]) + ")"
	}
	return "none: the source states no site that means one part, and " + nobody(asked, "body_part")
}

// crops tells the crops of an image, and why there are none.
func (t *tracer) crops(v Version, asked map[string]string, row map[string]string) error {
	all, err := v.Crops(row["image_id"])
	if err != nil {
		return err
	}
	switch state := row["crop_state"]; {
	case len(all) > 0:
		t.add("crops", fmt.Sprintf("%d (%s)", len(all), state))
	case len(asked) == 0:
		t.add("crops", "none: "+nobody(asked, ""))
	case state == "done":
		t.add("crops", "none (done): somebody looked, and there is no lesion")
	case state == "pending":
		t.add("crops", "none yet (pending): nobody drew one and no mask gave one, but source.yaml promises them")
	default:
		t.add("crops", "none: nobody drew one, no mask gave one, and source.yaml promises none")
	}
	for _, c := range all {
		by := "mask " + c.Mask
		if c.Origin == "annotation" {
			by = "annotation"
			if c.Annotator != "" {
				by += " by " + c.Annotator
			}
		}
		t.add("crop "+c.ID, fmt.Sprintf("%s,%s %s×%s (%s)", c.X, c.Y, c.Width, c.Height, by))
	}
	return nil
}

// found tells the findings about an image: those of a version whose subject is the image, or something of it.
func (t *tracer) found(path, image string) error {
	return csvio.EachRow(t.ctx, path, []string{"subject"}, func(r csvio.Row) bool {
		subject := r.Cell(0)
		if subject != image && !strings.HasPrefix(subject, image+": ") {
			return true
		}
		f := r.Cells()
		text := f["finding"] + ": " + f["detail"]
		if f["accepted_by"] != "" {
			text += " (accepted by " + f["accepted_by"] + ": " + f["accepted_because"] + ")"
		}
		t.add("finding", text)
		return true
	})
}

// A Crop is a row of the table of crops: in pixels of the upright picture.
type Crop struct{ ID, X, Y, Width, Height, Origin, Annotator, Mask string }

var cropColumns = []string{"image_id", "crop_id", "x", "y", "width", "height", "origin", "annotator", "mask_path"}

// Crops are those of an image, by crop_id. A version that an earlier dermset published has none.
func (v Version) Crops(image string) (all []Crop, err error) {
	path := filepath.Join(v.Dir, workspace.FilePrefix(v.Name)+"crops.parquet")
	in, err := fileio.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if err = cropsIn(in, func(cells [][]columnio.Value) {
		if text := func(i int) string { return cells[i][0].Text }; text(0) == image {
			all = append(all, Crop{text(1), text(2), text(3), text(4), text(5), text(6), text(7), text(8)})
		}
	}); err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return all, err
}

// cropsIn shows the cells of cropColumns of every crop.
func cropsIn(in *os.File, see func(cells [][]columnio.Value)) error {
	info, err := in.Stat()
	if err != nil {
		return err
	}
	file, err := columnio.Open(in, info.Size())
	if err != nil {
		return err
	}
	at := map[string]int{}
	for i, column := range file.Columns() {
		at[column.Name] = i
	}
	wanted := make([]int, len(cropColumns))
	for i, name := range cropColumns {
		n, is := at[name]
		if !is {
			return fmt.Errorf("there is no column %q", name)
		}
		wanted[i] = n
	}
	return file.Rows(wanted, func(_ int64, cells [][]columnio.Value) error {
		see(cells)
		return nil
	})
}

// quality is what trace reads of quality.json.
type quality struct {
	Shown struct {
		Sources map[string]struct {
			Tone struct {
				Abstained map[string]int64 `json:"abstained"`
			} `json:"tone"`
		} `json:"sources"`
	} `json:"shown"`
}

func (v Version) quality() (q quality, err error) {
	path := filepath.Join(v.Dir, "quality.json")
	text, err := fileio.Read(path)
	if err == nil {
		err = json.Unmarshal(text, &q)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return q, err
}
