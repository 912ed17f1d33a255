package sources

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A walk is a compiled pattern of image paths.
type walk struct {
	match   *regexp.Regexp
	columns []string // of its groups, in order
	folder  string   // below which all matches lie; "." for the raw folder
}

// compileWalk reads a pattern: parts of a path with / between them, where {name} is one or more characters of a part,
// as many as can be, that become the column name, * is any characters of a part, and the part ** is any number of
// folders, also none. {{ and }} stand for a brace.
func compileWalk(pattern string) (*walk, error) {
	w := &walk{folder: "."}
	var text strings.Builder
	parts := strings.Split(pattern, "/")
	literal := true
	for i, one := range parts {
		last := i == len(parts)-1
		switch {
		case one == "" || one == "." || one == "..":
			return nil, fmt.Errorf("pattern %q has the part %q", pattern, one)
		case one == "**" && last:
			text.WriteString(".+")
			literal = false
			continue
		case one == "**":
			text.WriteString("(?:.+/)?")
			literal = false
			continue
		}
		made, err := parseTemplate(one)
		if err != nil {
			return nil, err
		}
		for _, p := range made {
			switch {
			case p.column == "":
				text.WriteString(strings.ReplaceAll(regexp.QuoteMeta(p.text), `\*`, "[^/]*"))
				literal = literal && !strings.Contains(p.text, "*")
			case slices.Contains(w.columns, p.column):
				return nil, fmt.Errorf("pattern %q names %q twice", pattern, p.column)
			default:
				text.WriteString("([^/]+)")
				w.columns = append(w.columns, p.column)
				literal = false
			}
		}
		if !last {
			text.WriteByte('/')
			if literal {
				w.folder = path.Join(w.folder, strings.NewReplacer("{{", "{", "}}", "}").Replace(one))
			}
		}
	}
	w.match = regexp.MustCompile("(?s)^" + text.String() + "$")
	return w, nil
}

// list gives all files below a folder bytewise; links are listed, not followed.
func (r *raw) list(folder string) (files, links []string, err error) {
	err = fs.WalkDir(r.root.FS(), folder, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", r.path(name), withoutPath(err))
		case entry.Type()&fs.ModeSymlink != 0:
			links = append(links, name)
		case entry.Type().IsRegular():
			files = append(files, name)
		case !entry.IsDir():
			return fmt.Errorf("%s: is neither an ordinary file nor a folder", r.path(name))
		}
		return nil
	})
	slices.Sort(files)
	slices.Sort(links)
	return files, links, err
}

// walk reads a table whose rows are images. Every other file below the pattern's folder is listed with a reason; except
// says which files belong to something else.
func (r *raw) walk(f *file, want func(string) bool, except func(string) bool, unused func(Unused)) (*table, error) {
	w, err := compileWalk(f.walk)
	if err != nil {
		return nil, err
	}
	files, links, err := r.list(w.folder)
	if err != nil {
		return nil, err
	}
	t := &table{name: f.name, all: append(slices.Clone(w.columns), pathColumns...)}
	var keep []int
	for i, name := range w.columns {
		if want(name) {
			keep = append(keep, i)
			t.columns = append(t.columns, name)
		}
	}
	for _, name := range links {
		unused(Unused{File: name, Reason: "link", Detail: "a link is not followed"})
	}
	for _, name := range files {
		if except(name) {
			continue
		}
		groups := w.match.FindStringSubmatch(name)
		switch {
		case !slices.Contains(f.suffixes, strings.ToLower(path.Ext(name))):
			unused(Unused{File: name, Reason: "not_an_image",
				Detail: "its suffix is not one of " + strings.Join(f.suffixes, " ")})
		case groups == nil:
			unused(Unused{File: name, Reason: "no_pattern", Detail: "its path does not match " + f.walk})
		default:
			one := row{file: name, cells: make([]string, len(keep), len(keep)+len(pathColumns))}
			for i, group := range keep {
				one.cells[i] = groups[1+group]
			}
			t.rows = append(t.rows, one)
		}
	}
	t.addPathColumns(want)
	if len(t.rows) == 0 {
		return t, fmt.Errorf("%s: %w", r.path(w.folder), errors.New("no image matches "+f.walk))
	}
	return t, nil
}

// compileMask turns the template of a mask's path into what all masks' paths match, and the folder where they lie.
func compileMask(template origin) (match *regexp.Regexp, folder string) {
	var text, begin strings.Builder
	literal := true
	for _, p := range template {
		if p.column != "" {
			text.WriteString(".+")
			literal = false
			continue
		}
		text.WriteString(regexp.QuoteMeta(p.text))
		if literal {
			begin.WriteString(p.text)
		}
	}
	folder = path.Dir(begin.String() + "x")
	return regexp.MustCompile("(?s)^" + text.String() + "$"), folder
}
