package yamlio

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A checker holds a document against the type it is read into. The yaml package would do so too, but it cuts 1.5 to 1 for a whole number,
// and names types of Go instead of keys of the file.
type checker struct {
	path     string
	notBuilt map[string][]string // see Decode
	errs     []*Error
}

func (c *checker) fail(node *yaml.Node, key, format string, args ...any) {
	err := fmt.Errorf(format, args...)
	if key != "" {
		err = fmt.Errorf("%s: %w", key, err)
	}
	c.errs = append(c.errs, &Error{Path: c.path, Line: node.Line, Err: err})
}

// err is everything that is wrong, by line.
func (c *checker) err() error {
	slices.SortStableFunc(c.errs, func(a, b *Error) int { return cmp.Compare(a.Line, b.Line) })
	var all []error
	for _, err := range c.errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// check holds the node at a dotted key against a type. A null stands for the default.
func (c *checker) check(node *yaml.Node, key string, want reflect.Type) {
	if node.Kind == yaml.AliasNode {
		c.fail(node, key, "an alias (*name) is not allowed, write the value out")
		return
	}
	if node.ShortTag() == "!!null" {
		return
	}
	switch want.Kind() {
	case reflect.Struct, reflect.Map:
		c.checkMapping(node, key, want)
	case reflect.Slice:
		if node.Kind != yaml.SequenceNode {
			c.wrong(node, key, "a list")
			return
		}
		for i, entry := range node.Content {
			c.check(entry, fmt.Sprintf("%s[%d]", key, i+1), want.Elem())
		}
	case reflect.Bool:
		c.scalar(node, key, "true or false", "!!bool")
	case reflect.Float32, reflect.Float64:
		c.scalar(node, key, "a number", "!!int", "!!float")
	case reflect.String:
		c.scalar(node, key, "text")
	default:
		c.scalar(node, key, "a whole number", "!!int")
	}
}

// scalar wants a value with one of the tags; any value where none is named.
func (c *checker) scalar(node *yaml.Node, key, want string, tags ...string) {
	if node.Kind != yaml.ScalarNode || len(tags) > 0 && !slices.Contains(tags, node.ShortTag()) {
		c.wrong(node, key, want)
	}
}

// wrong notes a value of the wrong type and takes it out, so that the default stays.
func (c *checker) wrong(node *yaml.Node, key, want string) {
	defer func() { *node = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: node.Line, Column: node.Column} }()
	switch node.Kind {
	case yaml.MappingNode:
		c.fail(node, key, "is keys with values, want %s", want)
	case yaml.SequenceNode:
		c.fail(node, key, "is a list, want %s", want)
	default:
		c.fail(node, key, "%q, want %s", node.Value, want)
	}
}

func (c *checker) checkMapping(node *yaml.Node, key string, want reflect.Type) {
	if node.Kind != yaml.MappingNode {
		c.wrong(node, key, "keys with values")
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		inside := name.Value
		if key != "" {
			inside = key + "." + inside
		}
		if line, twice := first[name.Value]; twice {
			c.fail(name, inside, "stands twice, first in line %d", line)
			continue
		}
		first[name.Value] = name.Line
		if want.Kind() == reflect.Map {
			before := len(c.errs)
			if c.check(value, inside, want.Elem()); len(c.errs) > before { // a wrong entry of a map has no default
				node.Content = slices.Delete(node.Content, i, i+2)
				i -= 2
			}
		} else if field, known := fieldOf(want, name.Value); known {
			c.check(value, inside, field)
		} else if keys := c.keysBelow(inside); len(keys) > 0 {
			c.check(value, inside, reflect.TypeFor[struct{}]())
		} else if off, known := c.notBuilt[inside]; known {
			c.wantOff(value, inside, off)
		} else {
			c.fail(name, inside, "unknown key, want one of %s", strings.Join(c.keys(want, key), ", "))
		}
	}
}

// wantOff refuses a value for what is not built, unless it means off.
func (c *checker) wantOff(value *yaml.Node, key string, off []string) {
	switch {
	case value.ShortTag() == "!!null", value.Kind == yaml.ScalarNode && slices.Contains(off, value.Value):
	case len(off) == 0:
		c.fail(value, key, "is for a part of dermset that is not built yet: leave it out")
	default:
		c.fail(value, key, "is for a part of dermset that is not built yet: leave it out, or set it to %s", off[0])
	}
}

// keys are those that a mapping may have: built ones in the order of their fields, then the others.
func (c *checker) keys(want reflect.Type, key string) []string {
	keys := keysOf(want)
	for _, later := range c.keysBelow(key) {
		if !slices.Contains(keys, later) {
			keys = append(keys, later)
		}
	}
	return keys
}

// keysBelow are the names of keys that are not built right below a key.
func (c *checker) keysBelow(key string) []string {
	if key != "" {
		key += "."
	}
	var names []string
	for _, inside := range slices.Sorted(maps.Keys(c.notBuilt)) {
		if rest, is := strings.CutPrefix(inside, key); is {
			name, _, _ := strings.Cut(rest, ".")
			names = append(names, name)
		}
	}
	return slices.Compact(names)
}

// fieldOf is the type of the field that a key goes to.
func fieldOf(of reflect.Type, key string) (reflect.Type, bool) {
	for i := range of.NumField() {
		if of.Field(i).Tag.Get("yaml") == key {
			return of.Field(i).Type, true
		}
	}
	return nil, false
}

func keysOf(of reflect.Type) []string {
	var keys []string
	for i := range of.NumField() {
		keys = append(keys, of.Field(i).Tag.Get("yaml"))
	}
	return keys
}
