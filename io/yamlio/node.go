package yamlio

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dermset/dermset/slips"
)

// A Node is a value of a document and the dotted key that leads to it. Its methods that read note in the document what
// is wrong.
type Node struct {
	doc  *Document
	key  string
	yaml *yaml.Node
}

// Fields are the keys that a value may have, and what reads the value of each.
type Fields map[string]func(*Node)

// Line is where the value begins.
func (n *Node) Line() int { return n.yaml.Line }

// Failf notes that something is wrong with the value.
func (n *Node) Failf(format string, args ...any) { n.doc.Failf(n.Line(), n.key, format, args...) }

// Mistyped is Failf for what is probably a slip of the pen: it names the column too.
func (n *Node) Mistyped(format string, args ...any) {
	n.doc.failf(n.yaml.Line, n.yaml.Column, n.key, format, args...)
}

// IsText reports whether the value is one text, number or the like; an empty one too.
func (n *Node) IsText() bool { return n.yaml.Kind == yaml.ScalarNode }

// IsEmpty reports whether nothing stands there, or null.
func (n *Node) IsEmpty() bool { return n.yaml.ShortTag() == "!!null" }

// OrDefault reads a list, or keys with values; where nothing stands, the default stays.
func OrDefault(read func(*Node)) func(*Node) {
	return func(n *Node) {
		if !n.IsEmpty() {
			read(n)
		}
	}
}

// IsList reports whether the value is a list.
func (n *Node) IsList() bool { return n.yaml.Kind == yaml.SequenceNode }

// IsMapping reports whether the value is keys with values.
func (n *Node) IsMapping() bool { return n.yaml.Kind == yaml.MappingNode }

// wrong notes that the value is not what is wanted.
func (n *Node) wrong(want string) {
	switch n.yaml.Kind {
	case yaml.AliasNode:
		n.Failf("an alias (*name) is not allowed, write the value out")
	case yaml.MappingNode:
		n.Failf("is keys with values, want %s", want)
	case yaml.SequenceNode:
		n.Failf("is a list, want %s", want)
	default:
		n.Failf("%q, want %s%s", n.yaml.Value, want, n.meant(want))
	}
}

var (
	decimalComma = regexp.MustCompile(`^[0-9]+,[0-9]+$`)
	fraction     = regexp.MustCompile(`^0?\.[0-9]+$`)
	yesAndNo     = map[string]string{"yes": "true", "on": "true", "no": "false", "off": "false"}
)

// meant says what to write for a text that is not what is wanted, where that can be seen.
func (n *Node) meant(want string) string {
	text, straight := n.yaml.Value, straightQuotes(plainSpaces(n.yaml.Value))
	isNumber := want == "a number" || want == "a whole number"
	switch {
	case want == "keys with values" && spaceBehindColon(straightQuotes(anySpace(text))) != text:
		return fmt.Sprintf(": a space is missing behind the colon: write `%s`",
			spaceBehindColon(straightQuotes(anySpace(text))))
	case want == "true or false" && yesAndNo[strings.ToLower(text)] != "":
		return ": write " + yesAndNo[strings.ToLower(text)]
	case isNumber && n.yaml.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return ": write it without quotes"
	case want == "a whole number" && fraction.MatchString(text):
		part, _ := strconv.ParseFloat(text, 64)
		return fmt.Sprintf(": of per cents write %v", math.Round(part*1e6)/1e4)
	case isNumber && decimalComma.MatchString(text):
		return ": write it with a point"
	case straight != text:
		return ": these are typographic quotes, want straight ones"
	}
	return ""
}

// at is a value inside this one; key is a name, or [n].
func (n *Node) at(key string, value *yaml.Node) *Node {
	if n.key != "" && !strings.HasPrefix(key, "[") {
		key = "." + key
	}
	return &Node{n.doc, n.key + key, value}
}

// Keys are the keys of the value, in order.
func (n *Node) Keys() (keys []string) {
	for i := 0; n.IsMapping() && i+1 < len(n.yaml.Content); i += 2 {
		keys = append(keys, n.yaml.Content[i].Value)
	}
	return keys
}

// Members wants keys with values and calls do for each, in order.
func (n *Node) Members(do func(key string, value *Node)) {
	n.members(func(name, value *Node) { do(name.yaml.Value, value) })
}

func (n *Node) members(do func(name, value *Node)) {
	if !n.IsMapping() {
		n.wrong("keys with values")
		return
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		k, v := n.yaml.Content[i], n.yaml.Content[i+1]
		name := n.at(k.Value, k)
		switch {
		case k.Kind != yaml.ScalarNode || k.Style&yaml.TaggedStyle != 0:
			name.wrong("plain text as a key")
		case lines[k.Value] > 0:
			name.Failf("stands twice, first in line %d", lines[k.Value])
		default:
			lines[k.Value] = k.Line
			do(name, n.at(k.Value, v))
		}
	}
}

// Fields wants keys with values, all of them known, and reads each.
func (n *Node) Fields(known Fields) {
	n.members(func(name, value *Node) {
		if read := known[name.yaml.Value]; read != nil {
			read(value)
			return
		}
		name.unknown(value, slices.Sorted(maps.Keys(known)))
	})
}

// Each wants a list and reads its entries.
func (n *Node) Each(read func(*Node)) {
	if !n.IsList() {
		n.wrong("a list")
		return
	}
	for i, entry := range n.yaml.Content {
		read(n.at(fmt.Sprintf("[%d]", i+1), entry))
	}
}

// OneOrEach reads one entry, or each entry of a list.
func (n *Node) OneOrEach(read func(*Node)) {
	if n.IsList() {
		n.Each(read)
		return
	}
	read(n)
}

// Text takes text as it is written; nothing, null and ~ are empty. It reports whether the value is text.
func (n *Node) Text(into *string) bool {
	if !n.IsText() || n.yaml.Style&yaml.TaggedStyle != 0 {
		n.wrong("text")
		return false
	}
	*into = n.yaml.Value
	if n.IsEmpty() {
		*into = ""
	}
	return true
}

// Filled takes text that is not empty.
func (n *Node) Filled(into *string) {
	if n.Text(into) && *into == "" {
		n.Failf("is empty")
	}
}

// Texts takes a list of texts.
func (n *Node) Texts(into *[]string) {
	*into = []string{}
	n.Each(func(n *Node) {
		var text string
		n.Text(&text)
		*into = append(*into, text)
	})
}

// OneOrMore takes a text, or a list of one or more.
func (n *Node) OneOrMore(into *[]string) {
	if n.IsText() {
		*into = []string{""}
		n.Text(&(*into)[0])
		return
	}
	if n.Texts(into); n.IsList() && len(*into) == 0 {
		n.Failf("is an empty list")
	}
}

// OneOf takes one of a few words.
func (n *Node) OneOf(into *string, allowed ...string) {
	switch want := "one of " + strings.Join(allowed, ", "); {
	case !n.IsText():
		n.wrong(want)
	case !slices.Contains(allowed, n.yaml.Value):
		n.Mistyped("%q: want %s%s", n.yaml.Value, want, slips.Meant(n.yaml.Value, allowed))
	default:
		*into = n.yaml.Value
	}
}

// YesNo takes yes, no, true or false.
func (n *Node) YesNo(into *bool) {
	var text string
	n.OneOf(&text, "yes", "no", "true", "false")
	*into = text == "yes" || text == "true"
}

// Positive takes a whole number above 0.
func (n *Node) Positive(into *int) {
	var text string
	n.Text(&text)
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 || !plainNumber.MatchString(text) {
		n.Failf("%q: want a whole number, 1 or more", text)
		return
	}
	*into = value
}

// Pairs takes keys with a text each, in order.
func (n *Node) Pairs(add func(key, value string)) {
	n.Members(func(key string, value *Node) {
		var text string
		value.Text(&text)
		add(key, text)
	})
}
