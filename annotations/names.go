package annotations

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"
)

// How a name in a file and the path of a picture can agree, the best first: a name counts for the picture with which it
// agrees best, if that is one.
const (
	rankExact  = iota      // equal
	rankSuffix             // the path is what the name ends with, folders and all; the longest first
	rankName   = 50 + iota // the file names are equal
	rankPlain              // likewise, without what %20 and the like stand for
	rankUpload             // likewise, without the eight digits that Label Studio puts before uploads
	rankValid              // likewise, of a file name as web servers write it (see validName)
	rankNone
)

const mostFolders = 32 // of a name

// spelling is a way of reading a name, and how well that agrees.
type spelling struct {
	text string
	rank int
	file bool // of the file name alone
}

// spellings are all ways of reading a name.
func spellings(name string) []spelling {
	all := []spelling{{name, rankExact, false}}
	plain := plainName(name)
	base := plain
	for range strings.Count(plain, "/") - mostFolders { // those before do not count
		_, base, _ = strings.Cut(base, "/")
	}
	for rank := rankSuffix; strings.Contains(base, "/"); rank++ {
		all = append(all, spelling{base, rank, false})
		_, base, _ = strings.Cut(base, "/")
	}
	raw := path.Base(strings.ReplaceAll(name, `\`, "/"))
	all = append(all, spelling{raw, rankName, true})
	if base != raw {
		all = append(all, spelling{base, rankPlain, true})
	}
	if short := uploaded.ReplaceAllString(base, ""); short != base && short != "" {
		all = append(all, spelling{short, rankUpload, true})
	}
	return all
}

// uploaded is what Label Studio puts before the name of an uploaded file (label_studio/data_import/models.py,
// upload_name_generator: the first eight digits of a UUID, and a dash).
var uploaded = regexp.MustCompile(`^[0-9a-f]{8}-`)

// plainName is the name as a path: without address, query, drive, and escapes of addresses, and with slashes.
func plainName(name string) string {
	if before, query, ok := strings.Cut(name, "?"); ok && (strings.Contains(before, "://") || strings.HasPrefix(before,
		"/")) {
		name = before
		if values, err := url.ParseQuery(query); err == nil && values.Get("d") != "" {
			name = values.Get("d") // Label Studio: /data/local-files/?d=folder/name.jpg
		}
	}
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	var parts []string
	for _, part := range strings.Split(strings.ReplaceAll(name, `\`, "/"), "/") {
		if part != "" && part != "." {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

// validName is a file name as Django stores it (django.utils.text.get_valid_filename), and so Label Studio: spaces are
// underscores, and what is no letter, digit, dash or dot is left out.
func validName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '_'
		case r == '-' || r == '_' || r == '.' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			return r
		}
		return -1
	}, strings.TrimSpace(name))
}

// stem is a path without its extension.
func stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }
