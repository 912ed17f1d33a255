package dataset

import (
	"fmt"
	pathpkg "path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Sex is the normal form of a sex cell: male, female, other, or empty. It takes m, man, f and woman too.
// ok is false for a bad value.
func Sex(cell string) (sex string, ok bool) {
	switch fold(cell) {
	case "":
		return "", true
	case "male", "m", "man":
		return "male", true
	case "female", "f", "woman":
		return "female", true
	case "other":
		return "other", true
	}
	return "", false
}

// The image types.
const (
	Clinical          = "clinical"
	Dermoscopy        = "dermoscopy"
	NonDermatological = "non-dermatological"
)

// ImageTypes are the image types in the order of the outputs.
var ImageTypes = []string{Clinical, Dermoscopy, NonDermatological}

// ImageType is the normal form of an image_type cell: clinical, dermoscopy, non-dermatological, or empty.
// ok is false for a bad value.
func ImageType(cell string) (kind string, ok bool) {
	return oneOf(cell, ImageTypes...)
}

// DiagnosisMethod is the normal form of a diagnosis_method cell: histopathology, consensus, single, unknown, or empty.
// ok is false for a bad value.
func DiagnosisMethod(cell string) (method string, ok bool) {
	return oneOf(cell, "histopathology", "consensus", "single", "unknown")
}

func oneOf(cell string, allowed ...string) (string, bool) {
	folded := fold(cell)
	if folded == "" {
		return "", true
	}
	for _, value := range allowed {
		if folded == value {
			return value, true
		}
	}
	return "", false
}

// maxAge is the highest age, in years, that a cell may state.
const maxAge = 120

// Age reads an age in years, 0 to 120. A range is its middle (40-49 is 44.5), an open end is its bound (85+ is 85), <1
// is 0. A number has digits, a point and digits, nothing else: no sign, no exponent. known is false for an empty cell,
// ok is false for a bad value.
func Age(cell string) (years float32, known, ok bool) {
	cell = trim(cell)
	if cell == "" {
		return 0, false, true
	}
	if rest, is := strings.CutPrefix(cell, "<"); is {
		if trim(rest) == "1" {
			return 0, true, true
		}
		return 0, false, false
	}
	if rest, is := strings.CutSuffix(cell, "+"); is {
		return ageOf(number(trim(rest)))
	}
	if low, high, is := strings.Cut(cell, "-"); is {
		from, fromOK := number(trim(low))
		to, toOK := number(trim(high))
		if to < from || to > maxAge {
			return 0, false, false
		}
		return ageOf((from+to)/2, fromOK && toOK)
	}
	return ageOf(number(cell))
}

func ageOf(years float64, isNumber bool) (float32, bool, bool) {
	if !isNumber || years > maxAge {
		return 0, false, false
	}
	return float32(years), true, true
}

// number reads digits with an optional point and digits after it.
func number(text string) (float64, bool) {
	whole, fraction, point := strings.Cut(text, ".")
	if !digits(whole) || point && !digits(fraction) {
		return 0, false
	}
	value, err := strconv.ParseFloat(text, 64)
	return value, err == nil
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// AppendAge appends an age as the shortest decimal that reads back as the same float32.
func AppendAge(dst []byte, years float32) []byte {
	return strconv.AppendFloat(dst, float64(years), 'f', -1, 32)
}

// Fitzpatrick is the normal form of a skin type cell: "1" to "6", or empty. It takes 1 to 6, the same as tools write
// numbers (2.0), I to VI, and each behind FST with or without a blank (FST III, FST2). -1, NONE_SELECTED and the like
// are bad values: a source's value map says what its own words for "unknown" are. ok is false for a bad value.
func Fitzpatrick(cell string) (skinType string, ok bool) {
	text := fold(cell)
	if text == "" {
		return "", true
	}
	if rest, is := strings.CutPrefix(text, "fst"); is {
		text = trim(rest)
	}
	if whole, fraction, point := strings.Cut(text, "."); point && digits(fraction) && strings.Trim(fraction, "0") == "" {
		text = whole
		if len(text) != 1 || text[0] > '9' {
			return "", false
		}
	}
	switch text {
	case "1", "i":
		return "1", true
	case "2", "ii":
		return "2", true
	case "3", "iii":
		return "3", true
	case "4", "iv":
		return "4", true
	case "5", "v":
		return "5", true
	case "6", "vi":
		return "6", true
	}
	return "", false
}

// blanks are what may stand around a value that is normalised.
const blanks = " \t\r\n"

func trim(cell string) string { return strings.Trim(cell, blanks) }

// fold trims and lowers ASCII letters only, so that no other letter can turn into one of a known word.
func fold(cell string) string {
	cell = trim(cell)
	for i := range len(cell) {
		if cell[i] >= 'A' && cell[i] <= 'Z' {
			return lower(cell)
		}
	}
	return cell
}

func lower(cell string) string {
	folded := []byte(cell)
	for i, c := range folded {
		if c >= 'A' && c <= 'Z' {
			folded[i] = c + 'a' - 'A'
		}
	}
	return string(folded)
}

// A BadPath is the error of an image_path or mask_path. Why is the same for all paths of its kind; Off is what is too
// much at its beginning, and Like a path that may be meant; each is empty where nobody knows.
type BadPath struct{ Path, Why, Off, Like string }

func (e *BadPath) Error() string {
	switch {
	case e.Path == "":
		return "path " + e.Why
	case e.Off != "" && e.Like != "":
		return fmt.Sprintf("path %q %s, such as %q", e.Path, e.Why, e.Like)
	case e.Like != "":
		return fmt.Sprintf("path %q %s: write %q", e.Path, e.Why, e.Like)
	}
	return fmt.Sprintf("path %q %s", e.Path, e.Why)
}

// CheckPath says what is wrong with an image_path or mask_path, as *BadPath: it is relative to the source's root,
// UTF-8,
// its parts are separated by /, and no part is empty, "." or "..". No NUL, no backslash, no drive letter: such a path
// means another file, or none, on another system.
func CheckPath(path string) error {
	why := whyBad(path)
	if why == "" {
		return nil
	}
	bad := &BadPath{Path: path, Why: why}
	like := strings.ReplaceAll(path, `\`, "/")
	if strings.HasSuffix(why, fromRoot) {
		bad.Off = path[:strings.LastIndex(like, "/")+1]
		like = like[len(bad.Off):]
	}
	if like = strings.TrimLeft(pathpkg.Clean(like), "/"); whyBad(like) == "" && like != "." {
		bad.Like = like
	}
	return bad
}

const fromRoot = "want it relative to the source's root"

func whyBad(path string) string {
	switch {
	case path == "":
		return "is empty"
	case strings.Contains(path, "://") && isScheme(path[:strings.Index(path, "://")]):
		return "is a URL, " + fromRoot
	case path[0] == '/', strings.HasPrefix(path, `\\`):
		return "is absolute, " + fromRoot
	case strings.IndexByte(path, 0) >= 0:
		return "holds a NUL"
	case len(path) >= 2 && path[1] == ':' && isLetter(path[0]):
		return "begins with a drive letter, " + fromRoot
	case strings.IndexByte(path, '\\') >= 0:
		return "holds a backslash, want parts separated by /"
	case !utf8.ValidString(path):
		return "is not UTF-8: rename the file"
	}
	for rest, more := path, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		switch part {
		case "":
			return "has an empty part"
		case ".", "..":
			return fmt.Sprintf("has the part %q", part)
		}
	}
	return ""
}

// isScheme says whether a text is a URL's scheme (RFC 3986, 3.1); one letter is a drive of Windows.
func isScheme(text string) bool {
	return len(text) > 1 && isLetter(text[0]) && !strings.ContainsFunc(text, func(r rune) bool {
		return !(r < utf8.RuneSelf && (isLetter(byte(r)) || isDigit(byte(r)) || strings.ContainsRune("+-.", r)))
	})
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
