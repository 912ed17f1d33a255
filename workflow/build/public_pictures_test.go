package build_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dermset/dermset/io/blobio/blobtest"
	"github.com/dermset/dermset/io/blobio/gateway"
)

// Real pictures go from a store through fetch and check into a build, which then knows their content and their upright
// sizes; a second build fetches and decodes nothing. The store is a real S3 server where its program has
// been built, else a folder.
func TestPublicPictures(t *testing.T) {
	data := os.Getenv("DERMSET_PUBLIC_DATA")
	manifest := filepath.Join(data, "images", "manifest.csv")
	if _, err := os.Stat(manifest); data == "" || err != nil {
		t.Skip("the pictures are not part of this project: set DERMSET_PUBLIC_DATA to a folder that has " +
			"images/manifest.csv with file, width, height, sha256, mask, label")
	}
	_, pictures, err := readCSV(manifest)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(tempDir(t), "w")
	store, into := publicStore(t, dir)
	want := map[string]map[string]string{}
	dataset := "image_path,label,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,image_type," +
		"diagnosis_method,mask_path\n"
	for _, p := range pictures {
		dataset += p["file"] + ",lesion" + strings.Repeat(",", 10) + p["mask"] + "\n"
		want["p/"+p["file"]] = p
		for _, file := range []string{p["file"], p["mask"]} {
			if file == "" {
				continue
			}
			content, err := os.ReadFile(filepath.Join(data, filepath.FromSlash(file)))
			if err != nil {
				t.Fatal(err)
			}
			writePicture(t, filepath.Join(into, "p", filepath.FromSlash(file)), string(content))
		}
	}
	err = writeFiles(dir, map[string]string{
		"dermset.yaml": "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n" +
			"images: {store: \"" + store + "\", min_side: 1}\n",
		"sources/p/source.yaml":   "title: P\n",
		"sources/p/p_dataset.csv": dataset,
		"mapping/workbook/p.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n" +
			"lesion,Lesion,2C32,\n",
		"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(into); err != nil { // what is known needs no store
			t.Fatal(err)
		}
	}
	_, rows, err := readCSV(filepath.Join(dir, "dist", draft, "DXv1.0_selected_unsampled.csv"))
	if err != nil || len(rows) != len(pictures) {
		t.Fatalf("%d of %d pictures are selected: %v", len(rows), len(pictures), err)
	}
	for _, row := range rows {
		p := want[row["image_id"]]
		if row["sha256"] != p["sha256"] || row["width"] != p["width"] || row["height"] != p["height"] {
			t.Errorf("%s: sha256 %s, %s × %s, want %s, %s × %s",
				row["image_id"], row["sha256"], row["width"], row["height"], p["sha256"], p["width"], p["height"])
		}
	}
}

// publicStore is a store, and the folder whose files are its objects.
func publicStore(t *testing.T, dir string) (store, into string) {
	program, err := gateway.Find()
	if err != nil {
		t.Logf("a folder is the store: %v", err)
		return "store", filepath.Join(dir, "store")
	}
	folder := t.TempDir()
	into = filepath.Join(folder, "bucket", "dx")
	if err := os.MkdirAll(into, 0o755); err != nil {
		t.Fatal(err)
	}
	server, err := gateway.Start(t.Context(), program, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	blobtest.Environment(t)
	for _, kv := range server.Environment() {
		t.Setenv(kv[0], kv[1])
	}
	return "s3://bucket/dx", into
}
