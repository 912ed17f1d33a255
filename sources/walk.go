package sources

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dermset/dermset/io/fileio"
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

// systemFolders are folders that systems and network disks make beside people's files: of macOS in archives, of
// Synology and QNAP, of Windows, of Unix.
var systemFolders = []string{
	"__MACOSX", "@eaDir", "#recycle", "#snapshot", "@Recycle", "@Recently-Snapshot", "$RECYCLE.BIN",
	"System Volume Information", "lost+found",
}

// systemFiles are what Windows leaves beside people's files, in lower case.
var systemFiles = []string{"thumbs.db", "ehthumbs.db", "desktop.ini"}

// leftBySystem reports whether a file was left by a system, not by a person: hidden files and what is in hidden
// folders, such as ._a.jpg, in which macOS keeps what other file systems have no room for (RFC 1740), and .DS_Store.
func leftBySystem(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || slices.Contains(systemFolders, part) {
			return true
		}
	}
	return slices.Contains(systemFiles, strings.ToLower(path.Base(name)))
}

const bySystem = "hidden, or made by a system beside people's files"

// eachFile calls each for all files below a folder, bytewise, until it returns false; links are called, not followed.
func (r *raw) eachFile(folder string, each func(name string, link bool) bool) error {
	_, err := r.eachBelow(folder, each)
	return err
}

// An entryName is a file, a link, or a folder, whose name ends with / so that what is in it stands in bytewise order.
type entryName struct {
	name string
	link bool
}

func (r *raw) eachBelow(folder string, each func(name string, link bool) bool) (more bool, err error) {
	entries, err := r.entries(folder)
	if err != nil {
		return false, err
	}
	for _, entry := range entries {
		name := path.Join(folder, entry.name)
		if strings.HasSuffix(entry.name, "/") && !utf8.ValidString(entry.name) { // which fs.FS does not open
			return false, fmt.Errorf("%s: the name is not UTF-8: rename it", r.path(name))
		}
		if strings.HasSuffix(entry.name, "/") {
			if more, err := r.eachBelow(name, each); err != nil || !more {
				return false, err
			}
		} else if !each(name, entry.link) {
			return false, nil
		}
	}
	return true, nil
}

// entries lists a folder bytewise.
func (r *raw) entries(folder string) (all []entryName, err error) {
	dir, err := fileio.FS(r.root).Open(folder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.path(folder), withoutPath(err))
	}
	defer dir.Close()
	for {
		some, err := dir.(fs.ReadDirFile).ReadDir(1 << 12) // an entry takes more memory than its name
		for _, entry := range some {
			one := entryName{name: entry.Name()}
			switch {
			case entry.Type()&fs.ModeSymlink != 0:
				one.link = true
			case entry.IsDir():
				one.name += "/"
			case !entry.Type().IsRegular():
				return nil, fmt.Errorf("%s: is neither an ordinary file nor a folder", r.path(path.Join(folder, one.name)))
			}
			all = append(all, one)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.path(folder), withoutPath(err))
		}
	}
	slices.SortFunc(all, func(a, b entryName) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// eachImage reads a walk: a row for every image. Every other file below the pattern's folder is one of the table's
// others, but for what belongs to something else.
func (t *table) eachImage(begin func(), take func(*row) bool) error {
	w, err := compileWalk(t.file.walk)
	if err != nil {
		return err
	}
	t.all, t.own = append(slices.Clone(w.columns), pathColumns...), 0
	t.others, t.other = 0, nil
	var keep []int
	for i, name := range w.columns {
		if t.want[name] {
			keep = append(keep, i)
			t.columns = append(t.columns, name)
		}
	}
	t.own = len(t.columns)
	for _, name := range pathColumns {
		if t.want[name] && !slices.Contains(t.columns, name) {
			t.columns = append(t.columns, name)
		}
	}
	begin()
	one := row{rawFile: &rawFile{}}
	err = t.raw.eachFile(w.folder, func(name string, link bool) bool {
		groups, reason := t.image(w, name, link)
		if reason != "" {
			if t.others++; len(t.other) < MaxListed {
				t.other = append(t.other, t.notAnImage(name, reason))
			}
		}
		if groups == nil {
			return true
		}
		t.rows++
		one.name, one.cells = name, one.cells[:0]
		for _, group := range keep {
			one.cells = append(one.cells, groups[1+group])
		}
		for _, column := range t.columns[t.own:] {
			one.cells = append(one.cells, pathCell(column, name))
		}
		return take(&one)
	})
	t.read = true
	if err == nil && t.rows == 0 {
		err = fmt.Errorf("%s: no image matches %s%s", t.raw.path(w.folder), t.file.walk, t.aside())
	}
	return err
}

// aside names the first image that a walk did not match.
func (t *table) aside() string {
	at := slices.IndexFunc(t.other, func(u Unused) bool { return u.Reason == "no_pattern" })
	if at < 0 {
		return fmt.Sprintf("; no file there has a suffix of %s", strings.Join(t.file.suffixes, " "))
	}
	return fmt.Sprintf("; there is %q: want a part between / for each of its folders, or ** for any number",
		t.other[at].File)
}

// image gives the parts of an image's path that the pattern names, or the reason why the file is none. Both are empty
// for a file that belongs to something else.
func (t *table) image(w *walk, name string, link bool) (groups []string, reason string) {
	inside := strings.TrimPrefix(name, w.folder+"/") // a pattern may begin with a hidden folder
	switch {
	case link:
		return nil, "link"
	case t.except(name):
		return nil, ""
	case leftBySystem(inside):
		return nil, "system_file"
	case !slices.Contains(t.file.suffixes, strings.ToLower(path.Ext(name))):
		return nil, "not_an_image"
	}
	if groups = w.match.FindStringSubmatch(name); groups == nil {
		return nil, "no_pattern"
	}
	return groups, ""
}

func (t *table) notAnImage(name, reason string) Unused {
	detail := bySystem
	switch reason {
	case "link":
		detail = "a link is not followed"
	case "not_an_image":
		detail = "its suffix is not one of " + strings.Join(t.file.suffixes, " ")
	case "no_pattern":
		detail = "its path does not match " + t.file.walk
	}
	return Unused{File: name, Reason: reason, Detail: detail}
}

// eachOther calls each for every file below the walk that is no image: links first, then files. What was too much to be
// kept while the images were read is looked for again.
func (t *table) eachOther(each func(Unused)) error {
	for _, links := range []bool{true, false} {
		if t.others == len(t.other) {
			for _, u := range t.other {
				if links == (u.Reason == "link") {
					each(u)
				}
			}
			continue
		}
		w, err := compileWalk(t.file.walk)
		if err != nil {
			return err
		}
		if err = t.raw.eachFile(w.folder, func(name string, link bool) bool {
			if _, reason := t.image(w, name, link); reason != "" && link == links {
				each(t.notAnImage(name, reason))
			}
			return true
		}); err != nil {
			return err
		}
	}
	return nil
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
