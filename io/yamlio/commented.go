package yamlio

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A Commented makes a settings file that has all keys as comments. Behind one # stands a key with its default: without
// the # the file says the same. Behind two stand words, and keys that have no default, with an example.
type Commented struct {
	Keys []Key
	Open bool              // keys that hold others are no comments: they may be empty
	Set  map[string]string // values of keys that are no comments
}

const (
	// widest is how long a line is at most.
	widest = 100
	// wordsAt is where the words behind a key begin.
	wordsAt = 36
)

func (c Commented) String() string {
	var out strings.Builder
	for i, key := range c.Keys {
		switch {
		case key.Path == "":
			out.WriteString("\n")
			words(&out, "## ", key.Says)
			continue
		case c.Open && i > 0 && c.holds(key.Path) && key.above() == "":
			out.WriteString("\n")
		}
		line := c.line(key)
		switch says := key.says(); {
		case says == "":
			out.WriteString(line + "\n")
		case utf8.RuneCountInString(line) < wordsAt && wordsAt+2+utf8.RuneCountInString(says) <= widest:
			out.WriteString(line + strings.Repeat(" ", wordsAt-utf8.RuneCountInString(line)) + "# " + says + "\n")
		default:
			words(&out, c.wordsBegin(key), says)
			out.WriteString(line + "\n")
		}
	}
	return out.String()
}

// wordsBegin is what lines of words above a key begin with: without the mark of the key they are comments still.
func (c Commented) wordsBegin(key Key) string {
	switch indent := c.indent(key.Path); {
	case c.Open:
		return indent + "## "
	case c.isDefault(key) && indent == "":
		return "## "
	case c.isDefault(key):
		return "# " + indent + "# "
	default:
		return "## " + indent + "# "
	}
}

// words writes lines of words.
func words(out *strings.Builder, begin, says string) {
	line := begin
	for _, word := range strings.Fields(says) {
		if line != begin && utf8.RuneCountInString(line)+len(word) > widest {
			out.WriteString(strings.TrimRight(line, " ") + "\n")
			line = begin
		}
		line += word + " "
	}
	out.WriteString(strings.TrimRight(line, " ") + "\n")
}

// comment is a mark and an indent, in the order in which taking the mark away leaves the indent.
func (c Commented) comment(mark, indent string) string {
	if c.Open {
		return indent + mark
	}
	return mark + indent
}

func (c Commented) line(key Key) string {
	indent, name := c.indent(key.Path), key.Name()
	if name == "*" {
		name = "NAME"
	}
	if first := c.below(key.above()); key.above() != "" && c.lists(key.above()) && first[0].Path == key.Path {
		indent = strings.TrimSuffix(indent, "  ") + "- "
	}
	value, set := c.Set[key.Path]
	switch {
	case set:
	case c.holds(key.Path) && c.Open:
		return indent + name + ":"
	case c.holds(key.Path):
	case key.Default != "":
		value = key.Default
	default:
		value = key.Example
	}
	line := strings.TrimRight(name+": "+value, " ")
	switch {
	case set:
		return indent + line
	case c.isDefault(key):
		return c.comment("# ", indent) + line
	}
	return c.comment("## ", indent) + line
}

// isDefault reports whether the key, and what it stands under, has a default.
func (c Commented) isDefault(key Key) bool {
	below := c.below(key.Path)
	if len(below) == 0 && key.Default == "" || slices.ContainsFunc(below, func(k Key) bool { return k.Default == "" }) {
		return false
	}
	at := slices.IndexFunc(c.Keys, func(k Key) bool { return k.Path != "" && k.Path == key.above() })
	return key.above() == "" || c.Open || c.isDefault(c.Keys[at])
}

// below are the keys right under one.
func (c Commented) below(path string) (keys []Key) {
	for _, key := range c.Keys {
		if path != "" && key.Path != "" && key.above() == path {
			keys = append(keys, key)
		}
	}
	return keys
}

func (c Commented) holds(path string) bool { return len(c.below(path)) > 0 }

// lists reports whether what stands under a key is a list.
func (c Commented) lists(path string) bool {
	at := slices.IndexFunc(c.Keys, func(k Key) bool { return k.Path == path })
	return at >= 0 && c.Keys[at].Is.lists()
}

// lists reports whether a type may be a list of keys with values.
func (t Type) lists() bool {
	return t.form == list && t.of[0].keyed() || t.form == either && slices.ContainsFunc(t.of, Type.lists)
}

// keyed reports whether a type may be keys with values.
func (t Type) keyed() bool {
	return t.form == section || t.form == either && slices.ContainsFunc(t.of, Type.keyed)
}

// indent is the space before a key.
func (c Commented) indent(path string) string {
	indent := ""
	for i, r := range path {
		if r == '.' {
			if indent += "  "; c.lists(path[:i]) {
				indent += "  "
			}
		}
	}
	return indent
}

// says is what stands behind a key: what it is, and which values it may have.
func (k Key) says() string {
	unsaid := func(value string) bool { return !strings.Contains(k.Says, value) }
	if k.Is.form != choice || !slices.ContainsFunc(k.Is.values, unsaid) {
		return k.Says
	}
	return k.Says + " (" + strings.Join(k.Is.values, ", ") + ")"
}
