package portable

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/dermset/dermset/io/fileio"
)

// MaxBytes is how long a name is at most. Common file systems allow 255; Windows has 260 for a whole path.
const MaxBytes = 100

// stemBytes leaves room for the number of a crop and an extension.
const stemBytes = MaxBytes - len("--1234.jpg")

// tagDigits are those of a tag, in hex: of what is equal without its tag nobody finds two with the same.
const tagDigits = 12

// Folders are names for categories, in their order. A name is that of the category, with what a system or loader
// refuses replaced; of those that would have one name, each has a tag. Equal categories have equal names.
func Folders(categories []string) []string {
	names, taken := make([]string, len(categories)), map[string]int{}
	distinct := slices.Compact(slices.Sorted(slices.Values(categories)))
	for _, category := range distinct {
		name, _ := safe(category)
		taken[Key(name)]++
	}
	for i, category := range categories {
		name, _ := safe(category)
		if taken[Key(name)] > 1 || len(name) > MaxBytes || tagged.MatchString(name) {
			name = withTag(name, MaxBytes, category)
		}
		names[i] = name
	}
	return names
}

// Stem is the name of the file of a picture of a source, without an extension: <source>--<path>, with -- for each /. It
// depends on nothing else; where it is another's too, Tagged is the name of both.
func Stem(source, path string) string {
	name, changed := safe(source + "--" + strings.ReplaceAll(withoutExtension(path), "/", "--"))
	if changed || len(name) > stemBytes || tagged.MatchString(name) {
		return withTag(name, stemBytes, source+"/"+path)
	}
	return name
}

// Tagged is Stem with a tag in any case.
func Tagged(source, path string) string {
	name, _ := safe(source + "--" + strings.ReplaceAll(withoutExtension(path), "/", "--"))
	return withTag(name, stemBytes, source+"/"+path)
}

// Key is equal for names that some system takes for one: that differ in case or Unicode form alone.
func Key(name string) string {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return norm.NFKC.String(cases.Fold().String(strings.ToUpper(norm.NFKC.String(name))))
		}
	}
	return strings.ToLower(name)
}

// tagged is how a name with a tag ends. One that ends so by itself gets another.
var tagged = regexp.MustCompile(`~[0-9a-fA-F]{12}$`)

// withTag cuts a name for a tag made of all of what it says.
func withTag(name string, most int, of string) string {
	sum := sha256.Sum256([]byte(of))
	for len(name) > most-1-tagDigits {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return strings.TrimRight(name, " .") + "~" + hex.EncodeToString(sum[:])[:tagDigits]
}

// reserved are names that mean something else in a folder of pictures, whatever their case: what loaders of image
// folders read.
var reserved = []string{"metadata.csv", "metadata.jsonl", "metadata.parquet"}

// safe is a name with what a system refuses replaced: characters that Windows does not allow, those that nobody sees or
// that change the direction of others, a dot or space at its end, the name of a device. It is in normal form C, which
// alone does not count as changed.
func safe(text string) (name string, changed bool) {
	text = norm.NFC.String(text)
	name = strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r < utf8.RuneSelf && unicode.IsGraphic(r) && !strings.ContainsRune(`<>:"/\|?*`, r):
			return r
		case r < utf8.RuneSelf || r == utf8.RuneError || !unicode.IsGraphic(r) || unseen(r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, text)
	name = norm.NFC.String(strings.TrimRight(strings.TrimLeft(name, " "), " ."))
	for strings.HasPrefix(name, "__") { // loaders leave such folders out
		name = name[1:]
	}
	if name == "" || strings.ContainsRune(".-~", rune(name[0])) || fileio.IsDevice(name) ||
		slices.Contains(reserved, Key(name)) {
		name = "_" + name
	}
	return withoutSplits(name), name != text
}

// splitWord is what Hugging Face's loaders take for a split where it stands alone in the name of a file or folder
// (datasets/data_files.py, SPLIT_KEYWORDS and NON_WORDS_CHARS): of a folder with one such name, as isic2017_val, they
// load that split and nothing else.
var splitWord = regexp.MustCompile(
	`(^|[-._ 0-9])(train|training|validation|valid|dev|val|test|testing|eval|evaluation)([-._ 0-9]|$)`)

// withoutSplits begins such words with a capital letter, which loaders do not know.
func withoutSplits(name string) string {
	for {
		at := splitWord.FindStringSubmatchIndex(name)
		if at == nil {
			return name
		}
		word := at[4]
		name = name[:word] + strings.ToUpper(name[word:word+1]) + name[word+1:]
	}
}

// unseen says whether a character shows nothing, though it is none of the kinds that Unicode calls other.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Cf, unicode.Co)
}

// extensions are those of pictures, which the published file has its own of.
var extensions = []string{".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif", ".webp", ".tif", ".tiff",
	".bmp", ".dib"}

func withoutExtension(path string) string {
	at := strings.LastIndexByte(path, '.')
	if at > strings.LastIndexByte(path, '/')+1 && slices.Contains(extensions, strings.ToLower(path[at:])) {
		return path[:at]
	}
	return path
}
