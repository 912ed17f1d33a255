package images_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dermset/dermset/images"
)

// publicTable reads a manifest of the public data; the test is skipped without them.
func publicTable(t testing.TB, inside string) (folder string, rows []map[string]string) {
	t.Helper()
	data := os.Getenv("DERMSET_PUBLIC_DATA")
	if data == "" {
		t.Skipf("the pictures of others are not part of this project: set DERMSET_PUBLIC_DATA to a folder that has %s",
			inside)
	}
	file, err := os.Open(filepath.Join(data, inside))
	if err != nil {
		t.Skip(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, cell := range record {
			row[records[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return filepath.Dir(file.Name()), rows
}

// edgeKnown are the files of the edge corpus whose verdict is another than the manifest expects, with the reason. Files
// that are good, and that our decoders say they cannot read, are not among them.
var edgeKnown = map[string]string{
	"Pillow__issue_2811.gif": "LZW codes of 11 bits a pixel, where GIF has at most " +
		"8",
	"Pillow__no_palette.gif": "no table of colours, neither its own nor the file's: what its pixels mean is a " +
		"guess",
	"Pillow__hopper_bad_exif.jpg": "a block with more than 64 coefficients: damaged, which libjpeg tells as a warning " +
		"only",
	"mei__tif__BigTIFF__BigTIFFLong.tif":       "BigTIFF, which is decoded now",
	"mei__tif__BigTIFF__BigTIFFLong8Tiles.tif": "BigTIFF, which is decoded now",
	"Pillow__truncated_jpeg.jpg": "cut within its end marker: all its pixels are there, so that it counts with the " +
		"warning missing_eoi",
}

// TestEdgePictures checks the edge corpus and prints what became of what.
func TestEdgePictures(t *testing.T) {
	folder, rows := publicTable(t, "edge_images/manifest.csv")
	table := map[string]map[images.Verdict]int{}
	for _, row := range rows {
		data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(row["file"])))
		if err != nil {
			t.Fatal(err)
		}
		got := images.Check(data, images.Limits{MinSide: 1, MaxPixels: 200_000_000})
		if table[row["expected"]] == nil {
			table[row["expected"]] = map[images.Verdict]int{}
		}
		table[row["expected"]][got.Verdict]++
		reason := edgeKnown[strings.TrimPrefix(row["file"], "files/")]
		if problem := edgeProblem(row, got); (problem != "") != (reason != "") {
			t.Errorf("%s (%s %s, %s): %q, known reason %q; verdict %s: %s",
				row["file"], row["format"], row["mode"], row["why"], problem, reason, got.Verdict, got.Detail)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-12s", "expected")
	for _, v := range images.Verdicts {
		fmt.Fprintf(&b, " %s", v)
	}
	for _, expected := range slices.Sorted(maps.Keys(table)) {
		fmt.Fprintf(&b, "\n%-12s", expected)
		for _, v := range images.Verdicts {
			fmt.Fprintf(&b, " %*d", len(v), table[expected][v])
		}
	}
	t.Log("\n" + b.String())
}

// edgeProblem says what is wrong with a verdict; empty if nothing is.
func edgeProblem(row map[string]string, got images.Checked) string {
	refused := got.Verdict != images.OK && got.Verdict != images.Blank
	switch row["expected"] {
	case "ok":
		if got.Verdict == images.Unsupported {
			return ""
		}
		if refused {
			return "want it accepted"
		}
		if want := row["width"] + "×" + row["height"]; strconv.Itoa(got.Width)+"×"+strconv.Itoa(got.Height) != want {
			return fmt.Sprintf("size %d×%d, want %s", got.Width, got.Height, want)
		}
	case "bomb":
		if got.Verdict != images.TooManyPixels {
			return "want too_many_pixels"
		}
	case "corrupt", "unsupported":
		if !refused {
			return "want it refused"
		}
	}
	return ""
}

// TestRealPictures wants every real picture to count, with the size that its manifest says.
func TestRealPictures(t *testing.T) {
	folder, rows := publicTable(t, "images/manifest.csv")
	for _, row := range rows {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(folder), filepath.FromSlash(row["file"])))
		if err != nil {
			t.Fatal(err)
		}
		got := images.Check(data, images.Limits{MinSide: 64, MaxPixels: 200_000_000})
		width, height := got.Upright()
		if size := fmt.Sprintf("%d×%d", width, height); got.Verdict != images.OK || len(got.Warnings) > 0 ||
			size != row["width"]+"×"+row["height"] {
			t.Errorf("%s: %s %v %s, want ok %s×%s: %s",
				row["file"], got.Verdict, got.Warnings, size, row["width"], row["height"], got.Detail)
		}
	}
}
