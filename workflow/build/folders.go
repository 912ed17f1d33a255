package build

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/dermset/dermset/io/fileio"
)

// maxFolderBytes leaves room under the 255 bytes that common file systems allow a name,
// for the number that tells equal ones apart.
const maxFolderBytes = 200

// folderNames gives every class a folder name of its own that is safe on Linux, macOS and Windows: no character that
// one of them refuses, no reserved device name, no dot or space at an end, and no two names that differ only in case or
// Unicode form. Equal input, equal output.
func folderNames(classes []string) []string {
	fold := cases.Fold()
	taken := map[string]bool{}
	names := make([]string, len(classes))
	for i, class := range classes {
		base := safeName(class)
		name := base
		for n := 2; taken[fold.String(norm.NFKC.String(name))]; n++ {
			name = fmt.Sprintf("%s~%d", base, n)
		}
		taken[fold.String(norm.NFKC.String(name))] = true
		names[i] = name
	}
	return names
}

func safeName(class string) string {
	name := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, norm.NFC.String(class))
	for len(name) > maxFolderBytes {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	name = strings.TrimRight(strings.TrimLeft(name, " "), " .")
	if name == "" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "-") {
		name = "_" + name
	}
	if fileio.IsDevice(name) {
		name = "_" + name
	}
	return name
}
