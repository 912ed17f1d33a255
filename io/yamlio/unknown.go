package yamlio

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/dermset/dermset/slips"
)

// Knows says which keys a file may have at all, each with the dotted path that leads to it, where * is a name of one's
// own: an unknown key that belongs elsewhere is told where. Decode knows them itself.
func (d *Document) Knows(paths []string) { d.known = paths }

// unknown notes that the node is a key that there is not: it names the one that was probably meant, and where a key of
// that name belongs.
func (n *Node) unknown(value *Node, known []string) {
	key, said := n.yaml.Value, "unknown key"
	odd := strings.IndexFunc(key, func(r rune) bool { return r >= utf8.RuneSelf })
	if odd >= 0 {
		r, _ := utf8.DecodeRuneInString(key[odd:])
		said = fmt.Sprintf("unknown key %q, which holds U+%04X", key, r)
	}
	meant, plain, places := slips.Nearest(strings.Map(plainRune, key), known), anySpace(key), n.doc.placesOf(key)
	if len(places) > 0 && slips.Count(key, meant, fewSlips) > fewSlips {
		meant = "" // it is the key of elsewhere
	}
	switch {
	case value.IsEmpty() && value.yaml.Value == "" && plainNumber.MatchString(key): // of {margin: 0,2}
		n.Mistyped("unknown key: inside braces a comma parts keys: write numbers with a point, such as 0.%s", key)
	case odd == 0 && plain != key:
		n.Mistyped("%s: YAML wants spaces of the space bar before a key: write `%s:`", said, plain)
	case strings.Contains(key, ".") && slices.Contains(n.doc.known, n.key):
		n.Mistyped("unknown key: a dot parts no keys: write `%s`", nested(key, value))
	case meant != "" && len(places) > 0:
		n.Mistyped("%s; did you mean %s? (%s stands %s)", said, meant, key, strings.Join(places, ", or "))
	case meant != "":
		n.Mistyped("%s; did you mean %s?", said, meant)
	case len(places) == 1 && places[0] != atTop && !strings.Contains(places[0], "NAME"):
		at := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(places[0], "below "), ":"), ": ", ".")
		if line, _, there := n.doc.placeOf(at); there != nil {
			n.Mistyped("unknown key here: it stands %s which is in line %d: write `%s` there", places[0], line,
				nested(key, value))
			return
		}
		n.Mistyped("unknown key here: it stands %s write `%s`", places[0], nested(at+"."+key, value))
	case len(places) > 0:
		n.Mistyped("unknown key here: it stands %s", strings.Join(places, ", or "))
	default:
		n.Mistyped("%s, want one of %s", said, strings.Join(known, ", "))
	}
}

// fewSlips are how many slips part a key from one that was meant rather than the same key elsewhere.
const fewSlips = 2

// plainRune leaves out what no key of ours has.
func plainRune(r rune) rune {
	if r >= utf8.RuneSelf {
		return -1
	}
	return r
}

// nested is a dotted key with its value as YAML wants it: split.seed is {seed: …} below split.
func nested(key string, value *Node) string {
	node := *value.yaml
	if !value.IsText() || len(node.Value) > 40 {
		node = yaml.Node{Kind: yaml.ScalarNode, Value: "…"}
	}
	node.LineComment, node.HeadComment, node.FootComment = "", "", ""
	parts := strings.Split(key, ".")
	for _, part := range slices.Backward(parts[1:]) {
		name, of := yaml.Node{Kind: yaml.ScalarNode, Value: part}, node
		node = yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{&name, &of}}
	}
	return parts[0] + ": " + Written(&node)
}

const atTop = "at the top, with no space before it"

// placesOf says where a key of that name belongs, at most three places.
func (d *Document) placesOf(key string) (places []string) {
	for _, path := range d.known {
		at, last := "", path
		if i := strings.LastIndexByte(path, '.'); i >= 0 {
			at, last = path[:i], path[i+1:]
		}
		if last != key || len(places) == 3 {
			continue
		}
		place := atTop
		if at != "" {
			place = "below " + strings.ReplaceAll(strings.ReplaceAll(at, ".", ": "), "*", "NAME") + ":"
		}
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places
}
