package sources

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"github.com/dermset/dermset/dataset"
)

// badPaths are rows of one kind of bad path: the first ones are named, all are counted, and what to write is said once.
type badPaths struct {
	column, why string
	named       []error
	rows        int
	off         string // what all of them begin with, if that is too much
	backslash   bool   // one of them holds one behind that
	from        int    // behind fewer bytes one of them is a bad path still
}

// mostAlike is how many rows with one and the same mistake are named.
const mostAlike = 3

// badPath notes what dataset.CheckPath says of a row's path.
func (o *output) badPath(at place, column string, err error) {
	bad, is := errors.AsType[*dataset.BadPath](err)
	if !is {
		o.fail(at, fmt.Errorf("%s: %w", column, err))
		return
	}
	kind := o.paths[column+bad.Why]
	if kind == nil {
		kind = &badPaths{column: column, why: bad.Why, off: bad.Off}
		o.paths[column+bad.Why] = kind
		o.pathKinds = append(o.pathKinds, kind)
	}
	if kind.rows++; kind.rows <= mostAlike {
		kind.named = append(kind.named, fmt.Errorf("%s: %s: %w", at.in(o.raw), column, err))
	}
	kind.from = max(kind.from, goodFrom(bad.Path))
	kind.backslash = kind.backslash || strings.Contains(bad.Path[len(bad.Off):], `\`) || kind.off != bad.Off &&
		strings.Contains(bad.Off, `\`)
	for !strings.HasPrefix(bad.Off, kind.off) { // the folders that they have in common
		kind.off = kind.off[:strings.LastIndexAny(kind.off[:len(kind.off)-1], `/\:`)+1]
	}
}

// wrong is everything that a person must mend in the rows; it is told once.
func (o *output) wrong() error {
	err := errors.Join(o.pathErrors(), o.errs.join(), o.sexes.doubtful(o.c, o.raw))
	if more := o.twice - mostAlike; more > 0 {
		err = errors.Join(err, fmt.Errorf("%s: the image stands twice in %d more rows", o.c.Path, more))
	}
	o.errs, o.pathKinds, o.twice, o.sexes = errorList{}, nil, 0, sexes{}
	return err
}

// goodFrom is where the longest end of a path begins that is none of the bad ones; beyond the path, where none is.
func goodFrom(path string) int {
	path = strings.ReplaceAll(path, `\`, "/")
	at := strings.LastIndexByte(path, '/') + 1
	if dataset.CheckPath(path[at:]) != nil {
		return len(path) + 1
	}
	for at > 0 {
		above := strings.LastIndexByte(path[:at-1], '/') + 1
		if dataset.CheckPath(path[above:at-1]) != nil {
			break
		}
		at = above
	}
	return at
}

// pathErrors are all bad paths, kind by kind, with the line of source.yaml that mends those of a column.
func (o *output) pathErrors() error {
	var errs []error
	off, backslash := map[string][]string{}, map[string]bool{}
	for _, kind := range o.pathKinds {
		errs = append(errs, kind.named...)
		if more := kind.rows - len(kind.named); more > 0 {
			errs = append(errs, fmt.Errorf("%s: %s: path %s in %d more rows", o.c.Path, kind.column, kind.why, more))
		}
		kind.leaveFolders(o.raw)
		if len(kind.off) < kind.from || strings.ContainsFunc(kind.off, func(r rune) bool { return !unicode.IsPrint(r) }) {
			continue
		}
		backslash[kind.column] = backslash[kind.column] || kind.backslash
		if kind.off != "" {
			off[kind.column] = append(off[kind.column], kind.off)
		}
	}
	for _, name := range []string{dataset.ImagePath, dataset.MaskPath} {
		column := o.c.columns[name]
		if column == nil || !backslash[name] && off[name] == nil {
			continue
		}
		if line := column.mending(name, off[name], backslash[name]); line != "" {
			errs = append(errs, fmt.Errorf("%s:%d: columns.%s: to mend these, write `%s`", o.c.Path, column.line, name, line))
		}
	}
	return errors.Join(errs...)
}

// leaveFolders leaves in the paths what are folders of the raw folder: of D:\export\ where there is export/, D:\ is too
// much.
func (b *badPaths) leaveFolders(raw string) {
	for i := range b.off {
		rest := b.off[i+1:]
		if rest == "" || !strings.ContainsRune(`/\:`, rune(b.off[i])) || strings.ContainsRune(`/\.`, rune(rest[0])) {
			continue
		}
		info, err := os.Stat(filepath.Join(raw, filepath.FromSlash(strings.ReplaceAll(rest, `\`, "/"))))
		if err == nil && info.IsDir() {
			b.off, b.backslash = b.off[:i+1], b.backslash || strings.Contains(rest, `\`)
			return
		}
	}
}

// mending is the line of source.yaml that takes off what paths begin with, and makes slashes of backslashes; empty
// where what the column is made of does not allow it. What does not begin so stays as it is.
func (c *column) mending(name string, off []string, backslash bool) string {
	var keys []string
	if backslash {
		keys = append(keys, `replace: {'\': '/'}`)
	}
	var begin []string
	for _, text := range off {
		if backslash {
			text = strings.ReplaceAll(text, `\`, "/")
		}
		begin = append(begin, regexp.QuoteMeta(text))
	}
	switch {
	case len(begin) == 1:
		keys = append(keys, "matches: "+singleQuoted("^"+begin[0]+"(.*)$"), "to: '{1}'", "other: keep")
	case len(begin) > 1:
		keys = append(keys, "matches: "+singleQuoted("^(?:"+strings.Join(begin, "|")+")(.*)$"), "to: '{1}'", "other: keep")
	}
	line := strings.Join(keys, ", ")
	switch plain := c.missing == "" || c.missing == "keep"; {
	case c.raw() != "" && !c.isList() && plain && c.orElse == nil:
		return fmt.Sprintf("%s: {column: %s, %s}", name, yamlText(c.raw()), line)
	case c.oneHot != nil || c.orElse != nil || c.mapping != nil || c.pattern != nil, backslash && c.replace != nil:
		return ""
	}
	return line
}

func singleQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
