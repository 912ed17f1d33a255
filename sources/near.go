package sources

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/slips"
)

// near is the one of the names that was probably meant: one that differs in case, spaces, forms of Unicode or
// look-alikes, else the nearest; empty if there is none.
func near(written string, names []string) string {
	key := folded(written)
	if i := slices.IndexFunc(names, func(name string) bool { return folded(name) == key }); i >= 0 {
		return names[i]
	}
	return slips.Nearest(written, names)
}

func folded(name string) string { return string(dataset.AppendFoldedID(nil, name)) }

// mostColumns is how many columns a message lists.
const mostColumns = 20

// noColumn is the error of a name in source.yaml that no column has.
func noColumn(name string, all []string) error {
	if meant := near(name, all); meant != "" {
		return fmt.Errorf("there is no column %q in the raw material: write %s%s", name, yamlText(meant),
			alikeBy(name, meant))
	}
	if more := len(all) - mostColumns; more > 0 {
		return fmt.Errorf("there is no column %q in the raw material, only %s and %d more", name,
			strings.Join(all[:mostColumns], ", "), more)
	}
	return fmt.Errorf("there is no column %q in the raw material, only %s", name, strings.Join(all, ", "))
}

// alikeBy says why two names that differ look alike; empty: they do not.
func alikeBy(written, meant string) string {
	switch {
	case norm.NFC.String(written) == norm.NFC.String(meant):
		return twoWays
	case dataset.AsLatin(written) == dataset.AsLatin(meant):
		for _, name := range []string{meant, written} {
			for _, r := range name {
				if latin, is := dataset.LooksLike(r); is && dataset.AsLatin(name) != name {
					return fmt.Sprintf(" (%q holds U+%04X, which looks like %c)", name, r, latin)
				}
			}
		}
	}
	return ""
}

// twoWays is why names differ that are one in NFC.
const twoWays = " (accents are written in two ways: as one character, or as a letter and a mark, as on a Mac)"

// yamlText is a name as it may stand in source.yaml: in quotes where YAML would read something else, or nobody could
// see what it holds.
func yamlText(name string) string {
	plain := !strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("_-./", r))
	})
	if first := name[:min(1, len(name))]; plain && strings.Trim(first, "-./0123456789") != "" {
		return name
	}
	if dataset.AsLatin(name) != name || !norm.NFC.IsNormalString(name) {
		return strconv.QuoteToASCII(name)
	}
	return strconv.Quote(name)
}

// noFolder says what to do about a raw folder that is not there: the one beside it that may be meant, or to make it.
func noFolder(dir string) string {
	above := filepath.Dir(filepath.Clean(dir))
	entries, err := os.ReadDir(above)
	var folders []string
	for _, entry := range entries {
		if entry.Type()&fs.ModeSymlink != 0 || entry.IsDir() {
			folders = append(folders, entry.Name())
		}
	}
	if meant := near(filepath.Base(dir), folders); err == nil && meant != "" {
		return fmt.Sprintf("; %s is there: write --raw %s", filepath.Join(above, meant), filepath.Join(above, meant))
	}
	return "; put it there, or say where it is with --raw"
}
