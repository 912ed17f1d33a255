// Package yamlio reads settings: one YAML document into one struct, strictly. An unknown key, a key given twice, a wrong type or a second
// document is an error with file and line; all of them come together.
package yamlio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxBytes is the largest settings file that is read. Aliases are refused, so a small file cannot become a large one.
const MaxBytes = 4 << 20

// A Document is a decoded settings file that still knows on which line each key stands.
type Document struct {
	Path string
	root *yaml.Node
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

// Decode reads data into out, a pointer to a struct that holds the defaults; every field has a yaml tag with its key. Keys that the file
// leaves out, or that are wrong, keep the default. The error joins one *Error for each thing wrong, by line; path stands in them. The
// document is nil only if the text is no YAML at all. An empty file is a document without keys.
//
// NotBuilt are dotted keys that no field has yet, with the values that mean off: with one of these, or none, a key does nothing; with any
// other value it is refused.
func Decode(path string, data []byte, out any, notBuilt map[string][]string) (*Document, error) {
	doc := &Document{Path: path, root: &yaml.Node{}}
	if len(data) > MaxBytes {
		return nil, &Error{Path: path, Err: fmt.Errorf("%d bytes, at most %d are read", len(data), MaxBytes)}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(doc.root); errors.Is(err, io.EOF) {
		return doc, nil
	} else if err != nil {
		return nil, broken(path, err)
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, &Error{Path: path, Err: errors.New("more than one YAML document, want one")}
	}
	c := checker{path: path, notBuilt: notBuilt}
	c.check(doc.root.Content[0], "", reflect.TypeOf(out).Elem())
	if err := doc.root.Decode(out); err != nil && len(c.errs) == 0 {
		return doc, broken(path, err)
	}
	return doc, c.err()
}

var atLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s:.*))$`)

// broken is the yaml package's error about text that is no YAML.
func broken(path string, err error) error {
	e := &Error{Path: path, Err: err}
	if m := atLine.FindStringSubmatch(err.Error()); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Err = errors.New(m[2])
	}
	return e
}

// Errorf is an error about the key at the dotted path, such as "split.ratios"; it names the line of the nearest key that the file has.
func (d *Document) Errorf(key, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return &Error{Path: d.Path, Line: d.line(key), Err: fmt.Errorf("%s: %s", key, text)}
}

// Has says whether the file has the key at the dotted path.
func (d *Document) Has(key string) bool {
	_, whole := d.find(key)
	return whole
}

func (d *Document) line(key string) int {
	line, _ := d.find(key)
	return line
}

// find is the line of the nearest key on the dotted path that the file has, and whether it has the whole path.
func (d *Document) find(key string) (line int, whole bool) {
	node := d.root
	if node.Kind == yaml.DocumentNode && len(node.Content) == 1 {
		node = node.Content[0]
	}
	for _, part := range strings.Split(key, ".") {
		if node.Kind != yaml.MappingNode {
			return line, false
		}
		var next *yaml.Node
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == part {
				line, next = node.Content[i].Line, node.Content[i+1]
			}
		}
		if next == nil {
			return line, false
		}
		node = next
	}
	return line, true
}
