package yamlio

import (
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// check holds the value against a type that it is to be read into; a null stands for the default. The yaml package
// would do so too, but it cuts 1.5 to 1 for a whole number, and names types of Go instead of keys of the file. A value
// of another form is taken out, so that the default stays. It reports whether all is right.
func (n *Node) check(want reflect.Type) bool {
	if n.yaml.ShortTag() == "!!null" {
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
		fits = n.scalar("a number", "!!int", "!!float")
	case reflect.String:
		fits = n.scalar("text")
	default:
		fits = n.scalar("a whole number", "!!int")
	}
	if !fits {
		*n.yaml = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: n.yaml.Line, Column: n.yaml.Column}
	}
	return len(n.doc.errs) == before
}

// scalar wants a value with one of the tags; any value where none is named.
func (n *Node) scalar(want string, tags ...string) bool {
	if n.IsText() && (len(tags) == 0 || slices.Contains(tags, n.yaml.ShortTag())) {
		return true
	}
	n.wrong(want)
	return false
}

// checkFields holds each key against the struct's field that has its name for a tag.
func (n *Node) checkFields(want reflect.Type) {
	var keys []string
	for i := range want.NumField() {
		keys = append(keys, want.Field(i).Tag.Get("yaml"))
	}
	n.members(func(name, value *Node) {
		if i := slices.Index(keys, name.yaml.Value); i >= 0 {
			value.check(want.Field(i).Type)
			return
		}
		name.unknown(keys)
	})
}

// checkEntries holds each value of a map against its type. A wrong one is taken out with its key, for it has no
// default.
func (n *Node) checkEntries(want reflect.Type) {
	var right []*yaml.Node
	n.members(func(name, value *Node) {
		if value.check(want) {
			right = append(right, name.yaml, value.yaml)
		}
	})
	if n.IsMapping() {
		n.yaml.Content = right
	}
}
