package sources

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// mostLooked is how many files are looked at to say what is there instead of one that is not.
const mostLooked = 20000

// instead says what is there where no file has a path, or none matches a pattern: what may be meant, and what to write;
// else the first files of its folder.
func (r *raw) instead(pattern string) string {
	wanted := looseName(pattern)
	var near, elsewhere []string
	left := mostLooked
	_ = r.eachFile(".", func(name string, link bool) bool { // an error is that of a folder, which is none of these
		left--
		loose := looseName(name)
		switch same, _ := path.Match(wanted, loose); {
		case leftBySystem(name):
		case same, loose == wanted, stemOf(loose) == stemOf(wanted) && path.Dir(loose) == path.Dir(wanted):
			near = append(near, name)
		default:
			if same, _ := path.Match(path.Base(wanted), path.Base(loose)); same || path.Base(loose) == path.Base(wanted) {
				elsewhere = append(elsewhere, name)
			}
		}
		return left > 0
	})
	isPattern := strings.ContainsAny(pattern, "*?[")
	if !isPattern || len(near) == 0 {
		near = append(near, elsewhere...)
	}
	if len(near) > 0 {
		text := fmt.Sprintf("; there is %s", someOf(near))
		switch {
		case !isPattern || len(near) == 1:
			text += fmt.Sprintf(": write `path: %s`", strconv.Quote(near[0]))
		case allOf(near, pattern) != "":
			text += fmt.Sprintf(": write `path: %s`", strconv.Quote(allOf(near, pattern)))
		case len(near) <= few:
			text += fmt.Sprintf(": write `path: [%s]`", someOf(near))
		default:
			text += ": write a pattern that matches those that are meant"
		}
		if norm.NFC.String(near[0]) == norm.NFC.String(pattern) {
			text += twoWays
		}
		return text
	}
	folder := path.Dir(pattern)
	for folder != "." && (strings.ContainsAny(folder, "*?[") || !r.isFolder(folder)) {
		folder = path.Dir(folder)
	}
	entries, _ := r.entries(folder)
	var names []string
	for _, entry := range entries {
		if !leftBySystem(entry.name) {
			names = append(names, entry.name)
		}
	}
	where := "the raw folder"
	if folder != "." {
		where = strconv.Quote(folder)
	}
	if len(names) == 0 {
		return fmt.Sprintf("; %s is empty", where)
	}
	return fmt.Sprintf("; %s has %s", where, someOf(names))
}

// allOf is what matches all of some files that are there in place of those of a pattern; empty, where they lie in
// folders of different depth.
func allOf(names []string, pattern string) string {
	made := strings.Split(names[0], "/")
	last := len(made) - 1
	made[last] = path.Base(pattern)
	for _, name := range names {
		parts := strings.Split(name, "/")
		if len(parts) != len(made) {
			return ""
		}
		if same, _ := path.Match(made[last], parts[last]); !same {
			made[last] = "*" + path.Ext(names[0])
		}
		for i, part := range parts[:last] {
			if part != made[i] || strings.ContainsAny(part, `*?[\`) {
				made[i] = "*"
			}
		}
	}
	all := strings.Join(made, "/")
	if slices.ContainsFunc(names, func(name string) bool { same, _ := path.Match(all, name); return !same }) {
		return ""
	}
	return all
}

// literally is a pattern in which the brackets of folders that are there stand for themselves.
func (r *raw) literally(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i := range parts[:len(parts)-1] {
		if strings.Contains(parts[i], "[") && r.isFolder(path.Join(strings.Split(pattern, "/")[:i+1]...)) {
			parts[i] = strings.ReplaceAll(parts[i], "[", "[[]")
		}
	}
	return strings.Join(parts, "/")
}

func (r *raw) isFolder(name string) bool {
	info, err := r.root.Stat(name)
	return err == nil && info.IsDir()
}

// looseName is equal for names that a person may take for one another: by case, blanks and how accents are written.
func looseName(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(name)), " "))
}

// few is how many files a message names.
const few = 5

// someOf names the first of some files.
func someOf(names []string) string {
	if more := len(names) - few; more > 0 {
		return fmt.Sprintf("%s and %d more", quotedList(names[:few]), more)
	}
	return quotedList(names)
}
