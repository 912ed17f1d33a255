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

// A matcher knows all spellings of the names in the files of a source.
type matcher struct {
	set   *Set
	by    [3]map[string][]candidate // by whole path, by file name, by path without extension
	names map[string][]candidate    // by file name without extension
}

type candidate struct{ picture, rank int32 }

func (s *Set) matcher(of *names) *matcher {
	m := &matcher{set: s, names: map[string][]candidate{}}
	for i := range m.by {
		m.by[i] = map[string][]candidate{}
	}
	for _, n := range of.pictures {
		p := &s.pictures[n]
		if p.kind == byPath {
			m.by[0][p.name] = append(m.by[0][p.name], candidate{n, rankExact})
			continue
		}
		for _, spelt := range spellings(p.name) {
			into := m.by[0]
			switch {
			case p.kind == byStem && spelt.file:
				into = m.names
			case p.kind == byStem:
				into = m.by[2]
			case spelt.file:
				into = m.by[1]
			}
			into[spelt.text] = append(into[spelt.text], candidate{n, int32(spelt.rank)})
		}
	}
	return m
}

// match shows the matcher a path.
func (m *matcher) match(p string) {
	name := path.Base(p)
	m.take(p, m.by[0][p], 0)
	m.take(p, m.by[1][name], 0)
	if len(m.names) > 0 {
		m.take(p, m.by[2][stem(p)], 0)
		m.take(p, m.names[stem(name)], 0)
	}
	if valid := validName(name); valid != name {
		m.take(p, m.by[1][valid], rankValid)
		m.take(p, m.names[stem(valid)], rankValid)
	}
}

// take notes for each candidate that the path agrees with it, at least so badly.
func (m *matcher) take(p string, candidates []candidate, atLeast int32) {
	for _, c := range candidates {
		at := &m.set.pictures[c.picture]
		switch rank := max(c.rank, atLeast); {
		case rank > at.rank || p == at.path && at.times > 0 && rank == at.rank:
		case rank < at.rank:
			at.rank, at.times, at.path, at.other = rank, 1, strings.Clone(p), ""
		default:
			at.times++
			if at.other == "" || p < at.other {
				at.other = strings.Clone(p)
			}
			if at.other < at.path {
				at.path, at.other = at.other, at.path
			}
		}
	}
}
