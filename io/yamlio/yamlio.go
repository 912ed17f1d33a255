package yamlio

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxBytes is the largest settings file that is read. Aliases are refused, so a small file cannot become a large one.
const MaxBytes = 4 << 20

// A Document is a settings file that still knows on which line each key stands, and what is wrong with it.
type Document struct {
	Path     string
	root     yaml.Node
	notBuilt map[string][]string // see Decode
	known    []string            // see Knows
	decoded  []func()            // put back what the yaml package must not see: it empties a list where nothing stands
	errs     []*Error
}

// An Error is one thing wrong with a settings file.
type Error struct {
	Path   string
	Line   int // 1-based; 0 where no line can be named
	Column int // from 1; 0 where the key says enough
	Err    error
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	case e.Column == 0:
		return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err)
	}
	return fmt.Sprintf("%s:%d:%d: %v", e.Path, e.Line, e.Column, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

var errSecond = errors.New("more than one YAML document, want one: take the lines of --- out")

// Parse reads data, whose path stands in errors. Of text that is no YAML the document has no root, and an error that
// says why.
func Parse(path string, data []byte) *Document {
	d := &Document{Path: path}
	if len(data) > MaxBytes {
		d.Failf(0, "", "%d bytes, at most %d are read", len(data), MaxBytes)
		return d
	}
	if d.checkText(data); len(d.errs) > 0 {
		return d
	}
	switch err := readOne(data, &d.root); err {
	case nil:
	case errSecond:
		d.root = yaml.Node{}
		d.Failf(0, "", "%v", err)
	default:
		d.broken(data, err)
	}
	return d
}

// Decode reads data into out, a pointer to a struct that holds the defaults; every field has a yaml tag with its key.
// Keys that the file leaves out, or that are wrong, keep the default. The error joins one *Error for each thing wrong,
// by line; path stands in them. The document is nil only if the text is no YAML at all.
// An empty file is a document without keys.
//
// NotBuilt are dotted keys that no field has yet, with the values that mean off: with one of these, or none, a key does
// nothing; with any other value it is refused.
func Decode(path string, data []byte, out any, notBuilt map[string][]string) (*Document, error) {
	d := Parse(path, data)
	d.notBuilt = notBuilt
	if len(d.errs) > 0 {
		return nil, d.Err()
	}
	if root := d.Root(); root != nil {
		d.known = pathsOf(reflect.TypeOf(out).Elem(), "")
		root.check(reflect.TypeOf(out).Elem())
		if err := d.root.Decode(out); err != nil && len(d.errs) == 0 {
			line, what := placeOf(err)
			d.Failf(line, "", "%s", what)
		}
		for _, putBack := range d.decoded {
			putBack()
		}
	}
	return d, d.Err()
}

// Root is the document's value; nil of an empty file, and of text that is no YAML.
func (d *Document) Root() *Node {
	if len(d.root.Content) == 0 || d.root.Content[0].ShortTag() == "!!null" && d.root.Content[0].Value == "" {
		return nil
	}
	return &Node{d, "", d.root.Content[0]}
}

// Failf notes that something is wrong with the key in a line; an empty key is the whole file, line 0 none.
func (d *Document) Failf(line int, key, format string, args ...any) {
	d.failf(line, 0, key, format, args...)
}

func (d *Document) failf(line, column int, key, format string, args ...any) {
	err := fmt.Errorf(format, args...)
	if key != "" {
		err = fmt.Errorf("%s: %w", key, err)
	}
	d.errs = append(d.errs, &Error{Path: d.Path, Line: line, Column: column, Err: err})
}

// maxErrors is how many errors are told of one file.
const maxErrors = 20

// Err joins an *Error for each thing that is wrong, by line; nil if nothing is. Those beyond the first twenty are
// counted.
func (d *Document) Err() error {
	slices.SortStableFunc(d.errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	var all []error
	for _, err := range d.errs[:min(len(d.errs), maxErrors)] {
		all = append(all, err)
	}
	if more := len(d.errs) - maxErrors; more > 0 {
		all = append(all, &Error{Path: d.Path, Err: fmt.Errorf("and %d more errors", more)})
	}
	return errors.Join(all...)
}

// Refuse notes that something is wrong with the key at the dotted path, such as "split.ratios", in the line of the
// nearest key that the file has.
func (d *Document) Refuse(key, format string, args ...any) {
	line, _, _ := d.placeOf(key)
	d.Failf(line, key, format, args...)
}

// Mistyped is Refuse of a value that is probably a slip of the pen: it names the column too.
func (d *Document) Mistyped(key, format string, args ...any) {
	line, column, _ := d.placeOf(key)
	d.failf(line, column, key, format, args...)
}

// Place is the file with the line of a dotted key, or of the nearest one above it that the file has.
func (d *Document) Place(key string) string {
	if line, _, _ := d.placeOf(key); line > 0 {
		return fmt.Sprintf("%s:%d", d.Path, line)
	}
	return d.Path
}

// Line is the line in which a dotted key stands; 0 where the file does not have it, or has it empty.
func (d *Document) Line(key string) int {
	line, _, value := d.placeOf(key)
	if value == nil || value.ShortTag() == "!!null" {
		return 0
	}
	return line
}

// placeOf is the line of the nearest key on the dotted path that the file has, and the column of its value; 0 if it has
// none. The value is that of the whole path, nil if the file does not have it.
func (d *Document) placeOf(key string) (line, column int, value *yaml.Node) {
	node := &d.root
	if node.Kind == yaml.DocumentNode && len(node.Content) == 1 {
		node = node.Content[0]
	}
	for _, part := range strings.Split(key, ".") {
		var next *yaml.Node
		for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == part {
				next = node.Content[i+1]
				line, column = node.Content[i].Line, next.Column
			}
		}
		if next == nil {
			return line, column, nil
		}
		node = next
	}
	return line, column, node
}
