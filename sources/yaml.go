package sources

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dermset/dermset/io/yamlio"
)

// A decoder reads source.yaml by its nodes, because a column may be a name or a mapping, because every error is to name its whole key and
// its line, and because values are taken as they are written: 010 and yes are text here.
type decoder struct {
	path string
	errs []error
}

// A node is a value in source.yaml and the dotted key that leads to it.
type node struct {
	d    *decoder
	key  string
	yaml *yaml.Node
}

// fields are the keys that a mapping may have.
type fields map[string]func(*node)

func (d *decoder) fail(line int, key, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if key != "" {
		text = key + ": " + text
	}
	d.errs = append(d.errs, &yamlio.Error{Path: d.path, Line: line, Err: errors.New(text)})
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): (.*)$`)

// parse returns the document's mapping; nil after an error, and for an empty file.
func (d *decoder) parse(text []byte) *node {
	var root yaml.Node
	source := yaml.NewDecoder(bytes.NewReader(text))
	err := source.Decode(&root)
	if err == io.EOF {
		return nil
	}
	if err == nil {
		if second := source.Decode(&yaml.Node{}); second != io.EOF {
			err = errors.New("more than one YAML document, want one")
		}
	}
	if err != nil {
		line, what := 0, strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
			what = m[2]
		}
		d.fail(line, "", "%s", what)
		return nil
	}
	top := root.Content[0]
	if top.ShortTag() == "!!null" && top.Value == "" {
		return nil
	}
	return &node{d, "", top}
}

func (n *node) line() int { return n.yaml.Line }

func (n *node) failf(format string, args ...any) { n.d.fail(n.line(), n.key, format, args...) }

func (n *node) isText() bool    { return n.yaml.Kind == yaml.ScalarNode }
func (n *node) isMapping() bool { return n.yaml.Kind == yaml.MappingNode }
func (n *node) isList() bool    { return n.yaml.Kind == yaml.SequenceNode }

// wrong says that the node is not what was wanted.
func (n *node) wrong(want string) {
	switch n.yaml.Kind {
	case yaml.AliasNode:
		n.failf("an alias (*name) is not allowed, write the value out")
	case yaml.MappingNode:
		n.failf("is keys with values, want %s", want)
	case yaml.SequenceNode:
		n.failf("is a list, want %s", want)
	default:
		n.failf("%q: want %s", n.yaml.Value, want)
	}
}

// members calls do for every key of a mapping, in order.
func (n *node) members(do func(key string, value *node)) {
	if !n.isMapping() {
		n.wrong("keys with values")
		return
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		k, v := n.yaml.Content[i], n.yaml.Content[i+1]
		path := k.Value
		if n.key != "" {
			path = n.key + "." + k.Value
		}
		at := &node{n.d, path, k}
		switch {
		case k.Kind != yaml.ScalarNode || k.Style&yaml.TaggedStyle != 0:
			at.wrong("plain text as a key")
			continue
		case lines[k.Value] > 0:
			at.failf("stands twice, first in line %d", lines[k.Value])
			continue
		}
		lines[k.Value] = k.Line
		do(k.Value, &node{n.d, path, v})
	}
}

// fields decodes a mapping with known keys.
func (n *node) fields(known fields) {
	n.members(func(key string, value *node) {
		if read := known[key]; read != nil {
			read(value)
			return
		}
		value.d.fail(value.line(), value.key, "unknown key, want one of %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	})
}

// each decodes the entries of a list.
func (n *node) each(read func(*node)) {
	if !n.isList() {
		n.wrong("a list")
		return
	}
	for i, entry := range n.yaml.Content {
		read(&node{n.d, fmt.Sprintf("%s[%d]", n.key, i+1), entry})
	}
}

// oneOrEach decodes one entry, or each entry of a list.
func (n *node) oneOrEach(read func(*node)) {
	if n.isList() {
		n.each(read)
		return
	}
	read(n)
}

// text takes a scalar as it is written; nothing, null and ~ are empty.
func (n *node) text(into *string) {
	switch {
	case !n.isText() || n.yaml.Style&yaml.TaggedStyle != 0:
		n.wrong("text")
	case n.yaml.ShortTag() == "!!null":
		*into = ""
	default:
		*into = n.yaml.Value
	}
}

func (n *node) filled(into *string) {
	before := len(n.d.errs)
	if n.text(into); *into == "" && len(n.d.errs) == before {
		n.failf("is empty")
	}
}

func (n *node) texts(into *[]string) {
	*into = []string{}
	n.each(func(n *node) {
		var text string
		n.text(&text)
		*into = append(*into, text)
	})
}

// oneOrMore takes a text, or a list of one or more.
func (n *node) oneOrMore(into *[]string) {
	if n.isText() {
		*into = []string{""}
		n.text(&(*into)[0])
		return
	}
	if n.texts(into); n.isList() && len(*into) == 0 {
		n.failf("is an empty list")
	}
}

func (n *node) oneOf(into *string, allowed ...string) {
	if !n.isText() || !slices.Contains(allowed, n.yaml.Value) {
		n.wrong("one of " + strings.Join(allowed, ", "))
		return
	}
	*into = n.yaml.Value
}

func (n *node) yesNo(into *bool) {
	var text string
	n.oneOf(&text, "yes", "no", "true", "false")
	*into = text == "yes" || text == "true"
}

func (n *node) positive(into *int) {
	var text string
	n.text(&text)
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 {
		n.failf("%q: want a whole number, 1 or more", text)
		return
	}
	*into = value
}

// pairs takes a mapping from text to text, in order.
func (n *node) pairs(add func(key, value string)) {
	n.members(func(key string, value *node) {
		var text string
		value.text(&text)
		add(key, text)
	})
}
