package images

import (
	"bytes"
	"regexp"
	"slices"
)

// A magic is how the content of a format begins, at a place.
type magic struct {
	format string
	at     int
	bytes  string
}

// magics are tried in order. The first six formats are decoded; the others are named so that a person knows what to
// convert. Formats without a magic number of their own (TGA, ICO) come last and are held to more of their header.
var magics = []magic{
	{"jpeg", 0, "\xff\xd8\xff"},
	{"png", 0, "\x89PNG\r\n\x1a\n"},
	{"gif", 0, "GIF87a"}, {"gif", 0, "GIF89a"},
	{"webp", 8, "WEBP"},
	{"canon raw", 8, "CR\x02"},
	{"tiff", 0, "II*\x00"}, {"tiff", 0, "MM\x00*"},
	{"bmp", 0, "BM"},
	{"tiff", 0, "II+\x00\x08"}, {"tiff", 0, "MM\x00+\x00\x08"}, // BigTIFF
	{"jpeg 2000", 0, "\x00\x00\x00\x0cjP  "}, {"jpeg 2000", 0, "\xff\x4f\xff\x51"},
	{"jpeg xl", 0, "\xff\x0a"}, {"jpeg xl", 0, "\x00\x00\x00\x0cJXL "},
	{"jpeg xr", 0, "II\xbc"},
	{"dicom", 128, "DICM"},
	{"psd", 0, "8BPS"},
	{"dds", 0, "DDS "},
	{"qoi", 0, "qoif"},
	{"sgi", 0, "\x01\xda"},
	{"fits", 0, "SIMPLE  ="},
	{"sun raster", 0, "\x59\xa6\x6a\x95"},
	{"blp", 0, "BLP1"}, {"blp", 0, "BLP2"},
	{"icns", 0, "icns"},
	{"openexr", 0, "\x76\x2f\x31\x01"},
	{"radiance", 0, "#?RADIANCE"}, {"radiance", 0, "#?RGBE"},
	{"flif", 0, "FLIF"},
	{"mng", 0, "\x8aMNG\r\n\x1a\n"},
	{"pdf", 0, "%PDF-"},
	{"postscript", 0, "%!PS"}, {"postscript", 0, "\xc5\xd0\xd3\xc6"},
	{"xpm", 0, "/* XPM */"},
	{"xv thumbnail", 0, "P7 332"},
	{"pixar", 0, "\x80\xe8\x00\x00"},
	{"ftex", 0, "FTEX"},
	{"wmf", 0, "\xd7\xcd\xc6\x9a"}, {"emf", 40, " EMF"},
	{"panasonic raw", 0, "IIU\x00"}, {"olympus raw", 0, "IIRO"}, {"fujifilm raw", 0, "FUJIFILMCCD-RAW"},
	{"fli", 4, "\x11\xaf"}, {"fli", 4, "\x12\xaf"},
}

// textual are formats that begin as text. Notes and error pages do too, so that all of the header has to fit: of an SVG
// everything up to its root element, of the others up to the size.
var textual = []struct {
	format string
	begins *regexp.Regexp
}{
	{"svg", regexp.MustCompile(`^(\x{FEFF})?\s*((?s:<\?.*?\?>|<!--.*?-->)\s*)*(<!DOCTYPE\s+svg\b|<(svg:)?svg[\s/>])`)},
	{"xbm", regexp.MustCompile(`^#define\s+\S*width\s+\d+\s+#define\s+\S*height\s+\d+\s`)},
	{"pnm", regexp.MustCompile(`^P([14]` + pnmGap + `\d+` + pnmGap + `\d+|[2356]` + pnmGap + `\d+` +
		pnmGap + `\d+` + pnmGap + `\d+)\s`)},
	{"pnm", regexp.MustCompile(`^P7(\s|#.*\n)+(WIDTH|HEIGHT|DEPTH|MAXVAL|TUPLTYPE)\s`)},
	{"pfm", regexp.MustCompile(`^P[fF]\s+\d+\s+\d+\s+[-+]?[\d.]+\s`)},
}

// pnmGap is what stands between two numbers.
const pnmGap = `(?:\s|#.*\n)+`

// heifBrands are the brands of an ISO media file that holds pictures.
var heifBrands = map[string]string{
	"avif": "avif", "avis": "avif", "heic": "heic", "heix": "heic", "hevc": "heic", "hevx": "heic", "heim": "heic",
	"heis": "heic", "mif1": "heif", "msf1": "heif", "mif2": "heif",
}

// sniff names the format of data by its content alone; empty if it is none that we know.
func sniff(data []byte) string {
	for _, m := range magics {
		if len(data) >= m.at+len(m.bytes) && string(data[m.at:m.at+len(m.bytes)]) == m.bytes &&
			(m.format != "webp" || bytes.HasPrefix(data, []byte("RIFF"))) {
			return m.format
		}
	}
	if len(data) >= 12 && string(data[4:8]) == "ftyp" {
		if brand, known := heifBrands[string(data[8:12])]; known {
			return brand
		}
	}
	head := data[:min(len(data), 4096)]
	for _, t := range textual {
		if t.begins.Match(head) {
			return t.format
		}
	}
	switch {
	case isIcon(data):
		return "ico"
	case len(data) >= 128 && data[0] == 10 && data[1] <= 5 && data[2] <= 1 && slices.Contains([]byte{1, 2, 4, 8}, data[3]):
		return "pcx"
	case isTGA(data):
		return "tga"
	}
	return ""
}

// isIcon knows an icon or cursor by its folder: at least one picture, a reserved byte that is zero.
func isIcon(data []byte) bool {
	return len(data) >= 22 && data[0] == 0 && data[1] == 0 && (data[2] == 1 || data[2] == 2) && data[3] == 0 &&
		(data[4] != 0 || data[5] != 0) && data[9] == 0
}

// isTGA knows a TGA file by its footer, or by a header of which every field is plausible.
func isTGA(data []byte) bool {
	if bytes.HasSuffix(data, []byte("TRUEVISION-XFILE.\x00")) {
		return true
	}
	if len(data) < 18 {
		return false
	}
	mapped, kind, depth := data[1], data[2], data[16]
	width, height := int(data[12])|int(data[13])<<8, int(data[14])|int(data[15])<<8
	return mapped <= 1 && slices.Contains([]byte{1, 2, 3, 9, 10, 11}, kind) && (mapped == 1) == (kind == 1 || kind == 9) &&
		slices.Contains([]byte{1, 8, 15, 16, 24, 32}, depth) && width > 0 && height > 0 && data[17]&0xc0 == 0
}
