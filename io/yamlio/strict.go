package yamlio

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// check holds the value against a type that it is to be read into; a null stands for the default. The yaml package
// would do so too, but it cuts 1.5 to 1 for a whole number, reads 010 as 8, and names types of Go instead of keys of
// the file. A value of another form is taken out, so that the default stays. It reports whether all is right.
func (n *Node) check(want reflect.Type) bool {
	if n.IsEmpty() {
		return true
	}
	before, fits := len(n.doc.errs), true
	switch want.Kind() {
	case reflect.Struct:
		fits = n.IsMapping()
		n.checkFields(want)
	case reflect.Map:
		fits = n.IsMapping()
		n.checkEntries(want.Elem())
	case reflect.Slice:
		fits = n.IsList()
		n.Each(func(entry *Node) { entry.check(want.Elem()) })
	case reflect.Bool:
		fits = n.scalar("true or false", "!!bool")
	case reflect.Float32, reflect.Float64:
		fits = n.scalar("a number", "!!int", "!!float") && n.isPlain("a number")
	case reflect.String:
		fits = n.scalar("text")
	default:
		fits = n.scalar("a whole number", "!!int") && n.isPlain("a whole number")
	}
	if !fits {
		*n.yaml = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: n.yaml.Line, Column: n.yaml.Column}
	}
	return len(n.doc.errs) == before
}

// pathsOf are the keys of a struct and of those in it, each with the dotted path that leads to it.
func pathsOf(of reflect.Type, prefix string) (paths []string) {
	for i := range of.NumField() {
		path := prefix + of.Field(i).Tag.Get("yaml")
		paths = append(paths, path)
		if of.Field(i).Type.Kind() == reflect.Struct {
			paths = append(paths, pathsOf(of.Field(i).Type, path+".")...)
		}
	}
	return paths
}

// scalar wants a value with one of the tags; any value where none is named.
func (n *Node) scalar(want string, tags ...string) bool {
	if n.IsText() && (len(tags) == 0 || slices.Contains(tags, n.yaml.ShortTag())) {
		return true
	}
	n.wrong(want)
	return false
}

// plainNumber is how people write numbers; YAML reads 010, 0x20, 0b11 and 1_000 too, each in its own way. What is
// infinite, or no number, is refused by the limits of its key.
var plainNumber = regexp.MustCompile(`(?i)^[-+]?(\.inf|\.nan|(0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)(e[-+]?[0-9]+)?$`)

// isPlain refuses a number that can be read in two ways.
func (n *Node) isPlain(want string) bool {
	if plainNumber.MatchString(n.yaml.Value) {
		return true
	}
	n.Failf("%q, want %s: write it plainly, without zeros in front and other signs", n.yaml.Value, want)
	return false
}

// checkFields holds each key against the struct's field that has its name for a tag, or refuses it as one that is not
// built yet. What is no field's is taken out: the yaml package compares each key with each other one.
func (n *Node) checkFields(want reflect.Type) {
	var keys []string
	for i := range want.NumField() {
		keys = append(keys, want.Field(i).Tag.Get("yaml"))
	}
	var fields, empty []*yaml.Node
	n.members(func(name, value *Node) {
		if i := slices.Index(keys, name.yaml.Value); i >= 0 {
			value.check(want.Field(i).Type)
			if kind := want.Field(i).Type.Kind(); value.IsEmpty() && (kind == reflect.Slice || kind == reflect.Map) {
				empty = append(empty, name.yaml, value.yaml)
			} else {
				fields = append(fields, name.yaml, value.yaml)
			}
			return
		}
		off, later := n.doc.notBuilt[value.key]
		switch {
		case strings.Contains(name.yaml.Value, "."): // it only looks like a key of a section
			name.unknown(value, n.allKeys(keys))
		case later:
			value.wantOff(off)
		case len(value.keysNotBuilt()) > 0:
			value.check(reflect.TypeFor[struct{}]())
		default:
			name.unknown(value, n.allKeys(keys))
		}
	})
	n.keep(fields)
	n.doc.decoded = append(n.doc.decoded, func() { n.keep(append(fields, empty...)) })
}

// keep leaves only these keys and values in a mapping.
func (n *Node) keep(content []*yaml.Node) {
	if n.IsMapping() {
		n.yaml.Content = content
	}
}

// allKeys are keys that are built, and those that are not.
func (n *Node) allKeys(built []string) []string {
	all := slices.Clone(built)
	for _, later := range n.keysNotBuilt() {
		if !slices.Contains(all, later) {
			all = append(all, later)
		}
	}
	return all
}

// wantOff refuses the value of a key that is not built, unless it means off.
func (n *Node) wantOff(off []string) {
	switch {
	case n.yaml.ShortTag() == "!!null", n.IsText() && slices.Contains(off, n.yaml.Value):
	case len(off) == 0:
		n.Failf("is for a part of dermset that is not built yet: leave it out")
	default:
		n.Failf("is for a part of dermset that is not built yet: leave it out, or set it to %s", off[0])
	}
}

// keysNotBuilt are the names of keys below this one of which nothing is built.
func (n *Node) keysNotBuilt() []string {
	prefix := n.key
	if prefix != "" {
		prefix += "."
	}
	var names []string
	for _, key := range slices.Sorted(maps.Keys(n.doc.notBuilt)) {
		if rest, is := strings.CutPrefix(key, prefix); is {
			name, _, _ := strings.Cut(rest, ".")
			names = append(names, name)
		}
	}
	return slices.Compact(names)
}

// maxEntries is how many keys of its own choice a setting may have.
const maxEntries = 10_000

// checkEntries holds each value of a map against its type. A wrong one is taken out with its key,
// for it has no default.
func (n *Node) checkEntries(want reflect.Type) {
	var right []*yaml.Node
	n.members(func(name, value *Node) {
		if value.check(want) {
			right = append(right, name.yaml, value.yaml)
		}
	})
	if len(right) > 2*maxEntries {
		n.Failf("has %d keys, want at most %d", len(right)/2, maxEntries)
		right = nil
	}
	n.keep(right)
}
