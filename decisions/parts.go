package decisions

import (
	"maps"
	"slices"
	"strings"
)

// Parts are what the state of a workspace is made of (spec 7): the name of each part → SHA-256, in hex. A part that is
// a file is called by its path in the workspace.
type Parts map[string]string

// Text lists the parts as sha256sum does, SHA-256, two spaces and name, lines sorted bytewise.
func (p Parts) Text() []byte {
	lines := make([]string, 0, len(p))
	for name, sum := range p {
		lines = append(lines, sum+"  "+name+"\n")
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, ""))
}

// Sum is the SHA-256 of Text: state_sha256.
func (p Parts) Sum() string { return sumOf(p.Text()) }

// Changed are the names of parts that differ, are new or are gone, bytewise.
func (p Parts) Changed(since Parts) []string {
	var names []string
	for name, sum := range p {
		if since[name] != sum {
			names = append(names, name)
		}
	}
	for name := range since {
		if _, is := p[name]; !is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Without leaves parts out.
func (p Parts) Without(names ...string) Parts {
	rest := maps.Clone(p)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// ParseParts reads what Text writes; false where a line is not so.
func ParseParts(text []byte) (Parts, bool) {
	parts := Parts{}
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || len(sum) != len(zeros) {
			return nil, false
		}
		parts[name] = sum
	}
	return parts, string(parts.Text()) == string(text)
}
