package build_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/images"
)

// This file is what published pictures add to the oracle (spec 9): it holds them against what their names and the
// originals promise, and makes no name itself.

// publishes says whether the row's picture is in the version: its pixels can be read.
func (w *world) publishes(v *verdict) bool {
	f := v.row.picture.file()
	return w.layout != "none" && w.pictured(v.source) && f != nil && f.width*f.height <= w.maxPixels &&
		(f.pixels != "" || f.verdict == "blank")
}

// comparePublished takes path and sum of their pictures from the selected rows, and holds the files against them.
func (w *world) comparePublished(dist string, alive []*verdict, selected, soft []map[string]string) string {
	folders := map[string]string{}
	_, categories, err := readCSV(filepath.Join(dist, "DXv1.0_categories.csv"))
	if err != nil {
		return err.Error()
	}
	for _, c := range categories {
		folders[c["target_name"]] = c["folder"]
	}
	seen := map[string]bool{}
	for i, v := range alive {
		if i >= len(selected) || i >= len(soft) {
			return "rows are missing"
		}
		at, sum := selected[i]["image_path"], selected[i]["sha256_published"]
		if other := soft[i]["image_path"]; other != at {
			return fmt.Sprintf("%s is at %q, and in the soft table at %q", v.id, at, other)
		}
		selected[i]["image_path"], selected[i]["sha256_published"], soft[i]["image_path"] = "", "", ""
		if (at != "") != w.publishes(v) || (sum != "") != (at != "") {
			return fmt.Sprintf("%s is published at %q with %q, want it published: %t", v.id, at, sum, w.publishes(v))
		}
		if at == "" {
			continue
		}
		if seen[strings.ToLower(at)] || path.Dir(at) != "images/"+folders[v.final] {
			return fmt.Sprintf("%s is at %q, which is another's, or not in the folder of %q", v.id, at, v.final)
		}
		seen[strings.ToLower(at)] = true
		if problem := publishedFile(filepath.Join(dist, filepath.FromSlash(at)), sum, v.row.picture.file()); problem != "" {
			return v.id + ": " + problem
		}
	}
	return w.noOthers(filepath.Join(dist, "images"), len(seen))
}

// publishedFile says what is wrong with a published file.
func publishedFile(name, sum string, original *file) string {
	data, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	if is := sha256.Sum256(data); hex.EncodeToString(is[:]) != sum {
		return name + " has not the SHA-256 of the table"
	}
	if bytes.Contains(data, []byte("Comment")) {
		return name + " holds a comment"
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o222 != 0 {
		return fmt.Sprintf("%s may be written to (%v)", name, err)
	}
	result, stored, _ := images.Decode(data, images.Limits{MinSide: 1, MaxPixels: 1 << 20})
	before, originally, _ := images.Decode(original.data, images.Limits{MinSide: 1, MaxPixels: 1 << 20})
	if stored == nil || originally == nil {
		return name + " cannot be decoded"
	}
	if images.PixelSum(stored, result.Orientation) != images.PixelSum(originally, before.Orientation) {
		return name + " shows other pixels"
	}
	return ""
}

// noOthers wants so many pictures in a folder, and the table beside them.
func (w *world) noOthers(folder string, want int) string {
	found := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found++
		}
		return err
	})
	if w.store == "" || w.layout == "none" {
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Sprintf("there are %d files in images/ (%v), want no folder", found, err)
		}
		return ""
	}
	if err != nil || found != want+1 {
		return fmt.Sprintf("images/ has %d files (%v), want %d and metadata.csv", found, err, want)
	}
	return ""
}
