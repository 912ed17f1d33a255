package yamlio

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
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
	errs     []*Error
}

// An Error is one thing wrong with a settings file.
type Error struct {
	Path string
	Line int // 1-based; 0 where no line can be named
	Err  error
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Parse reads data, whose path stands in errors. Of text that is no YAML the document has no root, and an error that
// says why.
func Parse(path string, data []byte) *Document {
	d := &Document{Path: path}
	if len(data) > MaxBytes {
		d.Failf(0, "", "%d bytes, at most %d are read", len(data), MaxBytes)
		return d
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&d.root); err != nil && err != io.EOF {
		d.broken(err)
	} else if err == nil && decoder.Decode(&yaml.Node{}) != io.EOF {
		d.broken(errors.New("more than one YAML document, want one"))
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
		root.check(reflect.TypeOf(out).Elem())
		if err := d.root.Decode(out); err != nil && len(d.errs) == 0 {
			d.broken(err)
		}
	}
	return d, d.Err()
}

var atLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s:.*))$`)

// broken notes the yaml package's error about text that is no YAML; there is nothing to read then.
func (d *Document) broken(err error) {
	line, what := 0, err.Error()
	if m := atLine.FindStringSubmatch(what); m != nil {
		line, _ = strconv.Atoi(m[1])
		what = m[2]
	}
	d.root = yaml.Node{}
	d.Failf(line, "", "%s", what)
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
	err := fmt.Errorf(format, args...)
	if key != "" {
		err = fmt.Errorf("%s: %w", key, err)
	}
	d.errs = append(d.errs, &Error{Path: d.Path, Line: line, Err: err})
}

// maxErrors is how many errors are told of one file.
const maxErrors = 20

// Err joins an *Error for each thing that is wrong, by line; nil if nothing is. Those beyond the first twenty are
// counted.
func (d *Document) Err() error {
	slices.SortStableFunc(d.errs, func(a, b *Error) int { return cmp.Compare(a.Line, b.Line) })
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
	d.Failf(d.lineOf(key), key, format, args...)
}

// Place is the file with the line of a dotted key, or of the nearest one above it that the file has.
func (d *Document) Place(key string) string {
	if line := d.lineOf(key); line > 0 {
		return fmt.Sprintf("%s:%d", d.Path, line)
	}
	return d.Path
}

// lineOf is the line of the nearest key on the dotted path that the file has; 0 if it has none.
func (d *Document) lineOf(key string) (line int) {
	node := &d.root
	if node.Kind == yaml.DocumentNode && len(node.Content) == 1 {
		node = node.Content[0]
	}
	for _, part := range strings.Split(key, ".") {
		var next *yaml.Node
		for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == part {
				line, next = node.Content[i].Line, node.Content[i+1]
			}
		}
		if next == nil {
			return line
		}
		node = next
	}
	return line
}
