// Package yamlio reads settings: one YAML document into one struct, strictly. An unknown key, a key given twice, a wrong type or a second
// document is an error with file and line; all of them come together.
package yamlio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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

// Decode reads data into out, a pointer to a struct that holds the defaults. Keys that the file leaves out keep them. The error joins one
// *Error for each thing wrong; path stands in them. An empty file is a document without keys.
func Decode(path string, data []byte, out any) (*Document, error) {
	doc := &Document{Path: path, root: &yaml.Node{}}
	if len(data) > MaxBytes {
		return doc, &Error{Path: path, Err: fmt.Errorf("%d bytes, at most %d are read", len(data), MaxBytes)}
	}
	if err := yaml.Unmarshal(data, doc.root); err != nil {
		return doc, doc.explain(err)
	}
	if alias := findAlias(doc.root); alias != nil {
		return doc, &Error{Path: path, Line: alias.Line, Err: errors.New("an alias (*name) is not allowed, write the value out")}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(out); err != nil && !errors.Is(err, io.EOF) {
		return doc, doc.explain(err)
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return doc, &Error{Path: path, Err: errors.New("more than one YAML document, want one")}
	}
	return doc, nil
}

// Errorf is an error about the key at the dotted path, such as "split.ratios"; it names the line of the nearest key that the file has.
func (d *Document) Errorf(key, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return &Error{Path: d.Path, Line: d.line(key), Err: fmt.Errorf("%s: %s", key, text)}
}

func (d *Document) line(key string) int {
	node, line := d.root, 0
	if node.Kind == yaml.DocumentNode && len(node.Content) == 1 {
		node = node.Content[0]
	}
	for _, part := range strings.Split(key, ".") {
		if node.Kind != yaml.MappingNode {
			break
		}
		var next *yaml.Node
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == part {
				line, next = node.Content[i].Line, node.Content[i+1]
			}
		}
		if next == nil {
			break
		}
		node = next
	}
	return line
}

func findAlias(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node
	}
	for _, child := range node.Content {
		if found := findAlias(child); found != nil {
			return found
		}
	}
	return nil
}

// The yaml package tells of a wrong type or an unknown key in these words.
var (
	atLine     = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	unknownKey = regexp.MustCompile(`^field (\S+) not found in type .*$`)
	wrongType  = regexp.MustCompile("^cannot unmarshal !!(\\w+) (?:`(.*)` )?into (.*)$")
	givenTwice = regexp.MustCompile(`^mapping key "(.*)" already defined at line (\d+)$`)
)

// explain turns the yaml package's error into one Error for each thing wrong, in the words of a person who writes settings.
func (d *Document) explain(err error) error {
	lines := []string{err.Error()}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		lines = typed.Errors
	}
	var all []error
	for _, text := range lines {
		e := &Error{Path: d.Path}
		if m := atLine.FindStringSubmatch(text); m != nil {
			e.Line, _ = strconv.Atoi(m[1])
			text = m[2]
		}
		e.Err = errors.New(plain(text))
		all = append(all, e)
	}
	return errors.Join(all...)
}

func plain(text string) string {
	if m := unknownKey.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("unknown key %q", m[1])
	}
	if m := givenTwice.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("key %q stands twice, first in line %s", m[1], m[2])
	}
	if m := wrongType.FindStringSubmatch(text); m != nil {
		kinds := map[string]string{"str": "text", "int": "a whole number", "float": "a number", "bool": "yes or no", "seq": "a list", "map": "keys with values"}
		given := kinds[m[1]]
		if m[2] != "" {
			given = fmt.Sprintf("%q", m[2])
		}
		return fmt.Sprintf("%s, want %s", given, goKind(m[3]))
	}
	return strings.TrimPrefix(text, "yaml: ")
}

func goKind(kind string) string {
	switch {
	case strings.HasPrefix(kind, "[]"):
		return "a list"
	case strings.HasPrefix(kind, "map["), strings.Contains(kind, "struct"), strings.Contains(kind, "."):
		return "keys with values"
	case kind == "bool":
		return "true or false"
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "a whole number"
	case strings.HasPrefix(kind, "float"):
		return "a number"
	}
	return "text"
}
