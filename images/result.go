package images

import (
	"path"
	"slices"
	"strings"
)

// Decoder names how pictures are decoded. It changes whenever the same bytes may get another verdict, size or hash:
// facts kept under one name are not used under another.
const Decoder = "go4"

// A Verdict says whether a picture counts, and if not, why. A verdict other than OK is the reason
// image_<verdict> of a row.
type Verdict string

// The verdicts. A picture gets the first that applies to it; Missing and NotFetched are for who looks for the file.
const (
	OK            Verdict = "ok"
	Missing       Verdict = "missing"
	NotFetched    Verdict = "not_fetched"        // nobody could look at it, and nobody knows that it is not there
	Empty         Verdict = "empty"              // no bytes
	NotAnImage    Verdict = "not_an_image"       // no format that we know
	Unsupported   Verdict = "unsupported_format" // a known format, or a variant, that is not decoded
	Truncated     Verdict = "truncated"          // ends before its pixels do
	Corrupt       Verdict = "corrupt"            // breaks the rules of its format
	TooSmall      Verdict = "too_small"          // a side is under Limits.MinSide
	TooManyPixels Verdict = "too_many_pixels"    // over Limits.MaxPixels; not decoded
	Blank         Verdict = "blank"              // all pixels are equal
)

// Verdicts are all verdicts in order.
var Verdicts = []Verdict{OK, Missing, NotFetched, Empty, NotAnImage, Unsupported, Truncated,
	Corrupt, TooSmall, TooManyPixels, Blank}

// Keepable says whether a person's word can keep an image of that verdict: what is not there, or has no bytes, nobody
// can keep, and one that can be used needs no word.
func (v Verdict) Keepable() bool {
	return v != OK && v != Missing && v != NotFetched && v != Empty
}

// A Warning tells something odd about a picture that counts all the same.
type Warning string

// The warnings, in the order in which they are counted.
const (
	Animated         Warning = "animated"          // has more frames or pages; the first one counts
	ExtensionDiffers Warning = "extension_differs" // the name says another format than the content
	Incomplete       Warning = "incomplete"        // a progressive JPEG of which only the first scans are there
	MissingEOI       Warning = "missing_eoi"       // a JPEG or PNG that lacks only its end marker
	OddTags          Warning = "odd_tags"          // a TIFF whose tags are repeated, out of order or contradict each other
	OddSizes         Warning = "odd_sizes"         // sizes of parts are missing or wrong
	OddChecksum      Warning = "odd_checksum"      // one of a PNG's two checksums is missing; the other proves the pixels
	OddColours       Warning = "odd_colours"       // pixels have colours that the file's table lacks: they are black
	ExtraData        Warning = "extra_data"        // more data than pixels, among or right behind them
)

// Warnings are all warnings in order.
var Warnings = []Warning{Animated, ExtensionDiffers, Incomplete, MissingEOI, OddTags, OddSizes, OddChecksum, OddColours,
	ExtraData}

// Limits are the settings that a verdict depends on. The zero value forbids every picture:
// both are at least 1 (spec 2, images).
type Limits struct {
	MinSide   int   // pixels
	MaxPixels int64 // width × height
}

// A Result is what Decode says of a picture.
type Result struct {
	Format string // by content: jpeg, png, gif, webp, tiff, bmp, or the name of an unsupported one; empty if unknown
	// Width and Height are those of the stored pixels, before rotation; of a GIF or animated WebP, the canvas. 0 where the
	// header does not say. Orientation is EXIF's, 1 to 8, and 1 where there is none.
	Width, Height int
	Orientation   int
	Verdict       Verdict
	Detail        string // why, for a person; empty for OK
	Warnings      []Warning
	// ByClock says that the verdict rests on how long decoding took and not on the bytes alone,
	// so that it must not be kept as a fact.
	ByClock bool
}

// Upright is the size of the picture as it is looked at.
func (r Result) Upright() (width, height int) {
	return uprightSize(r.Width, r.Height, r.Orientation)
}

// Warn adds a warning once.
func (r *Result) Warn(w Warning) {
	if !slices.Contains(r.Warnings, w) {
		r.Warnings = append(r.Warnings, w)
	}
}

// extensions are the ends of names that pictures of a format commonly have.
var extensions = map[string][]string{
	"jpeg": {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"},
	"png":  {".png", ".apng"},
	"gif":  {".gif"},
	"webp": {".webp"},
	"tiff": {".tif", ".tiff"},
	"bmp":  {".bmp", ".dib"},
}

// NameFits says whether the extension of name is one of the format's. A name without an extension,
// and a format that is not decoded, fit.
func NameFits(name, format string) bool {
	extension := strings.ToLower(path.Ext(name))
	known, decoded := extensions[format]
	return !decoded || extension == "" || slices.Contains(known, extension)
}
