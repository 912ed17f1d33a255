package stages

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

func TestPublished(t *testing.T) {
	crop := row{"x": 1, "y": 2, "width": 3, "height": 4, "origin": "mask"}
	in := []row{
		{"image_path": "a.jpg", "class_id": 1, "sha256": "aa", "crop_boxes": []any{crop}},
		{"image_path": "b.jpg", "class_id": 0},
		{"image_path": "c.jpg", "class_id": 0, "sha256": "cc"},
	}
	s := Published{Of: func(s Shot) (path, sum string, err error) {
		if s.SHA256 == "" {
			return "", "", nil
		}
		return fmt.Sprintf("images/%d/%s %v", s.ClassID, s.Path, s.Crops), "of " + s.SHA256, nil
	}}
	want := slices.Clone(in)
	for i, path := range map[int]string{0: "images/1/a.jpg [{1 2 3 4 false }]", 2: "images/0/c.jpg []"} {
		want[i] = with(in[i], row{"published_path": path, "sha256_published": "of " + in[i]["sha256"].(string)})
	}
	schema := arrow.NewSchema(ShotFields, nil)
	enginetest.Run(t, s, schema, in, want)

	failing := Published{Of: func(Shot) (string, string, error) { return "", "", errors.New("the disk is full") }}
	_, apply, err := failing.Bind(schema)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := apply(enginetest.Batch(t, schema, in)); err == nil || err.Error() != `image "a.jpg": the disk is full` {
		t.Errorf("error %v", err)
	}
}

// Loaders find a row for every picture, and no row without one.
func TestPictureFolder(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: OutImageID, Type: rows.TypeText},
		rows.Nullable(rows.ColImagePath, rows.TypeText), rows.Nullable(OutTarget, rows.TypeDict),
		rows.Nullable(OutSplit, rows.TypeDict), rows.Nullable("extra.x", rows.TypeText)}, nil)
	enginetest.Run(t, PictureFolder{"images"}, schema, []row{
		{"image_id": "s/1", "image_path": "images/A _ B/s--1.jpg", "target_name": "A / B", "split": "train", "extra.x": "y"},
		{"image_id": "s/2", "target_name": "A / B", "split": "test"},
		{"image_id": "s/3", "image_path": "images/C/s--3.png", "target_name": "C", "split": "val"},
	}, []row{
		{"file_name": "A _ B/s--1.jpg", "label": "A / B", "image_id": "s/1", "target_name": "A / B", "split": "train"},
		{"file_name": "C/s--3.png", "label": "C", "image_id": "s/3", "target_name": "C", "split": "val"},
	})
}
